// Words as points, on the ground of the vocabulary where that is shown: the picture, what it hides, and what lies near in the full space.
import { useEffect, useMemo, useState } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import type { Draft } from "../../../lib/draft";
import { usePointed } from "../../../lib/mount";
import type { LookPayload, MapPayload, NearPayload } from "../../../session/payloads";
import { Arithmetic } from "../arithmetic/arithmetic";
import { drawnOf } from "../arithmetic/arrows";
import { ChosenLine } from "../chosen/chosen";
import { useChosen } from "../chosen/use_chosen";
import { isGrounded } from "../desk";
import { Legend } from "../ground/legend";
import { useGround } from "../ground/use_ground";
import { useNames } from "../ground/use_names";
import { Heat } from "../heat/heat";
import { Honest } from "../honest/honest";
import { sentencesOf, shareText } from "../honest/sentences";
import { Details } from "../look/details";
import { canBeWord } from "../look/near";
import { subjectOf, subjectOfPoint } from "../look/subject";
import { useLook } from "../look/use_look";
import { cosineText, describe, labelText, nameOfLabel, plainText, pointKeys } from "../point";
import { useHeld } from "../read";
import type { RoomProps } from "../room";
import { Scene } from "../scene/scene";
import type { Arrow, Place, ScenePoint, Target } from "../scene/types";
import { Found } from "../search/search";
import { useSearch } from "../search/use_search";
import { Table } from "../table";
import { usePointing } from "../use_pointing";
import { useTarget } from "./use_target";

interface Props extends RoomProps {
  readonly map: MapPayload;
  readonly expression: Draft<string>;
  /** Adds words; null where none can be. */
  readonly onWords: ((words: readonly string[]) => void) | null;
}

const NEAREST_LIT = 3;
const NOBODY: readonly number[] = [];

export function WordsRoom(props: Props) {
  const { store, state, model, desk, tool, asTable, query, gone, t, language, numbers } = props;
  const { map, expression, onWords } = props;
  const { settings } = desk;
  const { measure } = settings;
  const arithmetic = useHeld(model, "arithmetic");
  const ground = useGround(model, !gone);
  const shownGround = ground.points ? ground.payload : null;
  // a sample's points have other places than those that are told of
  const whole = ground.sampled === 0 ? shownGround : null;
  const number = whole?.number ?? -1;
  const names = useNames(
    model,
    `${ground.payload?.kind} ${ground.payload?.count} ${state.info.tokenizer}`,
    !gone,
  );
  const choosing = useChosen(model, number);
  const search = useSearch(model, map, query, whole && number, !gone);
  const target = useTarget(map, ground.points?.count ?? 0);
  const [pair, setPair] = useState<readonly [number, number] | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [handed, setHanded] = useState<{ readonly word: string } | null>(null);

  const coordinates = useMemo(() => decode(map.coordinates), [map.coordinates]);
  const similarities = useMemo(() => decode(map.similarities), [map.similarities]);
  const wordPoints = useMemo(
    () => map.labels.flatMap((_, point) => (map.kinds[point] === "word" ? [point] : [])),
    [map],
  );
  const labels = useMemo(() => wordPoints.map((point) => map.labels[point] ?? ""), [map, wordPoints]);
  const count = map.labels.length;
  const wantsGround = isGrounded(settings);
  const axes = (count > 0 ? map.coordinates.shape[1] : (ground.payload?.axes ?? settings.axes)) === 3 ? 3 : 2;
  const variance = (wantsGround && ground.payload?.variance) || map.variance;
  const points = useMemo<readonly ScenePoint[]>(() => {
    const keys = pointKeys(map);
    return map.labels.map((label, point) => ({
      key: keys[point] ?? "",
      label,
      kind: map.kinds[point] ?? "word",
      description: describe(map, point, measure, t),
    }));
  }, [map, measure, t]);

  const { shown, hovered, pick } = target;
  useEffect(() => {
    // what is searched for takes the place of what was looked at
    if (query !== "") pick(null);
  }, [query]);
  const look = useLook(
    model,
    shown && { ...shown, layer: 0 },
    [map, number, measure],
    !gone && !desk.waiting,
  );
  if (look) {
    const near = look.nearest.filter(({ on }) => on === "ground");
    names.learn(
      near.map(({ index }) => index),
      near.map(({ name }) => name),
    );
  }
  names.learn(search.ground.slice(0, search.names.length), search.names);
  usePointing(store, idsOf(hovered, map, whole?.kind === "vocabulary"));
  const pointed = usePointed(store);
  const nearest = useMemo(() => nearestOf(map, shown, look), [map, shown, look]);
  const litRows = pair?.every((row) => row < wordPoints.length) ? pair : null;
  const lit = useMemo(() => {
    if (litRows) return [...new Set(litRows.map((row) => wordPoints[row] ?? 0))];
    const elsewhere = pointed.length > 0 ? pointsOf(map, pointed) : NOBODY;
    if (shown?.on !== "points") return brought([...elsewhere, ...search.points]);
    const near = nearest.flatMap(({ on, index }) => (on === "points" ? [index] : []));
    return [...new Set([shown.index, ...near, ...elsewhere])];
  }, [map, wordPoints, litRows, shown, nearest, pointed, search.points]);
  const litGround = useMemo(() => {
    if (!ground.points || ground.sampled > 0) return NOBODY;
    const near = nearest.flatMap(({ on, index }) => (on === "ground" ? [index] : []));
    const tokens = shownGround?.kind === "vocabulary" ? pointed : NOBODY;
    const most = ground.points.count;
    return [...new Set([...near, ...tokens, ...search.ground])].filter((index) => index >= 0 && index < most);
  }, [ground.points, shownGround, nearest, pointed, search.ground]);
  const drawn = useMemo(
    () =>
      drawnOf(
        expression.value === arithmetic?.expression ? arithmetic : null,
        axes,
        `=\u2009${expressionText(arithmetic?.terms ?? [])}`,
      ),
    [arithmetic, axes, expression.value],
  );

  const ties = useMemo(() => {
    const place = ({ on, index }: Pick<NearPayload, "on" | "index">) =>
      on === "points"
        ? [...coordinates.subarray(index * axes, (index + 1) * axes)]
        : on === "ground" && ground.points
          ? [...ground.points.xyz.subarray(index * axes, (index + 1) * axes)]
          : [];
    return tiesOf(shown && place(shown), nearest.map(place), axes);
  }, [coordinates, axes, ground.points, shown, nearest]);

  const titles = Array.from({ length: axes }, (_, axis) =>
    variance[axis] === undefined
      ? ""
      : t("axis", { number: axis + 1, share: shareText(100 * (variance[axis] ?? 0)) }),
  );
  const arrows = useMemo(() => [...ties, ...drawn.arrows], [ties, drawn]);
  const stale = desk.waiting && !gone;
  const onPick = ({ on, index }: NearPayload) => {
    if (on === "points" || on === "ground") pick({ on, index });
  };
  const onAdd = onWords && ((near: NearPayload) => onWords([near.name.piece]));
  const onTerm = (label: string) => {
    const known = map.labels.indexOf(label);
    if (known >= 0) pick({ on: "points", index: known });
    else onWords?.([label]);
  };
  const canCompute = count > 0 || settings.ground_kind !== "";
  const picture = count > 1 || ground.points !== null;
  const subject =
    shown === null
      ? null
      : shown.on === "points"
        ? subjectOfPoint(map, shown.index, look)
        : subjectOf(names.of(shown.index) ?? nameOfLabel("…"), "ground", look);
  const alone = count === 1 && ground.points === null ? subjectOfPoint(map, 0, null) : null;
  const detail = subject ?? alone;
  const nothing = count === 0 && ground.points === null;
  const why = settings.can_type
    ? "nothing"
    : !state.info.can_embed
      ? "cannot"
      : settings.dimensions > 0
        ? "nothing.fixed"
        : "";
  return (
    <>
      <Found
        search={search}
        labels={map.labels}
        grounded={shownGround !== null}
        onPick={onPick}
        onAdd={onAdd}
        t={t}
        numbers={numbers}
      />
      {nothing && !wantsGround && why !== "" && <p class="llmw-nothing">{t(why)}</p>}
      <div class="llmw-sides" data-empty={nothing}>
        <div class="llmw-left">
          {asTable ? (
            <Table
              map={map}
              coordinates={coordinates}
              axes={axes}
              titles={titles}
              measure={measure}
              ground={[...search.names, ...(choosing.payload?.names.filter(({ id }) => id >= 0) ?? [])]}
              t={t}
            />
          ) : picture ? (
            <Scene
              points={points}
              coordinates={coordinates}
              axes={axes}
              titles={titles}
              linear={variance.length > 0}
              ground={ground.points?.axes === axes ? ground.points : null}
              hidden={hidden}
              scale={shownGround?.scale ?? false}
              classCount={shownGround?.classes.length ?? 0}
              arrows={arrows}
              marks={drawn.marks}
              lit={lit}
              litGround={litGround}
              looked={shown}
              chosen={choosing.chosen}
              tool={tool}
              nameOf={(index) => {
                const name = names.of(index);
                return name && plainText(name);
              }}
              onNames={names.want}
              onLook={target.hover}
              onPick={pick}
              onChoose={choosing.choose}
              stale={stale}
              t={t}
            />
          ) : (
            count === 1 && <p class="llmw-nothing">{t("one")}</p>
          )}
          {wantsGround && (
            <Legend
              ground={ground}
              hidden={hidden}
              onHide={setHidden}
              desk={desk}
              gone={gone}
              t={t}
              numbers={numbers}
            />
          )}
          {picture && (
            <Honest
              sentences={sentencesOf(
                { map, ground: wantsGround ? ground.payload : null, settings },
                t,
                numbers,
              )}
              t={t}
            />
          )}
          <ChosenLine
            choosing={choosing}
            measure={measure}
            gone={gone}
            onPick={onPick}
            onAdd={onAdd}
            onWords={onWords}
            t={t}
            numbers={numbers}
          />
        </div>
        <div class="llmw-right">
          {litRows && litRows[0] !== litRows[1] ? (
            <Pair
              one={labels[litRows[0]] ?? ""}
              other={labels[litRows[1]] ?? ""}
              value={similarities[litRows[0] * labels.length + litRows[1]] ?? Number.NaN}
              t={t}
            />
          ) : detail ? (
            <Details
              subject={detail}
              measure={measure}
              gone={gone}
              onPick={onPick}
              onAdd={onAdd}
              actions={
                <>
                  {onWords && detail.kind !== "word" && canBeWord(detail.name) && (
                    <button type="button" class="llmw-link" onClick={() => onWords([detail.name.piece])}>
                      {t("add.word")}
                    </button>
                  )}
                  {canBeWord(detail.name) && !gone && (
                    <button
                      type="button"
                      class="llmw-link"
                      onClick={() => setHanded({ word: detail.name.piece })}
                    >
                      {t("arithmetic.use")}
                    </button>
                  )}
                </>
              }
              t={t}
            />
          ) : (
            picture && <p class="llmw-detail llmw-muted">{t("hint")}</p>
          )}
          {canCompute && (
            <Arithmetic
              draft={expression}
              handed={handed}
              arithmetic={arithmetic}
              measure={measure}
              waiting={stale}
              gone={gone}
              onSpace={
                settings.can_space && !settings.leading_space ? () => desk.ask({ leading_space: true }) : null
              }
              onPick={onPick}
              onAdd={onAdd}
              onTerm={onTerm}
              t={t}
            />
          )}
          {wordPoints.length > 1 && (
            <Heat
              labels={labels}
              similarities={similarities}
              grouped={map.order}
              dimensions={settings.dimensions}
              lit={litRows ?? lit.map((each) => wordPoints.indexOf(each))}
              onLook={setPair}
              stale={stale}
              t={t}
              language={language}
            />
          )}
        </div>
      </div>
      <p class="llmw-visually-hidden" role="status">
        {count > 1 &&
          t("summary", {
            words: wordPoints.length,
            tokens: count - wordPoints.length,
            share: shareText(100 * variance.reduce((sum, share) => sum + share, 0)),
          })}
      </p>
    </>
  );
}

function expressionText(terms: readonly { readonly sign: string; readonly label: string }[]): string {
  return terms
    .map(({ sign, label }, at) => (at === 0 && sign === "+" ? label : (sign === "-" ? "−" : "+") + label))
    .join("");
}

/** What is brought out with a point: its nearest in the ground, or the first of those among the words. */
function nearestOf(
  map: MapPayload,
  shown: Target | null,
  look: LookPayload | null,
): readonly Pick<NearPayload, "on" | "index">[] {
  if (look?.nearest.some(({ on }) => on === "ground")) return look.nearest;
  const words = shown?.on === "points" ? (map.nearest[shown.index] ?? []) : [];
  return words.slice(0, NEAREST_LIT).map(([index]) => ({ on: "points", index }));
}

/** Lines from a place to others. */
function tiesOf(from: Place | null, others: readonly Place[], axes: number): readonly Arrow[] {
  if (from?.length !== axes) return [];
  return others.flatMap((to): Arrow[] => (to.length === axes ? [{ from, to, kind: "tie" }] : []));
}

/** Points to be brought out of which none is looked at: the first of a list counts as that. */
function brought(points: readonly number[]): readonly number[] {
  return points.length > 0 ? [-1, ...new Set(points)] : NOBODY;
}

/** Ids of the tokens under the hand. */
function idsOf(target: Target | null, map: MapPayload, isVocabulary: boolean): readonly number[] {
  if (target?.on === "points") return map.ids[target.index] ?? NOBODY;
  return target && isVocabulary ? [target.index] : NOBODY;
}

/** The points that are one of these tokens, and nothing more. */
function pointsOf(map: MapPayload, ids: readonly number[]): readonly number[] {
  return map.ids.flatMap((own, point) => (own.length === 1 && ids.includes(own[0] ?? -1) ? [point] : []));
}

interface PairProps {
  readonly one: string;
  readonly other: string;
  readonly value: number;
  readonly t: RoomProps["t"];
}

function Pair({ one, other, value, t }: PairProps) {
  return (
    <section class="llmw-detail" aria-label={t("detail")}>
      <p class="llmw-detail-head">
        <strong>{labelText(one)}</strong> <span class="llmw-muted">↔</span>{" "}
        <strong>{labelText(other)}</strong>
      </p>
      <p class="llmw-facts">
        <span class="llmw-fact">
          <span class="llmw-muted">{t("similarities")}</span> {cosineText(value)}
        </span>
      </p>
    </section>
  );
}
