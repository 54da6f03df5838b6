// EmbeddingMap's scene alone on a page, for its tests and its benchmark: window.scenes mounts it, changes what it shows, and records what it tells.
import { render } from "preact";
import { useReducer } from "preact/hooks";
import { type Language, translator } from "../lib/i18n";
import type { GroundPayload } from "../session/payloads";
import { unpack } from "../widgets/embedding_map/scene/ground";
import { Scene } from "../widgets/embedding_map/scene/scene";
import { strings } from "../widgets/embedding_map/scene/strings";
import type { Chosen, SceneProps, Target } from "../widgets/embedding_map/scene/types";

/** What the page is told: as SceneProps, but what JSON cannot hold. */
interface Ask extends Omit<Partial<SceneProps>, "hidden" | "ground"> {
  readonly hidden?: readonly number[];
  readonly ground?: { readonly payload: GroundPayload; readonly points: string } | null;
}

interface Mounted {
  readonly root: HTMLElement;
  props: SceneProps;
  again: () => void;
}

type Call = readonly [name: string, value: unknown];

const BLANK: Omit<SceneProps, "onNames" | "onLook" | "onPick" | "onChoose" | "nameOf" | "t"> = {
  points: [],
  coordinates: [],
  axes: 2,
  titles: ["PC 1 (34 %)", "PC 2 (21 %)", "PC 3 (11 %)"],
  linear: true,
  ground: null,
  hidden: new Set(),
  scale: false,
  classCount: 4,
  arrows: [],
  marks: [],
  lit: [],
  litGround: [],
  looked: null,
  chosen: null,
  tool: "pan",
  stale: false,
};

const mounted: Mounted[] = [];
const calls: Call[] = [];

function read({ hidden, ground, ...rest }: Ask): Partial<SceneProps> {
  return {
    ...rest,
    ...(hidden && { hidden: new Set(hidden) }),
    ...(ground && { ground: unpack(ground.payload, viewOf(ground.points)) }),
    ...(ground === null && { ground }),
  };
}

function viewOf(base64: string): DataView {
  return new DataView(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

function plain(value: Chosen | Target | readonly number[] | null): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? [...part] : part)) ?? "null",
  );
}

const scenes = {
  calls,
  mount(
    ask: Ask & {
      readonly width?: number;
      readonly theme?: string;
      readonly language?: Language;
      readonly follows?: boolean;
    },
  ) {
    const { width = 700, theme = "light", language = "en", follows = true, ...asked } = ask;
    const root = document.createElement("div");
    root.className = "llmw llmw-embedding-map";
    root.dataset.theme = theme;
    root.style.width = `${width}px`;
    document.body.append(root);
    const entry: Mounted = { root, props: { ...BLANK, ...handlers(), ...read(asked) }, again: () => {} };
    // as the view does: what is told is shown
    function handlers() {
      const keep = (changes: Partial<SceneProps>) => {
        if (!follows) return;
        entry.props = { ...entry.props, ...changes };
        entry.again();
      };
      const tell = (name: string, value: Parameters<typeof plain>[0]) => calls.push([name, plain(value)]);
      return {
        t: translator(language, strings),
        nameOf: (index: number) => (named.has(index) ? `g${index}` : null),
        onNames: (indices: readonly number[]) => tell("names", indices),
        onLook: (target: Target | null) => {
          tell("look", target);
          keep({ looked: target });
        },
        onPick: (target: Target | null) => void tell("pick", target),
        onChoose: (chosen: Chosen | null) => {
          tell("choose", chosen);
          keep({ chosen });
        },
      };
    }
    mounted.push(entry);
    render(<Holder entry={entry} />, root);
    return mounted.length - 1;
  },
  set(index: number, ask: Ask) {
    const entry = mounted[index];
    if (!entry) throw new Error(`no scene ${index}`);
    entry.props = { ...entry.props, ...read(ask) };
    entry.again();
  },
  /** The kernel's answer to a question for names. */
  name(index: number, indices: readonly number[]) {
    for (const point of indices) named.add(point);
    mounted[index]?.again();
  },
  /** How long it takes, in milliseconds, from the arrival of a ground's buffer to the end of the frame that shows it. */
  async time(index: number, ground: NonNullable<Ask["ground"]>) {
    const view = viewOf(ground.points);
    const entry = mounted[index];
    const canvas = entry?.root.querySelector("canvas");
    if (!entry || !canvas) throw new Error(`no scene ${index}`);
    const started = performance.now();
    entry.props = { ...entry.props, ground: unpack(ground.payload, view) };
    entry.again();
    while (canvas.dataset.shown !== String(ground.payload.count)) await frameEnd();
    return performance.now() - started;
  },
  close(index: number) {
    const entry = mounted[index];
    if (entry) render(null, entry.root);
  },
};

/** Behind everything that the next frame does before it is painted. */
function frameEnd(): Promise<void> {
  return new Promise((done) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done();
      channel.port2.postMessage(null);
    }),
  );
}

const named = new Set<number>();

function Holder({ entry }: { readonly entry: Mounted }) {
  const [, again] = useReducer((count: number) => count + 1, 0);
  entry.again = () => again(undefined);
  return <Scene {...entry.props} />;
}

declare global {
  interface Window {
    scenes: typeof scenes;
  }
}
window.scenes = scenes;
document.body.dataset.ready = "true";
