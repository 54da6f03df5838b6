// Where the tokens lie at a layer, and between two.

/** `coordinates` (layers, n, axes) times `unit`, at a layer that may lie between two: (n, axes). */
export function placesAt(
  coordinates: ArrayLike<number>,
  unit: number,
  size: number,
  at: number,
): Float32Array {
  const layer = Math.floor(at);
  const part = at - layer;
  const places = new Float32Array(size);
  for (let index = 0; index < size; index++) {
    const from = coordinates[layer * size + index] ?? 0;
    const to = part > 0 ? (coordinates[(layer + 1) * size + index] ?? from) : from;
    places[index] = (from + (to - from) * part) * unit;
  }
  return places;
}
