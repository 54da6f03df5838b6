// What a TokenView shows and how.
import { type Desk, useDesk } from "../../lib/desk";
import type { WidgetModel } from "../../session/model";
import type { TokenSettings } from "../../session/payloads";

const BLANK = { kind: "tokens", color_by: null, selection: null };

/** A kernel without these settings shows a plain text. */
const NEUTRAL: TokenSettings = {
  kind: "text",
  tokenizer: "",
  color_by: "token",
  can_score: false,
  can_attend: false,
  selection: null,
  seen: {},
};

function read(held: Partial<TokenSettings>): TokenSettings {
  const settings = { ...NEUTRAL, ...held };
  const { selection } = settings;
  return { ...settings, selection: selection && selection.end > selection.start ? selection : null };
}

export type TokenDesk = Desk<TokenSettings>;

export function useTokenDesk(model: WidgetModel): TokenDesk {
  return useDesk(model, BLANK, read);
}
