// What a text costs: its tokens by tokenizer, and by the languages in it.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { writingName } from "../../../lib/writing";
import type { LanguagePayload } from "../../../session/payloads";
import { fewest, type Lane } from "./lanes";

interface SummaryProps {
  readonly lanes: readonly Lane[];
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Summary({ lanes, t, numbers }: SummaryProps) {
  const counts = lanes.map(({ tokens, error }) => (error === null ? tokens.count : 0));
  const best = fewest(counts);
  const most = Math.max(...counts, 1);
  return (
    <div class="llmw-scroll-x">
      <table class="llmw-costs">
        <caption class="llmw-visually-hidden">{t("compare.summary")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("compare.tokenizer")}</th>
            <th scope="col">{t("compare.tokens")}</th>
            <th scope="col">{t("compare.characters.each")}</th>
            <th scope="col">{t("compare.bytes.each")}</th>
          </tr>
        </thead>
        <tbody>
          {lanes.map(({ name, short, tokens, error }, at) => (
            <tr key={at} data-fewest={best[at]}>
              <th scope="row">
                <Name name={name} short={short} />
              </th>
              {error !== null || tokens.count === 0 ? (
                <td colSpan={3} class="llmw-muted">
                  {error === null ? numbers.count(0) : t("compare.failed")}
                </td>
              ) : (
                <>
                  <td>
                    <span class="llmw-amount">
                      <span class="llmw-bar" style={{ "--part": tokens.count / most }} aria-hidden="true" />
                      <span>{numbers.count(tokens.count)}</span>
                      {best[at] && <span class="llmw-badge">{t("compare.fewest")}</span>}
                      <Specials tokens={tokens} t={t} numbers={numbers} />
                      {!tokens.exact && <span class="llmw-muted">{t("compare.inexact")}</span>}
                    </span>
                  </td>
                  <td>{numbers.decimal(tokens.characters / tokens.count)}</td>
                  <td>{numbers.decimal(tokens.utf8Bytes / tokens.count)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Specials({ tokens, t, numbers }: Pick<Lane, "tokens"> & Omit<SummaryProps, "lanes">) {
  let count = 0;
  for (let index = 0; index < tokens.count; index++) count += tokens.isSpecial(index) ? 1 : 0;
  if (count === 0) return null;
  return <span class="llmw-muted">{t("compare.specials", { count: numbers.count(count) })}</span>;
}

interface LanguagesProps extends SummaryProps {
  readonly languages: readonly LanguagePayload[];
}

export function Languages({ languages, lanes, t, numbers }: LanguagesProps) {
  if (languages.length === 0) return null;
  const width = languages[0]?.tokens.length ?? 0;
  // counts come for every lane, or for those besides the main one
  const named = lanes.slice(Math.max(0, lanes.length - width));
  const cheapest = named.map((_, at) =>
    Math.max(...languages.map(({ characters, tokens }) => perToken(characters, tokens[at]))),
  );
  return (
    <div class="llmw-scroll-x">
      <table class="llmw-costs llmw-languages">
        <caption>{t("compare.languages")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("compare.language")}</th>
            <th scope="col">{t("compare.characters")}</th>
            {named.map(({ name, short }, at) => (
              <th scope="col" key={at}>
                <Name name={name} short={short} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {languages.map((line) => {
            const best = fewest(line.tokens);
            return (
              <tr key={line.label}>
                <th scope="row">{writingName(line.label, t)}</th>
                <td>
                  {numbers.count(line.characters)}
                  <small>{t("compare.bytes", { bytes: numbers.count(line.utf8_bytes) })}</small>
                </td>
                {named.map((_, at) => {
                  const tokens = line.tokens[at] ?? 0;
                  if (tokens === 0) return <td key={at}>–</td>;
                  const each = perToken(line.characters, tokens);
                  const times = (cheapest[at] ?? each) / each;
                  return (
                    <td key={at} data-fewest={best[at]}>
                      {shares(tokens, numbers)}
                      {best[at] && <span class="llmw-badge">{t("compare.fewest")}</span>}
                      <small>{t("compare.each", { number: numbers.decimal(each) })}</small>
                      {times >= 1.05 && (
                        <small class="llmw-times">
                          {t("compare.times", { times: numbers.decimal(Number(times.toPrecision(2))) })}
                        </small>
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
      {languages.length > 1 && <p class="llmw-muted">{t("compare.times.meaning")}</p>}
    </div>
  );
}

function Name({ name, short }: Pick<Lane, "name" | "short">) {
  return (
    <span class="llmw-name" title={name}>
      {short}
    </span>
  );
}

/** Tokens that two languages share count for a part in each. */
function shares(tokens: number, numbers: Numbers): string {
  return Number.isInteger(tokens) || tokens >= 100 ? numbers.count(tokens) : numbers.decimal(tokens);
}

function perToken(characters: number, tokens = 0): number {
  return tokens === 0 ? 0 : characters / tokens;
}
