// The tokens as flow or table, with what is said of the one pointed at and of those selected.
import { useEffect, useState } from "preact/hooks";
import type { Language, Translate } from "../../lib/i18n";
import { usePointed } from "../../lib/mount";
import { numbersIn } from "../../lib/numbers";
import type { SessionState, Store } from "../../session/store";
import type { TokenDesk } from "./desk";
import { Detail, Here } from "./detail";
import type { Colouring } from "./flow/colour";
import { Flow, textOf } from "./flow/flow";
import { countIn, placeOf, type Sections } from "./flow/sections";
import type { Run } from "./flow/use_picking";
import { Selection } from "./selection";
import { Table } from "./table";

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly desk: TokenDesk;
  readonly sections: Sections;
  readonly colours: Colouring;
  readonly asTable: boolean;
  readonly showIds: boolean;
  readonly ahead: boolean;
  /** A text that can be explained, or with `open` shall be. */
  readonly onWord: (word: string, open: boolean) => void;
  readonly t: Translate;
  readonly language: Language;
}

export function Tokens({
  store,
  state,
  desk,
  sections,
  colours,
  asTable,
  showIds,
  ahead,
  onWord,
  t,
  language,
}: Props) {
  const [pointed, setPointed] = useState<number | null>(null);
  // what stands below the tokens stays while the pointer is on its way there
  const [told, setTold] = useState<number | null>(null);
  const elsewhere = usePointed(store);
  const count = countIn(sections);
  const batch = desk.settings.kind === "batch";
  // without a model nothing would come of another place: there a click selects
  const looks = state.info.can_predict && !batch && !state.handedOut;
  const both = looks && state.info.predicts === "masked";
  const chosen = !batch && state.position >= 0;
  const current = batch ? 0 : state.here;
  const picked = pickedIn(sections, desk);

  const point = (token: number | null) => {
    const place = token === null ? null : placeOf(sections, token);
    setPointed(token);
    if (token !== null) setTold(token);
    store.pointing.point(place ? [place.section.tokens.ids[place.index] ?? -1] : []);
  };
  useEffect(() => () => store.pointing.point([]), [store]);
  const pick = (run: Run | null) => desk.ask({ selection: selectionOf(sections, run) });
  const choose = (token: number) => {
    onWord(textOf(sections, [token, token + 1]), false);
    // who attends is chosen as well where no next token comes of it
    if (looks || (colours.by === "attention" && !state.handedOut)) {
      store.look(token);
      if (picked) pick(null);
    } else pick([token, token + 1]);
  };
  return (
    <div class="llmw-tokens" onPointerLeave={() => setTold(null)}>
      <ChangeNotice sections={sections} t={t} language={language} />
      {asTable ? (
        <Table sections={sections} current={current} colours={colours} t={t} numbers={numbersIn(language)} />
      ) : (
        <>
          <Flow
            sections={sections}
            current={current}
            chosen={chosen}
            looks={looks}
            both={both}
            picked={picked}
            colours={colours}
            showIds={showIds}
            ahead={ahead}
            writing={state.status.state === "generating"}
            onChoose={choose}
            onPick={pick}
            onPoint={point}
            marked={pointed === null ? (elsewhere[0] ?? -1) : -1}
            t={t}
            language={language}
          />
          <Detail
            sections={sections}
            token={Math.min(pointed ?? told ?? current, count - 1)}
            colours={colours}
            t={t}
          >
            {looks && (
              <Here
                current={current}
                count={count}
                both={both}
                away={chosen}
                onEnd={() => store.look(-1)}
                t={t}
              />
            )}
          </Detail>
        </>
      )}
      {picked && (
        <Selection
          sections={sections}
          picked={picked}
          onExplore={(word) => onWord(word, true)}
          onClear={() => pick(null)}
          t={t}
        />
      )}
    </div>
  );
}

function pickedIn(sections: Sections, { settings }: TokenDesk): Run | null {
  const { selection } = settings;
  const section = selection && sections[selection.row];
  if (!section) return null;
  const end = Math.min(selection.end, section.tokens.count);
  return end > selection.start ? [section.base + selection.start, section.base + end] : null;
}

function selectionOf(sections: Sections, run: Run | null) {
  const place = run && placeOf(sections, run[0]);
  if (!run || !place) return { row: 0, start: 0, end: 0 };
  const { row, section } = place;
  return { row, start: run[0] - section.base, end: run[1] - section.base };
}

interface ChangeProps {
  readonly sections: Sections;
  readonly t: Translate;
  readonly language: Language;
}

/** Says that the tokens are not the text as it was given, and by how much. */
function ChangeNotice({ sections, t, language }: ChangeProps) {
  const differ = sections.reduce((sum, { changes }) => sum + changes.tokens.size, 0);
  const dropped = sections.reduce((sum, { changes }) => sum + changes.dropped, 0);
  if (differ + dropped === 0) return null;
  const numbers = numbersIn(language);
  const part = (key: string, count: number) =>
    count > 0 && t(count === 1 ? `${key}.one` : key, { count: numbers.count(count) });
  return (
    <p class="llmw-changes" role="note">
      {t("changes", {
        what: [part("changes.differ", differ), part("changes.dropped", dropped)]
          .filter(Boolean)
          .join(t("changes.and")),
      })}
    </p>
  );
}
