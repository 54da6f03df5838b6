// A token that the hand is on here is marked in the session's other views.
import { useEffect } from "preact/hooks";
import type { Store } from "../../session/store";

export function usePointing(store: Store, ids: readonly number[]): void {
  const key = ids.join(" ");
  useEffect(() => {
    if (key === "") return;
    store.pointing.point(ids);
    return () => store.pointing.point([]);
  }, [store, key]);
}
