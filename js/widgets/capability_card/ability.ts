// What is said of an ability in the reader's language: by its code where the catalogue has it, else in the kernel's own words.
import { canSay, type Translate } from "../../lib/i18n";
import type { AbilityPayload } from "../../session/payloads";

export function sayAbility(t: Translate, { code, detail, values }: AbilityPayload): string {
  const key = `ability.${code}`;
  return canSay(t, key, values) ? t(key, values) : detail;
}
