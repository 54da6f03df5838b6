import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { TokenView } from "./view";

export default defineView("token-view", TokenView, strings);
