// Token IDs, typed or pasted, turned back into text.
import { useState } from "preact/hooks";
import { useComposition } from "../../../lib/composition";
import type { Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import { runs } from "../../../lib/pieces";
import type { Tokens } from "../../../lib/tokens";
import type { SessionState, Store } from "../../../session/store";
import { parseIds } from "./ids";

export interface DecodeProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
}

const MOST_FILLED = 10_000;
const LONGEST_NAMED = 40;

export function DecodeField({ store, state, t }: DecodeProps) {
  const id = useUniqueId();
  const [open, setOpen] = useState(false);
  return (
    <section class="llmw-decode">
      <button
        type="button"
        class="llmw-button llmw-disclose"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {t("decode.title")}
      </button>
      <div id={id} class="llmw-decode-body" hidden={!open}>
        <Field store={store} state={state} t={t} />
      </div>
    </section>
  );
}

function Field({ store, state, t }: DecodeProps) {
  const id = useUniqueId();
  const [text, setText] = useState("");
  const composition = useComposition<HTMLTextAreaElement>();
  // what was sent last, while the field still shows it
  const [sent, setSent] = useState(false);
  const [complaint, setComplaint] = useState("");
  const { tokens, connected } = state;
  const gone = !connected || state.status.state === "closed";
  const refused = sent && state.refused !== null;
  const change = (value: string) => {
    setText(value);
    if (sent) store.dismiss();
    setSent(false);
    setComplaint("");
  };
  const decode = () => {
    const { ids, wrong } = parseIds(text);
    const problem = complaintOf(ids, wrong, t);
    setComplaint(problem);
    setSent(problem === "");
    store.dismiss();
    if (problem === "") store.decode(ids);
  };
  const { ids } = parseIds(text);
  return (
    <>
      <label for={id} class="llmw-muted">
        {t("decode.field")}
      </label>
      <textarea
        id={id}
        class="llmw-ids"
        rows={2}
        spellcheck={false}
        autocomplete="off"
        placeholder={t("decode.placeholder")}
        value={text}
        readOnly={gone}
        aria-invalid={complaint !== "" || refused}
        aria-describedby={`${id}-about`}
        {...composition.handlers}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || composition.takes(event)) return;
          event.preventDefault();
          if (!gone) decode();
        }}
      />
      <p class="llmw-decode-foot">
        <button type="button" class="llmw-button llmw-primary" disabled={gone} onClick={decode}>
          {t("decode.button")}
        </button>
        <button
          type="button"
          class="llmw-button"
          disabled={tokens.count === 0}
          onClick={() => change(written(tokens))}
        >
          {tokens.count > MOST_FILLED
            ? t("decode.fill.some", { count: MOST_FILLED.toLocaleString("en") })
            : t("decode.fill")}
        </button>
        <span id={`${id}-about`} class={complaint ? "llmw-complaint" : "llmw-muted"} role="status">
          {gone ? t("decode.gone") : complaint || (text !== "" && t("decode.count", { count: ids.length }))}
        </span>
      </p>
    </>
  );
}

function complaintOf(ids: readonly number[], wrong: readonly string[], t: Translate): string {
  const [first] = wrong;
  if (first !== undefined) {
    const word = t("quoted", { piece: visible(first) });
    const others = wrong.length - 1;
    return others > 0 ? t("decode.wrong.more", { word, count: others }) : t("decode.wrong", { word });
  }
  return ids.length === 0 ? t("decode.empty") : "";
}

function visible(word: string): string {
  const shown = [...word].slice(0, LONGEST_NAMED).join("");
  const cut = shown.length < word.length ? "…" : "";
  return runs(shown).reduce((text, run) => text + run.text, "") + cut;
}

function written(tokens: Tokens): string {
  return Array.from({ length: Math.min(tokens.count, MOST_FILLED) }, (_, index) => tokens.ids[index]).join(
    ", ",
  );
}
