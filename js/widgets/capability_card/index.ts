import { defineView } from "../../lib/mount";
import { strings } from "./strings";
import { CapabilityCard } from "./view";

export default defineView("capability-card", CapabilityCard, strings);
