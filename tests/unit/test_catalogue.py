"""What the kernel says has a sentence in the page's catalogue, which needs no more than the kernel tells."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

import llmwidgets
from llmwidgets import errors
from llmwidgets.stages.capabilities import VIEWS

PACKAGE = Path(llmwidgets.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
PAGES = PACKAGE.parent / "js"

IN_CELLS_ALONE = {"error", "ambiguous", "damaged_file", "model_not_called", "no_tokenizer"}
"""Raised where a view is made or a model loaded, and shown by no view."""


def catalogue(pattern: str) -> dict[str, str]:
    """The Japanese sentences of all views, by key: English is the kernel's own."""
    files = [PAGES / "lib" / "i18n.ts", *PAGES.glob("widgets/*/**/*strings.ts")]
    entry = re.compile(rf'^\s*"({pattern}[^"]*)":\s*(?:"([^"]*)"|\'([^\']*)\')', re.MULTILINE)
    found = itertools.chain.from_iterable(entry.findall(file.read_text("utf-8")) for file in files)
    return {key: double or single for key, double, single in found}


SENTENCES = catalogue("error\\.")
ABILITIES = catalogue("ability\\.")
CLASSES = {
    each.__name__: each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, errors.LLMWidgetsError)
}


def names_in(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def calls(kinds) -> list[tuple[str, ast.Call]]:
    """Every place where one of these is made: file:line and the call."""
    trees = [(file, ast.parse(file.read_text("utf-8"))) for file in SOURCES]
    return [
        (f"{file.relative_to(PACKAGE)}:{node.lineno}", node)
        for file, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds
    ]


@pytest.mark.parametrize("code", sorted({each.code for each in CLASSES.values()} - IN_CELLS_ALONE))
def test_every_error_is_said_in_japanese(code):
    said = [key for key in SENTENCES if key.startswith(f"error.{code}.") and key.endswith(".message")]
    assert said, f"js/lib/i18n.ts has no sentence for {code}"
    hints = [key for key in SENTENCES if key.startswith(f"error.{code}.") and key.endswith(".hint")]
    assert hints, f"js/lib/i18n.ts does not say what to do after {code}"


SERVERS = ("KeyRefused", "ServerUnreachable", "ServerFailed", "ServerBusy", "TextEnded", "LimitReached", "NotReturned")


NOTEBOOK = [each for each in calls(SERVERS) if not each[0].startswith("serving/")]


@pytest.mark.parametrize(("place", "call"), [pytest.param(*each, id=each[0]) for each in NOTEBOOK])
def test_what_is_raised_of_a_server_tells_what_its_sentence_needs(place, call):
    told = {keyword.arg for keyword in call.keywords}
    code = CLASSES[call.func.id].code
    for part in ("message", "hint"):
        missing = names_in(SENTENCES[f"error.{code}.{part}"]) - told
        assert not missing, f"{place} does not tell {missing}"


def test_every_thing_that_is_not_offered_is_said():
    asked = {name for name in VIEWS if name not in ("tokens", "writing", "sampling")}
    asked |= {"a reply begun", "part of a character", "setting"}
    assert {f"error.not_offered.{name}.message" for name in asked} <= set(SENTENCES)
    for _, call in calls({"NotOffered"}):
        told = {keyword.arg for keyword in call.keywords}
        assert {"what", "server", "known"} <= told


def ability_codes() -> set[str]:
    """The codes that engines give to abilities."""
    found: set[str] = {"encoder"}
    code = re.compile(rf'"(api\.(?:{"|".join(VIEWS)})(?:\.\w+)*)"')
    for file in PACKAGE.glob("engines/**/*.py"):
        found |= set(code.findall(file.read_text("utf-8")))
    return found | {f"whole.{name}" for name in VIEWS}


def test_every_ability_is_said_in_japanese():
    codes = ability_codes()
    assert len(codes) > 20
    assert {key for key in ABILITIES if "." in key.removeprefix("ability.") or key.endswith("encoder")} == {
        f"ability.{code}" for code in codes
    }
