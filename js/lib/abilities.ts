// What the engine of a session lacks, as its capabilities say.
import type { AbilityPayload, InfoPayload } from "../session/payloads";
import type { Translate } from "./i18n";

type AbilityName = AbilityPayload["name"];

/** Why the engine does not give something, in one sentence; null where it does, wholly or in part, or where nothing is known of it. */
export function sayAbsent(t: Translate, { capabilities }: InfoPayload, name: AbilityName): string | null {
  const ability = abilityOf(capabilities, name);
  return ability?.extent === "absent" ? sayAbility(t, ability) : null;
}

/** How much there is of an ability, or why there is none, in the reader's language. The kernel says it in both. */
export function sayAbility(t: Translate, { detail, detail_ja }: AbilityPayload): string {
  const japanese: string | undefined = t.language === "ja" ? detail_ja : undefined;
  return japanese ?? detail;
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
