// The point that is looked at, in full.
import type { ComponentChildren } from "preact";
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import type { MapSettings, NearPayload } from "../../../session/payloads";
import { valueText } from "../point";
import { Name, NearList } from "./near";
import type { Subject } from "./subject";

interface Props {
  readonly subject: Subject;
  readonly measure: MapSettings["measure"];
  /** Nobody tells what is not known yet. */
  readonly gone?: boolean;
  readonly onPick: (near: NearPayload) => void;
  readonly onAdd: ((near: NearPayload) => void) | null;
  readonly actions?: ComponentChildren;
  readonly t: Translate;
}

export function Details({ subject, measure, gone = false, onPick, onAdd, actions, t }: Props) {
  const { name, kind, pieces, norm, lost, counted, nearest } = subject;
  return (
    <section class="llmw-detail" aria-label={t("detail")}>
      <p class="llmw-detail-head">
        <strong>
          <Name name={name} />
        </strong>
        <span class="llmw-muted">{name.special ? t("special") : t(`point.kind.${kind}`)}</span>
        {actions}
      </p>
      <p class="llmw-facts">
        <span class="llmw-fact">
          <span class="llmw-muted">{t("point.tokens")}</span>{" "}
          {pieces.map((token, at) => (
            <span key={at} class="llmw-token">
              <Piece piece={token.piece} bytes={token.bytes} />{" "}
              {token.id >= 0 && <span class="llmw-id">{token.id}</span>}
            </span>
          ))}
        </span>
        {norm !== null && (
          <span class="llmw-fact">
            <span class="llmw-muted">{t("point.norm")}</span> {norm.toFixed(2)}
          </span>
        )}
      </p>
      <p class="llmw-muted llmw-near-head" hidden={gone && nearest.length === 0}>
        {t("near", { measure: t(`measure.${measure}.name`) })}
        {lost !== null && counted > 0 && t(lostKey(lost, counted), { lost, counted })}
      </p>
      {nearest.length > 0 && (
        <NearList
          near={nearest}
          value={(near) => valueText(near.value, measure)}
          onPick={onPick}
          onAdd={onAdd}
          t={t}
        />
      )}
    </section>
  );
}

function lostKey(lost: number, counted: number): string {
  if (lost === 0) return "near.kept";
  return lost === counted ? "near.none" : "near.lost";
}
