// The strings of the comparison, of the panel under the flow and of the field for IDs.
import type { Catalogue } from "../../lib/i18n";

export const panelStrings: Catalogue = {
  en: {
    "compare.title": "Tokenizers compared",
    "explore.title": "How it came about",
    "decode.title": "IDs → text",
  },
  ja: {
    "compare.title": "トークナイザーの比較",
    "explore.title": "トークンになるまで",
    "decode.title": "ID → テキスト",
  },
};
