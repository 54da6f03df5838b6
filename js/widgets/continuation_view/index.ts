import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { ContinuationView } from "./view";

export default defineView("continuation-view", ContinuationView, strings);
