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

/** The two tokens to compare where nobody has chosen any: a word that stands in the text twice, rather than a comma. */
export function firstPair(repeats: readonly Repeat[]): readonly [number, number] | null {
  const word = repeats.find(({ name }) => !name.special && /\p{L}/u.test(name.piece)) ?? repeats[0];
  const [one, other] = word?.places ?? [];
  return one === undefined || other === undefined ? null : [one, other];
}
