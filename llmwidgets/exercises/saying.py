"""How a check ends early: with what is wrong, or with an answer that was not begun."""

from __future__ import annotations

from llmwidgets.exercises.result import Remark
from llmwidgets.exercises.words import Words


class Wrong(Exception):
    """The answer is wrong: `what`, a counter-example (`case`), what it looks like (`like`), and, where it has one, a hint of its own."""

    def __init__(self, what: Words, *, case: Words | None = None, like: Words | None = None) -> None:
        super().__init__(what.en)
        kinds = (("wrong", what), ("case", case), ("like", like))
        self.remarks = tuple(Remark(kind, words) for kind, words in kinds if words is not None)  # type: ignore[arg-type] # a tuple's literals widen


class NotYet(Exception):
    """There is no answer yet, which is no mistake."""

    def __init__(self, what: Words) -> None:
        super().__init__(what.en)
        self.what = what
