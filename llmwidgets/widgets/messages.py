"""What the page asks of the kernel, and what it is answered, field by field."""

from __future__ import annotations

from typing import Literal, TypedDict

from llmwidgets.stages.sampling import Order
from llmwidgets.widgets.map_payloads import (
    DriftPayload,
    FoundPayload,
    GroundPoints,
    LookPayload,
    MapPlace,
    NamesPayload,
)
from llmwidgets.widgets.payloads import (
    AlternativesPayload,
    EditPayload,
    ErrorPayload,
    ExactPayload,
    FindPayload,
    SearchPayload,
    SelectionPayload,
    TokenPayload,
    TracePayload,
)


class SetRequest(TypedDict):
    """From the page: take these values. Those that are absent stay."""

    kind: Literal["set"]
    rid: int
    client: str
    text: str | None
    edit: EditPayload | None
    ids: list[int] | None
    add_special: bool | None
    position: int | None
    sampler: dict[str, float | bool | None] | None


class ActRequest(TypedDict):
    """From the page: do this once. `whole` asks for the whole content, where changes alone were sent.

    Each action reads its own fields: append `token`; fill and fork `index`, `token`; generate `max_new_tokens`, `stop`; draw `n`; switch
    `fork` (an index into the forks); row `row`. fill, fork and switch are of `revision`, and refused where the text is another. A presentation
    that begins asks for `prepare`, to which `reset` comes back.
    """

    kind: Literal["act"]
    rid: int
    client: str
    action: Literal[
        "step",
        "generate",
        "stop",
        "undo",
        "append",
        "fill",
        "whole",
        "draw",
        "fork",
        "switch",
        "row",
        "prepare",
        "reset",
    ]
    token: int | None
    max_new_tokens: int | None
    stop: list[str] | None
    index: int | None
    n: int | None
    fork: int | None
    row: int | None
    revision: int | None


class AskRequest(TypedDict):
    """From the page, of the session: the exact chain for `sampler` (`exact`), or what else could have come at a token (`alternatives`)."""

    kind: Literal["exact", "alternatives"]
    rid: int
    client: str
    sampler: dict[str, float | bool | None] | None
    order: Order | None
    index: int | None


class BarRequest(TypedDict):
    """From a NextTokenBar in the page.

    `bar`: take these settings; `guess`: a guess as a text or a token; `forget`: begin the score anew; `find`: tokens by text;
    `against`: another text for the other side. A guess is of `revision`.
    """

    kind: Literal["bar", "guess", "forget", "find", "against"]
    rid: int
    client: str
    k: int | None
    measure: str | None
    scale: str | None
    text: str | None
    token: int | None
    revision: int | None


class MapRequest(TypedDict):
    """From an EmbeddingMap in the page: take these settings. Those that are absent stay. See MapSettings."""

    kind: Literal["map"]
    rid: int
    client: str
    words: list[str] | None
    show: str | None
    show_tokens: bool | None
    ground: bool | None
    method: str | None
    axes: int | None
    layer: str | None
    pooling: str | None
    leading_space: bool | None
    measure: str | None
    color_by: str | None
    expression: str | None


class MapQuestion(TypedDict):
    """From an EmbeddingMap in the page: something about what is shown.

    `ground`: the ground's points, of number `number`; they come as the answer's buffer. `look`: point `index` of `on`, in `layer` of the
    contexts. `names`: the labels of the ground points `indices`. `search`: ground points by `text`. `drift`: the similarity of tokens `index` and
    `other` of the text, layer by layer.
    """

    kind: Literal["ground", "look", "names", "search", "drift"]
    rid: int
    client: str
    number: int | None
    on: MapPlace | None
    index: int | None
    other: int | None
    layer: int | None
    indices: list[int] | None
    text: str | None


class ChooseRequest(TypedDict):
    """From an EmbeddingMap in the page: these points are chosen. See ChosenPayload; of the ground's number `number`."""

    kind: Literal["choose"]
    rid: int
    client: str
    points: list[int]
    ground: str
    number: int


class CostRequest(TypedDict):
    """From a CostView in the page: take these settings. Those that are absent stay; `values` are all numbers that someone typed. See CostSettings."""

    kind: Literal["cost"]
    rid: int
    client: str
    values: dict[str, float] | None
    currency: str | None
    rented_hours: str | None
    examples: bool | None


class ContinuationRequest(TypedDict):
    """From a ContinuationView in the page: take these settings (`continuation`; those that are absent stay), or write anew (`write`). See ContinuationSettings."""

    kind: Literal["continuation", "write"]
    rid: int
    client: str
    prompt: str | None
    follows: bool | None
    candidates: list[str] | None
    measure: str | None
    scale: str | None
    begin: bool | None
    new_tokens: int | None


class ReplayRequest(TypedDict):
    """From a ReplayView in the page: show this step of the recording, from 0."""

    kind: Literal["replay"]
    rid: int
    client: str
    step: int


class TokensRequest(TypedDict):
    """From a TokenView in the page: take these settings. Those that are absent stay."""

    kind: Literal["tokens"]
    rid: int
    client: str
    color_by: str | None
    selection: SelectionPayload | None


class LookupRequest(TypedDict):
    """From a TokenView in the page: tell of a word (`trace`), of tokens (`search`: text or id) or of one token (`token`: id).

    `row` names the tokenizer among those compared.
    """

    kind: Literal["lookup"]
    rid: int
    client: str
    what: Literal["trace", "search", "token"]
    row: int
    text: str
    id: int


class PointRequest(TypedDict):
    """From a page whose views share no store: a token with one of these ids is pointed at; none is, where there are none."""

    kind: Literal["point"]
    rid: int
    client: str
    ids: list[int]


class Answer(TypedDict):
    """To the page, for each request, with what a lookup found. The field is `rid`: ipykernel 7.4 keeps an entry for ever for a content with `id`."""

    rid: int
    client: str
    ok: bool
    error: ErrorPayload | None
    result: (
        TracePayload
        | SearchPayload
        | TokenPayload
        | ExactPayload
        | AlternativesPayload
        | FindPayload
        | GroundPoints
        | LookPayload
        | NamesPayload
        | FoundPayload
        | DriftPayload
        | None
    )
