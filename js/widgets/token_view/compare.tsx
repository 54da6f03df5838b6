// One text as several tokenizers cut it, character under character.
import type { Language, Translate } from "../../lib/i18n";
import type { Tokens } from "../../lib/tokens";
import type { LanguagePayload, RowPayload } from "../../session/payloads";

export interface CompareProps {
  readonly main: Tokens;
  readonly mainName: string;
  readonly rows: readonly RowPayload[];
  readonly languages: readonly LanguagePayload[];
  readonly t: Translate;
  readonly language: Language;
}

export function Compare({ t }: CompareProps) {
  return <section class="llmw-compare" aria-label={t("compare.title")} />;
}
