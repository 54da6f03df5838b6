// A bar as a style: from where bars begin to its value.
import type { Scale } from "./scales";

/** "" for a value that there is not, such as a logarithm of 0. A bar that goes to the left is held at its end. */
export function barStyle(scale: Scale, value: number): string {
  if (!Number.isFinite(value)) return "";
  const place = scale.place(value);
  return place < scale.base || scale.base === 1
    ? `inset-inline-end:${percent(1 - scale.base)};width:${percent(scale.base - place)}`
    : spanStyle(scale.base, place);
}

/** A value that is known to lie between two: the bar that it has in any case, and the part in which it may end. */
export function rangeStyles(
  scale: Scale,
  range: readonly [number, number],
): { readonly sure: string; readonly open: string } {
  const places = range.map((value) => (value === Number.NEGATIVE_INFINITY ? 0 : scale.place(value)));
  const [low = 0, high = 0] = places;
  const nearest = Math.abs(low - scale.base) < Math.abs(high - scale.base) ? range[0] : range[1];
  return {
    sure: scale.place(nearest) === scale.base ? "" : barStyle(scale, nearest),
    open: spanStyle(Math.min(low, high), Math.max(low, high)),
  };
}

export function spanStyle(start: number, end: number): string {
  return `inset-inline-start:${percent(start)};width:${percent(end - start)}`;
}

export function pointStyle(place: number): string {
  return `inset-inline-start:${percent(place)}`;
}

function percent(place: number): string {
  return `${Math.round(1e4 * place) / 100}%`;
}
