import type { Catalogue } from "../../lib/i18n";
import { defineView } from "../../lib/mount";
import { exactly, runChain } from "../../lib/sampling";
import { panelStrings } from "./panel_strings";
import { strings } from "./strings";
import { SamplerSlider } from "./view";

const catalogue: Catalogue = {
  en: { ...panelStrings.en, ...strings.en },
  ja: { ...panelStrings.ja, ...strings.ja },
};

export default defineView("sampler-slider", SamplerSlider, catalogue, { runChain, exactly });
