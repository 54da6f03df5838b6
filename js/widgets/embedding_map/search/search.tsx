// A field that searches as one types, and what it found.
import { useComposition } from "../../../lib/composition";
import { sayError, type Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { NearPayload } from "../../../session/payloads";
import { NearList } from "../look/near";
import { nameOfLabel } from "../point";
import type { Search } from "./use_search";

interface FieldProps {
  readonly onQuery: (query: string) => void;
  readonly t: Translate;
}

export function SearchField({ onQuery, t }: FieldProps) {
  const { handlers } = useComposition<HTMLInputElement>((field) => onQuery(field.value));
  return (
    <input
      type="search"
      class="llmw-search"
      dir="auto"
      spellcheck={false}
      autocomplete="off"
      aria-label={t("search.label")}
      placeholder={t("search")}
      {...handlers}
    />
  );
}

interface FoundProps {
  readonly search: Search;
  readonly labels: readonly string[];
  /** Whether there is a ground to search. */
  readonly grounded: boolean;
  readonly onPick: (near: NearPayload) => void;
  readonly onAdd: ((near: NearPayload) => void) | null;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Found({ search, labels, grounded, onPick, onAdd, t, numbers }: FoundProps) {
  const { query, points, ground, names, total, waiting, refused } = search;
  if (query === "") return null;
  if (refused) {
    const { message, hint } = sayError(t, refused);
    return (
      <p class="llmw-notice llmw-notice-error" role="alert">
        <strong>{message}</strong> {hint}
      </p>
    );
  }
  const found = [
    ...points.map((index) => near("points", index, nameOfLabel(labels[index] ?? ""))),
    ...names.map((name, at) => near("ground", ground[at] ?? 0, name)),
  ];
  const count = points.length + total;
  const all = count === 1 ? "one" : "all";
  const key = waiting ? "waiting" : count === 0 ? "none" : total > names.length ? "some" : all;
  return (
    <section class="llmw-results" aria-label={t("search.label")} aria-busy={waiting}>
      <p class="llmw-muted" role="status">
        {t(`search.${key}`, {
          query,
          total: numbers.count(count),
          shown: numbers.count(found.length),
          lit: numbers.count(ground.length),
        })}
        {total > ground.length && t("sentence") + t("search.lit", { lit: numbers.count(ground.length) })}
        {!grounded && count === 0 && t("sentence") + t("search.no.ground")}
      </p>
      {found.length > 0 && <NearList near={found} value={null} onPick={onPick} onAdd={onAdd} t={t} />}
    </section>
  );
}

function near(on: NearPayload["on"], index: number, name: NearPayload["name"]): NearPayload {
  return { on, index, name, value: Number.NaN, own: false };
}
