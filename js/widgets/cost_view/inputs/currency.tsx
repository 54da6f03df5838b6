// The label of amounts: a choice, or any other. Nothing is converted.
import { useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { Segments } from "../../../lib/segments";

const LABELS = ["¥", "$", "€"] as const;
const MOST = 8;

interface Props {
  readonly currency: string;
  readonly onChoose: (currency: string) => void;
  readonly t: Translate;
}

export function Currency({ currency, onChoose, t }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const isOther = !(LABELS as readonly string[]).includes(currency);
  const take = () => {
    const label = typed?.normalize("NFKC").trim() ?? "";
    if (label !== "" && label !== currency) onChoose(label);
    setTyped(null);
  };
  return (
    <span class="llmw-currency" title={t("currency.title")}>
      <Segments
        name={t("currency")}
        value={currency}
        segments={LABELS.map((label) => ({ value: label as string, label }))}
        onChoose={onChoose}
      />
      <input
        type="text"
        class="llmw-currency-other"
        data-chosen={isOther}
        maxLength={MOST}
        aria-label={t("currency.other")}
        placeholder={t("currency.other.short")}
        value={typed ?? (isOther ? currency : "")}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) take();
          if (event.key === "Escape") setTyped(null);
        }}
      />
    </span>
  );
}
