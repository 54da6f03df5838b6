// The bands of a comparison: only those that are in sight are in the page, and arrow keys reach all of them.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { BandView } from "./band";
import { bandOfToken, bandRow, tokenNear } from "./boxes";
import { Facts } from "./facts";
import type { Lane, Spot } from "./lanes";
import { type Band, bandsOf, type Comparison, compareRows } from "./layout";
import { type Measure, measureIn, type Type, typeOf } from "./measure";

const TALLEST = 460;
const SPARE_BANDS = 2;
const WIDE = 560;
const GUTTER = 132;
const NAME_HEIGHT = 20;
const ROW_SCALE = 2.1;
const BAND_PADDING = 16;
// for the focus ring of the boxes at both ends
const MARGIN = 4;

interface Props {
  readonly lanes: readonly Lane[];
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Bands({ lanes, t, numbers }: Props) {
  const frame = useRef<HTMLElement>(null);
  const place = usePlace(frame);
  const measure = useMemo(() => measureIn(place.type), [place.type]);
  const text = lanes[0]?.tokens.text ?? "";
  const comparison = useMemo(
    () =>
      compareRows(
        text,
        lanes.map((lane) => lane.tokens),
        measure,
      ),
    [text, lanes, measure],
  );
  const { differing } = comparison.agreement;
  const wide = place.width >= WIDE;
  const gutter = wide ? GUTTER : 0;
  const room = Math.max(80, place.width - gutter - 2 * MARGIN);
  const bands = useMemo(
    () => (place.width === 0 ? [] : bandsOf(comparison, room, measure)),
    [comparison, room, measure, place.width],
  );
  const rowHeight = Math.round(place.type.size * ROW_SCALE);
  const laneHeight = rowHeight + (wide ? 0 : NAME_HEIGHT);
  const height = lanes.length * laneHeight + BAND_PADDING;
  const [top, setTop] = useState(0);
  const [pointed, setPointed] = useState<Spot | null>(null);
  const [focused, setFocused] = useState(false);
  const [chosen, setStop] = useState<Spot>({ lane: 0, token: 0 });
  const stop = within(chosen, lanes);
  const moving = useRef(false);
  const stopBand = bandOf(stop, comparison, bands);

  useLayoutEffect(() => {
    if (!moving.current) return;
    moving.current = false;
    const box = frame.current?.querySelector<HTMLElement>(
      `[data-lane="${stop.lane}"][data-token="${stop.token}"]`,
    );
    box?.focus({ preventScroll: true });
    // the page around the bands scrolls as well
    box?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.altKey || !frame.current) return;
    const next = destination(event, stop, stopBand, { comparison, bands, measure });
    if (next === null) return;
    event.preventDefault();
    moving.current = true;
    setStop(next);
    reveal(frame.current, bandOf(next, comparison, bands), height);
  };

  const shown = focused && pointed === null ? stop : pointed;
  const first = Math.max(0, Math.floor(top / height) - SPARE_BANDS);
  const last = Math.min(bands.length - 1, Math.ceil((top + TALLEST) / height) + SPARE_BANDS);
  const visible = bands.flatMap((_, at) => ((at >= first && at <= last) || at === stopBand ? at : []));
  return (
    <>
      {lanes.length > 1 && (
        <p class="llmw-legend llmw-muted">
          {differing > 0 && <span class="llmw-cut-sign" aria-hidden="true" />}
          {t(differing === 0 ? "compare.legend.none" : "compare.legend", { count: numbers.count(differing) })}
        </p>
      )}
      <section
        ref={frame}
        class="llmw-bands"
        aria-label={t("compare.grid")}
        tabIndex={-1}
        data-wide={wide}
        style={{
          "--gutter": `${gutter}px`,
          "--row": `${rowHeight}px`,
          "--name": `${wide ? 0 : NAME_HEIGHT}px`,
          "--margin": `${MARGIN}px`,
          maxHeight: `${TALLEST}px`,
        }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        onFocusIn={(event) => {
          const spot = spotOf(event);
          setFocused(spot !== null);
          if (spot) setStop(spot);
        }}
        onFocusOut={() => setFocused(false)}
        onPointerOver={(event) => setPointed(spotOf(event))}
        onPointerLeave={() => setPointed(null)}
      >
        <div class="llmw-bands-inner" style={{ height: `${bands.length * height}px` }}>
          {visible.map((at) => (
            <BandView
              key={at}
              number={at}
              band={bands[at] as Band}
              comparison={comparison}
              lanes={lanes}
              measure={measure}
              top={at * height}
              height={height}
              stop={at === stopBand ? stop : null}
              shown={shown}
              t={t}
            />
          ))}
        </div>
      </section>
      <Facts lanes={lanes} spot={shown ?? stop} differs={comparison.agreement.differs} t={t} />
    </>
  );
}

interface Place {
  readonly width: number;
  readonly type: Type;
}

/** The width and the type of an element, followed. */
function usePlace(element: { readonly current: HTMLElement | null }): Place {
  const [place, setPlace] = useState<Place>({
    width: 0,
    type: { family: "sans-serif", weight: "400", size: 16 },
  });
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const look = () => {
      const type = typeOf(target);
      const width = target.clientWidth;
      setPlace((before) => {
        const same = JSON.stringify(before.type) === JSON.stringify(type);
        // a hidden view keeps its layout until it is back
        if (width === 0 || (same && before.width === width)) return before;
        return { width, type: same ? before.type : type };
      });
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return place;
}

function within({ lane, token }: Spot, lanes: readonly Lane[]): Spot {
  const kept = Math.min(lane, lanes.length - 1);
  return { lane: kept, token: Math.max(0, Math.min(token, (lanes[kept]?.tokens.count ?? 1) - 1)) };
}

function spotOf(event: Event): Spot | null {
  const box = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-of]") : null;
  const [lane, token] = (box?.dataset.of ?? "").split(" ").map(Number);
  return lane === undefined || token === undefined ? null : { lane, token };
}

function bandOf(spot: Spot, { rows }: Comparison, bands: readonly Band[]): number {
  const row = rows[spot.lane];
  return row === undefined || row.tokens.count === 0 ? 0 : bandOfToken(row, spot.token, bands);
}

function reveal(frame: HTMLElement, band: number, height: number): void {
  const [above, below] = [band * height, (band + 1) * height - frame.clientHeight];
  if (frame.scrollTop > above) frame.scrollTop = above;
  else if (frame.scrollTop < below) frame.scrollTop = below;
}

interface Ground {
  readonly comparison: Comparison;
  readonly bands: readonly Band[];
  readonly measure: Measure;
}

function destination(event: KeyboardEvent, from: Spot, band: number, ground: Ground): Spot | null {
  const last = (ground.comparison.rows[from.lane]?.tokens.count ?? 1) - 1;
  const to = (token: number): Spot => ({ lane: from.lane, token: Math.max(0, Math.min(last, token)) });
  switch (event.key) {
    case "ArrowRight":
      return to(from.token + 1);
    case "ArrowLeft":
      return to(from.token - 1);
    case "Home":
      return event.ctrlKey ? to(0) : to(ends(from.lane, band, ground)[0] ?? from.token);
    case "End":
      return event.ctrlKey ? to(last) : to(ends(from.lane, band, ground).at(-1) ?? from.token);
    case "ArrowDown":
      return across(from, band, 1, ground);
    case "ArrowUp":
      return across(from, band, -1, ground);
    default:
      return null;
  }
}

/** The tokens that begin in a band. */
function ends(lane: number, band: number, { comparison, bands, measure }: Ground): readonly number[] {
  const row = comparison.rows[lane];
  const place = bands[band];
  if (!row || !place) return [];
  return bandRow(row, place, measure).boxes.flatMap((box) => (box.openLeft ? [] : box.token));
}

/** The token below or above, in the next row or in the next band. */
function across(from: Spot, band: number, step: 1 | -1, { comparison, bands, measure }: Ground): Spot | null {
  const { rows } = comparison;
  const here = bands[band];
  const row = rows[from.lane];
  if (!here || !row) return null;
  const box = bandRow(row, here, measure).boxes.find(({ token }) => token === from.token);
  const x = box ? (box.left + box.right) / 2 : 0;
  let lane = from.lane;
  let at = band;
  // a row that has nothing in a band is passed over
  for (;;) {
    lane += step;
    if (lane < 0 || lane >= rows.length) {
      at += step;
      lane = step > 0 ? 0 : rows.length - 1;
    }
    const place = bands[at];
    const other = rows[lane];
    if (!place || !other) return from;
    const token = tokenNear(other, place, x, measure);
    if (token >= 0) return { lane, token };
  }
}
