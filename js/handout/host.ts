// What a notebook's front end gives to anywidget's widgets, for a page without a kernel: models, each widget's module, and each other.
import { type Manager, SavedModel } from "./model";
import { type Saved, type SavedWidget, wholeState } from "./saved";

/** The default export of a widget's module. */
export interface Module {
  initialize?(props: object): unknown;
  render?(props: object): unknown;
}

/** Where a hand-out's modules come from. */
export interface Bundles {
  module(number: number): Promise<Module>;
  /** Puts a style sheet into the page, once. */
  sheet(number: number): Promise<void>;
}

interface Widget {
  readonly model: SavedModel;
  readonly module: Module;
  /** What `initialize` returned: the store of a session. */
  readonly exports: unknown;
}

export class Host {
  private readonly models = new Map<string, SavedModel>();
  private readonly widgets = new Map<string, Promise<Widget>>();
  private readonly manager: Manager = { get_model: async (id) => this.model(id) };

  constructor(
    private readonly saved: Saved,
    private readonly bundles: Bundles,
    private readonly signal: AbortSignal,
  ) {}

  /** The language of every view. */
  setLanguage(language: string): void {
    for (const [id, each] of Object.entries(this.saved.models)) {
      if (each.kind !== "widget" || !("options" in each.state)) continue;
      const model = this.model(id);
      model.set("options", { ...(model.get("options") as object), language });
    }
  }

  /** Draws a model into an element. Rejects with what its module throws. */
  async draw(id: string, el: HTMLElement): Promise<void> {
    const saved = this.saved.models[id];
    if (saved?.kind === "box") {
      el.classList.add("llmw-box", `llmw-box-${saved.direction}`);
      const places = saved.children.map((child) => ({ child, place: document.createElement("div") }));
      el.append(...places.map(({ place }) => place));
      await Promise.all(places.map(({ child, place }) => this.draw(child, place)));
      return;
    }
    const { model, module } = await this.widget(id);
    await module.render?.({ model, el, ...this.props() });
  }

  private props() {
    const { signal } = this;
    const host = {
      getModel: async (ref: string) => this.model(idOf(ref)),
      getWidget: async (ref: string) => {
        const id = idOf(ref);
        const { exports } = await this.widget(id);
        return { exports, render: ({ el }: { el: HTMLElement }) => this.draw(id, el) };
      },
    };
    const invoke = () => Promise.reject(new Error("This page has no kernel."));
    return { host, signal, experimental: { invoke } };
  }

  private model(id: string): SavedModel {
    const known = this.models.get(id);
    if (known) return known;
    const model = new SavedModel(wholeState(this.savedWidget(id)), this.manager);
    this.models.set(id, model);
    return model;
  }

  private widget(id: string): Promise<Widget> {
    const known = this.widgets.get(id);
    if (known) return known;
    const begun = this.begin(id);
    this.widgets.set(id, begun);
    return begun;
  }

  private async begin(id: string): Promise<Widget> {
    const { module: number, sheet } = this.savedWidget(id);
    if (sheet >= 0) await this.bundles.sheet(sheet);
    const module = await this.bundles.module(number);
    const model = this.model(id);
    return { model, module, exports: await module.initialize?.({ model, ...this.props() }) };
  }

  private savedWidget(id: string): SavedWidget {
    const saved = this.saved.models[id];
    if (saved?.kind !== "widget") throw new Error(`This page has no widget ${id}.`);
    return saved;
  }
}

function idOf(ref: string): string {
  return ref.replace(/^(anywidget:|IPY_MODEL_)/, "");
}
