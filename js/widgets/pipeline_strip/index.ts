import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { PipelineStrip } from "./view";

export default defineView("pipeline-strip", PipelineStrip, strings);
