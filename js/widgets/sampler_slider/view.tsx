// How the next token is drawn: the chain's settings in the order in which they run, what each one leaves, and the buttons that draw.
import { useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { useUniqueId } from "../../lib/id";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { type Numbers, numbersIn } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import { type Chain, isGreedy, type Stage } from "../../lib/sampling";
import { NEUTRAL, type SamplerPayload } from "../../session/payloads";
import type { SessionState, Store } from "../../session/store";
import { Field } from "./field";
import { OTHERS, SETTINGS, type Setting, stepFrom } from "./settings";

const DEFAULT_COUNT = 32;
const COUNT_LIMITS = { low: 1, high: 100_000, whole: true };
const SEED_LIMITS = { low: 0, high: Number.MAX_SAFE_INTEGER, whole: true };
const SLIDER_STEPS = 1000;

export function SamplerSlider({ store, state, t, language }: ViewProps) {
  const numbers = numbersIn(language);
  const { sampler } = state;
  const { chain } = store;
  const greedy = isGreedy(sampler);
  const size = state.distribution?.vocabulary ?? state.info.vocabulary;
  const neutral = SETTINGS.every(({ name, neutral: off }) => sampler[name] === off) && !greedy;
  const plain = neutral && OTHERS.every((name) => sampler[name] === NEUTRAL[name]);
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Mode sampler={sampler} greedy={greedy} onTune={store.tune} t={t} />
        <button
          type="button"
          class="llmw-button llmw-small"
          title={t("reset.title")}
          disabled={plain}
          onClick={() => store.tune({ ...NEUTRAL, seed: sampler.seed })}
        >
          {t("reset")}
        </button>
      </header>
      <section class="llmw-chain" aria-label={t("chain")} data-stale={state.stale}>
        <div class="llmw-end">
          <span class="llmw-name">{t("vocabulary")}</span>
          <span class="llmw-effect">
            <span class="llmw-left">{t("result.tokens", { count: numbers.count(size) })}</span>
            <Funnel left={size} size={size} />
          </span>
        </div>
        {SETTINGS.map((setting) => (
          <Control
            key={setting.name}
            setting={setting}
            value={sampler[setting.name]}
            stage={stageOf(chain, setting.name)}
            idle={greedy && setting.name !== "repetition_penalty" && sampler.temperature !== 0}
            inherited={setting.name in state.origins && sampler[setting.name] === state.own[setting.name]}
            size={size}
            store={store}
            t={t}
            numbers={numbers}
          />
        ))}
        {OTHERS.filter((name) => sampler[name] !== NEUTRAL[name]).map((name) => (
          <div key={name} class="llmw-end llmw-other">
            <span class="llmw-name">
              <code>{name}</code> {sampler[name]} <span class="llmw-muted">{t("other")}</span>
            </span>
            <StageEffect stage={stageOf(chain, name)} idle={greedy} size={size} t={t} numbers={numbers} />
          </div>
        ))}
        <Result chain={chain} greedy={greedy} size={size} t={t} numbers={numbers} />
      </section>
      <Actions store={store} state={state} t={t} />
      <Progress state={state} t={t} numbers={numbers} />
      <Summary chain={chain} state={state} size={size} t={t} numbers={numbers} />
      <Notice state={state} t={t} />
    </>
  );
}

function stageOf(chain: Chain | null, name: string): Stage | null {
  return chain?.stages.find((stage) => stage.name === name) ?? null;
}

interface ModeProps {
  readonly sampler: SamplerPayload;
  readonly greedy: boolean;
  readonly onTune: Store["tune"];
  readonly t: Translate;
}

function Mode({ sampler, greedy, onTune, t }: ModeProps) {
  const sample = () =>
    onTune({ do_sample: true, ...(sampler.temperature === 0 ? { temperature: NEUTRAL.temperature } : {}) });
  return (
    <fieldset class="llmw-mode" aria-label={t("mode")}>
      <button type="button" aria-pressed={!greedy} onClick={() => greedy && sample()}>
        {t("sample")}
      </button>
      <button type="button" aria-pressed={greedy} onClick={() => greedy || onTune({ do_sample: false })}>
        {t("greedy")}
      </button>
    </fieldset>
  );
}

interface ControlProps {
  readonly setting: Setting;
  readonly value: number;
  readonly stage: Stage | null;
  readonly idle: boolean;
  readonly inherited: boolean;
  readonly size: number;
  readonly store: Store;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Control({ setting, value, stage, idle, inherited, size, store, t, numbers }: ControlProps) {
  const help = useUniqueId();
  const { name, neutral } = setting;
  const label = t(`${name}.label`);
  const place = setting.place(value, size);
  const tune = (next: number) => {
    // a temperature above 0 asks for draws: greedy by the other switch would make the slider dead
    const wake = name === "temperature" && next > 0 && value === 0 ? { do_sample: true } : {};
    if (next !== value) store.tune({ [name]: next, ...wake });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const places = KEYS[event.key];
    if (places === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!Number.isFinite(places)) tune(setting.value(places > 0 ? 1 : 0, size));
    else tune(stepFrom(setting, value, places, size));
  };
  const off = value === neutral;
  return (
    <div class="llmw-control" data-off={off || idle} data-idle={idle}>
      <span class="llmw-name">
        <strong>{label}</strong>
        {label !== name && <code>{name}</code>}
        {inherited && (
          <span class="llmw-badge" title={t("inherited.title")}>
            {t("inherited")}
          </span>
        )}
        <span id={help} class="llmw-help">
          {t(`${name}.help`)}
        </span>
      </span>
      <span
        class="llmw-slide"
        style={{ "--neutral": String(setting.place(neutral, size)), "--place": String(place) }}
      >
        <input
          type="range"
          min={0}
          max={SLIDER_STEPS}
          step={1}
          value={Math.round(place * SLIDER_STEPS)}
          aria-label={t("slider", { name: label })}
          aria-valuetext={valueText(setting, value, t)}
          aria-describedby={help}
          onKeyDown={onKeyDown}
          onInput={(event) => tune(setting.value(Number(event.currentTarget.value) / SLIDER_STEPS, size))}
        />
      </span>
      <Field
        name={name}
        label={t("field", { name: label })}
        limits={setting}
        value={value}
        onValue={(next) => next !== null && tune(next)}
        t={t}
      />
      <StageEffect stage={stage} idle={idle} size={size} t={t} numbers={numbers} />
    </div>
  );
}

const KEYS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 20,
  PageDown: -20,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

function valueText({ name, neutral }: Setting, value: number, t: Translate): string {
  if (name === "temperature" && value === 0) return t("value.greedy");
  return value === neutral ? t("value.off", { value }) : String(value);
}

interface StageEffectProps {
  readonly stage: Stage | null;
  readonly idle: boolean;
  readonly size: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function StageEffect({ stage, idle, size, t, numbers }: StageEffectProps) {
  if (!stage) return <span class="llmw-effect llmw-quiet">{t(idle ? "idle" : "off")}</span>;
  return (
    <Effect
      left={stage.left}
      about={stage.about}
      removed={stage.massRemoved}
      reshapes={stage.name === "temperature" || stage.name === "repetition_penalty"}
      size={size}
      t={t}
      numbers={numbers}
    />
  );
}

interface EffectProps {
  readonly left: number;
  readonly about?: boolean;
  readonly removed?: number;
  readonly reshapes?: boolean;
  readonly size: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** How many tokens are left, on a logarithmic scale, and the probability that went. */
function Effect({ left, about = false, removed = 0, reshapes = false, size, t, numbers }: EffectProps) {
  const count = about ? t("about", { count: numbers.roughly(left) }) : numbers.count(left);
  return (
    <span class="llmw-effect">
      <span class="llmw-left">{t("left", { count })}</span>
      {removed > 0 && (
        <span class="llmw-gone" title={t("removed.long", { mass: numbers.percent(removed) })}>
          {t("removed", { mass: numbers.percent(removed) })}
        </span>
      )}
      {reshapes && <span class="llmw-gone">{t("reshapes")}</span>}
      <Funnel left={left} size={size} />
    </span>
  );
}

function Funnel({ left, size }: { readonly left: number; readonly size: number }) {
  const share = Math.log(left + 1) / Math.log(Math.max(2, size + 1));
  return (
    <span class="llmw-funnel" aria-hidden="true">
      <i style={{ width: `${100 * share}%` }} />
    </span>
  );
}

interface ResultProps {
  readonly chain: Chain | null;
  readonly greedy: boolean;
  readonly size: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Result({ chain, greedy, size, t, numbers }: ResultProps) {
  if (!chain) return <p class="llmw-waiting llmw-muted">{t("waiting")}</p>;
  return (
    <div class="llmw-end llmw-result">
      <span class="llmw-name">{t(greedy ? "result.greedy" : "result")}</span>
      <span class="llmw-effect">
        <strong class="llmw-left">{tokensText(chain, t, numbers)}</strong>
        <Funnel left={chain.kept} size={size} />
      </span>
    </div>
  );
}

function tokensText(chain: Chain, t: Translate, numbers: Numbers): string {
  return chain.kept === 1 ? t("result.one") : t("result.tokens", { count: countText(chain, t, numbers) });
}

interface ActionsProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
}

function Actions({ store, state, t }: ActionsProps) {
  const [count, setCount] = useState(DEFAULT_COUNT);
  const blocked = blockedBy(state);
  const generating = state.status.state === "generating";
  const ready = blocked === null && state.tokens.count > 0 && !generating;
  const seed = state.sampler.seed;
  return (
    <>
      <div class="llmw-actions">
        <button
          type="button"
          class="llmw-button llmw-primary"
          title={t("step.title")}
          disabled={!ready}
          onClick={store.step}
        >
          {t("step")}
        </button>
        <span class="llmw-pair">
          <button type="button" class="llmw-button" disabled={!ready} onClick={() => store.generate(count)}>
            {t("generate")}
          </button>
          <Field
            name={t("count")}
            label={t("count.label")}
            limits={COUNT_LIMITS}
            value={count}
            onValue={(value) => value !== null && setCount(value)}
            t={t}
          >
            <span class="llmw-unit">{t("count")}</span>
          </Field>
        </span>
        <button
          type="button"
          class="llmw-button llmw-stop"
          disabled={!generating || blocked !== null}
          onClick={store.stop}
        >
          {t("stop")}
        </button>
        <button
          type="button"
          class="llmw-button"
          disabled={!state.content.can_undo || blocked !== null || generating}
          onClick={store.undo}
        >
          {t("undo")}
        </button>
        <span class="llmw-pair llmw-seed">
          <span class="llmw-unit" aria-hidden="true">
            {t("seed")}
          </span>
          <Field
            name={t("seed")}
            label={t("seed.label")}
            limits={SEED_LIMITS}
            value={seed}
            placeholder={t("seed.random")}
            onValue={(value) => store.tune({ seed: value })}
            t={t}
          >
            <button
              type="button"
              class="llmw-button llmw-small"
              title={t("seed.new")}
              aria-label={t("seed.new")}
              onClick={() => store.tune({ seed: newSeed() })}
            >
              <Dice />
            </button>
          </Field>
        </span>
      </div>
      {blocked !== null && <p class="llmw-blocked llmw-muted">{t(blocked)}</p>}
    </>
  );
}

function Dice() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="currentColor">
      <path d="M4 1h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3zm0 1.4A1.6 1.6 0 0 0 2.400 4v8A1.6 1.6 0 0 0 4 13.600h8a1.6 1.6 0 0 0 1.600-1.600V4A1.6 1.6 0 0 0 12 2.400z" />
      <circle cx="5.200" cy="5.200" r="1.150" />
      <circle cx="8" cy="8" r="1.150" />
      <circle cx="10.800" cy="10.800" r="1.150" />
    </svg>
  );
}

/** Four digits: short enough to be said in class. */
function newSeed(): number {
  return 1000 + Math.floor(9000 * Math.random());
}

/** Why no token can be drawn, as a key of the catalogue; null where one can. */
function blockedBy({ info, status, connected }: SessionState): string | null {
  if (status.state === "closed") return "blocked.closed";
  if (!connected) return "blocked.kernel";
  return info.can_predict ? null : "blocked.model";
}

interface ProgressProps {
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** What generation does, or why it ended. The line keeps its place when there is nothing to say. */
function Progress({ state, t, numbers }: ProgressProps) {
  const { state: doing, generated, max_new_tokens: max, tokens_per_second: speed, reason } = state.status;
  const generating = doing === "generating";
  const values = { generated: numbers.count(generated), max: numbers.count(max) };
  const parts: string[] = [];
  if (generating) parts.push(t("progress", values));
  else if (reason !== "") parts.push(t(`reason.${reason}`, values));
  if (speed > 0 && (generating || reason !== "")) parts.push(t("speed", { speed: numbers.decimal(speed) }));
  const said = useQuiet(generating ? "" : parts.join(" · "));
  return (
    <div class="llmw-progress">
      <span class="llmw-meter" data-on={generating} aria-hidden="true">
        <i style={{ width: `${max > 0 ? (100 * generated) / max : 0}%` }} />
      </span>
      <span>{parts.join(" · ")}</span>
      <span class="llmw-visually-hidden" role="status">
        {said}
      </span>
    </div>
  );
}

interface SummaryProps {
  readonly chain: Chain | null;
  readonly state: SessionState;
  readonly size: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** For screen readers, once the sliders are still. */
function Summary({ chain, state, size, t, numbers }: SummaryProps) {
  const still = chain !== null && !state.stale && state.status.state !== "generating";
  const text = still ? t("summary", { count: countText(chain, t, numbers), all: numbers.count(size) }) : "";
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(text)}
    </p>
  );
}

function countText(chain: Chain, t: Translate, numbers: Numbers): string {
  return chain.about ? t("about", { count: numbers.roughly(chain.kept) }) : numbers.count(chain.kept);
}
