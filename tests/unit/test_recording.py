"""A recorded class: what is shown again equals what was shown, step by step, and a file from anybody does no harm."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from llmwidgets import LogitsSession, ModelSession, Sampler
from llmwidgets.errors import LLMWidgetsError
from llmwidgets.recording.changes import changes
from llmwidgets.recording.reading import read
from llmwidgets.recording.session import ReplaySession
from llmwidgets.stages.distribution import Distribution
from llmwidgets.text import TextSession
from llmwidgets.widgets.store import SessionStore, store_for

TEXT = "The quick brown fox jumps over the lazy dog"
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.3}
JAPANESE = "むかしむかし、あるところに🍜 王様が"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float = 5.0) -> None:
        self.now += seconds


class Class:
    """A recorded session and what its page held at the end of each step."""

    def __init__(self, session: Any, store: SessionStore) -> None:
        self.session, self.store = session, store
        self.clock = Clock()
        self.record = session.record(clock=self.clock)
        self.pages: dict[int, dict[str, Any]] = {}

    def step(self) -> None:
        """What was just done has its result, and time passes."""
        if self.session.info.can_predict and not isinstance(self.session, LogitsSession):
            with contextlib.suppress(LLMWidgetsError):
                _ = self.session.distribution
        self.store.publish()
        self.pages[len(self.record) - 1] = page(self.store)
        self.clock.wait()

    def replayed(self, tmp_path: Path) -> ReplaySession:
        """Through the file."""
        return ReplaySession(read(self.record.save(tmp_path / "class.json")))


def page(store: SessionStore) -> dict[str, Any]:
    """What the page is told of a moment, without what counts changes."""
    told = copy.deepcopy(
        {name: getattr(store, name) for name in ("content", "distribution", "sampler", "draws", "paths", "status")}
    )
    for part in filter(None, told.values()):
        for name in ("revision", "seen", "number", "can_undo"):
            part.pop(name, None)
    status = told["status"]
    told["status"] = {name: status[name] for name in ("reason", "ended_by", "error")}
    # where there is no way yet, the page may not have been told so
    told["paths"] = told["paths"] or {}
    return told


def check(lesson: Class, tmp_path: Path) -> ReplaySession:
    """Every step of the replay tells the page what the class told it, forwards and back."""
    replayed = lesson.replayed(tmp_path)
    store = SessionStore(replayed)
    assert set(lesson.pages) == set(range(len(lesson.record)))
    for index in [*range(len(replayed.steps)), *reversed(range(len(replayed.steps)))]:
        replayed.step = index
        store.publish()
        found, expected = page(store), lesson.pages[index]
        for name, value in expected.items():
            if name == "status" and value["error"] is not None:
                assert found[name]["error"]["code"] == value["error"]["code"]
                continue
            assert found[name] == value or not (found[name] or value), f"{name} of step {index}"
    return replayed


def test_a_class_of_the_real_model_comes_back_as_it_was(real, tmp_path):
    lesson = Class(real, store_for(real))
    lesson.step()
    real.text = "The capital of France is"
    lesson.step()
    real.sampler = Sampler(temperature=0.7, top_k=50, seed=3)
    lesson.step()
    real.sample(100)
    lesson.step()
    real.generate(12, stop=".")
    lesson.step()
    real.fork(5, int(real.choices[0].ids[3]))
    lesson.step()
    real.step()
    lesson.step()
    real.position = 2
    lesson.step()
    real.switch(0)
    lesson.step()
    real.text = JAPANESE
    lesson.step()
    real.position = 4  # inside of a character
    lesson.step()
    real.generate(6)
    lesson.step()
    real.apply_chat_template([{"role": "user", "content": "こんにちは 👋"}])
    lesson.step()
    real.undo()
    lesson.step()
    real.text = ""
    lesson.step()
    replayed = check(lesson, tmp_path)
    kinds = [
        changes(before, after)[0].what for before, after in zip((None, *replayed.steps), replayed.steps, strict=False)
    ]
    assert kinds == [
        "begin",
        "text",
        "setting",
        "draws",
        "written",
        "put",
        "written",
        "position",
        "switched",
        "text",
        "position",
        "written",
        "template",
        "text",
        "text",
    ]


def test_a_small_model_is_kept_whole_and_an_error_step_says_what_it_said(model, bos_tokenizer, tmp_path):
    model.resize_token_embeddings(len(bos_tokenizer))
    with ModelSession(model, bos_tokenizer, text=TEXT) as session:
        lesson = Class(session, store_for(session))
        lesson.step()
        session.add_special_tokens = False
        lesson.step()
        session.text = "fox " * 200  # more than its context
        lesson.step()
        session.text = "fox\ud83d"[:3] + " é\u0301 ﷽"
        lesson.step()
        replayed = check(lesson, tmp_path)
        replayed.step = 1
        session.text, session.add_special_tokens = TEXT, False
        np.testing.assert_array_equal(replayed.distribution.logits, session.distribution.logits)
        replayed.step = 2
        with pytest.raises(LLMWidgetsError, match="202 tokens"):
            _ = replayed.distribution


@pytest.fixture
def encoder(wordpiece_tokenizer) -> Any:
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(wordpiece_tokenizer), intermediate_size=32, max_position_embeddings=64, **SMALL
    )
    return transformers.BertForMaskedLM(config).eval()


def test_an_encoder_comes_back(encoder, wordpiece_tokenizer, tmp_path):
    with ModelSession(encoder, wordpiece_tokenizer, text="The quick [MASK] fox") as session:
        lesson = Class(session, store_for(session))
        lesson.step()
        session.fill(session.distribution.top(1)[0].id)
        lesson.step()
        session.position = 1
        lesson.step()
        replayed = check(lesson, tmp_path)
        assert [changes(*pair)[0].what for pair in zip(replayed.steps, replayed.steps[1:], strict=False)] == [
            "filled",
            "position",
        ]


def test_logits_and_a_tokenizer_alone_come_back(byte_tokenizer, tmp_path):
    rng = np.random.default_rng(0)
    logits = LogitsSession(rng.normal(size=(2, 4, len(byte_tokenizer))).astype(np.float32), byte_tokenizer)
    lesson = Class(logits, store_for(logits))
    lesson.step()
    logits.row = 1
    lesson.step()
    logits.position = 1
    lesson.step()
    logits.sample(50)
    lesson.step()
    check(lesson, tmp_path)
    text = TextSession(byte_tokenizer, text=TEXT)
    lesson = Class(text, store_for(text))
    lesson.step()
    text.text = JAPANESE
    lesson.step()
    check(lesson, tmp_path)


def test_what_a_server_returned_comes_back_as_that(byte_tokenizer, tmp_path):
    cut = Distribution.partial([65, 66, 7], np.log([0.5, 0.2, 0.1]), len(byte_tokenizer))
    session = LogitsSession(cut, byte_tokenizer)
    lesson = Class(session, store_for(session))
    lesson.step()
    session.sampler = Sampler(top_k=2, seed=1)
    lesson.step()
    session.sample(20)
    lesson.step()
    replayed = check(lesson, tmp_path)
    assert replayed.distribution.is_partial
    assert replayed.distribution.rest == cut.rest
