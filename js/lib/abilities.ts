// What the engine of a session lacks, as its capabilities say.
import type { AbilityPayload, InfoPayload } from "../session/payloads";
import { sayError, type Translate } from "./i18n";

type AbilityName = AbilityPayload["name"];

/** Why the engine does not give something, in one sentence; null where it does, wholly or in part, or where nothing is known of it. */
export function sayAbsent(t: Translate, { capabilities }: InfoPayload, name: AbilityName): string | null {
  const ability = abilityOf(capabilities, name);
  if (!capabilities || ability?.extent !== "absent") return null;
  const values = { what: name, server: capabilities.server, known: "" };
  return sayError(t, { code: "not_offered", message: ability.detail, hint: "", values }).message;
}

/** The server that has no such setting of the sampler; null where whatever draws knows it. */
export function lacksSetting({ capabilities }: InfoPayload, setting: string): string | null {
  const lacking = String(abilityOf(capabilities, "sampling")?.values.lacking ?? "");
  return capabilities && lacking.split(", ").includes(setting) ? capabilities.server : null;
}

// a page saved before there were capabilities has none
function abilityOf(
  capabilities: InfoPayload["capabilities"] | undefined,
  name: AbilityName,
): AbilityPayload | undefined {
  return capabilities?.abilities.find((ability) => ability.name === name);
}
