// Two distributions at once: mirrored bars, how far they are from each other, and the tokens that differ most.
import { useState } from "preact/hooks";
import { sayError, type Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { useQuiet } from "../../../lib/quiet";
import type { WidgetModel } from "../../../session/model";
import type { ComparisonPayload, PairPayload } from "../../../session/payloads";
import type { SessionState } from "../../../session/store";
import { Divergence } from "./divergence";
import { Mirror, name } from "./mirror";
import { OtherText } from "./other_text";
import { type Absent, type Order, pairsOf } from "./pairs";
import { Sides } from "./sides";
import { PairTable } from "./table";
import { useOther } from "./use_other";

export interface AgainstProps {
  readonly comparison: ComparisonPayload;
  readonly state: SessionState;
  readonly model: WidgetModel;
  readonly k: number;
  readonly asTable: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

const ORDERS: readonly Order[] = ["probable", "differ"];

export function Against({ comparison, state, model, k, asTable, t, numbers }: AgainstProps) {
  const [order, setOrder] = useState<Order>("probable");
  const other = useOther(comparison, model);
  const gone = !state.connected || state.status.state === "closed";
  const behind = state.stale || other.ahead || comparison.revision !== state.content.revision;
  // of a side that is gone no newer numbers will come
  const stale = behind && comparison.error?.code !== "session_closed";
  const pairs = pairsOf(comparison, order, k);
  const absent: Absent = comparison.aligned === "returned" ? "returned" : "none";
  return (
    <section class="llmw-against" aria-label={t("against.label")}>
      {comparison.can_edit && <OtherText other={other} gone={gone} t={t} />}
      <div class="llmw-against-body" data-stale={stale} aria-busy={stale}>
        <Sides comparison={comparison} state={state} t={t} />
        {comparison.error ? (
          <Failure error={comparison.error} t={t} />
        ) : (
          <>
            <Divergence comparison={comparison} t={t} numbers={numbers} />
            <Orders order={order} onOrder={setOrder} t={t} />
            {pairs.length === 0 && <p class="llmw-nothing">{t("against.same")}</p>}
            {pairs.length > 0 && asTable && (
              <PairTable pairs={pairs} absent={absent} t={t} numbers={numbers} />
            )}
            {pairs.length > 0 && !asTable && <Mirror pairs={pairs} absent={absent} t={t} numbers={numbers} />}
          </>
        )}
        <p class="llmw-hint">{stale && t("against.stale")}</p>
      </div>
      <Summary comparison={comparison} stale={stale} t={t} />
    </section>
  );
}

interface FailureProps {
  readonly error: NonNullable<ComparisonPayload["error"]>;
  readonly t: Translate;
}

function Failure({ error, t }: FailureProps) {
  const { message, hint } = sayError(t, error);
  return (
    <p class="llmw-notice llmw-notice-error" role="alert">
      <strong>{message}</strong> {hint}
    </p>
  );
}

interface OrdersProps {
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  readonly t: Translate;
}

function Orders({ order, onOrder, t }: OrdersProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's frame and legend cannot stand in one line with its buttons
    <div class="llmw-against-orders" role="group" aria-label={t("against.order")}>
      {ORDERS.map((one) => (
        <button
          key={one}
          type="button"
          class="llmw-button llmw-against-order"
          aria-pressed={one === order}
          onClick={() => onOrder(one)}
        >
          {t(`against.order.${one}`)}
        </button>
      ))}
    </div>
  );
}

interface SummaryProps {
  readonly comparison: ComparisonPayload;
  readonly stale: boolean;
  readonly t: Translate;
}

/** For screen readers, once things are still. */
function Summary({ comparison: { pairs }, stale, t }: SummaryProps) {
  const left = best(pairs, "p");
  const right = best(pairs, "q");
  const words = () => {
    if (!left || !right) return "";
    const same = left === right;
    return t(same ? "against.summary.same" : "against.summary", { piece: name(left), other: name(right) });
  };
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(stale ? "" : words())}
    </p>
  );
}

function best(pairs: readonly PairPayload[], side: "p" | "q"): PairPayload | undefined {
  return pairs.reduce<PairPayload | undefined>(
    (most, pair) => ((pair[side] ?? -1) > (most?.[side] ?? -1) ? pair : most),
    undefined,
  );
}
