import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { EmbeddingMap } from "./view";

export default defineView("embedding-map", EmbeddingMap, strings);
