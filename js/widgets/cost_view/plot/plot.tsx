// Cost over volume: one line a form, their crossings, the workload, and a mark that the reader moves.
import { useMemo, useRef, useState } from "preact/hooks";
import type { Language, Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import { useWidth } from "../../../lib/width";
import { zoomOf } from "../../../lib/zoom";
import { money, short } from "../money";
import type { BreakEven } from "../sums/break_even";
import { capacityOf, costAt, type Form, type Line } from "../sums/costs";
import { compare, type Fraction, fraction, numberOf, times } from "../sums/fraction";
import { inUnit, type Volumes, volumeWords } from "../volume";
import { crossingsOf, heightOf, lowest, type Point, pointsOf, rangeOf, ticksTo } from "./scale";

const MARGIN = { left: 62, right: 14, top: 22, bottom: 40 };
const PER_TICK = 92;
const STEP = 0.01;
const MOST_DOTS = 60;

export interface PlotProps {
  readonly lines: readonly Line[];
  readonly pairs: readonly BreakEven[];
  readonly workload: Fraction;
  readonly volumes: Volumes;
  /** How far one looks: 1 shows the workload and the next crossing. */
  readonly zoom: number;
  readonly currency: string;
  readonly language: Language;
  readonly t: Translate;
}

export function Plot(props: PlotProps) {
  const { lines, pairs, workload, volumes, zoom, currency, language, t } = props;
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const clip = useUniqueId();
  const [looked, setLooked] = useState<number | null>(null);
  const end = useMemo(() => times(rangeOf(workload, pairs), fraction(zoom)), [workload, pairs, zoom]);
  const drawn = useMemo(
    () => lines.map((line) => ({ form: line.form, points: pointsOf(line, end) })),
    [lines, end],
  );
  const crossings = useMemo(() => crossingsOf(pairs, lines, end), [pairs, lines, end]);
  const height = Math.round(Math.min(Math.max(width * 0.5, 240), 400));
  const most = heightOf(
    drawn.map(({ points }) => points),
    crossings,
  );
  const all = numberOf(end);
  const here = numberOf(workload);
  const share = looked ?? Math.min(here / all, 1);
  const volume = looked === null ? workload : fraction(Math.round(share * all));
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (at: number) => MARGIN.left + (at / all) * inner.width;
  const y = (cost: number) => MARGIN.top + inner.height - (cost / most) * inner.height * 0.97;
  const read = readingOf(volume, props);
  const move = (to: number) => setLooked(Math.min(Math.max(to, 0), 1));
  const onKeyDown = (event: KeyboardEvent) => {
    const moved = {
      ArrowLeft: -STEP,
      ArrowDown: -STEP,
      ArrowRight: STEP,
      ArrowUp: STEP,
      PageDown: -0.1,
      PageUp: 0.1,
    }[event.key];
    if (moved !== undefined) move(share + moved);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(1);
    else if (event.key === "Escape") setLooked(null);
    else return;
    event.preventDefault();
  };
  const follow = (event: PointerEvent) => {
    const place = event.currentTarget as Element;
    const along = (event.clientX - place.getBoundingClientRect().left) / zoomOf(place);
    move((along - MARGIN.left) / inner.width);
  };
  return (
    <figure class="llmw-plot">
      <Legend drawn={drawn} most={most} t={t} />
      <div
        ref={holder}
        class="llmw-plot-room"
        role="slider"
        tabIndex={0}
        aria-label={t("plot.label")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={read}
        onKeyDown={onKeyDown}
        onPointerMove={follow}
        onPointerDown={follow}
        onPointerLeave={() => setLooked(null)}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            <clipPath id={clip}>
              <rect
                x={MARGIN.left}
                y={0}
                width={Math.max(inner.width, 0)}
                height={MARGIN.top + inner.height}
              />
            </clipPath>
            <Axes all={end} most={most} x={x} y={y} inner={inner} {...props} />
            <g clip-path={`url(#${clip})`}>
              {drawn.map(({ form, points }) => (
                <path key={form} class="llmw-line" data-form={form} d={pathOf(points, x, y)} />
              ))}
              {crossings.slice(0, MOST_DOTS).map((crossing) => (
                <circle
                  key={`${crossing.pair.one}${crossing.pair.other}${crossing.volume}`}
                  class="llmw-crossing"
                  cx={x(crossing.volume)}
                  cy={y(crossing.cost)}
                  r={crossings.length > 12 ? 3 : 5}
                />
              ))}
            </g>
            {here <= all && (
              <g class="llmw-here">
                <line x1={x(here)} x2={x(here)} y1={MARGIN.top - 18} y2={MARGIN.top + inner.height} />
                <text
                  x={x(here) + (here > all / 2 ? -5 : 5)}
                  y={MARGIN.top - 8}
                  text-anchor={here > all / 2 ? "end" : "start"}
                >
                  {t("plot.here")}
                </text>
              </g>
            )}
            {looked !== null && (
              <line
                class="llmw-looked"
                x1={x(share * all)}
                x2={x(share * all)}
                y1={MARGIN.top}
                y2={MARGIN.top + inner.height}
              />
            )}
            {lines.map((line) => (
              <Dot key={line.form} line={line} volume={volume} end={end} most={most} x={x} y={y} />
            ))}
          </svg>
        )}
      </div>
      <figcaption>
        <span class="llmw-muted">{volumeWords(volume, volumes, t, language)}</span>
        {lines.map((line) => (
          <span key={line.form} class="llmw-read" data-form={line.form}>
            <Swatch form={line.form} /> {t(`form.${line.form}`)}{" "}
            <b>{costWords(line, volume, currency, language, t)}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

interface Scales {
  readonly x: (volume: number) => number;
  readonly y: (cost: number) => number;
  readonly most: number;
}

interface DotProps extends Scales {
  readonly line: Line;
  readonly volume: Fraction;
  readonly end: Fraction;
}

function Dot({ line, volume, end, most, x, y }: DotProps) {
  const cost = numberOf(costAt(line, volume));
  if (isBeyond(line, volume) || compare(volume, end) > 0 || cost > most * 1.02) return null;
  return <circle class="llmw-dot" data-form={line.form} cx={x(numberOf(volume))} cy={y(cost)} r={3.5} />;
}

interface AxesProps extends PlotProps, Scales {
  readonly all: Fraction;
  readonly inner: { readonly width: number; readonly height: number };
}

function Axes({ all, most, x, y, inner, volumes, currency, language, t }: AxesProps) {
  const end = numberOf(all);
  const counted = inUnit(all, volumes);
  const bottom = MARGIN.top + inner.height;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in an SVG's group takes the focus
    <g class="llmw-axes" aria-hidden="true">
      {ticksTo(most, inner.height / 56).map((cost) => (
        <g key={`y${cost}`}>
          <line x1={MARGIN.left} x2={MARGIN.left + inner.width} y1={y(cost)} y2={y(cost)} />
          <text x={MARGIN.left - 7} y={y(cost)} text-anchor="end" dominant-baseline="central">
            {cost === 0 ? "0" : tickMoney(cost, currency, language)}
          </text>
        </g>
      ))}
      {ticksTo(counted, inner.width / PER_TICK).map((count) => {
        const at = x((count / (counted || 1)) * end);
        return (
          <g key={`x${count}`}>
            <line x1={at} x2={at} y1={bottom} y2={bottom + 4} />
            <text x={at} y={bottom + 16} text-anchor="middle">
              {short(count, language)}
            </text>
          </g>
        );
      })}
      <text class="llmw-axis-title" x={MARGIN.left + inner.width / 2} y={bottom + 33} text-anchor="middle">
        {t(`axis.${volumes.unit}`)}
      </text>
    </g>
  );
}

interface LegendProps {
  readonly drawn: readonly { readonly form: Form; readonly points: readonly Point[] }[];
  readonly most: number;
  readonly t: Translate;
}

function Legend({ drawn, most, t }: LegendProps) {
  return (
    <div class="llmw-legend" aria-hidden="true">
      {drawn.map(({ form, points }) => (
        <span key={form}>
          <Swatch form={form} /> {t(`form.${form}`)}
          {lowest(points) > most * 1.03 && <span class="llmw-muted"> ↑ {t("plot.above")}</span>}
        </span>
      ))}
      <span>
        <svg class="llmw-swatch" width="12" height="12" aria-hidden="true">
          <circle class="llmw-crossing" cx="6" cy="6" r="4.5" />
        </svg>{" "}
        {t("plot.crossing")}
      </span>
    </div>
  );
}

export function Swatch({ form }: { readonly form: Form }) {
  return (
    <svg class="llmw-swatch" width="24" height="12" aria-hidden="true">
      <path class="llmw-line" data-form={form} d="M1 6H23" />
    </svg>
  );
}

function pathOf(points: readonly Point[], x: Scales["x"], y: Scales["y"]): string {
  // what lies far above the picture would make numbers that browsers draw badly
  const at = ({ volume, cost }: Point) => `${x(volume).toFixed(1)} ${Math.max(y(cost), -9999).toFixed(1)}`;
  return `M${points.map(at).join("L")}`;
}

function isBeyond(line: Line, volume: Fraction): boolean {
  const capacity = capacityOf(line);
  return capacity !== null && compare(volume, capacity) > 0;
}

function costWords(line: Line, volume: Fraction, currency: string, language: Language, t: Translate): string {
  return isBeyond(line, volume) ? t("too_few") : money(numberOf(costAt(line, volume)), currency, language);
}

function readingOf(volume: Fraction, { lines, volumes, currency, language, t }: PlotProps): string {
  const costs = lines.map(
    (line) => `${t(`form.${line.form}`)} ${costWords(line, volume, currency, language, t)}`,
  );
  return [volumeWords(volume, volumes, t, language), ...costs].join(t("list"));
}

function tickMoney(cost: number, currency: string, language: Language): string {
  return /^\p{Sc}$/u.test(currency) ? currency + short(cost, language) : short(cost, language);
}
