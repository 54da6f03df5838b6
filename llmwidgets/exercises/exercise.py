"""One exercise: what is asked, what the student begins with, and how the answer is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.ladder import Ladder
from llmwidgets.exercises.result import Remark, Result
from llmwidgets.exercises.saying import NotYet, Wrong
from llmwidgets.exercises.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DONE = Words("Right: {title}.", "正解です：{title}")
HINT = Words("Hint {number} of {most}: {hint}", "ヒント {number}/{most}：{hint}")


@dataclass(frozen=True)
class Told:
    """The texts of an exercise: see Exercise."""

    title: Words
    task: Words
    starter: Words
    hints: tuple[Words, Words, Words]


@dataclass(frozen=True, eq=False)
class Exercise:
    """A task with its check. Texts are in English and Japanese: `exercise.task["ja"]`.

    `title` and `task` are Markdown, `starter` is the code cell that a student gets, `answer` the name of what the student defines there,
    `hints` go from a nudge to nearly the answer. The check needs no network, and nothing but the answer.

    >>> exercise = exercises.get("temperature")          # doctest: +SKIP
    >>> exercise.check_cell                              # doctest: +SKIP
    'exercises.get("temperature").check(with_temperature)'
    """

    name: str
    answer: str
    told: Told
    checking: Callable[[Any], Iterable[Words]]
    given: Callable[[object], str] | None = None
    """What a student is given by a label of their own (a name or number), where each gets something else."""
    _ladder: Ladder = field(default_factory=Ladder, repr=False)

    @property
    def title(self) -> Words:
        """A few words."""
        return self.told.title

    @property
    def task(self) -> Words:
        """What to do, in Markdown."""
        return self.told.task

    @property
    def starter(self) -> Words:
        """The code cell that a student gets: it runs, and does nothing yet."""
        return self.told.starter

    @property
    def hints(self) -> tuple[Words, ...]:
        """From a nudge to nearly the answer."""
        return self.told.hints

    @property
    def check_cell(self) -> str:
        """The code cell that checks the answer, one line."""
        return f'exercises.get("{self.name}").check({self.answer})'

    def check(self, answer: Any) -> Result:
        """Whether the answer is right, what is right about it, what is not, and the next hint.

        Takes the student's function, value, session or view, as the task says. Whatever the answer is, it does not raise; InvalidValue and
        other errors of llmwidgets itself (no model on this machine, say) do.

        >>> bool(exercises.get("temperature").check(lambda logits, temperature: logits))      # doctest: +SKIP
        False
        """
        said: list[Remark] = []
        try:
            said.extend(Remark("right", right) for right in self.checking(answer))
        except NotYet as open_:
            return Result(self.name, "open", (Remark("open", open_.what),))
        except Wrong as wrong:
            return Result(self.name, "failed", (*said, *wrong.remarks, Remark("hint", self._next_hint())))
        self._ladder.leave()
        return Result(self.name, "passed", (Remark("passed", DONE.fill(title=self.title)), *said))

    def hint(self) -> Result:
        """The next hint, without a check."""
        return Result(self.name, "open", (Remark("hint", self._next_hint()),))

    def _next_hint(self) -> Words:
        index = self._ladder.climb(len(self.hints))
        return HINT.fill(number=index + 1, most=len(self.hints), hint=self.hints[index])
