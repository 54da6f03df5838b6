// The page's twin of ModelSession: one store per session, which every view reads. What the user just did shows at once and
// stays until the kernel's state answers it; what the kernel says otherwise replaces what was here.
import type * as sampling from "../lib/sampling";
import type { Chain, Order } from "../lib/sampling";
import type { Tokens } from "../lib/tokens";
import { type Content, createContents } from "./content";
import { createLookup, type Lookup } from "./lookup";
import type { WidgetModel } from "./model";
import { type Asked, Outbox } from "./outbox";
import { Patience } from "./patience";
import type {
  AlternativesPayload,
  Answer,
  DistributionPayload,
  DrawsPayload,
  ErrorPayload,
  ExactPayload,
  InfoPayload,
  PathsPayload,
  SamplerPayload,
  SamplerState,
  StatusPayload,
} from "./payloads";
import { createPointing, type Pointing } from "./pointing";

export interface SessionState {
  readonly info: InfoPayload;
  readonly content: Content;
  /** The tokens of `content`. */
  readonly tokens: Tokens;
  /** What the editor shows: the user's own typing, ahead of `content.text` until the kernel has answered it. */
  readonly text: string;
  /** Index into `tokens` of the token after which we look, or of an encoder at which; -1 stands for the kernel's `content.home`. */
  readonly position: number;
  /** The position as an index; -1 where there are no tokens. */
  readonly here: number;
  readonly distribution: DistributionPayload | null;
  readonly sampler: SamplerPayload;
  /** What `model.generate(do_sample=True)` would do, and where each setting of it that is not neutral comes from. */
  readonly own: SamplerPayload;
  readonly origins: SamplerState["origins"];
  /** How the text's tokens came and the ways that were left; null where nobody has told. */
  readonly paths: PathsPayload | null;
  /** The last draws, as long as text, position and sampler are those that they were drawn with. */
  readonly draws: DrawsPayload | null;
  readonly status: StatusPayload;
  /** False once the kernel is gone: what needs no model still works. */
  readonly connected: boolean;
  /** The page never had a kernel and will have none: a hand-out. */
  readonly handedOut: boolean;
  /** The distribution belongs to an older text or position than the one shown. */
  readonly stale: boolean;
  /** Why the last request from this page was refused, until the next one. */
  readonly refused: ErrorPayload | null;
  /** What this page has asked and the kernel has not taken for a while, since a cell runs; the newest last. */
  readonly late: readonly Asked[];
}

export interface Store {
  readonly state: SessionState;
  /**
   * The sampler's chain over the distribution, computed here; null where there is no distribution. Where it is only known
   * about, the kernel is asked, and its exact answer takes this one's place.
   */
  readonly chain: Chain | null;
  /** The same settings in another engine's order. */
  chainIn(order: Order): Chain | null;
  subscribe(listener: () => void, signal: AbortSignal): void;
  setConnected(connected: boolean, handedOut?: boolean): void;
  /** The reader has read why the last request was refused, or does something else. */
  dismiss(): void;
  edit(text: string): void;
  /** These tokens instead of the text. */
  decode(ids: readonly number[]): void;
  addSpecial(added: boolean): void;
  /** The token at this index; the one that -1 stands for is followed from then on. */
  look(position: number): void;
  tune(sampler: Partial<SamplerPayload>): void;
  step(): void;
  /** Until so many tokens, an end token or one of the stop texts. */
  generate(maxNewTokens: number, stop?: readonly string[]): void;
  stop(): void;
  undo(): void;
  /** A presentation begins: what is there now is what `reset` comes back to, unless something was prepared by hand. */
  prepare(): void;
  /** Back to what was prepared: text, position, sampler. */
  reset(): void;
  append(token: number): void;
  /** A token in place `index`, as an encoder predicts it. */
  fill(index: number, token: number): void;
  /** `n` draws, which come as `state.draws`; the text stays. */
  draw(n: number): void;
  /** Another token at place `index`; the way of now stays among the forks. */
  fork(index: number, token: number): void;
  /** The way number `fork` of `state.paths.forks` becomes the text. */
  switchTo(fork: number): void;
  /** Another row of a batch of logits. */
  showRow(row: number): void;
  /** Shows another moment, by trait as a kernel would tell it: in a page that was handed out, with what was tried there given up. */
  show(moment: Moment): void;
  /** The token that someone points at in one of the views. */
  readonly pointing: Pointing;
  /** What else could have come at a token. */
  readonly alternatives: Lookup<{ readonly index: number }, AlternativesPayload>;
}

/** What a kernel tells a store, by trait; what belongs to a text without its revision. */
export type Moment = Readonly<Partial<Record<(typeof TRAITS)[number], object | null>>>;

interface Local<Value> {
  readonly value: Value;
  readonly rid: number;
}

const TRAITS = ["info", "content", "change", "distribution", "sampler", "status", "paths", "draws"] as const;

/** Those that belong to a text. */
const REVISED: ReadonlySet<string> = new Set(["content", "distribution", "status", "draws"]);

const STILL_MS = 2000;

const DOING: ReadonlySet<StatusPayload["state"]> = new Set(["busy", "generating"]);

/** The sampler's chain in the page, which only some views bring along. */
export type Sampling = Pick<typeof sampling, "runChain" | "exactly">;

/** `alone`: other views have stores of their own, and hear of this one's through the kernel. Without `sampling` there is no chain. */
export function createStore(
  model: WidgetModel,
  signal: AbortSignal,
  sampling: Sampling | null = null,
  alone = false,
): Store {
  const contents = createContents(model);
  const patience = new Patience<Asked>(() => refresh());
  const outbox = new Outbox(model, () => contents.content, patience);
  const listeners = new Set<() => void>();
  // `refusedAt` is the revision at which the kernel refused the text: -1 where it did not
  let text: (Local<string> & { refusedAt: number }) | null = null;
  let position: Local<number> | null = null;
  let sampler: Local<Partial<SamplerPayload>> | null = null;
  let connected = true;
  let handedOut = false;
  let refused: ErrorPayload | null = null;
  let catchUp: ReturnType<typeof setTimeout> | undefined;
  let chains: Chains | null = null;
  const questions = new Map<Order, Question>();
  const alternatives = createLookup<{ readonly index: number }, AlternativesPayload>(
    model,
    { kind: "alternatives", sampler: null, order: null },
    () => refresh(),
    signal,
  );

  function read(): SessionState {
    const { content, tokens } = contents;
    const told = model.get("status") as StatusPayload;
    // what was going on when the page was made goes on no more
    const status = handedOut && DOING.has(told.state) ? { ...told, state: "ready" as const } : told;
    const distribution = model.get("distribution") as DistributionPayload | null;
    const settings = model.get("sampler") as SamplerState;
    const looked = position?.value ?? content.position;
    const last = tokens.count - 1;
    const here = looked < 0 ? homeOf(content, last) : Math.min(looked, last);
    const stale =
      distribution !== null &&
      (text !== null || distribution.revision !== content.revision || distribution.position !== here);
    const tuned = sampler ? { ...settings.sampler, ...sampler.value } : settings.sampler;
    const paths = model.get("paths") as PathsPayload | null;
    const draws = model.get("draws") as DrawsPayload | null;
    return {
      info: model.get("info") as InfoPayload,
      content,
      tokens,
      text: text?.value ?? content.text,
      position: looked,
      here,
      distribution,
      sampler: tuned,
      own: settings.own,
      origins: settings.origins,
      paths,
      draws: draws && isOf(draws, distribution, tuned) ? draws : null,
      status,
      connected,
      handedOut,
      stale,
      refused,
      late: patience.late,
    };
  }

  let state = read();

  function refresh(): void {
    const before = state;
    state = read();
    // the chain is computed anew only where an input changed
    if (same(before.sampler, state.sampler)) state = { ...state, sampler: before.sampler };
    for (const listener of [...listeners]) listener();
  }

  /** What a notebook saves and a page opened later reads is the whole content: it is asked for when the text is still. */
  function catchUpLater(): void {
    clearTimeout(catchUp);
    if (contents.ahead) catchUp = setTimeout(() => outbox.recall(), STILL_MS);
  }

  function settle(): void {
    if (!contents.take()) outbox.recall();
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
    if (!answer.ok && answer.error?.code === "outdated" && text && answer.rid >= text.rid) {
      // what was typed into an older text: the whole of it goes
      text = { ...text, rid: outbox.setWhole(text.value) };
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

  /** The chain in an order, computed once; where it is only known about, the kernel's own is asked for. */
  function chainIn(order: Order): Chain | null {
    const { distribution, sampler: settings } = state;
    if (distribution === null || sampling === null) return null;
    if (chains?.of !== distribution || chains.with !== settings)
      chains = { of: distribution, with: settings, found: new Map() };
    const known = chains.found.get(order);
    if (known) return known;
    const found = sampling.runChain(distribution, settings, order);
    chains.found.set(order, found);
    // what was not returned, the kernel does not know either
    if (found.about && found.bounds === null && connected && !signal.aborted) askExact(chains, order);
    return found;
  }

  /** One lookup an order, so that what is asked for one does not take the place of what is asked for another. */
  function askExact(of: Chains, order: Order): void {
    const take = () => takeExact(order);
    const lookup =
      questions.get(order)?.lookup ??
      createLookup<ChainQuestion, ExactPayload>(model, { kind: "exact", index: null }, take, signal);
    questions.set(order, { of, lookup });
    lookup.ask({ sampler: { ...of.with }, order });
  }

  function takeExact(order: Order): void {
    const question = questions.get(order);
    if (!question || question.of !== chains) return;
    const { of, lookup } = question;
    // after a refusal the result is still that of an older question
    if (lookup.waiting || lookup.refused) return;
    const about = of.found.get(order);
    if (!sampling || !about?.about || lookup.result?.revision !== of.of.revision) return;
    of.found.set(order, sampling.exactly(about, lookup.result));
    refresh();
  }

  for (const trait of TRAITS) model.on(`change:${trait}`, settle);
  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => {
    clearTimeout(catchUp);
    patience.end();
    for (const trait of TRAITS) model.off(`change:${trait}`, settle);
    model.off("msg:custom", onMessage);
    listeners.clear();
  });

  return {
    pointing: createPointing(model, alone, signal),
    get state() {
      return state;
    },
    get chain() {
      return chainIn("transformers");
    },
    chainIn,
    subscribe(listener, until) {
      listeners.add(listener);
      until.addEventListener("abort", () => listeners.delete(listener));
    },
    setConnected(live, without = false) {
      if (live === connected && without === handedOut) return;
      connected = live;
      handedOut = without;
      refresh();
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
      const place = value === homeOf(state.content, state.tokens.count - 1) ? -1 : value;
      position = { value: place, rid: outbox.set({ position: place }) };
      refresh();
    },
    tune(value) {
      refused = null;
      const rid = outbox.set({ sampler: value });
      sampler = { value: { ...sampler?.value, ...value }, rid };
      refresh();
    },
    step: () => act({ action: "step" }),
    generate: (maxNewTokens, stop = []) => act({ action: "generate", max_new_tokens: maxNewTokens, stop }),
    stop: () => act({ action: "stop" }),
    undo: () => act({ action: "undo" }),
    prepare: () => act({ action: "prepare" }),
    reset: () => act({ action: "reset" }),
    append: (token) => act({ action: "append", token }),
    fill: (index, token) => act({ action: "fill", index, token, revision: state.content.revision }),
    draw: (n) => act({ action: "draw", n }),
    fork: (index, token) => act({ action: "fork", index, token, revision: state.content.revision }),
    switchTo: (fork) => act({ action: "switch", fork, revision: state.content.revision }),
    showRow: (row) => act({ action: "row", row }),
    show(moment) {
      text = position = sampler = refused = null;
      const revision = contents.content.revision + 1;
      for (const [trait, value] of Object.entries(moment))
        model.set(trait, value && REVISED.has(trait) ? { ...value, revision } : value);
    },
    alternatives,
  };
}

/** What -1 stands for. A page saved before there were encoders does not say: the end. */
function homeOf({ home }: Content, last: number): number {
  return home === undefined ? last : Math.min(home, last);
}

/** What the kernel was last asked for an order. */
interface Question {
  readonly of: Chains;
  readonly lookup: Lookup<ChainQuestion, ExactPayload>;
}

/** Which chain the kernel is asked for. */
interface ChainQuestion {
  readonly sampler: SamplerPayload;
  readonly order: Order;
}

/** The chains over one distribution with one sampler, by order. */
interface Chains {
  readonly of: DistributionPayload;
  readonly with: SamplerPayload;
  readonly found: Map<Order, Chain>;
}

function same(one: SamplerPayload, other: SamplerPayload): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isOf(
  draws: DrawsPayload,
  distribution: DistributionPayload | null,
  sampler: SamplerPayload,
): boolean {
  const { revision, position } = draws;
  return (
    revision === distribution?.revision && position === distribution.position && same(draws.sampler, sampler)
  );
}
