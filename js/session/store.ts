// The page's twin of ModelSession: one store per session, which every view reads. What the user just did shows at once and
// stays until the kernel's state answers it; what the kernel says otherwise replaces what was here.
import { type Chain, runChain } from "../lib/sampling";
import type { Tokens } from "../lib/tokens";
import { type Content, createContents } from "./content";
import type { WidgetModel } from "./model";
import { Outbox } from "./outbox";
import type {
  Answer,
  DistributionPayload,
  ErrorPayload,
  InfoPayload,
  SamplerPayload,
  SamplerState,
  StatusPayload,
} from "./payloads";

export interface SessionState {
  readonly info: InfoPayload;
  readonly content: Content;
  /** The tokens of `content`. */
  readonly tokens: Tokens;
  /** What the editor shows: the user's own typing, ahead of `content.text` until the kernel has answered it. */
  readonly text: string;
  /** Index into `tokens` of the token after which we look; -1 follows the end. */
  readonly position: number;
  readonly distribution: DistributionPayload | null;
  readonly sampler: SamplerPayload;
  /** Names of the sampler's fields whose values come from the model's own generation_config. */
  readonly inherited: readonly string[];
  readonly status: StatusPayload;
  /** False once the kernel is gone: what needs no model still works. */
  readonly connected: boolean;
  /** The distribution belongs to an older text or position than the one shown. */
  readonly stale: boolean;
  /** Why the last request from this page was refused, until the next one. */
  readonly refused: ErrorPayload | null;
}

export interface Store {
  readonly state: SessionState;
  /** The sampler's chain over the distribution, computed here; null where there is no distribution. */
  readonly chain: Chain | null;
  subscribe(listener: () => void, signal: AbortSignal): void;
  setConnected(connected: boolean): void;
  /** Makes itself known to the kernel, once. */
  greet(): void;
  /** The reader has read why the last request was refused, or does something else. */
  dismiss(): void;
  edit(text: string): void;
  /** These tokens instead of the text. */
  decode(ids: readonly number[]): void;
  addSpecial(added: boolean): void;
  look(position: number): void;
  tune(sampler: Partial<SamplerPayload>): void;
  step(): void;
  generate(maxNewTokens: number): void;
  stop(): void;
  undo(): void;
  append(token: number): void;
}

interface Local<Value> {
  readonly value: Value;
  readonly rid: number;
}

const TRAITS = ["info", "content", "change", "distribution", "sampler", "status"] as const;

const STILL_MS = 2000;

export function createStore(model: WidgetModel, signal: AbortSignal): Store {
  const contents = createContents(model);
  const outbox = new Outbox(model, () => contents.content);
  const listeners = new Set<() => void>();
  // `refusedAt` is the revision at which the kernel refused the text: -1 where it did not
  let text: (Local<string> & { refusedAt: number }) | null = null;
  let position: Local<number> | null = null;
  let sampler: Local<Partial<SamplerPayload>> | null = null;
  let connected = true;
  let greeted = false;
  let refused: ErrorPayload | null = null;
  let catchUp: ReturnType<typeof setTimeout> | undefined;
  let state = read();
  let chain: { of: DistributionPayload; with: SamplerPayload; result: Chain } | null = null;

  function read(): SessionState {
    const { content, tokens } = contents;
    const status = model.get("status") as StatusPayload;
    const distribution = model.get("distribution") as DistributionPayload | null;
    const settings = model.get("sampler") as SamplerState;
    const looked = position?.value ?? content.position;
    const last = tokens.count - 1;
    const stale =
      distribution !== null &&
      (text !== null ||
        distribution.revision !== content.revision ||
        distribution.position !== (looked < 0 ? last : looked));
    return {
      info: model.get("info") as InfoPayload,
      content,
      tokens,
      text: text?.value ?? content.text,
      position: looked,
      distribution,
      sampler: sampler ? { ...settings.sampler, ...sampler.value } : settings.sampler,
      inherited: settings.inherited,
      status,
      connected,
      stale,
      refused,
    };
  }

  function refresh(): void {
    const before = state;
    state = read();
    // the chain is computed anew only where an input changed
    if (JSON.stringify(before.sampler) === JSON.stringify(state.sampler))
      state = { ...state, sampler: before.sampler };
    for (const listener of [...listeners]) listener();
  }

  /** What a notebook saves and a page opened later reads is the whole content: it is asked for when the text is still. */
  function catchUpLater(): void {
    clearTimeout(catchUp);
    if (contents.ahead) catchUp = setTimeout(() => outbox.act({ action: "whole" }), STILL_MS);
  }

  function settle(): void {
    if (!contents.take()) outbox.act({ action: "whole" });
    catchUpLater();
    const { revision, seen } = contents.content;
    const content = seen[outbox.client] ?? 0;
    const settings = (model.get("sampler") as SamplerState).seen[outbox.client] ?? 0;
    // a refused text stays to be mended until another takes its place
    if (text && content >= text.rid && text.refusedAt !== revision) text = null;
    if (position && content >= position.rid) position = null;
    if (sampler && settings >= sampler.rid) sampler = null;
    outbox.taken(Math.max(content, settings));
    refresh();
  }

  function onMessage(answer: Answer): void {
    if (answer.client !== outbox.client) return;
    if (!answer.ok && answer.error?.code === "outdated") {
      // what was typed into an older text: the whole of it goes
      if (text && answer.rid >= text.rid) text = { ...text, rid: outbox.setWhole(text.value) };
    } else if (!answer.ok) {
      refused = answer.error;
      // a refused setting falls back to what the session holds; what was typed stays in the editor
      if (text && answer.rid >= text.rid) text = { ...text, refusedAt: state.content.revision };
      if (position && answer.rid >= position.rid) position = null;
      if (sampler && answer.rid >= sampler.rid) sampler = null;
      refresh();
    }
    outbox.taken(answer.rid);
  }

  function act(action: Parameters<Outbox["act"]>[0]): void {
    refused = null;
    outbox.act(action);
    refresh();
  }

  for (const trait of TRAITS) model.on(`change:${trait}`, settle);
  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => {
    clearTimeout(catchUp);
    for (const trait of TRAITS) model.off(`change:${trait}`, settle);
    model.off("msg:custom", onMessage);
    listeners.clear();
  });

  return {
    get state() {
      return state;
    },
    get chain() {
      if (state.distribution === null) return null;
      if (chain?.of !== state.distribution || chain.with !== state.sampler) {
        const result = runChain(state.distribution, state.sampler);
        chain = { of: state.distribution, with: state.sampler, result };
      }
      return chain.result;
    },
    subscribe(listener, until) {
      listeners.add(listener);
      until.addEventListener("abort", () => listeners.delete(listener));
    },
    setConnected(value) {
      if (value === connected) return;
      connected = value;
      refresh();
    },
    greet() {
      if (!greeted) outbox.greet();
      greeted = true;
    },
    dismiss() {
      if (refused === null) return;
      refused = null;
      refresh();
    },
    edit(value) {
      refused = null;
      text = { value, rid: outbox.set({ text: value }), refusedAt: -1 };
      refresh();
    },
    decode(ids) {
      refused = null;
      text = null;
      outbox.set({ ids });
      refresh();
    },
    addSpecial(added) {
      refused = null;
      outbox.set({ add_special: added });
      refresh();
    },
    look(value) {
      refused = null;
      position = { value, rid: outbox.set({ position: value }) };
      refresh();
    },
    tune(value) {
      refused = null;
      const rid = outbox.set({ sampler: value });
      sampler = { value: { ...sampler?.value, ...value }, rid };
      refresh();
    },
    step: () => act({ action: "step" }),
    generate: (maxNewTokens) => act({ action: "generate", max_new_tokens: maxNewTokens }),
    stop: () => act({ action: "stop" }),
    undo: () => act({ action: "undo" }),
    append: (token) => act({ action: "append", token }),
  };
}
