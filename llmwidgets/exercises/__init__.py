"""Exercises of the lesson, each with a check that says what is right, what is not, and what to try next.

    from llmwidgets import exercises

    exercises.of("04_sampling")                          # the exercises of a notebook, in order
    exercises.get("top-p").check(top_p)                  # a function of the student's; shows itself in the cell
    assert exercises.get("top-p").check(top_p)           # in a cell that nbgrader or otter runs

A check needs no network. In an autograded cell of nbgrader the `assert` is needed: a cell that only shows a value counts as right there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from llmwidgets.errors import InvalidValue
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NOTEBOOKS", "Exercise", "Result", "get", "of"]

NOTEBOOKS = (
    "01_what_is_an_llm",
    "02_tokenizers",
    "03_pipeline",
    "04_sampling",
    "05_embeddings",
    "06_where_it_runs",
    "07_your_own_model",
)
"""The notebooks that have exercises, in the lesson's order."""


def of(notebook: str) -> tuple[Exercise, ...]:
    """The exercises of a notebook, in order. Raises InvalidValue for a notebook that has none, and names those that do.

    >>> [exercise.name for exercise in exercises.of("05_embeddings")]      # doctest: +SKIP
    ['cosine', 'masked-mean', 'nearest']
    """
    if notebook not in NOTEBOOKS:
        raise _unknown("notebook", notebook, NOTEBOOKS)
    room = import_module(f"{__name__}.contents.{notebook.partition('_')[2]}")
    found: tuple[Exercise, ...] = room.EXERCISES
    return found


def get(name: str) -> Exercise:
    """The exercise of this short name. Raises InvalidValue, which names the known ones.

    >>> exercises.get("cosine").title["en"]      # doctest: +SKIP
    'Cosine similarity'
    """
    known = {exercise.name: exercise for notebook in NOTEBOOKS for exercise in of(notebook)}
    if name not in known:
        raise _unknown("name", name, known)
    return known[name]


def _unknown(what: str, value: object, known: Iterable[str]) -> InvalidValue:
    allowed = ", ".join(known)
    thing = "notebook" if what == "notebook" else "exercise"
    return InvalidValue(
        f"There is no {thing} {value!r}.", hint=f"There are: {allowed}.", name=what, value=repr(value), allowed=allowed
    )
