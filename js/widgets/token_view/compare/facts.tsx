// One token of a comparison in full.
import type { ComponentChildren } from "preact";
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import { bytesOfToken } from "./bytes";
import type { Lane, Spot } from "./lanes";

const LONGEST = 47;

interface Props {
  readonly lanes: readonly Lane[];
  readonly spot: Spot;
  readonly differs: readonly Uint8Array[];
  readonly t: Translate;
}

export function Facts({ lanes, spot: { lane, token }, differs, t }: Props) {
  const shown = lanes[lane];
  if (!shown || token >= shown.tokens.count) return null;
  const { tokens } = shown;
  const bytes = bytesOfToken(tokens, token);
  return (
    <p class="llmw-box-facts">
      <span class="llmw-chip" data-special={tokens.isSpecial(token)}>
        <Piece piece={tokens.piece(token)} bytes={tokens.bytes(token)} />
      </span>
      <Fact name={t("compare.tokenizer")}>{shown.short}</Fact>
      <Fact name="ID">{tokens.ids[token]}</Fact>
      <Fact name={t("compare.bytes.name")}>
        <span class="llmw-bytes">{bytes.length > LONGEST ? `${bytes.slice(0, LONGEST)}…` : bytes}</span>
      </Fact>
      {differs[lane]?.[token] === 1 && (
        <span class="llmw-muted">
          <span class="llmw-cut-sign" aria-hidden="true" /> {t("compare.differs")}
        </span>
      )}
    </p>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <span class="llmw-fact">
      <span class="llmw-muted">{name}</span> <span>{children}</span>
    </span>
  );
}
