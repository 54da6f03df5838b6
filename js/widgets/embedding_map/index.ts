import type { Catalogue, Language } from "../../lib/i18n";
import { defineView } from "../../lib/mount";
import { writingStrings } from "../../lib/writing";
import { contextStrings } from "./contexts/strings";
import { panelStrings } from "./panel_strings";
import { strings as sceneStrings } from "./scene/strings";
import { strings } from "./strings";
import { EmbeddingMap } from "./view";

const merged = (language: Language) =>
  Object.assign(
    {},
    ...[writingStrings, sceneStrings, panelStrings, contextStrings, strings].map((part) => part[language]),
  );
const catalogue: Catalogue = { en: merged("en"), ja: merged("ja") };

export default defineView("embedding-map", EmbeddingMap, catalogue);
