// Preact's useId counts anew in every root: two views of one page would share their ids, and labels would point into the wrong one.
import { useState } from "preact/hooks";

/** An id for an element, unlike any other in the page. */
export function useUniqueId(): string {
  const [id] = useState(() => `llmw-${(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).toString(36)}`);
  return id;
}
