// A sign for how much there is: a full disc, half of one, an empty ring with a stroke. The word stands beside it.
import type { AbilityPayload } from "../../session/payloads";

export function Mark({ extent }: Pick<AbilityPayload, "extent">) {
  return (
    <svg class="llmw-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle
        cx="8"
        cy="8"
        r="6.5"
        fill={extent === "exact" ? "currentColor" : "none"}
        stroke="currentColor"
        stroke-width="1.5"
      />
      {extent === "exact" && <path d="m5 8.2 2.1 2.1L11 6.1" class="llmw-tick" />}
      {extent === "cut" && <path d="M8 1.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />}
      {extent === "absent" && (
        <path d="m3.6 12.4 8.8-8.8" fill="none" stroke="currentColor" stroke-width="1.5" />
      )}
    </svg>
  );
}
