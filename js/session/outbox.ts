// What the page asks of the kernel: settings are coalesced with one request in flight (the newest wins), actions are sent in order.
import { chooseLanguage } from "../lib/i18n";
import { type Content, editOf } from "./content";
import type { WidgetModel } from "./model";
import type { Patience } from "./patience";
import type { ActRequest, SetRequest } from "./payloads";

export type Settings = Partial<Pick<SetRequest, "text" | "ids" | "add_special" | "position" | "sampler">>;
export type Action = Pick<ActRequest, "action"> & Partial<Omit<ActRequest, "kind" | "rid" | "client">>;
/** What the user may wait for. */
export type Asked = keyof Settings | ActRequest["action"];

const NO_ARGUMENTS = {
  token: null,
  max_new_tokens: null,
  stop: null,
  index: null,
  n: null,
  fork: null,
  row: null,
  revision: null,
};

// a kernel that restarted answers nothing: after this long the next change is sent all the same
const FORGET_AFTER_MS = 5000;

/** One request in flight; what is asked meanwhile becomes one request that waits. */
export class Mailbox<Body extends object> {
  readonly client = newClient();
  protected last = 0;
  private inFlight: { rid: number; since: number } | null = null;
  private waiting: Body | null = null;

  /**
   * `blank` holds the fields of a request that its body may leave out. Without `merge`, a newer body replaces an older. `patience`
   * hears of each field that is asked for, and of what was taken.
   */
  constructor(
    private readonly model: WidgetModel,
    private readonly blank: object,
    private readonly merge: (waiting: Body, next: Body) => Body = (_, next) => next,
    protected readonly patience?: Patience<string>,
  ) {}

  /** Sends the body, now or when its turn comes. Returns the request's number. */
  ask(body: Body): number {
    const rid = ++this.last;
    this.waiting = this.waiting ? this.merge(this.waiting, body) : body;
    this.patience?.wait(rid, Object.keys(body));
    if (this.inFlight === null || Date.now() - this.inFlight.since > FORGET_AFTER_MS) this.flush();
    return rid;
  }

  /** The kernel has taken request `rid`: the next may go. */
  taken(rid: number): void {
    this.patience?.answer(rid);
    if (this.inFlight === null || rid < this.inFlight.rid) return;
    this.inFlight = null;
    this.flush();
  }

  /** Sends what waits. */
  protected flush(): void {
    if (this.waiting === null) return;
    const request = { ...this.blank, ...this.dress(this.waiting), client: this.client, rid: this.last };
    this.inFlight = { rid: this.last, since: Date.now() };
    this.waiting = null;
    this.post(request);
  }

  /** The body as it travels, made when it goes. */
  protected dress(body: Body): object {
    return body;
  }

  protected post(message: object): void {
    try {
      this.model.send({ ...message, language: chooseLanguage("") });
    } catch {
      // JupyterLab's comm throws once its kernel is dead; the views say so, and what needs no kernel goes on
    }
  }
}

export class Outbox extends Mailbox<Settings> {
  private whole = false;

  /** `base` is the content that the kernel is known to have. */
  constructor(
    model: WidgetModel,
    private readonly base: () => Content,
    patience?: Patience<Asked>,
  ) {
    const blank = { text: null, edit: null, ids: null, add_special: null, position: null, sampler: null };
    super(model, { kind: "set", ...blank }, mergeSettings, patience);
  }

  /** Sends a text whole, though it is long. */
  setWhole(text: string): number {
    this.whole = true;
    return this.ask({ text });
  }

  protected override dress(settings: Settings): object {
    const { text, ...others } = settings;
    const edit = this.whole || typeof text !== "string" ? null : editOf(this.base(), text);
    if (typeof text === "string") this.whole = false;
    return edit ? { ...others, edit } : settings;
  }

  /** Sends the settings, or merges them into those that wait. Returns the request's number. */
  set(settings: Settings): number {
    return this.ask(settings);
  }

  /** Sends what waits, then the action. Returns the action's number. */
  act(action: Action): number {
    const rid = this.send(action);
    this.patience?.wait(rid, [action.action]);
    return rid;
  }

  /** Asks for the whole content, which no user waits for. */
  recall(): void {
    this.send({ action: "whole" });
  }

  private send(action: Action): number {
    this.flush();
    const rid = ++this.last;
    this.post({ kind: "act", client: this.client, ...NO_ARGUMENTS, ...action, rid });
    return rid;
  }
}

function mergeSettings(waiting: Settings, next: Settings): Settings {
  const sampler = { ...waiting.sampler, ...next.sampler };
  const { text: _text, ids: _ids, ...rest } = waiting;
  // a text and ids stand for each other: the newer of them goes
  const kept = next.text === undefined && next.ids === undefined ? waiting : rest;
  return { ...kept, ...next, ...(Object.keys(sampler).length > 0 ? { sampler } : {}) };
}

/** A name for this page's store. (`crypto.randomUUID` is missing on plain http, where some hubs live.) */
function newClient(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");
}
