// How wide a piece is when drawn with its signs; each different string is measured once.
import { createRuler } from "../../../lib/measure";
import { runs } from "../../../lib/pieces";

/** The width in pixels of a piece as `Piece` writes it. */
export type Measure = (text: string) => number;

// theme.css draws signs in this part of the type size
const SIGN_SCALE = 0.85;

export interface Type {
  readonly family: string;
  readonly weight: string;
  /** In pixels. */
  readonly size: number;
}

export function typeOf(element: Element): Type {
  const { fontFamily, fontWeight, fontSize } = getComputedStyle(element);
  return { family: fontFamily, weight: fontWeight, size: Number.parseFloat(fontSize) || 16 };
}

export function measureIn({ family, weight, size }: Type): Measure {
  const ruler = createRuler();
  const [plain, sign] = [1, SIGN_SCALE].map((scale) => `${weight} ${size * scale}px ${family}`);
  const known = new Map<string, number>();
  const draw = (text: string) =>
    runs(text).reduce(
      (sum, run) => sum + ruler.width(run.text, (run.kind === "sign" ? sign : plain) ?? ""),
      0,
    );
  return (text) => {
    const found = known.get(text) ?? draw(text);
    known.set(text, found);
    return found;
  };
}
