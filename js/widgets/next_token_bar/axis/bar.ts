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

export function spanStyle(start: number, end: number): string {
  return `inset-inline-start:${percent(start)};width:${percent(end - start)}`;
}

export function pointStyle(place: number): string {
  return `inset-inline-start:${percent(place)}`;
}

function percent(place: number): string {
  return `${Math.round(1e4 * place) / 100}%`;
}
