"""What a ContinuationView shows to the page, field by field; payloads.py says how js/session/payloads.ts comes from it."""

from __future__ import annotations

from typing import Literal, TypedDict

from llmwidgets.stages.choices import Reason
from llmwidgets.stages.continuations import ContinuationMeasure
from llmwidgets.widgets.payloads import ArrayPayload, ErrorPayload, SymbolPayload

ContinuationScale = Literal["probability", "log_probability"]
"""What a bar's length stands for."""


class ContinuationSettings(TypedDict):
    """What a ContinuationView asks, and how it shows the answer.

    `follows`: the prompt is the session's text; a text that is too long to travel comes as its end, without `can_edit`. `begin`:
    whether the tokens of `beginning` stand in front, which the tokenizer puts there by itself where `begin_own`. `number` counts
    the questions: what is asked of the model.
    """

    prompt: str
    follows: bool
    can_edit: bool
    candidates: list[str]
    measure: ContinuationMeasure
    scale: ContinuationScale
    begin: bool
    beginning: list[SymbolPayload]
    begin_own: bool
    new_tokens: int
    number: int
    seen: dict[str, int]


class ContinuationPayload(TypedDict):
    """A candidate with its n tokens: `pieces` and `bytes` as in TokensPayload, `surprisals` (n,) in nats, NaN where there is no probability.

    Where `fused`, the first tokens are of the end of the prompt, `prompt_part`, as well. `characters` and `utf8_bytes` are of what counts.
    """

    text: str
    ids: list[int]
    pieces: list[str]
    bytes: list[str]
    surprisals: ArrayPayload
    fused: bool
    prompt_part: str
    characters: int
    utf8_bytes: int


class ScoredPayload(TypedDict):
    """The answer to question `number`, or why there is none."""

    number: int
    candidates: list[ContinuationPayload]
    error: ErrorPayload | None


class WrittenPayload(TypedDict):
    """How the model itself goes on from the prompt of question `number`: the most probable token each time, or drawn by the session's sampler.

    `state`: "waiting" for its turn, "writing", "done", "idle" until someone asks for it, "same" as the other, since the sampler is greedy.
    `seed` of the sampler, null where it draws by chance. `reason` and `ended_by` as in StatusPayload.
    """

    how: Literal["greedy", "sampled"]
    number: int
    state: Literal["waiting", "writing", "done", "idle", "same"]
    text: str
    tokens: int
    seed: int | None
    reason: Reason
    ended_by: str
    error: ErrorPayload | None
