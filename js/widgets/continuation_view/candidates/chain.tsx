// A candidate's tokens, each coloured by its surprisal, with the number in bits below it. What makes a character together stands together.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import { bits, probability } from "../words";
import { bitsOf, type CandidateToken, heat, type Row, unitsOf } from "./rows";

interface Props {
  readonly row: Row;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Chain({ row, t, numbers }: Props) {
  const tokens = row.tokens ?? [];
  const first = tokens[0];
  return (
    <ol class="llmw-chain" aria-label={t("chain", { candidate: row.text })}>
      {unitsOf(tokens).map((unit, at) => (
        <li key={at} class="llmw-unit" data-joined={unit.text !== ""}>
          {unit.text !== "" && (
            <span class="llmw-unit-text">
              <Piece piece={unit.text} />
            </span>
          )}
          <span class="llmw-unit-tokens">
            {unit.tokens.map((token, index) => (
              <Chip key={index} token={token} fused={row.fused && token === first} t={t} numbers={numbers} />
            ))}
          </span>
        </li>
      ))}
    </ol>
  );
}

interface ChipProps {
  readonly token: CandidateToken;
  readonly fused: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Chip({ token, fused, t, numbers }: ChipProps) {
  const surprisal = bitsOf(token);
  const piece = spell(token.piece, token.bytes);
  const title = Number.isNaN(surprisal)
    ? t("token.none", { piece })
    : t("token", { piece, bits: bits(surprisal), probability: probability(-token.nats, numbers) });
  return (
    <span class={`llmw-chip ${heat(surprisal)}`} data-fused={fused} title={title}>
      <span class="llmw-chip-piece">
        {token.piece === "" && token.bytes === "" ? (
          `#${token.id}`
        ) : (
          <Piece piece={token.piece} bytes={token.bytes} />
        )}
      </span>
      <span class="llmw-chip-bits">{bits(surprisal)}</span>
    </span>
  );
}
