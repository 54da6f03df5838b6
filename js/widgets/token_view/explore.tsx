// How the tokens came about: a word's way through the tokenizer, and the vocabulary that it ends in.
import type { Language, Translate } from "../../lib/i18n";
import type { Tokens } from "../../lib/tokens";
import type { WidgetModel } from "../../session/model";

export interface ExploreProps {
  readonly model: WidgetModel;
  readonly tokens: Tokens;
  /** The tokenizers: the main one first, then those compared. */
  readonly names: readonly string[];
  /** What was selected or clicked; "" where nothing was. */
  readonly word: string;
  readonly connected: boolean;
  readonly t: Translate;
  readonly language: Language;
}

export function Explore({ t }: ExploreProps) {
  return <section class="llmw-explore" aria-label={t("explore.title")} />;
}
