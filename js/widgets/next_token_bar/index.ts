import type { Catalogue } from "../../lib/i18n";
import { defineView } from "../../lib/mount";
import { exactly, runChain } from "../../lib/sampling";
import { againstStrings } from "./against/strings";
import { predictStrings } from "./predict/strings";
import { strings } from "./strings";
import { NextTokenBar } from "./view";

const catalogue: Catalogue = {
  en: { ...predictStrings.en, ...againstStrings.en, ...strings.en },
  ja: { ...predictStrings.ja, ...againstStrings.ja, ...strings.ja },
};

export default defineView("next-token-bar", NextTokenBar, catalogue, { runChain, exactly });
