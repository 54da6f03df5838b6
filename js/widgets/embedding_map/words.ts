// What an EmbeddingMap asks of the kernel: its words, shown as asked at once and held until the kernel's map answers them.
import { useEffect, useMemo, useReducer } from "preact/hooks";
import type { WidgetModel } from "../../session/model";
import { Mailbox } from "../../session/outbox";
import type { Answer, ErrorPayload, MapPayload, MapRequest } from "../../session/payloads";

type Asked = Pick<MapRequest, "words" | "show_tokens">;

const NO_MAP: MapPayload = {
  labels: [],
  kinds: [],
  ids: [],
  pieces: [],
  norms: [],
  coordinates: { dtype: "float32", shape: [0, 2], data: "" },
  similarities: { dtype: "float32", shape: [0, 0], data: "" },
  nearest: [],
  variance: [],
  dimensions: 0,
  words: [],
  show_tokens: false,
  error: null,
  seen: {},
};

export interface MapState extends Asked {
  readonly map: MapPayload;
  /** The map belongs to an older request than the one shown. */
  readonly waiting: boolean;
  /** Why the last request was refused, until the next one. */
  readonly refused: ErrorPayload | null;
}

export interface MapDesk {
  readonly state: MapState;
  ask(change: Partial<Asked>): void;
}

export function createMapDesk(model: WidgetModel, onChange: () => void, signal: AbortSignal): MapDesk {
  const mailbox = new Mailbox<Asked>(model, { kind: "map" });
  let local: (Asked & { rid: number }) | null = null;
  let refused: ErrorPayload | null = null;
  // the trait is an empty object until the kernel has made its first map
  const read = (): MapPayload => ({ ...NO_MAP, ...(model.get("map") as Partial<MapPayload>) });
  let map = read();

  function settle(): void {
    map = read();
    const seen = map.seen[mailbox.client] ?? 0;
    // words that were refused stay to be mended, whatever else moves the map
    if (local && refused === null && seen >= local.rid) local = null;
    mailbox.taken(seen);
    onChange();
  }

  function onMessage(answer: Answer): void {
    if (answer.client !== mailbox.client) return;
    // an answer to an older request says nothing about the words that are shown
    if (!answer.ok && (!local || answer.rid >= local.rid)) refused = answer.error;
    mailbox.taken(answer.rid);
    onChange();
  }

  model.on("change:map", settle);
  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => {
    model.off("change:map", settle);
    model.off("msg:custom", onMessage);
  });

  const asked = (): Asked => local ?? { words: map.words, show_tokens: map.show_tokens };
  return {
    get state() {
      const { words, show_tokens } = asked();
      return { map, words, show_tokens, waiting: local !== null && refused === null, refused };
    },
    ask(change) {
      const { words, show_tokens } = { ...asked(), ...change };
      refused = null;
      local = { words, show_tokens, rid: mailbox.ask({ words, show_tokens }) };
      onChange();
    },
  };
}

export function useMapDesk(model: WidgetModel): MapDesk {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [desk, controller] = useMemo(() => {
    const controller = new AbortController();
    return [createMapDesk(model, () => again(undefined), controller.signal), controller] as const;
  }, [model]);
  useEffect(() => () => controller.abort(), [controller]);
  return desk;
}

/** Words as people separate them: by white space, commas and semicolons, also the Japanese ones. */
export function splitWords(text: string): readonly string[] {
  return text.split(/[\s,、，;；]+/u).filter((word) => word !== "");
}
