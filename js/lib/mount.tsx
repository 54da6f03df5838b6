// The life of a view: find the session's store, render, follow theme and connection, clean up on the signal.
import type { RenderProps } from "@anywidget/types";
import { type ComponentType, render } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import type { WidgetModel } from "../session/model";
import { createStore, type Sampling, type SessionState, type Store } from "../session/store";
import { type Catalogue, chooseLanguage, inWordsOf, type Language, type Translate, translator } from "./i18n";
import { Presenting } from "./presenting";
import { followTheme } from "./theme";

export interface ViewProps {
  readonly store: Store;
  readonly state: SessionState;
  /** The view's own model: its options and, for a view with data of its own, that data. */
  readonly model: WidgetModel;
  readonly options: Readonly<Record<string, unknown>>;
  readonly t: Translate;
  readonly language: Language;
}

/** The default export of a view's bundle. `name` is the CSS root class without its prefix; `sampling` where the view shows the sampler's chain. */
export function defineView(
  name: string,
  View: ComponentType<ViewProps>,
  strings: Catalogue,
  sampling: Sampling | null = null,
) {
  return {
    async render({ model, el, host, signal }: RenderProps) {
      const ref = String(model.get("store"));
      const store = await findStore(host, ref, signal, sampling);
      if (store !== null) await followConnection(model, ref, store, signal);
      // the output may have been cleared meanwhile: its signal says so once, and that is over
      if (store === null || signal.aborted) return;
      const root = document.createElement("div");
      root.className = `llmw llmw-${name}`;
      root.dataset.lmSuppressShortcuts = "true";
      // beside others in a row it may become narrower than it would like
      el.style.minWidth ||= "0";
      el.append(root);
      root.addEventListener("keydown", keepKey, { signal });
      followTheme(root, el, signal);
      render(<Root store={store} model={model} View={View} strings={strings} root={root} />, root);
      signal.addEventListener("abort", () => {
        render(null, root);
        root.remove();
      });
    },
  };
}

/**
 * JupyterLab takes plain keys for itself where anything but a text field has the focus, whatever its parents say: arrows would
 * leave a slider, and "x" would delete the cell. What is held with Control or Command, as for saving, is the host's.
 */
function keepKey(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
}

/** The session's store; null where the view was taken away before it was found. */
async function findStore(
  host: RenderProps["host"],
  ref: string,
  signal: AbortSignal,
  sampling: Sampling | null,
): Promise<Store | null> {
  try {
    return (await host.getWidget<Store>(ref)).exports;
  } catch {
    // a host that gives each output a manager of its own may know the model and not its widget: then this view keeps a store
    const model = await host.getModel(ref);
    return signal.aborted ? null : createStore(model, signal, sampling, true);
  }
}

/** A model as the widget manager itself has it. */
interface ManagedModel extends WidgetModel {
  readonly comm_live?: boolean;
}

/**
 * The manager's own model knows whether the kernel is there. (ipywidgets marks the element as well, but anywidget 0.11 takes
 * that listener away when it draws a view.) A host without such a manager counts as connected.
 */
async function followConnection(
  model: RenderProps["model"],
  ref: string,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const manager: Partial<RenderProps["model"]["widget_manager"]> | undefined = model.widget_manager;
  let everLive = false;
  const managed: ManagedModel | undefined = await manager?.get_model?.(ref.replace("anywidget:", ""));
  if (managed?.comm_live === undefined || signal.aborted) return;
  const apply = () => {
    const live = managed.comm_live !== false;
    everLive ||= live;
    store.setConnected(live, !everLive && !hasKernels(manager));
  };
  managed.on("comm_live_update", apply);
  signal.addEventListener("abort", () => managed.off("comm_live_update", apply));
  apply();
}

/** A notebook's manager has a kernel, or a place for one; that of a page which was handed out knows of none. */
function hasKernels(manager: object | undefined): boolean {
  return manager !== undefined && "kernel" in manager;
}

interface RootProps {
  readonly store: Store;
  readonly model: WidgetModel;
  readonly View: ComponentType<ViewProps>;
  readonly strings: Catalogue;
  readonly root: HTMLElement;
}

function Root({ store, model, View, strings, root }: RootProps) {
  useStore(store);
  const options = useTrait<Readonly<Record<string, unknown>>>(model, "options");
  const language = chooseLanguage(String(options.language ?? ""));
  root.lang = language;
  const { handedOut, info } = store.state;
  const plain = translator(language, strings);
  const t = info.predicts === "masked" ? inWordsOf("masked", plain) : plain;
  return (
    <>
      <View
        store={store}
        state={store.state}
        model={model}
        options={options}
        t={handedOut ? inWordsOf("handout", t) : t}
        language={language}
      />
      <Presenting root={root} store={store} language={language} />
    </>
  );
}

/** Renders again whenever the store changes. */
export function useStore(store: Store): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const controller = new AbortController();
    store.subscribe(() => again(undefined), controller.signal);
    again(undefined);
    return () => controller.abort();
  }, [store]);
}

/** A trait of the view's own model, followed. */
export function useTrait<Value>(model: WidgetModel, name: string): Value {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const changed = () => again(undefined);
    model.on(`change:${name}`, changed);
    return () => model.off(`change:${name}`, changed);
  }, [model, name]);
  return model.get(name) as Value;
}

/** The ids of the tokens that someone points at in a view of this session. */
export function usePointed(store: Store): readonly number[] {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const controller = new AbortController();
    store.pointing.subscribe(() => again(undefined), controller.signal);
    again(undefined);
    return () => controller.abort();
  }, [store]);
  return store.pointing.ids;
}
