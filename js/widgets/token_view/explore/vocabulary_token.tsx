// The page of one token of the vocabulary.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { hexadecimal, spell } from "../../../lib/pieces";
import type { Tokens } from "../../../lib/tokens";
import type { TokenPayload } from "../../../session/payloads";
import { SymbolChip } from "./chip";

const MOST_CODE_POINTS = 24;

interface Props {
  readonly token: TokenPayload;
  readonly tokens: Tokens | null;
  readonly onToken: (id: number) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function TokenPage({ token, tokens, onToken, t, numbers }: Props) {
  const { piece, bytes, parts, containing } = token;
  const shown = piece === "" ? bytes : "";
  const occurrences = useMemo(() => (tokens ? countOf(tokens, token.id) : 0), [tokens, token.id]);
  return (
    <article class="llmw-entry" aria-label={t("explore.token", { piece: spell(piece, shown), id: token.id })}>
      <p class="llmw-entry-piece">
        <span class="llmw-chip" data-special={token.special}>
          <Piece piece={piece} bytes={shown} />
        </span>
        {token.special && <span class="llmw-muted">{t("vocabulary.special")}</span>}
      </p>
      <dl class="llmw-entry-facts">
        <Fact name="ID">{token.id}</Fact>
        <Fact name={t("vocabulary.bytes")}>
          <span class="llmw-bytes">{hexadecimal(bytes)}</span>
        </Fact>
        <Fact name={t("vocabulary.code_points")}>
          {piece === "" ? t("vocabulary.partial") : <span class="llmw-bytes">{codePoints(piece)}</span>}
        </Fact>
        {token.rank !== null && (
          <Fact name={t("vocabulary.rank")}>
            {numbers.count(token.rank)} <span class="llmw-muted">{t("vocabulary.rank.meaning")}</span>
          </Fact>
        )}
        {token.score !== null && <Fact name={t("vocabulary.score")}>{numbers.decimal(token.score)}</Fact>}
        {tokens && (
          <Fact name={t("vocabulary.occurrences")}>
            {t("vocabulary.times", { count: numbers.count(occurrences) })}
          </Fact>
        )}
        {parts.length > 0 && (
          <Fact name={t("vocabulary.parts")}>
            <span class="llmw-symbols">
              {parts.map((part, at) => [
                at > 0 && (
                  <span key={`plus ${at}`} class="llmw-muted">
                    +
                  </span>
                ),
                <SymbolChip key={at} symbol={part} onToken={onToken} t={t} />,
              ])}
            </span>
          </Fact>
        )}
      </dl>
      <h4>{t("vocabulary.containing", { total: numbers.count(token.containing_total) })}</h4>
      {containing.length < token.containing_total && (
        <p class="llmw-muted">
          {t("vocabulary.containing.some", { shown: numbers.count(containing.length) })}
        </p>
      )}
      <ul class="llmw-symbols">
        {containing.map((other) => (
          <li key={other.id}>
            <SymbolChip symbol={other} onToken={onToken} t={t} />
          </li>
        ))}
      </ul>
    </article>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function countOf(tokens: Tokens, id: number): number {
  let count = 0;
  for (let index = 0; index < tokens.count; index++) count += tokens.ids[index] === id ? 1 : 0;
  return count;
}

function codePoints(piece: string): string {
  const all = Array.from(piece, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `U+${code.padStart(4, "0")}`;
  });
  const shown = all.slice(0, MOST_CODE_POINTS).join(" ");
  return all.length > MOST_CODE_POINTS ? `${shown} …` : shown;
}
