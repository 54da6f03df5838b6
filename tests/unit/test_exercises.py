"""Exercises: solutions pass, typical mistakes are recognised, and no answer can hang, raise or fool a check."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest
import wrong_answers

from llmwidgets import exercises, set_language
from llmwidgets.errors import InvalidValue

ALL = [exercise for notebook in exercises.NOTEBOOKS for exercise in exercises.of(notebook)]
KANA = re.compile("[\u3041-\u30ff]")
ROOT = Path(__file__).parents[2]


def _solutions():
    spec = importlib.util.spec_from_file_location("solutions", ROOT / "notebooks" / "teachers" / "solutions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SOLUTIONS = _solutions()


@pytest.fixture
def japanese():
    set_language("ja")
    yield
    set_language(None)


def quick(name, seconds=0.3):
    """The exercise with a short limit of time."""
    exercise = exercises.get(name)
    return replace(exercise, checking=replace(exercise.checking, seconds=seconds))


# what every exercise has


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_every_exercise_is_told_in_both_languages(exercise):
    texts = [exercise.title, exercise.task, exercise.starter, *exercise.hints]
    assert len(exercise.hints) == 3
    assert all(text["en"].strip() and text["ja"].strip() for text in texts)
    assert exercise.task["en"] != exercise.task["ja"]
    assert exercise.starter["en"] != exercise.starter["ja"]
    assert not any(KANA.search(text["en"].replace("あ", "")) for text in texts)
    assert all(KANA.search(text["ja"]) for text in (exercise.task, exercise.starter, *exercise.hints[:2]))
    assert exercise.check_cell == f'exercises.get("{exercise.name}").check({exercise.answer})'


def test_names_are_unique_and_found():
    assert len({exercise.name for exercise in ALL}) == len(ALL)
    assert all(exercises.get(exercise.name) is exercise for exercise in ALL)
    with pytest.raises(InvalidValue, match="top-p"):
        exercises.get("top-q")
    with pytest.raises(InvalidValue, match="04_sampling"):
        exercises.of("4_sampling")


def test_every_exercise_has_a_solution():
    assert {exercise.name for exercise in ALL} == SOLUTIONS.FUNCTIONS.keys() | SOLUTIONS.PREPARED.keys()


# right and wrong


@pytest.mark.parametrize("name", SOLUTIONS.FUNCTIONS)
def test_the_solution_passes(name):
    for _ in range(3):
        result = exercises.get(name).check(SOLUTIONS.FUNCTIONS[name])
        assert result, result.words
        assert result.passed


@pytest.mark.parametrize("name", SOLUTIONS.PREPARED)
def test_the_prepared_solution_passes(name, real):
    result = exercises.get(name).check(SOLUTIONS.PREPARED[name](real))
    assert result, result.words


@pytest.mark.parametrize(
    ("name", "answer", "said"), [pytest.param(*each, id=f"{each[0]} {each[2]}") for each in wrong_answers.FUNCTIONS]
)
def test_a_typical_mistake_is_recognised(name, answer, said):
    result = exercises.get(name).check(answer)
    assert result.status == "failed"
    likes = [remark.words.en for remark in result.remarks if remark.kind == "like"]
    assert likes, result.words
    assert said in likes[0]
