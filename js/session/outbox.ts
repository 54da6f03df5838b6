// What the page asks of the kernel: settings are coalesced with one request in flight (the newest wins), actions are sent in order.
import type { WidgetModel } from "./model";
import type { ActRequest, SetRequest } from "./payloads";

export type Settings = Partial<Pick<SetRequest, "text" | "position" | "sampler">>;
export type Action = Pick<ActRequest, "action"> & Partial<Pick<ActRequest, "token" | "max_new_tokens">>;

// a kernel that restarted answers nothing: after this long the next change is sent all the same
const FORGET_AFTER_MS = 5000;

export class Outbox {
  readonly client = newClient();
  private last = 0;
  private inFlight: { rid: number; since: number } | null = null;
  private waiting: (Settings & { rid: number }) | null = null;

  constructor(private readonly model: WidgetModel) {}

  /** Sends the settings, or merges them into those that wait. Returns the request's number. */
  set(settings: Settings): number {
    const rid = ++this.last;
    const sampler = { ...this.waiting?.sampler, ...settings.sampler };
    const merged = Object.keys(sampler).length > 0 ? { sampler } : {};
    this.waiting = { ...this.waiting, ...settings, ...merged, rid };
    if (this.inFlight === null || Date.now() - this.inFlight.since > FORGET_AFTER_MS) this.flush();
    return rid;
  }

  /** Sends what waits, then the action. Returns the action's number. */
  act(action: Action): number {
    if (this.waiting) this.flush();
    const rid = ++this.last;
    this.model.send({ kind: "act", client: this.client, token: null, max_new_tokens: null, ...action, rid });
    return rid;
  }

  /** The kernel has taken request `rid`: the next may go. */
  taken(rid: number): void {
    if (this.inFlight === null || rid < this.inFlight.rid) return;
    this.inFlight = null;
    if (this.waiting) this.flush();
  }

  private flush(): void {
    const request = {
      kind: "set",
      client: this.client,
      text: null,
      position: null,
      sampler: null,
      ...this.waiting,
    };
    this.inFlight = { rid: this.last, since: Date.now() };
    this.waiting = null;
    this.model.send(request);
  }
}

/** A name for this page's store. (`crypto.randomUUID` is missing on plain http, where some hubs live.) */
function newClient(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");
}
