"""What was written down can be read: a recording ends before it holds more than a reader takes, and what cannot be told is left out."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from llmwidgets import LogitsSession, ModelSession, Sampler, replay
from llmwidgets.errors import DamagedFile, InvalidValue, ModelFailed
from llmwidgets.recording import parts, reading, recorder, room
from llmwidgets.recording.moments import Recording
from llmwidgets.recording.packing import pack_floats
from llmwidgets.recording.reading import parsed, read
from llmwidgets.recording.session import ReplaySession
from llmwidgets.recording.writing import written
from llmwidgets.text import TextSession

TEXT = "The quick brown fox jumps over the lazy dog"


def pauses() -> Any:
    """A clock by which everything is done after a pause."""
    return itertools.count(step=5).__next__


def again(record: Any) -> Recording:
    return parsed(written(Recording(record.steps)))


# limits


def test_ten_thousand_steps_are_a_recording_and_no_more(byte_tokenizer, tmp_path, caplog):
    session = TextSession(byte_tokenizer, text=TEXT)
    record = session.record(tmp_path / "class.json", clock=pauses())
    for number in range(room.MOST_STEPS + 5):
        session.text = f"{TEXT} {number % 7}"
    assert (len(record), record.full, record.running) == (room.MOST_STEPS, True, False)
    assert caplog.text.count("the recording holds no more") == 1
    found = read(record.path)
    assert len(found) == room.MOST_STEPS
    last = ReplaySession(found)
    last.step = room.MOST_STEPS - 1
    assert last.text == record.steps[-1].state.tokens.text


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ("MOST_TOKENS", 600),
        ("MOST_CHOICES", 60),
        ("MOST_CHARACTERS_TOLD", 900),
        ("MOST_TEXTS", 12),
        ("MOST_NUMBERS", 60_000),
        ("MOST_STEPS", 9),
    ],
)
def test_what_was_recorded_up_to_a_limit_can_be_read(model, byte_tokenizer, monkeypatch, limit, most):
    for module in (parts, reading, recorder, room):
        if hasattr(module, limit):
            monkeypatch.setattr(module, limit, most)
    with ModelSession(model, byte_tokenizer, text="The king") as session:
        record = session.record(clock=pauses())
        session.generate(8)
        for _ in range(20):
            # another way each time, of which the last one stays as a fork
            session.fork(3, (int(session.tokens.ids[3]) + 1) % 300)
            session.generate(6)
    assert record.full
    assert 2 < len(record) < 40
    assert len(again(record)) == len(record)


def test_many_models_are_a_limit_too(byte_tokenizer, bos_tokenizer, monkeypatch):
    for module in (reading, room):
        monkeypatch.setattr(module, "MOST_MODELS", 5)
    session = LogitsSession(np.zeros((2, len(byte_tokenizer)), np.float32), byte_tokenizer)
    record = session.record(clock=pauses())
    for _ in range(9):
        session._tokenizer_name += "'"
        record._held = None
        session.position = 0 if session.position else 1
    assert record.full
    assert len(again(record)) == len(record)


# bombs


def deflated(count: int) -> Any:
    return pack_floats(np.zeros(count, np.float32))


def test_a_small_file_does_not_unpack_to_gigabytes(byte_tokenizer, monkeypatch):
    monkeypatch.setattr(parts, "MOST_NUMBERS", 1_000_000)
    record = TextSession(byte_tokenizer, text=TEXT).record()
    file = json.loads(written(Recording(record.steps)))
    file["scores"] = [deflated(100_000)] * 11
    with pytest.raises(DamagedFile, match=r"scores\[9\].* more than 1,000,000 numbers in all"):
        parsed(json.dumps(file))


def test_a_text_that_grows_by_nothing_is_not_copied_without_end(byte_tokenizer, monkeypatch):
    monkeypatch.setattr(reading, "MOST_CHARACTERS_TOLD", 100_000)
    record = TextSession(byte_tokenizer, text=TEXT * 500).record()
    file = json.loads(written(Recording(record.steps)))
    nothing = {**file["texts"][0], "head": 0, "tail": 0, "first": 0, "last": len(TEXT) * 500, "text": "x"}
    empty = {"type": "u1", "n": 0, "data": "eJwDAAAAAAE="}
    file["texts"] += [{**nothing, "rows": empty, "steps": empty, "widths": empty}] * 10
    with pytest.raises(DamagedFile, match=r"texts\[4\].* more than 100,000 characters in all texts"):
        parsed(json.dumps(file))


# what cannot be told


def test_a_token_that_is_ruled_out_and_stands_there_all_the_same(byte_tokenizer):
    """As where a student has filtered the logits."""
    vocabulary = len(byte_tokenizer)
    ids = byte_tokenizer(TEXT)["input_ids"]
    logits = np.random.default_rng(0).normal(size=(len(ids), 5_000)).astype(np.float32)
    logits[:, ids] = -np.inf
    assert vocabulary <= 5_000
    session = LogitsSession(logits, byte_tokenizer, input_ids=ids)
    record = session.record(clock=pauses())
    session.position = 2
    replayed = ReplaySession(again(record))
    replayed.step = 1
    assert replayed.outcome.distribution.place_of(ids[3]) == session.distribution.place_of(ids[3])
    assert replayed.outcome.distribution.place_of(ids[3])[0] == -math.inf


def test_draws_of_a_distribution_that_came_too_late_are_left_out(model, byte_tokenizer):
    with ModelSession(model, byte_tokenizer, text=TEXT) as session:
        record = session.record(clock=pauses())
        session.sampler = Sampler(seed=1)
        session.sample(20)
        last = record.steps[-1]
    assert last.draws is not None
    found = parsed(written(Recording((replace(last, kept=None),))))
    assert found.steps[0].draws is None


def test_an_error_that_quotes_everything_is_shortened(byte_tokenizer):
    record = TextSession(byte_tokenizer, text=TEXT).record()
    error = ModelFailed("It said " + "あ" * 9_000, hint="x" * 9_000, known=True, size=math.nan, most=math.inf, place=7)
    found = parsed(written(Recording((replace(record.steps[0], error=error),)))).steps[0].error
    assert (len(found.message), len(found.hint)) == (4_000, 4_000)
    assert found.values == {"place": 7}


def test_half_a_character_in_a_note_is_told_as_one_mark(byte_tokenizer):
    session = TextSession(byte_tokenizer, text=TEXT)
    record = session.record()
    record.note("why \ud83d?" + "\ude00" * 1_990)
    assert again(record).steps[0].notes[0].text == "why \ufffd?" + "\ufffd" * 1_990


def test_surprisals_come_back_to_the_bit(model, byte_tokenizer, tmp_path):
    with ModelSession(model, byte_tokenizer, text=TEXT) as session:
        record = session.record(tmp_path / "class.json", clock=pauses())
        session.want_surprisals()
        expected = [session.surprisals]
        session.text = "The king"
        expected.append(session.surprisals)
        session.settle()
        record.stop()
    replayed = ReplaySession(read(record.path))
    for step, values in zip((0, 1), expected, strict=True):
        replayed.step = step
        np.testing.assert_array_equal(replayed.scores.values, values)
        assert math.isnan(replayed.scores.values[0])


# what is replayed


def test_a_recording_that_runs_is_replayed_as_far_as_it_is(byte_tokenizer):
    session = TextSession(byte_tokenizer, text=TEXT)
    record = session.record(clock=pauses())
    session.text = "The king"
    player = replay(record)
    session.text = "The queen"
    assert [step.state.tokens.text for step in player.steps] == [TEXT, "The king"]
    player.close()
    for nothing in (None, 3, [record]):
        with pytest.raises(InvalidValue, match="A recording cannot be a"):
            replay(nothing)
