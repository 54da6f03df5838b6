// What runs the model, where, and what it gives of each stage: read from the session's store, so that it moves with the session.
import { sayAbility } from "../../lib/abilities";
import type { Translate } from "../../lib/i18n";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { useQuiet } from "../../lib/quiet";
import type { AbilityPayload, CapabilitiesPayload, InfoPayload } from "../../session/payloads";
import { Mark } from "./mark";

export function CapabilityCard({ state, t }: ViewProps) {
  const { info } = state;
  const { capabilities } = info;
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        {capabilities && <Engine capabilities={capabilities} info={info} t={t} />}
      </header>
      {capabilities ? (
        <ul class="llmw-abilities" aria-label={t("abilities")}>
          {capabilities.abilities.map((ability) => (
            <Row key={ability.name} ability={ability} t={t} />
          ))}
        </ul>
      ) : (
        <p class="llmw-muted">{t("nothing")}</p>
      )}
      {capabilities && <Summary capabilities={capabilities} t={t} />}
      <Notice state={state} t={t} />
    </>
  );
}

interface EngineProps {
  readonly capabilities: CapabilitiesPayload;
  readonly info: InfoPayload;
  readonly t: Translate;
}

function Engine({ capabilities: { server, address, model }, info: { device, dtype }, t }: EngineProps) {
  const here = [t("here"), device, dtype].filter((part) => part !== "").join(" · ");
  return (
    <>
      <span class="llmw-model">{model}</span>
      <span class="llmw-muted llmw-where">
        {server} · {address || here}
      </span>
    </>
  );
}

function Row({ ability, t }: { readonly ability: AbilityPayload; readonly t: Translate }) {
  const { name, extent, views } = ability;
  return (
    <li data-extent={extent} data-ability={name}>
      <span class="llmw-name">{t(`ability.${name}`)}</span>
      <span class="llmw-extent" title={t(`${extent}.title`)}>
        <Mark extent={extent} />
        {t(extent)}
      </span>
      <span class="llmw-detail">{sayAbility(t, ability)}</span>
      <span class="llmw-views llmw-muted">
        <span class="llmw-visually-hidden">{t("views")} </span>
        {views.join(", ")}
      </span>
    </li>
  );
}

/** For screen readers, where the engine becomes another. */
function Summary({
  capabilities: { server, abilities },
  t,
}: {
  readonly capabilities: CapabilitiesPayload;
  readonly t: Translate;
}) {
  const count = (of: AbilityPayload["extent"]) => abilities.filter(({ extent }) => extent === of).length;
  const values = { server, exact: count("exact"), cut: count("cut"), absent: count("absent") };
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(t("summary", values))}
    </p>
  );
}
