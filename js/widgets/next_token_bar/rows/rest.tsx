// Tokens that have no row of their own as one bar, drawn to the same scale: all other known ones, which grow with the temperature,
// and those that a server did not return.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { Chain } from "../../../lib/sampling";
import { describeRest, type Look } from "./describe";
import { Track, Values } from "./row";
import type { Rest } from "./rows";

interface Props {
  readonly rest: Rest;
  readonly look: Look;
  readonly chain: Chain;
  /** Draws of tokens that have no row. */
  readonly drawn: number;
}

export function RestRow({ rest, look, chain, drawn }: Props) {
  const { t, numbers, active } = look;
  const described = describeRest(look, rest, drawn);
  return (
    <div class="llmw-row llmw-rest">
      <span class="llmw-others">
        {restName(rest, t, numbers)}
        {active && <span class="llmw-rest-kept">{restKept(rest, chain, t, numbers)}</span>}
      </span>
      <Track {...described} />
      <Values {...described} />
    </div>
  );
}

interface UnknownProps extends Props {
  /** What the title says of it. */
  readonly explained: string;
}

/** No token that one could choose, and another kind of bar. */
export function UnknownRow({ rest, look, chain, drawn, explained }: UnknownProps) {
  const { t, numbers, active } = look;
  const described = describeRest(look, rest, drawn);
  return (
    <div class="llmw-row llmw-rest llmw-unknown" title={explained}>
      <span class="llmw-others">
        {unknownName(rest, t, numbers)}
        {active && <span class="llmw-rest-kept">{restKept(rest, chain, t, numbers)}</span>}
      </span>
      <Track {...described} />
      <Values {...described} />
    </div>
  );
}

export function restName(rest: Rest, t: Translate, numbers: Numbers): string {
  return t(rest.tokens === 1 ? "rest.one" : "rest", { count: numbers.count(rest.tokens) });
}

export function unknownName(rest: Rest, t: Translate, numbers: Numbers): string {
  return t("unknown", { count: numbers.count(rest.tokens) });
}

export function restKept(rest: Rest, chain: Chain, t: Translate, numbers: Numbers): string {
  if (rest.keptWithin) return t("rest.kept", { count: numbers.counts(rest.keptWithin) });
  if (rest.kept === 0) return t("rest.none");
  const about = chain.about && chain.bounds === null;
  const count = about ? t("about", { count: numbers.roughly(rest.kept) }) : numbers.count(rest.kept);
  return t("rest.kept", { count });
}
