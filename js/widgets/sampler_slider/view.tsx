// How the next token is drawn: presets, the chain as a funnel, its numbers on demand, the buttons that draw, and the ways the text went.
import { useReducer, useRef } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { Late } from "../../lib/late";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { type Numbers, numbersIn } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import { NEUTRAL, type SamplerPayload } from "../../session/payloads";
import type { SessionState, Store } from "../../session/store";
import { Actions } from "./actions/actions";
import { ASKED, Progress } from "./actions/progress";
import { Arithmetic } from "./arithmetic/arithmetic";
import { Chain } from "./chain/chain";
import { countOf } from "./chain/funnel";
import { endOf } from "./chain/levels";
import { ChainTable } from "./chain/table";
import { Disclosures } from "./disclosure";
import { Orders } from "./orders/orders";
import { Paths } from "./paths/paths";
import { isCustom, PRESETS, type Preset, presetOf, sameStages } from "./presets";
import { Returned } from "./returned";

export function SamplerSlider({ store, state, t, language }: ViewProps) {
  const numbers = numbersIn(language);
  const { chain } = store;
  const vocabulary = state.distribution?.vocabulary ?? state.info.vocabulary;
  const shared = { store, state, t, numbers };
  const [fresh, renew] = useReducer((count: number) => count + 1, 0);
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Presets store={store} state={state} onChoose={() => renew(undefined)} t={t} />
      </header>
      <Chain fresh={fresh} {...shared} />
      {chain && state.distribution?.partial && (
        <Returned chain={chain} distribution={state.distribution} t={t} numbers={numbers} />
      )}
      <Disclosures
        panels={[
          { name: "arithmetic", title: t("arithmetic"), content: () => <Arithmetic {...shared} /> },
          { name: "orders", title: t("orders"), content: () => <Orders {...shared} /> },
          {
            name: "table",
            title: t("table"),
            content: () =>
              chain ? (
                <ChainTable
                  chain={chain}
                  sampler={state.sampler}
                  vocabulary={vocabulary}
                  t={t}
                  numbers={numbers}
                />
              ) : (
                <p class="llmw-muted">{t("waiting")}</p>
              ),
          },
        ]}
      />
      <Actions store={store} state={state} t={t} />
      {state.info.can_edit ? (
        <Progress state={state} t={t} numbers={numbers} />
      ) : (
        <Late state={state} of={ASKED} t={t} />
      )}
      <Paths {...shared} />
      <Summary {...shared} vocabulary={vocabulary} />
      <Notice state={state} t={t} />
    </>
  );
}

interface PresetsProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly onChoose: () => void;
  readonly t: Translate;
}

function Presets({ store, state: { sampler, own, info }, onChoose, t }: PresetsProps) {
  const active = presetOf(sampler, own);
  const custom = useRef<SamplerPayload | null>(null);
  if (isCustom(sampler, own)) custom.current = sampler;
  const plain = sameStages(own, NEUTRAL);
  const target: Readonly<Record<Preset, Partial<SamplerPayload> | null>> = {
    greedy: { do_sample: false },
    neutral: { ...NEUTRAL, seed: sampler.seed },
    own: plain ? null : { ...own, do_sample: true, seed: sampler.seed },
    custom: custom.current && { ...custom.current, do_sample: true, seed: sampler.seed },
  };
  return (
    <>
      <fieldset class="llmw-presets" aria-label={t("presets")}>
        {PRESETS.map((preset) => {
          const values = target[preset];
          const why = values === null ? `preset.${preset}.none` : `preset.${preset}.title`;
          return (
            <button
              key={preset}
              type="button"
              aria-pressed={preset === active}
              disabled={values === null}
              title={t(why)}
              onClick={() => {
                onChoose();
                if (values && preset !== active) store.tune(values);
              }}
            >
              {t(`preset.${preset}`)}
            </button>
          );
        })}
      </fieldset>
      {plain && (
        <span class="llmw-muted">
          {/* a server tells nothing of its model's generation_config */}
          {t(info.source === "api" ? "own.unknown" : info.can_edit ? "preset.own.none" : "preset.own.fixed")}
        </span>
      )}
    </>
  );
}

interface SummaryProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly vocabulary: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** For screen readers, once the sliders are still. */
function Summary({ store: { chain }, state, vocabulary, t, numbers }: SummaryProps) {
  const still = chain !== null && !state.stale && state.status.state !== "generating";
  const level = chain && endOf(chain, vocabulary);
  const text =
    still && level ? t("summary", { count: countOf(level, t, numbers), all: numbers.count(vocabulary) }) : "";
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(text)}
    </p>
  );
}
