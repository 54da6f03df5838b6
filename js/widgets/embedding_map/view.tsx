// Words as points: where a model's input embeddings put them, seen in two dimensions and measured in all of them.
import { useMemo, useState } from "preact/hooks";
import { decode } from "../../lib/arrays";
import type { Translate } from "../../lib/i18n";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { Piece } from "../../lib/piece";
import type { MapPayload } from "../../session/payloads";
import { Chart, withNearest } from "./chart";
import { WordEditor } from "./editor";
import { Heat } from "./heat";
import { cosineText, labelText, nearestText } from "./point";
import { useMapDesk } from "./words";

const MAX_WORDS = 100;

export function EmbeddingMap({ state, model, options, t }: ViewProps) {
  const desk = useMapDesk(model);
  const { map, words, show_tokens, waiting, refused } = desk.state;
  const [asTable, setAsTable] = useState(false);
  const [looked, setLooked] = useState<number | null>(null);
  const [pair, setPair] = useState<readonly [number, number] | null>(null);
  const [cut, setCut] = useState(false);

  const coordinates = useMemo(() => decode(map.coordinates), [map.coordinates]);
  const similarities = useMemo(() => decode(map.similarities), [map.similarities]);
  // the words' rows in the heat map, as points of the chart
  const wordPoints = useMemo(
    () => map.labels.flatMap((_, point) => (map.kinds[point] === "word" ? [point] : [])),
    [map],
  );
  const placed = new Set(wordPoints.map((point) => map.labels[point] ?? ""));
  const missing = words.filter((word) => !placed.has(word));
  // of a map that was not made nobody knows which words would have had a place
  const settled = !waiting && refused === null && map.error === null;
  const placeless = new Set(settled ? missing : []);

  const editable = options.editable !== false && state.info.can_embed;
  const gone = !state.connected || state.status.state === "closed";
  const count = map.labels.length;
  const point = looked !== null && looked < count ? looked : null;
  const inPair = pair?.every((row) => row < wordPoints.length) ? pair : null;
  const lit = inPair
    ? [...new Set(inPair.map((row) => wordPoints[row] ?? 0))]
    : point === null
      ? []
      : withNearest(map, point);
  const litRows = inPair ?? lit.map((each) => wordPoints.indexOf(each)).filter((row) => row >= 0);
  const share = 100 * ((map.variance[0] ?? 0) + (map.variance[1] ?? 0));

  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <span class="llmw-doing" data-doing={waiting && !gone}>
          {t("busy")}
        </span>
        <span class="llmw-tools">
          {state.info.can_embed && (
            <button
              type="button"
              role="switch"
              class="llmw-switch"
              aria-checked={show_tokens}
              disabled={gone}
              onClick={() => desk.ask({ show_tokens: !show_tokens })}
            >
              <span class="llmw-knob" aria-hidden="true" />
              {t("show.tokens")}
            </button>
          )}
          <button
            type="button"
            class="llmw-button"
            aria-pressed={asTable}
            disabled={count === 0}
            onClick={() => setAsTable(!asTable)}
          >
            {t("table")}
          </button>
        </span>
      </header>
      {editable && (
        <WordEditor
          words={words}
          coming={new Set(settled ? [] : missing)}
          placeless={placeless}
          readOnly={gone}
          onWords={(asked) => {
            setCut(asked.length > MAX_WORDS);
            desk.ask({ words: asked.slice(0, MAX_WORDS) });
          }}
          t={t}
        />
      )}
      {placeless.size > 0 && (
        <p class="llmw-muted llmw-placeless">
          {t("unknown", { words: [...placeless].map(labelText).join(", ") })}
        </p>
      )}
      {cut && (
        <p class="llmw-notice" role="status">
          {t("too.many", { max: MAX_WORDS })}
        </p>
      )}
      {count === 0 ? (
        <p class="llmw-nothing">{t(state.info.can_embed || count > 0 ? "nothing" : "cannot")}</p>
      ) : asTable ? (
        <Table map={map} coordinates={coordinates} t={t} />
      ) : (
        <div class="llmw-sides">
          <div class="llmw-left">
            {count === 1 ? (
              <p class="llmw-nothing">{t("one")}</p>
            ) : (
              <>
                <Chart
                  map={map}
                  coordinates={coordinates}
                  lit={lit}
                  onLook={setLooked}
                  stale={waiting}
                  t={t}
                />
                <p class="llmw-muted llmw-variance">
                  {t(share >= 99.5 ? "variance.all" : "variance", {
                    share: share.toFixed(0),
                    dimensions: map.dimensions,
                  })}
                </p>
              </>
            )}
            <Detail
              map={map}
              point={count === 1 ? 0 : (lit[0] ?? null)}
              pair={inPair}
              rows={similarities}
              t={t}
            />
          </div>
          {wordPoints.length > 1 && (
            <Heat
              labels={wordPoints.map((each) => map.labels[each] ?? "")}
              similarities={similarities}
              dimensions={map.dimensions}
              lit={litRows}
              onLook={setPair}
              stale={waiting}
              t={t}
            />
          )}
        </div>
      )}
      <p class="llmw-visually-hidden" role="status">
        {count > 1 &&
          t("summary", {
            words: wordPoints.length,
            tokens: count - wordPoints.length,
            share: share.toFixed(0),
          })}
      </p>
      {/* a text that was refused is another view's matter */}
      <Notice state={{ ...state, refused: refused ?? map.error }} t={t} />
    </>
  );
}

interface DetailProps {
  readonly map: MapPayload;
  readonly point: number | null;
  readonly pair: readonly [number, number] | null;
  readonly rows: ArrayLike<number>;
  readonly t: Translate;
}

/** The point that is looked at, in full. */
function Detail({ map, point, pair, rows, t }: DetailProps) {
  if (point === null) return <p class="llmw-detail llmw-muted">{t("hint")}</p>;
  const words = map.labels.filter((_, index) => map.kinds[index] === "word");
  if (pair && pair[0] !== pair[1]) {
    const [one = "", other = ""] = pair.map((row) => labelText(words[row] ?? ""));
    return (
      <p class="llmw-detail">
        <strong>{one}</strong> <span class="llmw-muted">↔</span> <strong>{other}</strong>
        <span class="llmw-fact">
          <span class="llmw-muted">{t("similarities")}</span>{" "}
          {cosineText(rows[pair[0] * words.length + pair[1]] ?? Number.NaN)}
        </span>
      </p>
    );
  }
  const nearest = nearestText(map, point);
  return (
    <p class="llmw-detail">
      <strong>
        <Piece piece={map.labels[point] ?? ""} />
      </strong>
      <span class="llmw-fact">
        <span class="llmw-muted">{t("point.tokens")}</span> <Tokens map={map} point={point} />
      </span>
      <span class="llmw-fact">
        <span class="llmw-muted">{t("point.norm")}</span> {(map.norms[point] ?? 0).toFixed(2)}
      </span>
      {nearest && (
        <span class="llmw-fact">
          <span class="llmw-muted">{t("point.nearest")}</span> {nearest}
        </span>
      )}
    </p>
  );
}

function Tokens({ map, point }: { readonly map: MapPayload; readonly point: number }) {
  return (
    <>
      {(map.pieces[point] ?? []).map((piece, index) => (
        <span key={`${index} ${piece}`} class="llmw-token">
          <Piece piece={piece} /> <span class="llmw-id">{map.ids[point]?.[index]}</span>
        </span>
      ))}
    </>
  );
}

interface TableProps {
  readonly map: MapPayload;
  readonly coordinates: ArrayLike<number>;
  readonly t: Translate;
}

function Table({ map, coordinates, t }: TableProps) {
  const axis = (index: number) =>
    t("axis", { number: index + 1, share: (100 * (map.variance[index] ?? 0)).toFixed(0) });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="llmw-scroll" tabIndex={0} aria-label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr class="llmw-top">
            <th scope="col">{t("point.kind.word")}</th>
            <th scope="col">{t("point.tokens")}</th>
            <th scope="col">{t("point.norm")}</th>
            <th scope="col">{axis(0)}</th>
            <th scope="col">{axis(1)}</th>
            <th scope="col">{t("point.nearest")}</th>
          </tr>
        </thead>
        <tbody>
          {map.labels.map((label, point) => (
            <tr key={`${point} ${label}`}>
              <th scope="row">
                {labelText(label)}
                {map.kinds[point] === "token" && <span class="llmw-muted"> {t("point.kind.token")}</span>}
              </th>
              <td>
                <Tokens map={map} point={point} />
              </td>
              <td>{(map.norms[point] ?? 0).toFixed(2)}</td>
              <td>{coordinate(coordinates, point, 0)}</td>
              <td>{coordinate(coordinates, point, 1)}</td>
              <td>{nearestText(map, point)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function coordinate(coordinates: ArrayLike<number>, point: number, axis: 0 | 1): string {
  const value = coordinates[2 * point + axis];
  return value === undefined ? "–" : value.toFixed(3).replace("-", "−");
}
