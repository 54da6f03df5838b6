// What the two rooms of the map are told: words on their ground, and the text's tokens in their contexts.
import type { Language, Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { WidgetModel } from "../../session/model";
import type { SessionState, Store } from "../../session/store";
import type { MapDesk } from "./desk";
import type { Tool } from "./scene/types";

export interface RoomProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly model: WidgetModel;
  readonly desk: MapDesk;
  readonly tool: Tool;
  readonly asTable: boolean;
  readonly query: string;
  /** Nothing can be asked of the kernel. */
  readonly gone: boolean;
  readonly t: Translate;
  readonly language: Language;
  readonly numbers: Numbers;
}
