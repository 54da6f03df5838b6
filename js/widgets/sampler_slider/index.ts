import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { SamplerSlider } from "./view";

export default defineView("sampler-slider", SamplerSlider, strings);
