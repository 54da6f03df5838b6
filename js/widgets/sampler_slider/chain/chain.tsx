// The chain as a funnel: the vocabulary at the top, the stages in the order in which they run, what is drawn from at the end.
import { useRef, useState } from "preact/hooks";
import { lacksSetting } from "../../../lib/abilities";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { type Chain as Found, isGreedy, stagesIn } from "../../../lib/sampling";
import type { SessionState, Store } from "../../../session/store";
import { countOf, Mass, Slice } from "./funnel";
import { full, type Level, levelAfter, type Passage, passages } from "./levels";
import { useLastValues } from "./memory";
import { Row } from "./row";
import { SETTINGS, type Setting } from "./settings";

interface Props {
  /** Another number begins the rows anew: what was typed and refused is gone. */
  readonly fresh: number;
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Chain({ fresh, store, state, t, numbers }: Props) {
  const { sampler, own, origins } = state;
  const { chain } = store;
  const greedy = isGreedy(sampler);
  const vocabulary = state.distribution?.vocabulary ?? state.info.vocabulary;
  const lastOf = useLastValues(sampler, own);
  const rare = SETTINGS.filter(({ common }) => !common);
  const used = rare.some(({ name, neutral }) => sampler[name] !== neutral);
  // null: nobody has said. Once one of them was on it stays open: its row is not to vanish under the hand that switches it off
  const [asked, setAsked] = useState<boolean | null>(null);
  const wereUsed = useRef(false);
  wereUsed.current ||= used;
  const open = asked ?? wereUsed.current;
  const shown = SETTINGS.filter(({ name, neutral, common }) => common || open || sampler[name] !== neutral);
  const through = chain ? passages(stagesIn("transformers"), chain, vocabulary) : null;
  const tune = ({ name }: Setting, value: number) => {
    // a temperature above 0 asks for draws: greedy by the other switch would make the slider dead
    const wake = name === "temperature" && value > 0 && sampler.temperature === 0 ? { do_sample: true } : {};
    store.tune({ [name]: value, ...wake });
  };
  return (
    <section class="llmw-chain" aria-label={t("chain")} data-stale={state.stale}>
      <Start vocabulary={vocabulary} t={t} numbers={numbers} />
      {shown.map((setting) => (
        <Row
          key={`${setting.name} ${fresh}`}
          setting={setting}
          value={sampler[setting.name]}
          passage={through?.get(setting.name) ?? null}
          idle={greedy && setting.name !== "repetition_penalty" && sampler.temperature !== 0}
          origin={sampler[setting.name] === own[setting.name] ? (origins[setting.name] ?? null) : null}
          lackedBy={lacksSetting(state.info, setting.name)}
          vocabulary={vocabulary}
          last={lastOf(setting)}
          onValue={(value) => tune(setting, value)}
          t={t}
          numbers={numbers}
        />
      ))}
      <div class="llmw-edge">
        <span class="llmw-more">
          <button type="button" class="llmw-link" aria-expanded={open} onClick={() => setAsked(!open)}>
            {t(open ? "less" : "more")}
          </button>
          {!open && <span class="llmw-muted">{rare.map(({ name }) => t(`${name}.label`)).join(" · ")}</span>}
        </span>
        {chain && (
          <Slice
            passage={{ before: lowest(chain, vocabulary), after: lowest(chain, vocabulary), stage: null }}
            vocabulary={vocabulary}
            through
            text=""
            t={t}
            numbers={numbers}
          />
        )}
      </div>
      <End chain={chain} greedy={greedy} vocabulary={vocabulary} t={t} numbers={numbers} />
    </section>
  );
}

interface EdgeProps {
  readonly vocabulary: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Start({ vocabulary, t, numbers }: EdgeProps) {
  const whole = full(vocabulary);
  const passage: Passage = { before: whole, after: whole, stage: null };
  return (
    <div class="llmw-edge">
      <span class="llmw-edge-name">{t("vocabulary")}</span>
      <Slice
        passage={passage}
        vocabulary={vocabulary}
        through={false}
        text={t("result.tokens", { count: numbers.count(vocabulary) })}
        t={t}
        numbers={numbers}
      />
      <span class="llmw-mass-title">{t("mass")}</span>
    </div>
  );
}

function End({
  chain,
  greedy,
  vocabulary,
  t,
  numbers,
}: EdgeProps & { chain: Found | null; greedy: boolean }) {
  if (!chain) return <p class="llmw-waiting llmw-muted">{t("waiting")}</p>;
  const last = chain.stages.at(-1);
  const choice = last?.name === "greedy" ? last : null;
  const before = lowest(chain, vocabulary);
  const after: Level = choice ? levelAfter(choice, vocabulary) : { ...before, tokens: chain.kept };
  const passage: Passage = { before, after, stage: choice };
  return (
    <div class="llmw-edge llmw-result">
      <span class="llmw-edge-name">{t(greedy ? "result.greedy" : "result")}</span>
      <Slice
        passage={passage}
        vocabulary={vocabulary}
        through={false}
        text={keptText(after, t, numbers)}
        t={t}
        numbers={numbers}
      />
      <Mass passage={passage} t={t} numbers={numbers} />
    </div>
  );
}

/** What the last stage leaves; the greedy choice is none of them. */
function lowest({ stages }: Found, vocabulary: number): Level {
  const stage = stages.findLast(({ name }) => name !== "greedy");
  return stage ? levelAfter(stage, vocabulary) : full(vocabulary);
}

/** "3 tokens" */
export function keptText(level: Level, t: Translate, numbers: Numbers): string {
  return level.tokens === 1 ? t("result.one") : t("result.tokens", { count: countOf(level, t, numbers) });
}
