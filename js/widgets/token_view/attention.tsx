// Whose attention is shown, in which layer and head, and whether the first token counts.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { spell } from "../../lib/pieces";
import type { AttentionPayload } from "../../session/payloads";
import type { Reading } from "./flow/attention";
import { sizesOf } from "./flow/attention";
import type { Sections } from "./flow/sections";
import { Toggle } from "./head";

interface Props {
  readonly attention: AttentionPayload | null;
  readonly reading: Reading;
  readonly sections: Sections;
  readonly onRead: (reading: Reading) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function AttentionReading({ attention, reading, sections, onRead, t, numbers }: Props) {
  const [layers, heads] = sizesOf(attention);
  const query = attention?.query ?? -1;
  const tokens = sections[0]?.tokens;
  const change = (part: Partial<Reading>) => onRead({ ...reading, ...part });
  return (
    <section class="llmw-attention" aria-label={t("color.attention")}>
      {tokens && query >= 0 && query < tokens.count && (
        <span class="llmw-attends">
          {t("attention.of", {
            piece: spell(tokens.piece(query), tokens.bytes(query)),
            index: numbers.count(query + 1),
          })}
        </span>
      )}
      <Chooser
        name="layer"
        chosen={reading.layer}
        count={layers}
        onChoose={(layer) => change({ layer })}
        t={t}
      />
      <Chooser name="head" chosen={reading.head} count={heads} onChoose={(head) => change({ head })} t={t} />
      <Toggle
        pressed={reading.withoutFirst}
        onPress={(withoutFirst) => change({ withoutFirst })}
        label={t("attention.without")}
      />
      {reading.withoutFirst && <span class="llmw-muted">{t("attention.sink")}</span>}
    </section>
  );
}

interface ChooserProps {
  readonly name: "layer" | "head";
  readonly chosen: number;
  readonly count: number;
  readonly onChoose: (chosen: number) => void;
  readonly t: Translate;
}

function Chooser({ name, chosen, count, onChoose, t }: ChooserProps) {
  return (
    <label class="llmw-row-chooser">
      <span class="llmw-muted">{t(`attention.${name}`)}</span>
      <select
        value={chosen <= count ? chosen : 0}
        disabled={count === 0}
        onChange={(event) => onChoose(Number(event.currentTarget.value))}
      >
        <option value={0}>{t("attention.mean")}</option>
        {Array.from({ length: count }, (_, index) => (
          <option key={index} value={index + 1}>
            {index + 1}
          </option>
        ))}
      </select>
    </label>
  );
}
