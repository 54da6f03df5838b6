// What a server did not return, in words.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { Source } from "./rows/source";

/** "The server returned the 20 most probable of 49,152 tokens …" */
export function explainUnknown(
  { distribution: { partial, vocabulary }, chain, list }: Source,
  t: Translate,
  numbers: Numbers,
): string {
  if (!partial) return "";
  const said = t("unknown.title", {
    returned: numbers.count(vocabulary - partial.tokens),
    all: numbers.count(vocabulary),
    mass: numbers.percent(partial.mass),
    most: numbers.percent(partial.ceiling),
  });
  return chain.about
    ? [said, t("unknown.open", { count: numbers.count(list.head) })].join(t("sentence"))
    : said;
}
