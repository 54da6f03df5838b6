import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { ReplayView } from "./view";

export default defineView("replay-view", ReplayView, strings);
