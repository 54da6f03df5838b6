"""Exercises: solutions pass, typical mistakes are recognised, and no answer can hang, raise or fool a check."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import wrong_answers

from llmwidgets import exercises, set_language
from llmwidgets.errors import InvalidValue
from llmwidgets.exercises import running
from llmwidgets.exercises.contents import drawing
from llmwidgets.exercises.ladder import Ladder

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


def test_a_prediction_is_read_token_by_token():
    exercise = exercises.get("predict-tokens")
    text = exercise.given("花子")
    assert text == exercise.given(" 花子 ")
    assert len({exercise.given(str(number)) for number in range(50)}) > 30
    words = text.split(" ")
    spaces_behind = [f"{word} " for word in words[:-1]] + [words[-1]]
    said = [
        (["Hello"], "do not give the sentence"),
        (words, "Spaces are lost"),
        (spaces_behind, "The space belongs to the token after it"),
        ([text], "cuts earlier"),
        (re.split(r"(?= [A-Za-z])|(?=[,!])|(?= \d)", text), "digits one by one"),
        (list(text), "cuts later"),
    ]
    for tokens, expected in said:
        result = exercise.check({"student": "花子", "tokens": tokens})
        assert result.status == "failed"
        assert expected in result.words
    assert exercise.check({"student": "花子", "tokens": []}).status == "open"
    assert exercise.check(["Hello"]).status == "failed"


def test_a_prediction_is_that_of_one_student_alone(real):
    answer = SOLUTIONS.predict_tokens(real)
    assert exercises.get("predict-tokens").check(answer)
    assert not exercises.get("predict-tokens").check({**answer, "student": "another"})


@pytest.mark.parametrize("student", [1234, np.int64(1234), "１２３４", "1234 "])
def test_a_number_is_the_same_student_however_it_is_typed(student):
    exercise = exercises.get("predict-tokens")
    assert exercise.given(student) == exercise.given("1234")
    tokens = list(drawing.pieces(exercise.given("1234")))
    assert exercise.check({"student": student, "tokens": tokens})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("short", "at least 10 characters"),
        ("The capital of France is", "an example of the lesson"),
        ("「むかしむかし、あるところに」いました", "an example of the lesson"),
        ("Ｔｈｅ capital of  France, is 🍜🍜🍜🍜", "an example of the lesson"),
        ("ああああああああああああ", "5 different"),
        ("The weather is fine today", "no more tokens than characters"),
        (12, "this is int"),
    ],
)
def test_a_text_of_ones_own_is_looked_at(text, said):
    result = exercises.get("costly-text").check(text)
    assert result.status == "failed"
    assert said in result.words


def test_a_session_is_read_and_so_is_its_view(real):
    exercise = exercises.get("three-left")
    assert exercise.check(real).status == "open"
    SOLUTIONS.three_left(real)
    assert exercise.check(real)
    assert exercise.check(SimpleNamespace(session=real))
    right = real.sampler
    real.sampler = right.replace(top_k=3)
    assert "top_k" in exercise.check(real).words
    real.sampler = right.replace(top_p=0.999)
    assert "too high" in exercise.check(real).words
    assert "session or a view" in exercise.check(3).words


def test_an_order_is_compared_with_the_model(real):
    exercise = exercises.get("natural-continuation")
    answer = SOLUTIONS.natural_continuation(real)
    turned = {**answer, "candidates": answer["candidates"][::-1]}
    result = exercise.check(turned)
    assert result.status == "failed"
    assert "reverse order" in result.words
    assert not exercise.check({**answer, "candidates": [" park"] * 3})
    # what needs no prediction: more of the same is never more probable
    nested = exercise.check({**answer, "candidates": [" park", " park and then home", " park and then"]})
    assert "begins with another" in nested.words
    real.text = answer["prompt"] + " park"
    assert f"{-real.surprisals[-1]:.2f}  ' park'" in exercise.check(answer).words


# answers that are not begun


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_the_starter_runs_and_is_politely_not_yet(exercise, language, real, capsys):
    scope = {"session": real}
    exec(exercise.starter[language], scope)
    capsys.readouterr()
    result = exercise.check(scope[exercise.answer])
    assert result.status == "open", result.words
    assert [remark.kind for remark in result.remarks] == ["open"]
    assert "Hint 1 of 3" in replace(exercise, _ladder=Ladder()).hint().words


def test_a_text_of_a_notebook_is_nobodys_own():
    sources = (ROOT / "notebooks" / "source").glob("*.py")
    texts = [
        text
        for source in sources
        for text in re.findall(r'(?:session\.text = |text=|beside\(|prompt = )"([^"]{10,})"', source.read_text("utf-8"))
    ]
    assert len(texts) > 10
    for text in texts:
        result = exercises.get("costly-text").check(f"{text} 🍜👩‍🔬🍜")
        assert "an example of the lesson" in result.words, text


@pytest.mark.parametrize("name", SOLUTIONS.FUNCTIONS)
def test_to_print_is_not_to_return(name):
    solution = SOLUTIONS.FUNCTIONS[name]
    taken = ", ".join(inspect.signature(solution).parameters)
    scope = {"solution": solution}
    exec(f"def printing({taken}):\n    print('found', solution({taken}))", scope)
    result = exercises.get(name).check(scope["printing"])
    assert result.status == "failed"
    assert "Use `return` in the place of `print`" in result.words
    assert "found" in result.words
    exec(f"def silent({taken}):\n    found = solution({taken})", scope)
    silent = exercises.get(name).check(scope["silent"])
    assert silent.status == "open"
    assert "returns nothing so far" in silent.words


# what a check cannot be fooled by


@pytest.mark.parametrize("name", SOLUTIONS.FUNCTIONS)
def test_no_constant_and_no_table_of_results_passes(name):
    seen, solution = {}, SOLUTIONS.FUNCTIONS[name]
    exercise = exercises.get(name)
    names = inspect.signature(solution).parameters
    scope = {"seen": seen, "solution": solution}
    # with the arguments' own names, which are looked at
    taken = ", ".join(names)
    exec(f"def remember({taken}):\n    return seen.setdefault(repr([{taken}]), solution({taken}))", scope)
    assert exercise.check(scope["remember"])
    first = next(iter(seen.values()))
    assert len(seen) > 1
    assert not exercise.check(lambda *args: first)
    assert not exercise.check(lambda *args: seen.get(repr([*args]), first))


def test_a_function_that_changes_its_input_changes_nothing_else():
    def in_place(logits, temperature):
        logits.div_(temperature)
        logits.sub_(logits.max().item()).exp_()
        return logits.div_(logits.sum())

    assert exercises.get("temperature").check(in_place)
    emptied = exercises.get("temperature").check(lambda logits, temperature: logits.zero_())
    assert "logits = [2, 1, 0]" in emptied.words


RETURNED = {
    "list": lambda probs: probs.tolist(),
    "float32": lambda probs: probs.numpy(),
    "float64": lambda probs: probs.double().numpy(),
    "bfloat16, too coarse": lambda probs: probs.bfloat16(),
    "with gradient": lambda probs: probs.clone().requires_grad_(),
    "batch of one": lambda probs: probs[None],
    "list of tensors": list,
    "negative zero": lambda probs: torch.where(probs == 0, -0.0, probs),
    "nearly": lambda probs: probs + 5e-5,
}


@pytest.mark.parametrize("kind", RETURNED)
def test_numbers_of_every_kind_are_read(kind):
    passed = exercises.get("top-p").check(lambda logits, p: RETURNED[kind](SOLUTIONS.top_p(logits, p)))
    assert bool(passed) == ("too coarse" not in kind), passed.words


@pytest.mark.parametrize("made", [lambda output: output.logits, lambda output: output])
def test_more_than_the_one_number_that_is_wanted_is_named_by_its_shape_or_kind(made):
    result = exercises.get("greedy-step").check(lambda model, ids: made(model(ids)))
    wrong = next(remark.words.en for remark in result.remarks if remark.kind == "wrong")
    expected = (
        "The result should be one number; its shape is (1, 3, 24).",
        "The result should be numbers; it is CausalLMOutputWithPast.",
    )
    assert wrong.endswith(expected)


def test_fractions_decimals_and_whole_numbers_of_any_size_are_numbers():
    solve = SOLUTIONS.FUNCTIONS["break-even"]
    for kind in (Fraction, Decimal):
        passed = exercises.get("break-even").check(
            lambda fixed_a, each_a, fixed_b, each_b, kind=kind: (
                None if (n := solve(fixed_a, each_a, fixed_b, each_b)) is None else kind(n)
            )
        )
        assert passed, passed.words
    wrong = exercises.get("cache-bytes").check(lambda config, tokens, bytes_per_number: 10**30)
    assert "got       1000000000000000000000000000000" in wrong.words
    assert "should be numbers" not in wrong.words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": 1}, "should be numbers; it is dict"),
        ("0.5", "should be numbers; it is str"),
        ([[0.5, 0.5], [1.0]], "should be numbers"),
        (torch.zeros(2, 2), "shape should be (4,); it is (2, 2)"),
        (0.5, "shape should be (4,); it is one number"),
        (float("nan") * torch.ones(4), "nan"),
        (1j * torch.ones(4), "should be numbers"),
        ((each for each in "abc"), "should be numbers"),
    ],
)
def test_what_is_no_such_number_is_said(value, said):
    result = exercises.get("top-p").check(lambda logits, p: value)
    assert result.status == "failed"
    assert said in result.words


# code that stops, never stops, or speaks


def test_an_error_is_shown_with_its_line_and_no_traceback():
    def failing(logits, p):
        ordered = logits.sort()
        return ordered / nothing  # noqa: F821 (the mistake)

    result = exercises.get("top-p").check(failing)
    assert "NameError: name 'nothing' is not defined" in result.words
    assert "`return ordered / nothing  # noqa" in result.words
    assert f"in line {failing.__code__.co_firstlineno + 2}" in result.words
    assert "Traceback" not in result.words
    assert "llmwidgets" not in result.words


def test_an_error_in_a_library_is_placed_in_the_students_line():
    def failing(logits, p):
        return torch.softmax(logits, dim=7)

    assert f"in line {failing.__code__.co_firstlineno + 1}: `return torch.softmax" in (
        exercises.get("top-p").check(failing).words
    )


def endless(logits, p):
    return endless(logits, p)


def leave(logits, p):
    raise SystemExit(3)


class _Unreadable:
    """Whose every attribute, name and comparison raises."""

    __hash__ = None

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise ValueError("no name")

    def __eq__(self, other):
        raise ValueError("no comparison")

    def __bool__(self):
        raise ValueError("neither true nor false")


class _UnreadableError(Exception):
    def __str__(self):
        raise ValueError("no words")


def _raises_what_has_no_words(probability):
    raise _UnreadableError


def _within_itself():
    endless = []
    endless.append(endless)
    return endless


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "made",
    [
        _Unreadable,
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.ones(3, device="meta"),
        _within_itself,
        lambda: _raises_what_has_no_words(0),
    ],
)
def test_whatever_a_function_returns_or_raises_is_an_answer(language, made):
    set_language(language)
    try:
        for name, function in (("bits", lambda probability: made()), ("merge", lambda parts, pair: made())):
            result = exercises.get({"bits": "bits", "merge": "bpe-merge"}[name]).check(function)
            assert result.status == "failed"
            assert result.words
            assert result._repr_html_()
    finally:
        set_language(None)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("predict-tokens", lambda: {"student": "\ud800", "tokens": ["x"]}),
        ("predict-tokens", lambda: {"student": "Hanako", "tokens": np.ones(2)}),
        ("costly-text", lambda: np.ones(2)),
        ("costly-text", _Unreadable),
        ("natural-continuation", lambda: {"prompt": np.ones(2), "candidates": np.ones(3)}),
        ("natural-continuation", lambda: {"prompt": torch.ones(2), "candidates": ["a"]}),
        ("three-left", _Unreadable),
    ],
)
def test_whatever_stands_in_an_answer_is_an_answer(name, made, real):
    assert exercises.get(name).check(made()).status == "failed"


@pytest.mark.parametrize("empty", [0, -1])
def test_an_empty_token_too_many_is_another_token(real, empty):
    student = "Hanako"
    tokens = list(drawing.pieces(exercises.get("predict-tokens").given(student)))
    tokens.insert(len(tokens) if empty else 0, "")
    result = exercises.get("predict-tokens").check({"student": student, "tokens": tokens})
    assert result.status == "failed"
    assert "''" in result.words


def test_half_a_character_in_a_beginning_is_said(real):
    answer = {"prompt": "The weather is \ud800", "candidates": ["a", "b", "c"]}
    result = exercises.get("natural-continuation").check(answer)
    assert result.status == "failed"
    assert "surrogate" in result.words


@pytest.mark.parametrize(("answer", "said"), [(endless, "RecursionError"), (leave, "SystemExit: 3")])
def test_what_would_end_the_kernel_is_an_error_like_others(answer, said):
    assert said in exercises.get("top-p").check(answer).words


def test_an_endless_loop_is_ended():
    turns = []

    def forever(logits, p):
        while True:
            with contextlib.suppress(Exception):
                turns.append(threading.current_thread())
                del turns[1:]

    result = quick("top-p").check(forever)
    assert result.status == "failed"
    assert "still running" in result.words
    assert "restart" not in result.words
    assert not turns[0].is_alive()


def test_a_loop_that_cannot_be_ended_is_left_and_said(monkeypatch):
    monkeypatch.setattr(running, "PATIENCE", 0.1)
    done, threads = threading.Event(), []

    def stubborn(logits, p):
        threads.append(threading.current_thread())
        while not done.is_set():
            with contextlib.suppress(BaseException):
                done.wait(0.01)

    result = quick("top-p").check(stubborn)
    done.set()
    assert "restart the kernel" in result.words
    threads[0].join(30)


def test_what_the_code_prints_is_shown_with_the_counter_example_alone(capsys):
    def speaking(logits, p):
        print("the sum is", float(logits.sum()))
        sys.stderr.write("careful!")
        return logits

    result = exercises.get("top-p").check(speaking)
    assert "the sum is" in result.words
    assert "careful!" in result.words
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3, "without calling it; this is int"),
        (torch.zeros(3), "without calling it; this is Tensor"),
        (lambda logits: logits, "should take `(logits, p)`; yours takes `(logits)`"),
    ],
)
def test_what_is_no_such_function_is_said(answer, said):
    result = exercises.get("top-p").check(answer)
    assert result.status == "failed"
    assert said in result.words


def test_not_implemented_is_not_begun():
    def later(logits, p):
        raise NotImplementedError

    assert exercises.get("top-p").check(later).status == "open"


# hints and words


def test_hints_go_one_step_further_with_each_failing_check():
    exercise = replace(exercises.get("top-p"), _ladder=Ladder())
    numbers = [re.search(r"Hint (\d) of 3", exercise.check(lambda logits, p: logits).words)[1] for _ in range(2)]
    exercise.check(None)
    numbers += [re.search(r"Hint (\d) of 3", exercise.hint().words)[1] for _ in range(2)]
    assert numbers == ["1", "2", "3", "3"]
    assert exercise.check(SOLUTIONS.top_p)
    assert "Hint 1 of 3" in exercise.check(lambda logits, p: logits).words


def test_a_result_speaks_the_language_that_was_chosen(japanese):
    right = exercises.get("top-p").check(SOLUTIONS.top_p)
    wrong = exercises.get("top-p").check(lambda logits, p: torch.softmax(logits, 0))
    for result in (right, wrong, exercises.get("top-p").check(None)):
        assert all(KANA.search(str(remark.words)) for remark in result.remarks)
        assert result.words == repr(result)
    set_language("en")
    assert not KANA.search(wrong.words)


def test_a_result_is_shown_as_text_alone():
    def hostile(logits, p):
        raise ValueError("<img src=x onerror=alert(1)>")

    page = exercises.get("top-p").check(hostile)._repr_html_()
    assert "<img" not in page
    assert "&lt;img src=x" in page


# graders

CHECKED_ELSEWHERE = """
import doctest
from llmwidgets import exercises
answer = {"prompt": "The children went to the", "candidates": [" park", " kitchen", " parliament of mice"]}
examples = '''
>>> bool(exercises.get("natural-continuation").check(answer))
True
>>> assert exercises.get("natural-continuation").check(answer)
>>> assert not exercises.get("natural-continuation").check({**answer, "candidates": answer["candidates"][::-1]})
'''
test = doctest.DocTestParser().get_doctest(examples, globals(), "q1", None, None)
assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
try:
    assert (result := exercises.get("top-p").check(lambda logits, p: logits)), result.words
except AssertionError as error:
    assert "Hint 1 of 3" in str(error)
else:
    raise SystemExit("a wrong answer was let through")
"""


def test_graders_see_nothing_but_the_assertion():
    # nbgrader takes anything on stderr for a failure, and otter's doctests compare what is printed
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHECKED_ELSEWHERE], capture_output=True, text=True, env=environment, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
