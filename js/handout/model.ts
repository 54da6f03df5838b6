// A widget's model without a kernel: it holds what was saved and what the page changes, and what it is told to send goes nowhere.

// biome-ignore lint/suspicious/noExplicitAny: what an event carries depends on its name, as in anywidget's own types
type Callback = (...values: any[]) => void;

/** What a view asks the manager of its models for. */
export interface Manager {
  get_model(id: string): Promise<SavedModel>;
}

export class SavedModel {
  /** As ipywidgets' models have it: no kernel answers. */
  readonly comm_live = false;
  private readonly listeners = new Map<string, readonly Callback[]>();

  constructor(
    private readonly state: Record<string, unknown>,
    readonly widget_manager: Manager,
  ) {}

  get(key: string): unknown {
    return this.state[key];
  }

  set(key: string, value: unknown): void {
    if (this.state[key] === value) return;
    this.state[key] = value;
    this.emit(`change:${key}`, this, value);
    this.emit("change", this);
  }

  save_changes(): void {}

  send(): void {}

  on(events: string, callback: Callback): void {
    for (const event of events.split(" "))
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), callback]);
  }

  off(events?: string | null, callback?: Callback | null): void {
    for (const event of events ? events.split(" ") : [...this.listeners.keys()]) {
      const rest = (this.listeners.get(event) ?? []).filter((known) => callback && known !== callback);
      this.listeners.set(event, rest);
    }
  }

  private emit(event: string, ...values: readonly unknown[]): void {
    for (const callback of this.listeners.get(event) ?? []) callback(...values);
  }
}
