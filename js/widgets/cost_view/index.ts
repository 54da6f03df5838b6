import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { CostView } from "./view";

export default defineView("cost-view", CostView, strings);
