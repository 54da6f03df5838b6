// How the text came: the generated tokens with what else could have come, and the ways that were left, side by side.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { SessionState, Store } from "../../../session/store";
import { Generated } from "./generated";
import { Ways } from "./ways";

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Paths({ store, state, t, numbers }: Props) {
  const { paths } = state;
  if (paths === null) return null;
  const blocked = blockedBy(state);
  return (
    <>
      {paths.places.shape[0] !== 0 && (
        <Generated store={store} state={state} paths={paths} blocked={blocked} t={t} numbers={numbers} />
      )}
      {paths.now !== null && paths.forks.length > 0 && (
        <Ways
          now={paths.now}
          forks={paths.forks}
          tokens={state.tokens}
          blocked={blocked}
          onSwitch={store.switchTo}
          t={t}
          numbers={numbers}
        />
      )}
    </>
  );
}

/** Why the text cannot go another way now, as a key of the catalogue; null where it can. */
function blockedBy({ status, connected }: SessionState): string | null {
  if (status.state === "closed") return "paths.closed";
  if (!connected) return "paths.kernel";
  return status.state === "generating" ? "paths.generating" : null;
}
