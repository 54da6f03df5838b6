// The tokens of the text that stand in it more than once.
import type { NamePayload } from "../../../session/payloads";

export interface Repeat {
  readonly name: NamePayload;
  readonly places: readonly number[];
}

/** In the order of their first places. */
export function repeatsOf(names: readonly NamePayload[]): readonly Repeat[] {
  const places = new Map<number, number[]>();
  names.forEach(({ id }, place) => {
    const known = places.get(id);
    if (known) known.push(place);
    else places.set(id, [place]);
  });
  return [...places.values()].flatMap((all) => {
    const name = names[all[0] ?? 0];
    return all.length > 1 && name ? [{ name, places: all }] : [];
  });
}

/** The two tokens to compare where nobody has chosen any: of what stands in the text twice the longest word, which says most. */
export function firstPair(repeats: readonly Repeat[]): readonly [number, number] | null {
  const [best] = [...repeats].sort((a, b) => lettersIn(b.name) - lettersIn(a.name));
  const [one, other] = best?.places ?? [];
  return one === undefined || other === undefined ? null : [one, other];
}

function lettersIn({ special, piece }: NamePayload): number {
  return special ? 0 : (piece.match(/\p{L}/gu)?.length ?? 0);
}
