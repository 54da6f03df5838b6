import type { Catalogue } from "../../lib/i18n";
import { defineView } from "../../lib/mount";
import { writingStrings } from "../../lib/writing";
import { panelStrings } from "./panel_strings";
import { strings } from "./strings";
import { TokenView } from "./view";

const catalogue: Catalogue = {
  en: { ...panelStrings.en, ...strings.en, ...writingStrings.en },
  ja: { ...panelStrings.ja, ...strings.ja, ...writingStrings.ja },
};

export default defineView("token-view", TokenView, catalogue);
