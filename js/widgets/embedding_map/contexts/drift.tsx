// How two tokens of the text drift apart: their cosine similarity, layer by layer.
import { useMemo } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { cosineText } from "../point";
import { chartOf } from "./chart";
import { layerName } from "./layers";

const SIZE = { width: 340, height: 132 };

interface Props {
  /** What the two are called. */
  readonly names: readonly [string, string];
  /** One a layer; null while they are not known. */
  readonly values: ArrayLike<number> | null;
  readonly layer: number;
  readonly onLayer: (layer: number) => void;
  readonly t: Translate;
}

export function Drift({ names, values, layer, onLayer, t }: Props) {
  const [one, other] = names;
  return (
    <figure class="llmw-drift" data-stale={values === null} aria-busy={values === null}>
      <figcaption>
        <strong>{one}</strong> <span class="llmw-muted">↔</span> <strong>{other}</strong>
        {values && (
          <span class="llmw-fact">
            <span class="llmw-muted">{t("drift.here")}</span> {cosineText(values[layer] ?? Number.NaN)}
          </span>
        )}
      </figcaption>
      {values ? (
        <Line names={names} values={values} layer={layer} onLayer={onLayer} t={t} />
      ) : (
        <p class="llmw-muted llmw-drift-wait">{t("busy")}</p>
      )}
    </figure>
  );
}

interface LineProps extends Props {
  readonly values: ArrayLike<number>;
}

function Line({ names, values, layer, onLayer, t }: LineProps) {
  const all = useMemo(() => Array.from(values), [values]);
  const { low, x, y, layerAt } = useMemo(() => chartOf(values, SIZE), [values]);
  const last = all.length - 1;
  const path = all
    .map((value, at) => `${at === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`)
    .join("");
  const ticks = [1, 0.5, 0, -0.5, -1].filter((tick) => tick >= low);
  const here = all[layer] ?? Number.NaN;
  const said = t("drift.label", {
    one: names[0],
    other: names[1],
    first: cosineText(all[0] ?? Number.NaN),
    last: cosineText(all[last] ?? Number.NaN),
    layers: all.length,
  });
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the slider does the same by keyboard */}
      <svg
        class="llmw-drift-chart"
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={said}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          onLayer(layerAt(((event.clientX - box.left) / box.width) * SIZE.width));
        }}
      >
        {ticks.map((tick) => (
          <g key={tick} class="llmw-drift-tick">
            <line x1={x(0)} x2={x(last)} y1={y(tick)} y2={y(tick)} />
            <text x={x(0) - 6} y={y(tick)} text-anchor="end" dominant-baseline="central">
              {String(tick).replace("-", "−")}
            </text>
          </g>
        ))}
        <text class="llmw-drift-axis" x={x(0)} y={SIZE.height - 4} text-anchor="start">
          {t("drift.from")}
        </text>
        <text class="llmw-drift-axis" x={x(last)} y={SIZE.height - 4} text-anchor="end">
          {t("drift.to", { layer: last })}
        </text>
        <line class="llmw-drift-here" x1={x(layer)} x2={x(layer)} y1={y(1)} y2={y(low)} />
        <path class="llmw-drift-line" d={path} />
        {Number.isFinite(here) && <circle class="llmw-drift-dot" cx={x(layer)} cy={y(here)} r={4} />}
      </svg>
      <div class="llmw-visually-hidden">
        <table>
          <caption>{said}</caption>
          <tbody>
            {all.map((value, at) => (
              <tr key={at} aria-current={at === layer ? "true" : undefined}>
                <th scope="row">{layerName(at, all.length, t)}</th>
                <td>{cosineText(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
