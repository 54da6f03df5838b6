"""A student's function, tried on several inputs beside the expected one, some of them drawn anew each time."""

from __future__ import annotations

import contextlib
import copy
import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.exercises.comparing import CLOSE, Tolerance, Unreadable, as_array, same, show
from llmwidgets.exercises.running import Raised, TimeUp, quiet, run
from llmwidgets.exercises.saying import NotYet, Wrong
from llmwidgets.exercises.words import Words
from llmwidgets.exercises.words import same as alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SECONDS = 20.0
"""The time that one call may take: a library may be imported in it."""

NOT_BEGUN = Words(
    "Not yet: `{name}` does nothing so far. Write it, run its cell, then this one.",
    "まだ解答されていません。`{name}` の中身を書いて、そのセルを実行してから、このセルをもう一度実行してください。",
)
NO_RETURN = Words(
    "Not yet: `{name}` returns nothing so far. Write it, give the result with `return`, run its cell, then this one.",
    "まだ解答されていません。`{name}` は何も返していません。中身を書き、結果を `return` で返すようにしたら、そのセルを実行してから、このセルをもう一度実行してください。",
)
PRINTS = Words(
    "`{name}` prints, and returns nothing: what is printed is seen, and not given to whoever calls. Use `return` in the place of `print`.",
    "`{name}` は結果を print で表示するだけで、何も返していません。表示しただけでは、呼び出した側は結果を受け取れません。`print` の代わりに `return` を使いましょう。",
)
NO_FUNCTION = Words(
    "Give the function itself, `{name}`, without calling it; this is {kind}.",
    "関数そのもの（`{name}`）を、呼び出さずに渡してください。渡されたのは {kind} です。",
)
OTHER_ARGUMENTS = Words(
    "`{name}` should take {wanted}; yours takes {found}.",
    "`{name}` の引数は {wanted} のはずですが、{found} になっています。",
)
WRONG = Words("Not right {case}.", "{case}の結果が違います。")
GIVEN = Words("input\t{given}", "入力\t{given}")
CASE = Words("{given}\nexpected\t{expected}\ngot\t{got}", "{given}\n正しい値\t{expected}\n結果\t{got}")
PRINTED = Words("printed\t{text}", "出力\t{text}")
RAISED = Words(
    "Your code stopped with an error {case}{where}:\n{error}", "{case}、コードがエラーで止まりました{where}：\n{error}"
)
AT_LINE = Words(", in line {line}: `{code}`", "（{line} 行目：`{code}`）")
AT_NUMBER = Words(", in line {line}", "（{line} 行目）")
TIME_UP = Words(
    "After {seconds:g} s your code was still running {case}. Does a loop never end?",
    "{case}、{seconds:g} 秒たってもコードが終わりませんでした。終わらないループはありませんか。",
)
STILL_RUNNING = Words(
    " It could not be stopped: restart the kernel.", "コードを止められませんでした。カーネルを再起動してください。"
)
NEAR = Words(
    "equal\tnumbers within {absolute:g} + {relative:g} × |expected|", "許容差\t{absolute:g} + {relative:g} × |正しい値|"
)


@dataclass(frozen=True)
class Case:
    """Arguments for the student's function, and what is special about them: `about` ends "Not right …" and "Right …"."""

    about: Words
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer as a function, and what is said to whoever gives its results."""

    function: Callable[..., Any]
    words: Words


@dataclass(frozen=True)
class Trials:
    """Checks a function `name`: `cases` gives the inputs, `oracle` what is expected of each.

    `cases` gets a generator seeded anew for each check, so that no table of results passes. `mistakes` are recognised by their results.
    `opaque` names arguments that are neither copied nor shown (a model). Calling it yields what is right, or raises Wrong or NotYet.
    """

    name: str
    oracle: Callable[..., Any]
    cases: Callable[[np.random.Generator], Iterable[Case]]
    mistakes: tuple[Mistake, ...] = ()
    tolerance: Tolerance = CLOSE
    seconds: float = SECONDS
    opaque: tuple[str, ...] = ()
    equal: Callable[[Any, Any, Tolerance], bool] = same

    def __call__(self, function: Any) -> Iterator[Words]:
        """What is right, one after the other."""
        self._take(function)
        cases = list(self.cases(np.random.default_rng()))
        with quiet():
            expected = [self._call(self.oracle, case) for case in cases]
        got: list[Any] = []
        for index, (case, wanted) in enumerate(zip(cases, expected, strict=True)):
            value, printed = self._try(function, case)
            if index == 0:
                self._look_for_nothing(function, cases, value, printed)
            got.append(value)
            if (reason := self._reason(wanted, value)) is not None:
                got += self._rest(function, cases[index + 1 :])
                raise Wrong(
                    Words(*(f"{WRONG.fill(case=case.about)[at]}{reason[at]}" for at in ("en", "ja"))),
                    case=self._show(case, wanted, value, printed),
                    like=self._likeness(cases, expected, got),
                )
        seen = dict.fromkeys(case.about for case in cases)
        yield from (Words(f"Right {about.en}.", f"{about.ja}：正解です。") for about in seen)

    def _take(self, function: Any) -> None:
        if _is_nothing(function):
            raise NotYet(NOT_BEGUN.fill(name=self.name))
        if not callable(function):
            raise Wrong(NO_FUNCTION.fill(name=self.name, kind=type(function).__name__))
        wanted = inspect.signature(self.oracle)
        try:
            found = inspect.signature(function)
        except (TypeError, ValueError):  # some functions in C have none
            return
        try:
            found.bind(*wanted.parameters)
        except TypeError:
            names = ", ".join(wanted.parameters)
            raise Wrong(OTHER_ARGUMENTS.fill(name=self.name, wanted=f"`({names})`", found=f"`{found}`")) from None

    def _look_for_nothing(self, function: Callable[..., Any], cases: Sequence[Case], value: Any, printed: str) -> None:
        """Raises NotYet where every input gives nothing, and Wrong where it was printed instead."""
        if not _is_nothing(value):
            return
        others = self._rest(function, cases[1:])
        if len(others) < len(cases) - 1 or not all(map(_is_nothing, others)):
            return
        if not printed.strip():
            raise NotYet(NO_RETURN.fill(name=self.name))
        shown = Words(*(f"{self._given(cases[0])[at]}\n{PRINTED.fill(text=_line(printed))[at]}" for at in ("en", "ja")))
        raise Wrong(PRINTS.fill(name=self.name), case=shown)

    def _try(self, function: Callable[..., Any], case: Case) -> tuple[Any, str]:
        with quiet() as taken:
            try:
                value = run(lambda: self._call(function, case), self.seconds)
            except TimeUp as late:
                said = TIME_UP.fill(case=case.about, seconds=late.seconds)
                if not late.stopped:
                    said = Words(said.en + STILL_RUNNING.en, said.ja + STILL_RUNNING.ja)
                raise Wrong(said, case=self._given(case)) from None
            except Raised as raised:
                if isinstance(raised.error, NotImplementedError):
                    raise NotYet(NOT_BEGUN.fill(name=self.name)) from None
                raise Wrong(_told(raised, case.about), case=self._given(case)) from None
        return value, taken.kept

    def _rest(self, function: Callable[..., Any], cases: Sequence[Case]) -> list[Any]:
        """What the function gives for further cases, as far as it gives anything."""
        found: list[Any] = []
        with contextlib.suppress(Wrong, NotYet):
            found.extend(self._try(function, case)[0] for case in cases)
        return found

    def _reason(self, wanted: Any, value: Any, *, nan: bool = False) -> Words | None:
        """None where the value is right, else what more can be said of it than that it is not."""
        try:
            return None if self.equal(wanted, value, replace(self.tolerance, nan=nan)) else alike("")
        except Unreadable as other:
            return Words(f" {other.what.en}", other.what.ja)

    def _likeness(self, cases: Sequence[Case], expected: Sequence[Any], got: Sequence[Any]) -> Words | None:
        """What is said to the typical mistake that gives these very results."""
        tried = list(zip(cases, expected, got, strict=False))
        for mistake in self.mistakes:
            given = [(self._mistaken(mistake, case), wanted, value) for case, wanted, value in tried]
            made = [each for each in given if each[0] is not _NOTHING]
            alike_all = all(self._reason(wrong, value, nan=True) is None for wrong, _, value in made)
            if alike_all and any(self._reason(wanted, wrong) is not None for wrong, wanted, _ in made):
                return mistake.words
        return None

    def _mistaken(self, mistake: Mistake, case: Case) -> Any:
        try:
            with np.errstate(all="ignore"):
                return self._call(mistake.function, case)
        except (ArithmeticError, LookupError, ValueError, RuntimeError, TypeError):
            return _NOTHING

    def _call(self, function: Callable[..., Any], case: Case) -> Any:
        """With copies, so that a function that changes its arguments changes nothing for others."""
        names = inspect.signature(self.oracle).parameters
        return function(
            *(arg if name in self.opaque else copy.deepcopy(arg) for name, arg in zip(names, case.args, strict=True))
        )

    def _given(self, case: Case) -> Words:
        names = inspect.signature(self.oracle).parameters
        shown = (
            f"{name} = {'…' if name in self.opaque else show(arg)}" for name, arg in zip(names, case.args, strict=True)
        )
        return GIVEN.fill(given="\n".join(shown))

    def _show(self, case: Case, wanted: Any, value: Any, printed: str) -> Words:
        parts = [CASE.fill(given=self._given(case), expected=show(wanted), got=show(value))]
        if not _is_exact(wanted):
            parts.append(NEAR.fill(absolute=self.tolerance.absolute, relative=self.tolerance.relative))
        if printed.strip():
            parts.append(PRINTED.fill(text=_line(printed)))
        return Words("\n".join(part.en for part in parts), "\n".join(part.ja for part in parts))


def _line(printed: str) -> str:
    return printed.strip().expandtabs()


def _is_nothing(value: Any) -> bool:
    return value is None or value is Ellipsis


def _is_exact(wanted: Any) -> bool:
    """Whether the expected value is no fraction: text, whole numbers, None."""
    try:
        array = as_array(wanted)
    except Unreadable:
        return True
    return bool((array == np.round(array)).all())


class _Nothing:
    """What a mistake gives where it cannot be made: such inputs say nothing of it."""


_NOTHING = _Nothing()


def _told(raised: Raised, about: Words) -> Words:
    where = alike("")
    if raised.line:
        where = (AT_LINE if raised.code else AT_NUMBER).fill(line=raised.line, code=raised.code)
    return RAISED.fill(case=about, where=where, error=raised.said[:LONGEST_ERROR])


LONGEST_ERROR = 400
"""Characters that are shown of an error."""
