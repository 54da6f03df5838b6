// What the model expected against what came, in words.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { signed } from "../axis/measures";
import { Name, Tag } from "../rows/row";
import type { Row } from "../rows/rows";

interface Props {
  readonly came: Row;
  readonly vocabulary: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Came({ came, vocabulary, t, numbers }: Props) {
  return (
    <p class="llmw-came">
      <Tag of="came" text={t("came")} /> <Name {...came} />
      <span>{cameWords(came, vocabulary, t, numbers)}</span>
    </p>
  );
}

export function cameWords(came: Row, vocabulary: number, t: Translate, numbers: Numbers): string {
  const most = came.rawWithin?.[1];
  if (most !== undefined)
    return t("came.unknown", { raw: numbers.percent(most), surprisal: signed(-Math.log(most)) });
  return t("came.words", {
    raw: numbers.percent(came.raw),
    rank: numbers.count(came.rank),
    count: numbers.count(vocabulary),
    surprisal: signed(-came.logRaw),
  });
}
