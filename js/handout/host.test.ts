// A host without a kernel: models, modules loaded once, and what a widget gets of another.
import { expect, it, vi } from "vitest";
import { type Bundles, Host, type Module } from "./host";
import { type Saved, type SavedWidget, wholeState } from "./saved";

const widget = (changes: Partial<SavedWidget> = {}): SavedWidget => ({
  kind: "widget",
  module: 0,
  sheet: -1,
  state: {},
  buffers: [],
  ...changes,
});

function hostOf(models: Saved["models"], modules: readonly Module[]) {
  const bundles = {
    module: vi.fn(async (number: number) => modules[number] ?? {}),
    sheet: vi.fn(async () => {}),
  } satisfies Bundles;
  return { bundles, host: new Host({ language: "", models }, bundles, new AbortController().signal) };
}

// biome-ignore lint/suspicious/noExplicitAny: what a host hands to a widget
type Props = any;

it("gives views their session's exports, made once", async () => {
  const initialize = vi.fn(() => ({ store: "the session's" }));
  const seen: unknown[] = [];
  const view: Module = {
    async render({ model, host, el }: Props) {
      seen.push((await host.getWidget(model.get("store"))).exports);
      el.textContent = (await host.getModel(model.get("store"))).get("text");
    },
  };
  const one = widget({ module: 1, sheet: 0, state: { store: "anywidget:s" } });
  const { host, bundles } = hostOf({ s: widget({ state: { text: "shared" } }), one, two: one }, [
    { initialize },
    view,
  ]);
  const el = document.createElement("div");
  await Promise.all([host.draw("one", el), host.draw("two", document.createElement("div"))]);
  expect(seen).toEqual([{ store: "the session's" }, { store: "the session's" }]);
  expect(initialize).toHaveBeenCalledTimes(1);
  expect(el.textContent).toBe("shared");
  expect(bundles.sheet).toHaveBeenCalledWith(0);
});

it("a model knows no kernel, and keeps what the page sets", async () => {
  const changes: unknown[] = [];
  const module: Module = {
    async render({ model }: Props) {
      const managed = await model.widget_manager.get_model("a");
      expect([managed.comm_live, "kernel" in model.widget_manager]).toEqual([false, false]);
      model.on("change:n change:m", (_: unknown, value: unknown) => changes.push(value));
      model.set("n", 2);
      model.set("n", 2);
      model.set("m", 3);
      model.off("change:n");
      model.set("n", 4);
      model.save_changes();
      model.send({ kind: "set" });
      expect(model.get("n")).toBe(4);
    },
  };
  const { host } = hostOf({ a: widget({ state: { n: 1 } }) }, [module]);
  await host.draw("a", document.createElement("div"));
  expect(changes).toEqual([2, 3]);
});

it("a box draws its children in its direction", async () => {
  const module: Module = { render: ({ model, el }: Props) => el.append(model.get("name")) };
  const { host } = hostOf(
    {
      box: { kind: "box", direction: "row", children: ["a", "b"] },
      a: widget({ state: { name: "one" } }),
      b: widget({ state: { name: "two" } }),
    },
    [module],
  );
  const el = document.createElement("div");
  await host.draw("box", el);
  expect([...el.children].map((child) => child.textContent)).toEqual(["one", "two"]);
  expect(el.className).toContain("llmw-box-row");
});

it("the language goes to every widget that has options, and to none before it is chosen", async () => {
  const languages: string[] = [];
  const module: Module = {
    render({ model }: Props) {
      model.on("change:options", () => languages.push(JSON.stringify(model.get("options"))));
    },
  };
  const { host } = hostOf(
    { a: widget({ state: { options: { k: 5, language: "en" } } }), b: widget({ state: { n: 1 } }) },
    [module],
  );
  await host.draw("a", document.createElement("div"));
  await host.draw("b", document.createElement("div"));
  expect(languages).toEqual([]);
  host.setLanguage("ja");
  expect(languages).toEqual(['{"k":5,"language":"ja"}']);
});

it("what is not in the page is an error in words", async () => {
  const { host } = hostOf({}, []);
  await expect(host.draw("x", document.createElement("div"))).rejects.toThrow("no widget x");
});

it("binary parts come back to their places, and the saved state stays", () => {
  const saved = widget({ state: { a: { b: [null] } }, buffers: [{ path: ["a", "b", 0], data: "AQI=" }] });
  const whole = wholeState(saved) as { a: { b: DataView[] } };
  expect(whole.a.b[0]?.getUint8(1)).toBe(2);
  expect(saved.state).toEqual({ a: { b: [null] } });
});
