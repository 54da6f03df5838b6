// Points as chips: each can be looked at, and one of the ground can become a word.
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import type { NamePayload, NearPayload } from "../../../session/payloads";
import { nameText } from "../point";

interface Props {
  readonly near: readonly NearPayload[];
  /** What is said beside a name; null for nothing. */
  readonly value: ((near: NearPayload) => string) | null;
  readonly onPick: (near: NearPayload) => void;
  readonly onAdd: ((near: NearPayload) => void) | null;
  readonly t: Translate;
}

export function NearList({ near, value, onPick, onAdd, t }: Props) {
  return (
    <ul class="llmw-near">
      {near.map((each) => (
        <li key={`${each.on} ${each.index}`} data-own={each.own}>
          <button
            type="button"
            class="llmw-near-name"
            title={idText(each.name, t)}
            onClick={() => onPick(each)}
          >
            <Name name={each.name} />
            {value && <span class="llmw-near-value"> {value(each)}</span>}
          </button>
          {onAdd && each.on === "ground" && canBeWord(each.name) && (
            <button
              type="button"
              class="llmw-near-add"
              title={t("add.word")}
              aria-label={t("add.word.of", { word: nameText(each.name) })}
              onClick={() => onAdd(each)}
            >
              +
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Name({ name }: { readonly name: Pick<NamePayload, "piece" | "bytes"> }) {
  const text = [...name.piece];
  return (
    <span class="llmw-piece">
      <Piece piece={text.length > 40 ? `${text.slice(0, 40).join("")}…` : name.piece} bytes={name.bytes} />
    </span>
  );
}

/** A part of a character is no word that one could type. */
export function canBeWord({ piece, bytes }: NamePayload): boolean {
  return piece !== "" && bytes === "";
}

function idText({ id, special }: NamePayload, t: Translate): string | undefined {
  if (id < 0) return undefined;
  return special ? t("id.special", { id }) : t("id", { id });
}
