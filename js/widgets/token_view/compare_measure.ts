// How wide text is when drawn, without drawing it: a canvas's figures, each different string once.
import { runs } from "../../lib/pieces";

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
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map<string, number>();
  const draw = (text: string, scale: number): number => {
    if (context === null) return text.length * size * scale * 0.6;
    context.font = `${weight} ${size * scale}px ${family}`;
    return context.measureText(text).width;
  };
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const width = runs(text).reduce(
      (sum, run) => sum + draw(run.text, run.kind === "sign" ? SIGN_SCALE : 1),
      0,
    );
    known.set(text, width);
    return width;
  };
}
