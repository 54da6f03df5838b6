"""What is asked of a model where candidates go on from a prompt: their tokens, and what stands in front of them.

Not here: the sums and their ranking (stages/continuations.py), how a model is run (engines/).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.continuations import Continuations, Join
from llmwidgets.tokenizers.face import check_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.engines.engine import Engine
    from llmwidgets.tokenizers.face import Tokenizer


@dataclass(frozen=True)
class Beginning:
    """The tokens that can stand in front of a text, none where there are none. `own`: the tokenizer puts them there by itself."""

    ids: tuple[int, ...] = ()
    own: bool = False


def beginning_of(face: Tokenizer) -> Beginning:
    """What a tokenizer puts in front of a text; where it puts nothing, its begin-of-text token if it names one."""
    if face.adds_special:
        tokens = face.encode("a", special=True)
        inserted = [*tokens.inserted.tolist(), False]
        if front := tokens.ids[: inserted.index(False)].tolist():
            return Beginning(tuple(front), own=True)
    named = getattr(getattr(face, "tokenizer", None), "bos_token_id", None)
    return Beginning((named,) if isinstance(named, int) and 0 <= named < face.size else ())


@dataclass(frozen=True, eq=False)
class Question:
    """A prompt with its candidates as tokens. `beginning` stands in front; `prompt_ids` are the prompt's alone, behind it."""

    prompt: str
    beginning: tuple[int, ...]
    prompt_ids: tuple[int, ...]
    joins: tuple[Join, ...]

    @property
    def context(self) -> list[int]:
        """What a continuation of the prompt stands behind."""
        return [*self.beginning, *self.prompt_ids]


def question_of(face: Tokenizer, prompt: str, candidates: Sequence[str], *, begin: bool | None = None) -> Question:
    """The tokens of prompt and candidates, each candidate behind the prompt as one text.

    `begin`: whether the begin-of-text tokens stand in front; None as the tokenizer does by itself. Raises InvalidValue where it has none.
    """
    beginning = beginning_of(face)
    if begin and not beginning.ids:
        msg = f"{face.name} has no begin-of-text token."
        hint = "Leave begin_of_text out."
        raise InvalidValue(msg, hint=hint, name="begin_of_text", value="True", allowed="False, None")
    alone = face.encode(check_text(prompt), special=False)
    joins = [Join.of(each, alone, face.encode(check_text(prompt + each), special=False)) for each in candidates]
    front = beginning.ids if (beginning.own if begin is None else begin) else ()
    return Question(prompt, front, tuple(alone.ids.tolist()), tuple(joins))


def answer(engine: Engine, question: Question) -> Continuations:
    """What the model says of each candidate: one call of the engine, behind the tokens that all of them share."""
    joins = question.joins
    shared = min((join.shared for join in joins), default=0)
    context = [*question.beginning, *question.prompt_ids[:shared]]
    told = engine.continuations(context, [join.end(shared) for join in joins]) if joins else []
    scored = [join.scored(scores[join.shared - shared :]) for join, scores in zip(joins, told, strict=True)]
    return Continuations(question.prompt, question.beginning, tuple(scored))
