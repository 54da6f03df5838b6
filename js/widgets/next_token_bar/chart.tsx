// The bars: an axis, a row for each token shown, and one for all the others.
import type { Translate } from "../../lib/i18n";
import { useUniqueId } from "../../lib/id";
import { Axis } from "./axis/axis";
import { NOT_RETURNED } from "./draws/tally";
import { isLong, List } from "./rows/list";
import { RestRow, UnknownRow } from "./rows/rest";
import type { Row } from "./rows/rows";
import type { Sight } from "./sight";
import { explainUnknown } from "./unknown";

interface Props {
  readonly sight: Sight;
  readonly blocked: string | null;
  readonly hint: string;
  readonly onTake: (row: Row) => void;
  readonly onPoint: (row: Row | null) => void;
  readonly t: Translate;
}

const WIDEST_NAME = 7;

export function Chart({ sight, blocked, hint, onTake, onPoint, t }: Props) {
  const id = useUniqueId();
  const { look, rows, apart, rest, unknown, source, elsewhere } = sight;
  const { measure, scale, active, tally, numbers } = look;
  const { revision, position } = source.distribution;
  const style = {
    "--step": String(scale.step),
    "--base": String(scale.base),
    "--names": String(widest(sight)),
  };
  return (
    <div
      class="llmw-chart"
      data-active={active}
      data-drawn={tally !== null}
      data-long={isLong(rows)}
      data-open={source.chain.bounds !== null && source.chain.about}
      data-inside={scale.base > 0 && scale.base < 1}
      style={style}
    >
      {(rows.length > 0 || apart !== null) && (
        <Axis
          measure={measure}
          scale={scale}
          active={active}
          drawn={tally !== null}
          t={t}
          numbers={numbers}
        />
      )}
      {rows.length > 0 || apart ? (
        <List
          rows={rows}
          apart={apart}
          look={look}
          of={`${revision} ${position}`}
          blocked={blocked !== null}
          hint={id}
          onTake={onTake}
          onPoint={onPoint}
          t={t}
        />
      ) : null}
      {rest && rest.tokens > 0 && <RestRow rest={rest} look={look} chain={source.chain} drawn={elsewhere} />}
      {unknown && (
        <UnknownRow
          rest={unknown}
          look={look}
          chain={source.chain}
          drawn={tally?.of(NOT_RETURNED) ?? 0}
          explained={explainUnknown(source, t, numbers)}
        />
      )}
      <p id={id} class="llmw-hint">
        {hint}
      </p>
    </div>
  );
}

/** Characters of the longest stage that is named in a row, so that its column is wide enough. */
function widest({ rows, look }: Sight): number {
  const minus = look.measure.name === "logit" || look.measure.name === "log_probability" ? 3 : 0;
  return rows.reduce((most, { removedBy }) => Math.max(most, (removedBy?.length ?? 0) + minus), WIDEST_NAME);
}
