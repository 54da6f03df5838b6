// Where a similarity lies in the small chart: layers across, 1 at the top.

export interface Chart {
  readonly low: number;
  readonly x: (layer: number) => number;
  readonly y: (value: number) => number;
  readonly layerAt: (x: number) => number;
}

const MARGIN = { left: 34, right: 12, top: 10, bottom: 20 };

export function chartOf(
  values: ArrayLike<number>,
  { width, height }: { readonly width: number; readonly height: number },
): Chart {
  const last = Math.max(values.length - 1, 1);
  const least = Math.min(...Array.from(values).filter(Number.isFinite), 0);
  const low = Math.max(Math.floor(least * 2) / 2, -1);
  const across = width - MARGIN.left - MARGIN.right;
  const down = height - MARGIN.top - MARGIN.bottom;
  return {
    low,
    x: (layer) => MARGIN.left + (layer / last) * across,
    y: (value) => MARGIN.top + ((1 - value) / (1 - low)) * down,
    layerAt: (x) => Math.round(Math.min(Math.max((x - MARGIN.left) / across, 0), 1) * last),
  };
}
