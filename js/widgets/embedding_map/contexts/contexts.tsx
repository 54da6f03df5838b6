// The text's tokens in their contexts: points that move from layer to layer in one fixed projection.
import { useEffect, useMemo, useState } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import { sayError } from "../../../lib/i18n";
import { usePointed } from "../../../lib/mount";
import { Said } from "../../../lib/notice";
import type { ContextsPayload, NamePayload } from "../../../session/payloads";
import { ChosenLine } from "../chosen/chosen";
import { useChosen } from "../chosen/use_chosen";
import { Honest } from "../honest/honest";
import { shareText } from "../honest/sentences";
import { Details } from "../look/details";
import { subjectOf } from "../look/subject";
import { useLook } from "../look/use_look";
import { nameText, plainText } from "../point";
import { useHeld } from "../read";
import type { RoomProps } from "../room";
import { Scene } from "../scene/scene";
import type { Arrow, Mark, ScenePoint, Target } from "../scene/types";
import { usePointing } from "../use_pointing";
import { Drift } from "./drift";
import { Layers, layerName } from "./layers";
import { placesAt } from "./places";
import { firstPair, type Repeat, repeatsOf } from "./repeats";
import { ContextTable } from "./table";
import { useDrift } from "./use_drift";
import { usePlay } from "./use_play";

export function Contexts(props: RoomProps) {
  const { model, gone, t } = props;
  const contexts = useHeld(model, "contexts");
  if (contexts?.error) return <Said error={contexts.error} t={t} />;
  if (contexts === null || contexts.names.length === 0) {
    const key = gone ? "contexts.saved" : contexts === null ? "contexts.coming" : "contexts.empty";
    return (
      <p class="llmw-nothing" role="status">
        {t(key)}
      </p>
    );
  }
  return <Tokens {...props} contexts={contexts} />;
}

interface TokensProps extends RoomProps {
  readonly contexts: ContextsPayload;
}

/** More labels than these do not glide beside their points: it is too much to paint. */
const MANY = 60;
const NO_GROUND = new Set<number>();
const NOBODY: readonly number[] = [];

function Tokens({ contexts, ...props }: TokensProps) {
  const { store, state, model, desk, tool, asTable, gone, t, numbers } = props;
  const { names, layers, tokens, revision, unit, counted, dimensions } = contexts;
  const axes = contexts.axes === 3 ? 3 : 2;
  const count = names.length;
  const stale = revision !== state.content.revision || state.text !== state.content.text;
  const play = usePlay(layers - 1);
  const { layer } = play;
  const [looked, setLooked] = useState<Target | null>(null);
  const [picks, setPicks] = useState<readonly number[]>(NOBODY);
  useEffect(() => setPicks(NOBODY), [revision]);

  const coordinates = useMemo(() => decode(contexts.coordinates), [contexts.coordinates]);
  const norms = useMemo(() => decode(contexts.norms), [contexts.norms]);
  const lost = useMemo(() => decode(contexts.lost), [contexts.lost]);
  const shares = useMemo(() => decode(contexts.layer_variance), [contexts.layer_variance]);
  const places = useMemo(
    () => placesAt(coordinates, unit, count * axes, play.at),
    [coordinates, unit, count, axes, play.at],
  );
  // all layers fit, so that only the tokens move
  const extent = useMemo(
    () => [Float32Array.from(coordinates, (value) => value * unit)],
    [coordinates, unit],
  );
  const repeats = useMemo(() => repeatsOf(names), [names]);
  const [first, second] = picks;
  const pair = useMemo(
    () => (first !== undefined && second !== undefined ? ([first, second] as const) : firstPair(repeats)),
    [first, second, repeats],
  );
  const shownPair = picks.length === 1 ? null : pair;
  const drift = useDrift(model, shownPair, revision, !gone && !stale);

  const position = state.here;
  const points = useMemo<readonly ScenePoint[]>(
    () =>
      names.map((name, at) => ({
        key: `${at} ${name.id}`,
        label: plainText(name),
        kind: pair?.includes(at) ? "word" : "token",
        description: t(at === position && !stale ? "contexts.point.position" : "contexts.point", {
          label: nameText(name),
          number: at + 1,
        }),
      })),
    [names, position, stale, pair, t],
  );

  const at = looked?.index ?? picks.at(-1) ?? null;
  const shown = at !== null && at < count ? at : null;
  usePointing(store, looked && looked.index < count ? [names[looked.index]?.id ?? -1] : NOBODY);
  const look = useLook(
    model,
    shown === null || play.playing ? null : { on: "contexts", index: shown, layer },
    [contexts, desk.settings.measure],
    !gone && !stale,
  );
  const pointed = usePointed(store);
  const lit = useMemo(() => {
    const same = names.flatMap(({ id }, index) => (pointed.includes(id) ? [index] : []));
    // the first counts as the one that is looked at
    return same.length + picks.length > 0 || shown !== null
      ? [...new Set([shown ?? -1, ...same, ...picks])]
      : NOBODY;
  }, [names, pointed, shown, picks]);
  const ties = useMemo(
    () => tiesOf(repeats, places, axes, [...lit, ...(pair ?? [])]),
    [repeats, places, axes, lit, pair],
  );
  const here = !stale && position >= 0 && position < count;
  const marks = useMemo<readonly Mark[]>(
    () => (here ? [{ at: [...places.subarray(position * axes, (position + 1) * axes)], label: "" }] : []),
    [here, places, position, axes],
  );
  const choosing = useChosen(model, -1);
  const pick = (target: Target | null) => {
    if (target === null) setPicks(NOBODY);
    else setPicks((before) => [...before.filter((one) => one !== target.index), target.index].slice(-2));
  };

  const name = shown === null ? null : (names[shown] as NamePayload);
  const pairNames = shownPair?.map((index) =>
    t("contexts.name", { label: nameText(names[index] ?? NO_NAME), number: index + 1 }),
  ) as [string, string] | undefined;
  return (
    <>
      <Layers play={play} layers={layers} t={t} />
      {stale && (
        <p class="llmw-muted llmw-stale-note" role="status">
          {t(gone ? "contexts.old" : "stale")}
        </p>
      )}
      <div class="llmw-sides">
        <div class="llmw-left" data-layered={count > MANY ? "many" : "few"}>
          {asTable ? (
            <ContextTable
              names={names}
              places={places}
              axes={axes}
              norms={norms.subarray(layer * count, (layer + 1) * count)}
              lost={lost.subarray(layer * count, (layer + 1) * count)}
              counted={counted}
              titles={titlesOf(contexts, props)}
              t={t}
            />
          ) : (
            <Scene
              points={points}
              coordinates={places}
              axes={axes}
              extent={extent}
              titles={titlesOf(contexts, props)}
              linear={true}
              ground={null}
              hidden={NO_GROUND}
              scale={false}
              classCount={0}
              arrows={ties}
              marks={marks}
              lit={lit}
              litGround={NOBODY}
              looked={shown === null ? null : { on: "points", index: shown }}
              chosen={choosing.chosen}
              tool={tool}
              nameOf={() => null}
              onNames={() => {}}
              onLook={setLooked}
              onPick={pick}
              onChoose={choosing.choose}
              stale={stale}
              t={t}
            />
          )}
          <Honest sentences={sentencesOf(contexts, shares, lost, layer, props)} t={t} />
          {here && <p class="llmw-muted llmw-key">{t("contexts.key")}</p>}
          {tokens > count && (
            <p class="llmw-muted llmw-cut-note">
              {t("contexts.cut", { shown: numbers.count(count), tokens: numbers.count(tokens) })}
            </p>
          )}
          <ChosenLine
            choosing={choosing}
            measure={desk.settings.measure}
            gone={gone}
            onPick={(near) => pick({ on: "points", index: near.index })}
            onAdd={null}
            onWords={null}
            t={t}
            numbers={numbers}
          />
        </div>
        <div class="llmw-right">
          {name === null ? (
            <p class="llmw-detail llmw-muted">{t("contexts.hint")}</p>
          ) : (
            <Details
              subject={{
                ...subjectOf(name, "token", look),
                norm: norms[layer * count + (shown ?? 0)] ?? null,
                lost: counted > 0 ? (lost[layer * count + (shown ?? 0)] ?? null) : null,
                counted,
              }}
              measure={desk.settings.measure}
              onPick={(near) => pick({ on: "points", index: near.index })}
              onAdd={null}
              actions={
                <span class="llmw-muted">
                  {t("contexts.place", { number: (shown ?? 0) + 1 })}
                  {shown === position && !stale && ` · ${t("contexts.position")}`}
                </span>
              }
              t={t}
            />
          )}
          <section class="llmw-drifts" aria-label={t("drift")}>
            <p class="llmw-drift-title">
              <strong>{t("drift")}</strong>
            </p>
            {picks.length === 1 ? (
              <p class="llmw-muted">{t("drift.second", { label: nameText(names[first ?? 0] ?? NO_NAME) })}</p>
            ) : pairNames ? (
              drift.refused ? (
                <p class="llmw-notice llmw-notice-error llmw-close" role="alert">
                  {sayError(t, drift.refused).message}
                </p>
              ) : drift.values || !gone ? (
                <Drift names={pairNames} values={drift.values} layer={layer} onLayer={play.go} t={t} />
              ) : (
                <p class="llmw-muted">{t("drift.gone")}</p>
              )
            ) : (
              <p class="llmw-muted">{t("drift.none")}</p>
            )}
            <Repeats repeats={repeats} pair={pair} onPair={setPicks} t={t} />
          </section>
        </div>
      </div>
      <p class="llmw-visually-hidden" role="status">
        {play.playing
          ? ""
          : t("contexts.summary", { tokens: count, layer: layerName(layer, layers, t), dimensions })}
      </p>
    </>
  );
}

const NO_NAME: NamePayload = { id: -1, piece: "", bytes: "", special: false };

function titlesOf({ variance }: ContextsPayload, { t }: RoomProps): readonly string[] {
  return variance.map((share, axis) => t("axis", { number: axis + 1, share: shareText(100 * share) }));
}

function sentencesOf(
  { variance, counted, names, axes }: ContextsPayload,
  shares: ArrayLike<number>,
  lost: ArrayLike<number>,
  layer: number,
  { t, numbers }: RoomProps,
): readonly string[] {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const here = Array.from({ length: axes }, (_, axis) => shares[layer * axes + axis] ?? 0);
  const missing = Array.from(names, (_, index) => lost[layer * names.length + index] ?? 0);
  return [
    t("contexts.variance", {
      axes: t(`axes.${axes}`),
      share: shareText(100 * sum(variance)),
      here: shareText(100 * sum(here)),
    }),
    counted > 0
      ? t("contexts.lost", {
          lost: numbers.decimal(Number((sum(missing) / names.length).toFixed(1))),
          counted,
        })
      : "",
    t("contexts.fitted"),
  ].filter((sentence) => sentence !== "");
}

/** Lines between the places of one token; of those alone that are looked at, where the text has many. */
function tiesOf(
  repeats: readonly Repeat[],
  places: Float32Array,
  axes: number,
  wanted: readonly number[],
): readonly Arrow[] {
  const few = repeats.reduce((sum, repeat) => sum + repeat.places.length, 0) <= 12;
  const place = (token: number) => [...places.subarray(token * axes, (token + 1) * axes)];
  return repeats
    .filter((repeat) => few || repeat.places.some((token) => wanted.includes(token)))
    .flatMap((repeat) =>
      repeat.places
        .slice(1)
        .map((token, at): Arrow => ({ from: place(repeat.places[at] ?? 0), to: place(token), kind: "tie" })),
    );
}

interface RepeatsProps {
  readonly repeats: readonly Repeat[];
  readonly pair: readonly [number, number] | null;
  readonly onPair: (pair: readonly number[]) => void;
  readonly t: RoomProps["t"];
}

const MOST_REPEATS = 24;

function Repeats({ repeats, pair, onPair, t }: RepeatsProps) {
  if (repeats.length === 0) return null;
  return (
    <>
      <p class="llmw-muted llmw-near-head">{t("contexts.repeats")}</p>
      <ul class="llmw-near">
        {repeats.slice(0, MOST_REPEATS).map(({ name, places }) => (
          <li key={name.id}>
            <button
              type="button"
              class="llmw-near-name"
              aria-pressed={pair !== null && places.includes(pair[0]) && places.includes(pair[1])}
              onClick={() => onPair(nextPair(places, pair))}
            >
              {nameText(name)} <span class="llmw-near-value">×{places.length}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The first two places; pressed again, the first and the next one. */
function nextPair(places: readonly number[], pair: readonly [number, number] | null): readonly number[] {
  const [first = 0, second = 0] = places;
  const at = pair?.[0] === first ? places.indexOf(pair[1]) : -1;
  return [first, at > 0 ? (places[at + 1] ?? second) : second];
}
