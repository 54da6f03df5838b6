import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { NextTokenBar } from "./view";

export default defineView("next-token-bar", NextTokenBar, strings);
