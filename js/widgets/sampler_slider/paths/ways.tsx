// The ways that the text went, token under token from where they part.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { TableScroll } from "../../../lib/table_scroll";
import type { Tokens } from "../../../lib/tokens";
import type { ForkPayload } from "../../../session/payloads";

/** Tokens shown before the first parting, to know where one is. */
const LEAD = 3;

interface Props {
  readonly now: ForkPayload;
  readonly forks: readonly ForkPayload[];
  readonly tokens: Tokens;
  readonly blocked: string | null;
  readonly onSwitch: (fork: number) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Ways({ now, forks, tokens, blocked, onSwitch, t, numbers }: Props) {
  const parting = Math.min(now.at, ...forks.map(({ at }) => at));
  const first = Math.max(0, parting - LEAD);
  const columns = Math.max(
    ...[now, ...forks].map(
      ({ at, pieces, tokens: all }) => at - first + pieces.length + (all > pieces.length ? 1 : 0),
    ),
  );
  return (
    <section class="llmw-ways" aria-label={t("ways")}>
      <h4>
        {t("ways")} <span class="llmw-muted">{t("ways.hint")}</span>
      </h4>
      <TableScroll label={t("ways.table")}>
        <table class="llmw-ways-table">
          {[now, ...forks].map((way, at) => (
            <tbody key={at} data-now={at === 0}>
              <tr>
                <th scope="rowgroup" colSpan={columns}>
                  <div class="llmw-way-head">
                    {at === 0 ? (
                      <strong>{t("way.now")}</strong>
                    ) : (
                      <button
                        type="button"
                        class="llmw-button llmw-small"
                        title={t(blocked ?? "way.switch.title")}
                        disabled={blocked !== null}
                        onClick={() => onSwitch(at - 1)}
                      >
                        {t("way.switch", { number: at })}
                      </button>
                    )}
                    <span class="llmw-muted">{figures(way, t, numbers)}</span>
                  </div>
                </th>
              </tr>
              <Cells way={way} first={first} tokens={tokens} t={t} numbers={numbers} />
            </tbody>
          ))}
        </table>
      </TableScroll>
    </section>
  );
}

function figures(way: ForkPayload, t: Translate, numbers: Numbers): string {
  const { tokens, log_prob, known, reason } = way;
  const signed = (value: number) => numbers.decimal(value).replace("-", "−");
  const parts = [t(tokens === 1 ? "way.token" : "way.tokens", { count: numbers.count(tokens) })];
  if (known > 0) {
    parts.push(t("way.log_prob", { sum: signed(log_prob), each: signed(log_prob / known) }));
    if (known < tokens)
      parts.push(t("way.known", { known: numbers.count(known), tokens: numbers.count(tokens) }));
  }
  if (reason !== "") parts.push(t(`way.reason.${reason}`));
  return parts.join(" · ");
}

interface CellsProps {
  readonly way: ForkPayload;
  readonly first: number;
  readonly tokens: Tokens;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Cells({ way, first, tokens, t, numbers }: CellsProps) {
  const shared = [...Array(Math.max(0, way.at - first)).keys()].map((at) => first + at);
  const hidden = way.tokens - way.pieces.length;
  return (
    <tr>
      {shared.map((index) => (
        <td key={index} class="llmw-shared">
          <Piece piece={tokens.piece(index)} bytes={tokens.bytes(index)} />
        </td>
      ))}
      {way.pieces.map((piece, at) => (
        <td key={way.at + at} data-parts={at === 0}>
          <Piece piece={piece} bytes={way.bytes[at] ?? ""} />
        </td>
      ))}
      {way.pieces.length === 0 && <td class="llmw-shared">{t("way.nothing")}</td>}
      {hidden > 0 && <td class="llmw-shared">{t("way.more", { count: numbers.count(hidden) })}</td>}
    </tr>
  );
}
