"""What travels between the kernel and the page, field by field.

js/session/payloads.ts is generated from these classes (`python -m llmwidgets.widgets.payloads`), and a test fails when the
two differ. Offsets count UTF-16 units, as JavaScript does; arrays travel as `ArrayPayload` (see llmwidgets.arrays).
"""

from __future__ import annotations

import sys
import types
from typing import Any, Literal, TypedDict, Union, get_args, get_origin, get_type_hints

from llmwidgets.stages.sampling import LIMITS, Sampler


class ArrayPayload(TypedDict):
    """A tensor as JSON: little-endian bytes in base64."""

    dtype: Literal["float32", "int32"]
    shape: list[int]
    data: str


class ErrorPayload(TypedDict):
    """An error in words. `code` and `values` let the page say it in the reader's language."""

    code: str
    message: str
    hint: str
    values: dict[str, str | float]


class InfoPayload(TypedDict):
    """What the session holds. `source` says where it came from: "hub", "cache", "registry package", "memory", "folder"."""

    name: str
    source: str
    device: str
    dtype: str
    parameters: int
    bytes: int
    vocabulary: int
    dimensions: int
    context: int
    tokenizer: str
    can_predict: bool
    can_embed: bool
    can_edit: bool


class ContentPayload(TypedDict):
    """The text and its tokens. One entry a token in `ids`, `starts`, `ends`, `pieces`, `bytes`.

    `pieces[i]` is "" where token i is not whole characters; then `bytes[i]` has its bytes in hexadecimal ("" otherwise).
    Tokens that share a character have overlapping spans. `position` is an index into `ids`; -1 follows the end.
    `seen` names, for each page, the last request that this state answers.
    """

    revision: int
    text: str
    ids: list[int]
    starts: list[int]
    ends: list[int]
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    characters: int
    utf8_bytes: int
    position: int
    can_undo: bool
    seen: dict[str, int]


class DistributionPayload(TypedDict):
    """The next-token distribution after token `position` of revision `revision`: a head of tokens and a binned tail.

    The head holds the most probable tokens and every id of the context (`context`: their indices in the head), ordered by
    logit, ties by id. The tail holds all others: `tail_counts` (bins,) int32 and `tail_logits` (bins,) float32, the mean
    logit of each bin, from high to low. `masked` counts the logits of -inf. `log_sum` is logsumexp of all logits and
    `entropy` is in nats, both exact.
    """

    revision: int
    position: int
    vocabulary: int
    ids: ArrayPayload
    logits: ArrayPayload
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    context: list[int]
    tail_counts: ArrayPayload
    tail_logits: ArrayPayload
    masked: int
    log_sum: float
    entropy: float


class SamplerPayload(TypedDict):
    """The sampler's settings, in transformers' names; a neutral value switches a stage off. `top_h` 0 is off."""

    do_sample: bool
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    typical_p: float
    top_h: float
    epsilon_cutoff: float
    eta_cutoff: float
    repetition_penalty: float
    seed: int | None


class SamplerState(TypedDict):
    """The sampler, the values that the model's own generation_config asks for, and the requests that it answers."""

    sampler: SamplerPayload
    inherited: list[str]
    seen: dict[str, int]


class StatusPayload(TypedDict):
    """What the session is doing. `revision` is the newest text; the distribution shown may be older while busy."""

    state: Literal["ready", "busy", "generating", "error", "closed"]
    revision: int
    generated: int
    max_new_tokens: int
    tokens_per_second: float
    reason: str
    error: ErrorPayload | None


class MapPayload(TypedDict):
    """Words in two dimensions. One entry a point in `labels`, `kinds`, `ids`, `norms`, `nearest`.

    `coordinates` (n, 2) float32; `similarities` (words, words) float32, cosine in the full space, words only.
    `nearest[i]` lists (point, cosine) pairs. `variance` is the share of variance that each axis holds.
    """

    labels: list[str]
    kinds: list[Literal["word", "token"]]
    ids: list[list[int]]
    pieces: list[list[str]]
    norms: list[float]
    coordinates: ArrayPayload
    similarities: ArrayPayload
    nearest: list[list[tuple[int, float]]]
    variance: list[float]
    dimensions: int
    words: list[str]
    show_tokens: bool
    error: ErrorPayload | None
    seen: dict[str, int]


class SetRequest(TypedDict):
    """From the page: take these values. Those that are absent stay."""

    kind: Literal["set"]
    rid: int
    client: str
    text: str | None
    position: int | None
    sampler: dict[str, float | bool | None] | None


class ActRequest(TypedDict):
    """From the page: do this once."""

    kind: Literal["act"]
    rid: int
    client: str
    action: Literal["step", "generate", "stop", "undo", "append"]
    token: int | None
    max_new_tokens: int | None


class MapRequest(TypedDict):
    """From an EmbeddingMap in the page: show these words, and the text's tokens or not."""

    kind: Literal["map"]
    rid: int
    client: str
    words: list[str]
    show_tokens: bool


class Answer(TypedDict):
    """To the page, for each request. The field is `rid`: ipykernel 7.4 keeps an entry for ever for a content with `id`."""

    rid: int
    client: str
    ok: bool
    error: ErrorPayload | None


def _typescript(hint: Any) -> str:
    simple = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
    if hint in simple:
        return simple[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in args)
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(_typescript(arg) for arg in args))
    if origin is list:
        inner = _typescript(args[0])
        return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
    if origin is tuple:
        return f"readonly [{', '.join(_typescript(arg) for arg in args)}]"
    if origin is dict:
        return f"Readonly<Record<string, {_typescript(args[1])}>>"
    return str(hint.__name__)


def _literal(value: float | bool | None) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.12g}"


def typescript() -> str:
    """The TypeScript twin of this module, as text."""
    payloads = [
        value
        for value in globals().values()
        if isinstance(value, type) and value.__module__ == __name__ and hasattr(value, "__total__")
    ]
    lines = ["// Generated from llmwidgets/widgets/payloads.py by `make payloads`: change it there."]
    for payload in payloads:
        summary = (payload.__doc__ or "").splitlines()[0]
        lines += ["", f"/** {summary} */", f"export interface {payload.__name__} {{"]
        lines += [f"  readonly {name}: {_typescript(hint)};" for name, hint in get_type_hints(payload).items()]
        lines.append("}")
    lines += ["", "/** The values that a setting may have, both ends included. */", "export const LIMITS = {"]
    lines += [
        f"  {name}: {{ low: {limits.low:.12g}, high: {limits.high:.17g}, whole: {str(limits.whole).lower()} }},"
        for name, limits in LIMITS.items()
    ]
    lines += ["} as const;", "", "/** Every stage off. */", "export const NEUTRAL: SamplerPayload = {"]
    neutral = Sampler()
    lines += [f"  {name}: {_literal(getattr(neutral, name))}," for name in get_type_hints(SamplerPayload)]
    lines.append("};")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(typescript())
