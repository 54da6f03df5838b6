"""What a step of a class changed, told from the step before it: nothing of it is written down, so that it cannot be wrong."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from llmwidgets.stages.choices import shared
from llmwidgets.stages.sampling import Sampler
from llmwidgets.stages.tokens import spell

if TYPE_CHECKING:
    from llmwidgets.recording.moments import Step
    from llmwidgets.state import State

What = Literal[
    "begin",
    "model",
    "template",
    "text",
    "tokens",
    "filled",
    "put",
    "written",
    "switched",
    "special",
    "row",
    "position",
    "setting",
    "draws",
    "error",
]
Value = str | int | float | bool | None

MOST_SHOWN = 60
"""Characters of what was typed that are told."""


@dataclass(frozen=True)
class Change:
    """One thing that became another; what stands in `values` depends on `what`.

    "begin", "template", "switched": nothing; "model": name; "text": added, removed (characters); "tokens": before, after (how many make the
    same text); "filled", "put": index, piece; "written": tokens, piece (of one alone), reason, by; "row": row; "special": on; "position": index, piece; "setting": name, before, after; "draws": n;
    "error": nothing.
    """

    what: What
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, what: What, **values: Value) -> Change:
        """With its values by name."""
        return cls(what, tuple(values.items()))

    @property
    def key(self) -> tuple[What, Value]:
        """What it is about: two with the same key can be one."""
        return self.what, dict(self.values).get("name")


SMOOTH: frozenset[What] = frozenset({"text", "position", "setting"})
"""What is done by typing, dragging or walking, so that many small changes are one."""


def changes(before: Step | None, after: Step) -> tuple[Change, ...]:
    """What is different in the later step, the weightiest first; nothing, where no more than results came."""
    if before is None:
        return (Change.of("begin"),)
    found: list[Change] = []
    if not before.held.same(after.held):
        found.append(Change.of("model", name=after.held.info.name or after.held.tokenizer))
    if before.row != after.row:
        found.append(Change.of("row", row=after.row))
    found += _of_text(before.state, after.state)
    if before.state.add_special != after.state.add_special:
        found.append(Change.of("special", on=after.state.add_special))
    found += _of_sampler(before.sampler, after.sampler)
    if after.draws is not None and after.draws is not before.draws:
        found.append(Change.of("draws", n=int(after.draws.counts.sum())))
    if after.error is not None and before.error is not after.error:
        found.append(Change.of("error"))
    return tuple(found)


def _of_text(before: State, after: State) -> list[Change]:
    if before is after:
        return []
    same = before.tokens.text == after.tokens.text and np.array_equal(before.tokens.ids, after.tokens.ids)
    if not same or len(before.forks) != len(after.forks):
        return [_other_text(before, after)]
    if before.index != after.index:
        return [Change.of("position", index=after.index, piece=_piece(after, after.index))]
    return []


def _other_text(before: State, after: State) -> Change:
    known = set(map(id, before.choices))
    if any(after.tokens is fork.tokens for fork in before.forks):
        return Change.of("switched")
    new = [choice for choice in after.choices if id(choice) not in known]
    if len(new) == 1 and new[0].how == "forced":
        return Change.of("put", index=new[0].index, piece=_piece(after, new[0].index))
    if new and shared(before.tokens.ids, after.tokens.ids) >= new[0].index:
        ended = after.ending if after.ending is not before.ending else None
        return Change.of(
            "written",
            tokens=len(new),
            piece=_piece(after, new[0].index) if len(new) == 1 else "",
            reason="" if ended is None else ended.reason,
            by="" if ended is None else ended.by,
        )
    if after.template and after.template != before.template and not before.template:
        return Change.of("template")
    if after.mask is not None and len(before.tokens) == len(after.tokens):
        places = np.flatnonzero(before.tokens.ids != after.tokens.ids)
        if places.size == 1:
            return Change.of("filled", index=int(places[0]), piece=_piece(after, int(places[0])))
    if before.tokens.text == after.tokens.text:
        # half a character, which comes and goes without any of the text
        return Change.of("tokens", before=len(before.tokens), after=len(after.tokens))
    return _typed(before.tokens.text, after.tokens.text)


def _typed(before: str, after: str) -> Change:
    """What stands between the same beginning and the same end."""
    most = min(len(before), len(after))
    start = next((at for at in range(most) if before[at] != after[at]), most)
    end = next((at for at in range(most - start) if before[-1 - at] != after[-1 - at]), most - start)
    added = after[start : len(after) - end]
    shown = added if len(added) <= MOST_SHOWN else added[: MOST_SHOWN - 1] + "…"
    return Change.of("text", added=shown, removed=len(before) - end - start)


def _of_sampler(before: Sampler, after: Sampler) -> list[Change]:
    if before == after:
        return []
    pairs = [(each.name, getattr(before, each.name), getattr(after, each.name)) for each in fields(Sampler)]
    return [Change.of("setting", name=name, before=was, after=now) for name, was, now in pairs if was != now]


def _piece(state: State, index: int) -> str:
    return spell(state.tokens.token_bytes[index]) if 0 <= index < len(state.tokens) else ""
