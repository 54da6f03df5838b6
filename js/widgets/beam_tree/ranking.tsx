// The live and the finished beams, best first, with their scores as bars: the longer, the better.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { runs } from "../../lib/pieces";
import type { BeamPayload, BeamTreePayload } from "../../session/payloads";
import { lengthOf, scaleOf } from "./bars";
import { keyOf } from "./read";
import { nats } from "./words";

interface Props {
  readonly payload: BeamTreePayload;
  readonly onPoint: (key: string | null) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Ranking({ payload, onPoint, t, numbers }: Props) {
  const { running, finished } = payload;
  const scale = scaleOf([...running, ...finished].map(({ score }) => score));
  const shared = { payload, scale, onPoint, t, numbers };
  return (
    <div class="llmw-rankings">
      {(running.length > 0 || payload.state !== "done") && (
        <Beams kind="live" beams={running} none={t("live.none")} {...shared} />
      )}
      <Beams kind="finished" beams={finished} none={t("finished.none")} {...shared} />
    </div>
  );
}

interface BeamsProps extends Props {
  readonly kind: "live" | "finished";
  readonly beams: readonly BeamPayload[];
  readonly none: string;
  readonly scale: number;
}

function Beams({ kind, beams, none, payload, scale, onPoint, t, numbers }: BeamsProps) {
  const returned = kind === "finished" && payload.state === "done" ? payload.num_return_sequences : 0;
  return (
    <section class="llmw-ranking" data-kind={kind}>
      <h4>
        {t(kind)} <span class="llmw-muted">{numbers.count(beams.length)}</span>
      </h4>
      {beams.length === 0 ? (
        <p class="llmw-muted">{none}</p>
      ) : (
        <table class="llmw-table">
          <thead>
            <tr>
              <th scope="col" class="llmw-rank">
                <span class="llmw-visually-hidden">{t("rank")}</span>
              </th>
              <th scope="col" class="llmw-left">
                {t("text")}
              </th>
              <th scope="col" class="llmw-wide">
                {t("length")}
              </th>
              <th scope="col" class="llmw-wide">
                {t("sum")}
              </th>
              <th scope="col" title={t("score.title", { penalty: payload.length_penalty })}>
                {t("score")}
              </th>
              <td class="llmw-bar-cell" />
            </tr>
          </thead>
          <tbody>
            {beams.map((beam, at) => (
              <tr
                key={keyOf(beam.step, beam.place)}
                onMouseEnter={() => onPoint(keyOf(beam.step, beam.place))}
                onMouseLeave={() => onPoint(null)}
              >
                <td class="llmw-rank">{numbers.count(at + 1)}</td>
                <th scope="row" class="llmw-left">
                  <span class="llmw-beam-text" dir="ltr">
                    <bdi>
                      {beam.cut && "…"}
                      <Text text={beam.text} />
                    </bdi>
                  </span>
                  {kind === "finished" && <span class="llmw-muted llmw-by">{t(`by.${beam.ended_by}`)}</span>}
                  {at < returned && (
                    <span
                      class="llmw-returned"
                      title={t("returned.title", { count: numbers.count(returned) })}
                    >
                      {t("returned")}
                    </span>
                  )}
                </th>
                <td class="llmw-wide">{numbers.count(beam.tokens)}</td>
                <td class="llmw-wide">{nats(beam.log_prob)}</td>
                <td class="llmw-score">{nats(beam.score)}</td>
                <td class="llmw-bar-cell" aria-hidden="true">
                  <span class="llmw-bar" style={{ width: `${100 * lengthOf(beam.score, scale)}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A whole text: its spaces separate words, and need no sign. */
function Text({ text }: { readonly text: string }) {
  return (
    <>
      {runs(text).map((run, index) =>
        run.kind === "plain" || run.text === "␣" ? (
          run.text.replaceAll("␣", " ")
        ) : (
          <span key={index} class="llmw-sign">
            {run.text}
          </span>
        ),
      )}
    </>
  );
}
