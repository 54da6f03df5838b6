// Draws by the sampler, counted over the theory: the buttons, and in words what came of it.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { useQuiet } from "../../../lib/quiet";
import type { DrawsPayload } from "../../../session/payloads";
import { nameOf } from "../rows/describe";
import type { Sight } from "../sight";
import type { Progress } from "./progress";
import { NOT_RETURNED } from "./tally";
import { verdictOf, type Whose } from "./verdict";

const SIZES = [1, 10, 100, 1000, 10_000];

interface Props {
  readonly sight: Sight;
  readonly draws: DrawsPayload | null;
  readonly progress: Progress;
  readonly blocked: boolean;
  readonly onDraw: (n: number) => void;
  readonly onClear: () => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Draw({ sight, draws, progress, blocked, onDraw, onClear, t, numbers }: Props) {
  const { distribution, chain, list } = sight.source;
  const open = Boolean(distribution.partial) && chain.about;
  return (
    <section class="llmw-draw" aria-label={t("draw")}>
      <div class="llmw-draw-tools">
        <span class="llmw-muted">{t("draw")}</span>
        <span class="llmw-sizes">
          {SIZES.map((n) => (
            <button
              key={n}
              type="button"
              class="llmw-button llmw-quiet"
              aria-label={t("draw.label", { n: numbers.count(n) })}
              disabled={blocked || open}
              onClick={() => onDraw(n)}
            >
              {numbers.count(n)}
            </button>
          ))}
        </span>
        {draws && (
          <>
            {draws.n > 1 && (
              <button
                type="button"
                class="llmw-button llmw-quiet"
                onClick={progress.running ? progress.skip : progress.play}
              >
                {t(progress.running ? "draw.skip" : "draw.play")}
              </button>
            )}
            <button type="button" class="llmw-button llmw-quiet" onClick={onClear}>
              {t("draw.clear")}
            </button>
            <span class="llmw-muted llmw-source">{sourceText(draws, t)}</span>
          </>
        )}
      </div>
      {open && (
        <p class="llmw-verdict llmw-muted">{t("draw.unknown", { count: numbers.count(list.head) })}</p>
      )}
      {draws && <Result sight={sight} draws={draws} running={progress.running} t={t} numbers={numbers} />}
    </section>
  );
}

function sourceText({ seed, device }: DrawsPayload, t: Translate): string {
  return seed === null ? t("draw.chance", { device }) : t("draw.seed", { seed, device });
}

interface ResultProps {
  readonly sight: Sight;
  readonly draws: DrawsPayload;
  readonly running: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Result({ sight, draws, running, t, numbers }: ResultProps) {
  const parts = wordsOf(sight, draws, t, numbers);
  const said = useQuiet(running ? "" : parts.join(t("sentence")));
  return (
    <>
      <p class="llmw-verdict">
        {parts.map((part, at) => (
          <span key={part}>
            {at > 0 && t("sentence")}
            {part}
          </span>
        ))}
      </p>
      <p class="llmw-visually-hidden" role="status">
        {said}
      </p>
    </>
  );
}

function wordsOf(sight: Sight, draws: DrawsPayload, t: Translate, numbers: Numbers): readonly string[] {
  const { look, greedy } = sight;
  const { tally } = look;
  if (tally === null) return [];
  const choice = greedy ? [t("draw.greedy", { piece: nameOf(greedy, t) })] : [];
  if (tally.n === 1) return [oneDraw(sight, draws, t, numbers), ...choice];
  const verdict = verdictOf(sight);
  if (verdict === null) return choice;
  const { within, bars, farthest, of } = verdict;
  return [
    t("draw.count", { n: numbers.count(tally.n) }),
    t("draw.within", { within: numbers.count(within), bars: numbers.count(bars) }),
    t("draw.farthest", {
      points: numbers.decimal(Number((100 * farthest).toPrecision(2))),
      piece: whose(of, t),
    }),
    ...choice,
  ];
}

function whose(of: Whose, t: Translate): string {
  return typeof of === "string" ? t(`draw.${of}.name`) : nameOf(of, t);
}

function oneDraw({ rows, apart }: Sight, draws: DrawsPayload, t: Translate, numbers: Numbers): string {
  const [id = NOT_RETURNED] = draws.ids;
  if (id === NOT_RETURNED) return t("draw.one.unknown");
  const piece = nameOf({ id, piece: draws.pieces[0] ?? "", bytes: draws.bytes[0] ?? "" }, t);
  const row = (apart ? [...rows, apart] : rows).find((shown) => shown.id === id);
  return row ? t("draw.one", { piece, share: numbers.percent(row.sampled) }) : t("draw.one.other", { piece });
}
