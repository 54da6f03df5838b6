"""What an EmbeddingMap shows at one moment, as plain values, and how it is worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from llmwidgets.errors import InvalidValue, LLMWidgetsError
from llmwidgets.numbers import whole
from llmwidgets.stages.arithmetic import Term, evaluate, parse
from llmwidgets.stages.neighbours import Measure, cosine_similarities
from llmwidgets.stages.pooling import check_words
from llmwidgets.stages.projection import FEWEST, NAMES, Method, Projection, lost, project
from llmwidgets.vectors import Pooling
from llmwidgets.widgets.map_ground import COUNTED, ColorBy, Ground
from llmwidgets.widgets.map_space import Layer, Name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.widgets.map_space import Space

Show = Literal["words", "contexts"]
MOST_WORDS = 100
NEAREST = 5
BESIDE = 5
"""Where a picture has no rule for new points, one lies between so many of its nearest."""


@dataclass(frozen=True)
class Shown:
    """What is asked for."""

    words: tuple[str, ...] = ()
    show: Show = "words"
    show_tokens: bool = False
    ground: bool = False
    method: Method = "pca"
    axes: int = 2
    layer: Layer = "input"
    pooling: Pooling = "mean"
    leading_space: bool = False
    measure: Measure = "cosine"
    color_by: ColorBy = "kind"
    expression: str = ""


@dataclass(frozen=True, eq=False)
class Points:
    """The points beside the ground, words first: names, what they are, their tokens, and their vectors (n, d) float32."""

    names: tuple[Name, ...] = ()
    kinds: tuple[Literal["word", "token"], ...] = ()
    parts: tuple[tuple[Name, ...], ...] = ()
    vectors: np.ndarray = field(default_factory=lambda: np.empty((0, 1), np.float32))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def words(self) -> int:
        """How many of the points are words."""
        return self.kinds.count("word")


@dataclass(frozen=True, eq=False)
class Sum:
    """An expression worked out. `places` and `sums` (terms, axes): where each term lies, and the sum so far; `vector` (d,) the result."""

    expression: str
    terms: tuple[Term, ...]
    places: np.ndarray
    sums: np.ndarray
    vector: np.ndarray


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is shown. `revision` of the text whose tokens are there; `projection` of the points; `lost` (n,) of their `counted` nearest."""

    shown: Shown = field(default_factory=Shown)
    revision: int = -1
    points: Points = field(default_factory=Points)
    projection: Projection = field(default_factory=lambda: project(np.empty((0, 1), np.float32)))
    about: bool = False
    scores: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    lost: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    counted: int = 0
    ground: Ground | None = None
    sum: Sum | None = None
    error: LLMWidgetsError | None = None

    @property
    def coordinates(self) -> np.ndarray:
        """(n, axes) float32 of the points."""
        return self.projection.coordinates


def checked(shown: Shown) -> Shown:
    """The same with its values checked, and its words without empty ones and repetitions. Raises InvalidValue."""
    words = check_words(shown.words, MOST_WORDS)
    for name, allowed in _CHOICES.items():
        _one_of(name, getattr(shown, name), allowed)
    for name in ("ground", "show_tokens", "leading_space"):
        _one_of(name, getattr(shown, name), (True, False))
    axes = whole("axes", shown.axes, 2, 3)
    expression: Any = shown.expression
    if not isinstance(expression, str):
        _one_of("expression", expression, ("king - man + woman",))
    return changed(shown, words=words, axes=axes)


def _one_of(name: str, value: Any, allowed: Sequence[Any]) -> None:
    if isinstance(value, type(allowed[0])) and value in allowed:
        return
    choices = ", ".join(map(repr, allowed))
    msg = f"{name} cannot be {value!r:.60}."
    raise InvalidValue(msg, hint=f"It takes {choices}.", name=name, value=f"{value!r:.60}", allowed=choices)


_CHOICES: dict[str, tuple[str, ...]] = {
    "show": get_args(Show),
    "method": get_args(Method),
    "layer": get_args(Layer),
    "pooling": get_args(Pooling),
    "measure": get_args(Measure),
    "color_by": get_args(ColorBy),
}


def points_of(space: Space, words: Sequence[str], fixed: Sequence[Name], tokens: Sequence[int]) -> Points:
    """The points that are given (their vectors are the ground's), then the words, then tokens of the ground by id."""
    table = space.table
    vectors = [] if table is None or not fixed else [table.rows(range(len(fixed)))]
    vectors.append(space.embed(words))
    names = [*fixed, *(Name(word.encode("utf-8", "replace")) for word in words)]
    parts: list[tuple[Name, ...]] = [()] * len(fixed)
    parts += [tuple(space.parts(word)) for word in words]
    kinds: list[Literal["word", "token"]] = ["word"] * len(names)
    if tokens and table is not None:
        vectors.append(table.rows(tokens))
        found = [space.name(token) for token in tokens]
        names += found
        parts += [(name,) for name in found]
        kinds += ["token"] * len(found)
    kept = [part for part in vectors if len(part)]
    joined = np.concatenate(kept) if kept else np.empty((0, max(space.dimensions, 1)), np.float32)
    return Points(tuple(names), tuple(kinds), tuple(parts), joined)


def draw(
    shown: Shown, space: Space, *, fixed: Sequence[Name], tokens: Sequence[int], revision: int, ground: Ground | None
) -> Drawn:
    """Works out what is asked for. Raises InvalidValue for a word without a token and an expression that is none."""
    points = points_of(space, shown.words, fixed, tokens)
    projection, about, error = _placed(points.vectors, shown, space, ground)
    scores = similarities(points.vectors, shown.measure)
    counted = counted_among(len(points))
    missing = np.zeros(len(points), int)
    if counted:
        missing = lost(nearest_of(scores, counted), projection.coordinates, np.arange(len(points)))
    drawn = Drawn(shown, revision, points, projection, about, scores, missing, counted, ground, None, error)
    return changed(drawn, sum=sum_of(shown.expression, space, drawn))


def counted_among(points: int) -> int:
    """How many nearest are looked for in the picture: ten, or of few points at most half of the others, since all of them are near to no purpose."""
    return min(COUNTED, max(points - 1, 0) // 2)


def _placed(
    vectors: np.ndarray, shown: Shown, space: Space, ground: Ground | None
) -> tuple[Projection, bool, LLMWidgetsError | None]:
    """Where the points lie: on the ground's axes without a new fit, else on their own."""
    if ground is not None:
        coordinates, about = _on_ground(vectors, shown, space, ground)
        return (
            Projection(coordinates, _shares(vectors, coordinates), ground.projection.projector, shown.method),
            about,
            None,
        )
    if shown.method != "pca" and len(vectors) < FEWEST:
        msg = f"{NAMES[shown.method]} needs at least {FEWEST} points; there are {len(vectors)}. This is PCA."
        error = InvalidValue(msg, hint="Add words.", name="method", value=shown.method, allowed=f">= {FEWEST} points")
        return project(vectors, shown.axes, "pca"), False, error if len(vectors) else None
    return project(vectors, shown.axes, shown.method), False, None


def _on_ground(vectors: np.ndarray, shown: Shown, space: Space, ground: Ground) -> tuple[np.ndarray, bool]:
    projection, table = ground.projection, space.table
    if not len(vectors):
        return np.empty((0, shown.axes), np.float32), False
    if shown.method != "tsne" or table is None:
        return projection.projector.transform(vectors), False
    nearest, _ = table.nearest_many(vectors, min(BESIDE, len(table)), "cosine", leave_self=None)
    return np.asarray(projection.coordinates[nearest].mean(axis=1), np.float32), True


def _shares(vectors: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """The share of the vectors' own variance that each axis holds, (axes,)."""
    whole_variance = float(vectors.astype(np.float64).var(axis=0).sum()) if len(vectors) > 1 else 0.0
    if whole_variance <= 0:
        return np.zeros(coordinates.shape[1], np.float32)
    return np.asarray(coordinates.astype(np.float64).var(axis=0) / whole_variance, np.float32)


def sum_of(expression: str, space: Space, drawn: Drawn) -> Sum | None:
    """An expression worked out in the picture that is drawn; None for an empty one. Raises InvalidValue."""
    terms = parse(expression)
    if not terms:
        return None
    vectors = space.embed([term.word for term in terms])
    sums, projector = evaluate(terms, vectors), drawn.projection.projector
    if projector.linear and len(projector.mean) == vectors.shape[1]:
        return Sum(expression, terms, projector.transform(vectors), projector.transform(sums), sums[-1])
    nothing = np.empty((0, drawn.shown.axes), np.float32)
    places = nothing if drawn.ground is None else _on_ground(vectors, drawn.shown, space, drawn.ground)[0]
    return Sum(expression, terms, places, nothing, sums[-1])


def similarities(vectors: np.ndarray, measure: Measure) -> np.ndarray:
    """Of every pair of few vectors, (n, n) float32."""
    if measure == "cosine":
        return cosine_similarities(vectors)
    return np.asarray(vectors @ vectors.T, np.float32)


def nearest_of(scores: np.ndarray, k: int) -> np.ndarray:
    """The k most similar others of each point, (n, n) to (n, k), equal ones by index."""
    others = scores.astype(np.float64)
    np.fill_diagonal(others, -np.inf)
    return np.argsort(-others, axis=1, kind="stable")[:, :k]
