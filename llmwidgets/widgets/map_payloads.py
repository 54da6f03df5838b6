"""What an EmbeddingMap's kernel shows to the page, field by field. See payloads.py."""

from __future__ import annotations

from typing import Literal, TypedDict

from llmwidgets.widgets.payloads import ArrayPayload, ErrorPayload

MapPlace = Literal["points", "ground", "contexts"]
"""Where a point lies: among the words and tokens, in the ground, among the text's tokens in context."""


class MapSettings(TypedDict):
    """What an EmbeddingMap shows and how, and what it could show.

    `show`: "words" with their ground, or the text's tokens in their "contexts". `axes` 2 or 3. `layer`: words come from the "input"
    embeddings or from the "last" hidden states; "served" by an API server; "given" where a function or an array gives the vectors. What it could show stands in `layers`,
    `poolings` (of the layer), `methods` (those that are installed and fit), `colors` (of the ground). `ground_kind` "" where there is
    none. `leading_space`: words are read as inside a sentence, which `can_space` says makes a difference. `tied`: input and output embeddings are one matrix; null where there is no such pair.
    """

    words: list[str]
    show: Literal["words", "contexts"]
    show_tokens: bool
    ground: bool
    method: Literal["pca", "tsne", "umap"]
    axes: int
    layer: Literal["input", "last", "served", "given"]
    pooling: Literal["mean", "lesson", "cls", "served"]
    leading_space: bool
    measure: Literal["cosine", "dot"]
    color_by: Literal["kind", "script", "cluster", "norm", "values"]
    expression: str
    can_type: bool
    can_contexts: bool
    can_tokens: bool
    can_space: bool
    layers: list[Literal["input", "last", "served", "given"]]
    poolings: list[Literal["mean", "lesson", "cls", "served"]]
    methods: list[Literal["pca", "tsne", "umap"]]
    colors: list[Literal["kind", "script", "cluster", "norm", "values"]]
    ground_kind: Literal["", "vocabulary", "vectors"]
    ground_count: int
    dimensions: int
    tied: bool | None
    seen: dict[str, int]


class NamePayload(TypedDict):
    """A point's label: its text, or "" and `bytes` in hexadecimal where a token is no whole characters. `id` of a token, else -1."""

    id: int
    piece: str
    bytes: str
    special: bool


class NearPayload(TypedDict):
    """A point near another in the full space: its place, its label, and the similarity by the map's measure.

    `own`: it is one of the words that were asked about.
    """

    on: MapPlace
    index: int
    name: NamePayload
    value: float
    own: bool


class MapPayload(TypedDict):
    """Words, then tokens of the text, as points. One entry a point in `labels`, `kinds`, `ids`, `pieces`, `norms`, `nearest`, `lost`.

    `coordinates` (n, axes) float32; `similarities` (words, words) float32, cosine in the full space; `order` the words so that similar ones stand
    together. `nearest[i]` lists (point, value) pairs by the map's measure, at most five. Of the `counted` nearest of a point in the full space `lost[i]`
    are not among its `counted` nearest in the picture. `variance` is the share of the variance that each axis holds, empty where axes are
    no directions (t-SNE, UMAP). `fitted`: on which points the axes were fitted. `about`: the places are interpolated between the ground's.
    """

    labels: list[str]
    kinds: list[Literal["word", "token"]]
    ids: list[list[int]]
    pieces: list[list[str]]
    norms: list[float]
    coordinates: ArrayPayload
    similarities: ArrayPayload
    order: list[int]
    nearest: list[list[tuple[int, float]]]
    lost: list[int]
    counted: int
    variance: list[float]
    fitted: Literal["points", "ground"]
    about: bool
    error: ErrorPayload | None


class ClassPayload(TypedDict):
    """A colour of the ground: `key` names it ("space", "Latin", "3"), `count` points have it. `low` and `high` where it is a part of a scale."""

    key: str
    count: int
    low: float | None
    high: float | None


class GroundPayload(TypedDict):
    """The many points on which the words stand. The points themselves are asked for by `number`, and have another where anything changed.

    A point is 32 bits: with two axes x in bits 0 to 13, y in 14 to 27; with three x in 0 to 9, y in 10 to 18, z in 19 to 27; its class in 28 to 31. The
    lowest value of an axis stands for `low`, the highest for `high`. `lost`: of a point's `counted` nearest in the full space so many are not among
    its nearest in the picture, on average over `sampled` points drawn at random; `spread` is the standard error of that. `variance` as in MapPayload.
    `scale`: the classes are parts of a scale, from low to high.
    """

    number: int
    kind: Literal["vocabulary", "vectors"]
    count: int
    axes: int
    low: list[float]
    high: list[float]
    classes: list[ClassPayload]
    color_by: Literal["kind", "script", "cluster", "norm", "values"]
    scale: bool
    lost: float
    spread: float
    sampled: int
    counted: int
    variance: list[float]
    method: Literal["pca", "tsne", "umap"]
    error: ErrorPayload | None


class ContextsPayload(TypedDict):
    """The text's tokens, layer by layer: 0 the input embeddings, the last one behind the model's last norm.

    `coordinates` (layers, n, axes) int16 times `unit`, all in one projection; `norms` (layers, n) float32; `lost` (layers, n) int8 as in MapPayload.
    `names` one entry a token. `variance` (axes) of all layers together, and `layer_variance` (layers, axes) float32 of each. `tokens` are in the
    text; the first n are here. `revision` is the text's.
    """

    revision: int
    layers: int
    tokens: int
    axes: int
    names: list[NamePayload]
    coordinates: ArrayPayload
    unit: float
    norms: ArrayPayload
    lost: ArrayPayload
    counted: int
    variance: list[float]
    layer_variance: ArrayPayload
    dimensions: int
    error: ErrorPayload | None


class TermPayload(TypedDict):
    """A word of an expression, added or subtracted."""

    sign: Literal["+", "-"]
    label: str


class ArithmeticPayload(TypedDict):
    """king - man + woman, worked out: `places` (terms, axes) float32 of each term, `sums` (terms, axes) float32 of the sum so far.

    `nearest` at least ten that are not `own`, most similar first; `on` is where they lie. Without linear axes (t-SNE, UMAP) `sums` is empty.
    """

    expression: str
    terms: list[TermPayload]
    places: ArrayPayload
    sums: ArrayPayload
    norm: float
    nearest: list[NearPayload]
    error: ErrorPayload | None


class ChosenPayload(TypedDict):
    """The points that are chosen, `count` in all: `points` by index in the map (or in the contexts, where those are shown), and those of the ground.

    `ground`: one bit a point of the ground, lowest bit first, as base64; "" for none. `names` the first 200. `nearest` to the mean of their vectors.
    """

    count: int
    points: list[int]
    ground: str
    number: int
    names: list[NamePayload]
    nearest: list[NearPayload]


class KeptGround(TypedDict):
    """The ground's points in a page that is handed out, whose kernel cannot be asked: four bytes a point in base64, as in GroundPayload.

    `count` of them: all, or where those are too many a sample. `names`: a KeptNames as JSON by gzip and base64, in the order of the points, "" of a sample.
    """

    number: int
    count: int
    points: str
    names: str


class KeptNames(TypedDict):
    """The labels of points, as NamePayload has them: a piece, or where it is no whole characters its bytes in a list; and which points are special tokens. `tokens`: a point's index is its id."""

    pieces: list[str | list[str]]
    special: list[int]
    tokens: bool


class GroundPoints(TypedDict):
    """The answer that carries the ground's points as its buffer, four bytes a point."""

    kind: Literal["ground"]
    number: int


class LookPayload(TypedDict):
    """A point looked at: its ten nearest in the full space; `lost` of its `counted` nearest are not so in the picture, null where that is not known."""

    kind: Literal["look"]
    on: MapPlace
    index: int
    layer: int
    name: NamePayload
    norm: float
    nearest: list[NearPayload]
    lost: int | None
    counted: int


class NamesPayload(TypedDict):
    """Labels of ground points, in the order in which they were asked for."""

    kind: Literal["names"]
    indices: list[int]
    names: list[NamePayload]


class FoundPayload(TypedDict):
    """The ground points whose label holds `text`: `indices` at most 5,000 of `total`, shortest label first, and the names of the first 100."""

    kind: Literal["found"]
    text: str
    total: int
    indices: ArrayPayload
    names: list[NamePayload]


class DriftPayload(TypedDict):
    """Cosine similarity of tokens `index` and `other` of the text in each layer, (layers,) float32."""

    kind: Literal["drift"]
    index: int
    other: int
    revision: int
    values: ArrayPayload
