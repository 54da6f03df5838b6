// A token, or a part of one, as a chip: its text or bytes and, where the vocabulary has it, its ID.
import type { ComponentChildren } from "preact";
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { SymbolPayload } from "../../../session/payloads";

interface Props {
  readonly symbol: SymbolPayload;
  readonly state?: "next" | "found" | "";
  /** Given, the chip is a button that opens the token's page. */
  readonly onToken?: (id: number) => void;
  readonly t: Translate;
  readonly children?: ComponentChildren;
}

export function SymbolChip({ symbol: { id, piece, bytes }, state = "", onToken, t, children }: Props) {
  const inner = (
    <>
      <span class="llmw-symbol-text">
        <Piece piece={piece} bytes={bytes} />
      </span>
      {id >= 0 && <span class="llmw-symbol-id">{id}</span>}
      {children}
    </>
  );
  if (!onToken || id < 0) {
    return (
      <span class="llmw-symbol" data-state={state}>
        {inner}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="llmw-symbol"
      aria-label={t("explore.token", { piece: spell(piece, bytes), id })}
      onClick={() => onToken(id)}
    >
      {inner}
    </button>
  );
}
