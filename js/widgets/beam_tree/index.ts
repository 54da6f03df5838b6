import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { BeamTree } from "./view";

export default defineView("beam-tree", BeamTree, strings);
