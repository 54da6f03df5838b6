"""A recorded class: what is shown again equals what was shown, step by step, and a file from anybody does no harm."""

from __future__ import annotations

import base64
import copy
import gc
import getpass
import gzip
import json
import math
import threading
import weakref
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from recorded import Class, check, check_pages

from llmwidgets import LogitsSession, ModelSession, ReplayView, Sampler, replay
from llmwidgets.errors import DamagedFile, InvalidValue, LLMWidgetsError, NotRecorded, NotReturned
from llmwidgets.language import speaking
from llmwidgets.recording.changes import Change, changes
from llmwidgets.recording.moments import Recording
from llmwidgets.recording.packing import pack_floats, pack_whole, unpack
from llmwidgets.recording.reading import parsed, read
from llmwidgets.recording.scrub import scrubbed
from llmwidgets.recording.session import ReplaySession
from llmwidgets.recording.writing import written
from llmwidgets.stages.distribution import Distribution
from llmwidgets.text import TextSession
from llmwidgets.widgets import replay_moments
from llmwidgets.widgets.replay_figure import picture_of
from llmwidgets.widgets.replay_moments import kept_moments
from llmwidgets.widgets.store import SessionStore, store_for

TEXT = "The quick brown fox jumps over the lazy dog"
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.3}
JAPANESE = "むかしむかし、あるところに🍜 王様が"


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


def test_a_watched_models_own_generate_comes_back(model, byte_tokenizer, tmp_path):
    with ModelSession.watch(model, byte_tokenizer) as session:
        lesson = Class(session, store_for(session))
        lesson.step()
        ids = torch.tensor([byte_tokenizer(text)["input_ids"][:3] for text in (TEXT, "over the king")])
        told = threading.Event()
        session.attach(lambda: told.set() if len(session.tokens) == 9 else None)
        model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False)
        # views and recordings hear of a generate in frames, of the last one too
        assert told.wait(30)
        lesson.step()
        session.row = 1
        lesson.step()
        text = session.text
        replayed = check_pages(lesson, tmp_path)
    # the prompt is a step of its own where a frame showed it alone
    *_, wrote, other = replayed.steps
    assert wrote.state.tokens.ids.tolist()[:3] == ids[0].tolist()
    assert (other.row, other.state.tokens.text) == (1, text)


def test_a_change_of_model_is_a_step(session, build, bos_tokenizer, tmp_path):
    lesson = Class(session, store_for(session))
    lesson.step()
    session.move_to(build("gpt2", len(bos_tokenizer)), bos_tokenizer)
    lesson.step()
    replayed = check(lesson, tmp_path)
    names = [step.held.info.name for step in replayed.steps]
    assert names == ["LlamaForCausalLM", "GPT2LMHeadModel"]
    assert ("model", "GPT2LMHeadModel") in {change.key for change in changes(*replayed.steps)}


def test_its_text_cannot_be_changed_and_it_says_why(lesson, tmp_path):
    lesson.step()
    replayed = lesson.replayed(tmp_path)
    store = SessionStore(replayed)
    text = replayed.text
    for change in (
        lambda: setattr(replayed, "text", "x"),
        lambda: replayed.edit("x"),
        lambda: setattr(replayed, "tokens", [1]),
        lambda: store.handle({"kind": "act", "action": "append", "token": 1}, "page", 1),
    ):
        with pytest.raises(InvalidValue, match="This is a recording"):
            change()
    assert replayed.text == text


def test_what_cannot_be_read_is_said_as_it_is(tmp_path):
    with pytest.raises(InvalidValue, match="cannot be read as a recording: No such file"):
        read(tmp_path / "nothing.json")
    with pytest.raises(InvalidValue, match="cannot be read as a recording: Is a directory"):
        read(tmp_path)


# recording


@pytest.fixture
def lesson(session):
    """A class on the tiny Llama."""
    return Class(session, store_for(session))


def told(record: Any) -> list[tuple[Any, ...]]:
    """What each step changed."""
    return [
        tuple(change.key for change in changes(*pair))
        for pair in zip((None, *record.steps), record.steps, strict=False)
    ]


def test_typing_and_dragging_are_one_step_until_a_pause_or_another_thing(lesson):
    session, clock = lesson.session, lesson.clock
    for end in range(1, 6):
        session.text = TEXT + " over"[:end]
        clock.wait(0.3)
    for temperature in (0.9, 0.8, 0.7):
        session.sampler = session.sampler.replace(temperature=temperature)
        clock.wait(0.3)
    session.sampler = session.sampler.replace(top_k=5)
    clock.wait(2)
    session.sampler = session.sampler.replace(top_k=9)
    lesson.record.note("why?")
    session.sampler = session.sampler.replace(top_k=11)
    assert told(lesson.record) == [
        (("begin", None),),
        (("text", None),),
        (("setting", "temperature"),),
        (("setting", "top_k"),),
        (("setting", "top_k"),),
        (("setting", "top_k"),),
    ]
    assert lesson.record.steps[1].state.tokens.text == TEXT + " over"
    assert [step.seconds for step in lesson.record.steps[:3]] == pytest.approx([0, 0, 1.5])
    assert [note.text for note in lesson.record.steps[4].notes] == ["why?"]


def test_half_a_character_that_goes_is_no_empty_change(lesson):
    session = lesson.session
    session.text = "The 🍜"
    whole = session.tokens.ids.tolist()
    lesson.clock.wait()
    session.append(session.face.encode("鬱").ids.tolist()[0])
    lesson.clock.wait()
    session.undo()
    before, after = lesson.record.steps[-2:]
    assert (before.state.tokens.text, len(before.state.tokens)) == ("The 🍜", len(whole) + 1)
    assert changes(before, after) == (Change.of("tokens", before=len(whole) + 1, after=len(whole)),)
    said = f"the same characters in other tokens: {len(whole) + 1} → {len(whole)}"
    assert said in picture_of(lesson.record.steps)


def test_a_generation_is_one_step_and_says_how_it_ended(lesson):
    lesson.session.generate(20)
    lesson.clock.wait()
    lesson.session.step()
    first, second = (changes(*pair)[0] for pair in zip(lesson.record.steps, lesson.record.steps[1:], strict=False))
    assert dict(first.values) == {"tokens": 20, "piece": "", "reason": "length", "by": ""}
    assert (first.what, dict(second.values)["tokens"]) == ("written", 1)


def test_a_result_that_comes_late_belongs_to_the_step_of_its_text(lesson, gate):
    session, record = lesson.session, lesson.record
    session.text = "The king"
    gate.wait_until_entered()  # its pass, held
    lesson.clock.wait()
    session.sampler = Sampler(top_k=3)
    gate.open()
    _ = session.distribution
    session._worker.run(lambda: None)
    first, second = record.steps[-2:]
    assert (first.sampler.top_k, second.sampler.top_k) == (0, 3)
    assert first.kept is second.kept is not None


def test_a_recording_needs_no_view_and_a_view_that_closes_leaves_it_the_distribution(session):
    record = session.record()
    store = store_for(session)
    store.need_distribution(1)
    store.need_distribution(-1)
    session.text = "The king"
    record.stop()
    assert record.steps[-1].kept is not None
    session.text = "The queen"
    assert (len(record), record.running, session._behind()) == (1 + 1, False, False)


def test_recording_again_gives_the_one_that_runs(session, tmp_path):
    with session.record(tmp_path / "a.json") as record:
        assert session.record() is record
        assert session.record(tmp_path / "a.json") is record
        with pytest.raises(InvalidValue, match="already"):
            session.record(tmp_path / "b.json")
        with pytest.raises(InvalidValue, match="note"):
            record.note(" ")
    assert len(read(tmp_path / "a.json")) == 1
    with pytest.raises(InvalidValue, match="stopped"):
        record.note("too late")
    again = session.record()
    assert again is not record
    with pytest.raises(InvalidValue, match="no file"):
        again.save()
    again.stop()
    with pytest.raises(InvalidValue, match="no such folder"):
        session.record(tmp_path / "none" / "a.json")


def test_it_is_saved_when_the_session_closes_and_keeps_no_session_alive(model, byte_tokenizer, tmp_path):
    with ModelSession(model, byte_tokenizer, text=TEXT) as session:
        session.record(tmp_path / "closed.json")
    assert len(read(tmp_path / "closed.json")) == 1
    text = TextSession(byte_tokenizer, text=TEXT)
    record, gone = text.record(tmp_path / "gone.json"), weakref.ref(text)
    del text
    gc.collect()
    assert gone() is None
    assert not record.running
    assert read(tmp_path / "gone.json").steps[0].state.tokens.text == TEXT


# what is in the file


def test_no_path_key_address_or_name_is_in_the_file(lesson, tmp_path, monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "hanako-tanaka")
    error = LLMWidgetsError(
        "It failed: /home/hanako-tanaka/models/secret.bin at http://10.0.0.7:8000/v1 with sk-abcdef0123456789",
        hint="Ask hanako-tanaka, or see C:\\Users\\x\\y.txt",
        path="/etc/shadow/x",
    )
    step = replace(lesson.record.steps[0], error=error)
    held = replace(step.held, info=replace(step.held.info, name="/srv/private/my-model"), tokenizer="~/private/tok")
    text = written(Recording((replace(step, held=held),)))
    for secret in ("hanako", "/home", "secret.bin", "10.0.0.7", "sk-abc", "Users", "shadow", "/srv", "private"):
        assert secret not in text
    assert parsed(text).steps[0].held.info.name == "my-model"
    assert scrubbed("No token has the id 5: 3/4 and a/b stay.") == "No token has the id 5: 3/4 and a/b stay."


def test_numbers_come_back_to_the_bit():
    rng = np.random.default_rng(0)
    for size in (0, 1, 1000):
        floats = rng.normal(size=size).astype(np.float32)
        np.testing.assert_array_equal(unpack(pack_floats(floats), 1000), floats)
        np.testing.assert_array_equal(unpack(pack_floats(floats.astype(np.float64), double=True), 1000), floats)
        whole = rng.integers(-(2**31), 2**31, size)
        np.testing.assert_array_equal(unpack(pack_whole(whole), 1000), whole)


BAD = {
    "no recording": lambda file: file.pop("llmwidgets"),
    "version": lambda file: file.update(version=2),
    "steps": lambda file: file.update(steps=[]),
    "steps[0].position": lambda file: file["steps"][0].update(position=99),
    "steps[0].text": lambda file: file["steps"][0].update(text=7),
    "steps[0].seconds": lambda file: file["steps"][0].update(seconds="soon"),
    "steps[1].distribution": lambda file: file["steps"][1].update(distribution=True),
    "steps[0].notes[0][1]": lambda file: file["steps"][0].update(notes=[[0, "x" * 3000]]),
    "steps[0].template[0][1]": lambda file: file["steps"][0].update(template=[[2, 1]]),
    "texts[0]": lambda file: file["texts"][0].update(widths=pack_whole([10**6] * 9)),
    "texts[0].rows": lambda file: file["texts"][0].update(rows=pack_whole([10**9] * 9)),
    "texts[0].head": lambda file: file["texts"][0].update(head=3),
    "texts[0].text": lambda file: file["texts"][0].update(text="\ud800"),
    "models[0].size": lambda file: file["models"][0].update(size=10**12),
    "models[0].tokens.bytes": lambda file: file["models"][0]["tokens"].update(bytes="!"),
    "models[0].tokens.lengths": lambda file: file["models"][0]["tokens"].update(lengths=pack_whole([-1])),
    "models[0].info.predicts": lambda file: file["models"][0]["info"].update(predicts="all"),
    "samplers[0].temperature": lambda file: file["samplers"][0].update(temperature=-1),
    "samplers[0].danger": lambda file: file["samplers"][0].update(danger=1),
    "distributions[0]": lambda file: file["distributions"][0].update(ids=pack_whole([1, 1])),
    "distributions[0].logits": lambda file: file["distributions"][0].update(
        ids=pack_whole([1, 2]), logits=pack_floats([math.nan, 1])
    ),
    "distributions[0].form": lambda file: file["distributions"][0].update(form="pickle"),
    "choices": lambda file: file["choices"].update(index=pack_whole([0, 1])),
    "distributions[0].ids": lambda file: file["distributions"][0].update(
        ids={"type": "u1", "n": 5, "data": base64.b64encode(zlib.compress(b"\0" * 10**7)).decode()}
    ),
}


@pytest.fixture
def file(lesson):
    """A recording's file as JSON."""
    lesson.session.generate(3)
    lesson.record.stop()
    return json.loads(written(Recording(lesson.record.steps)))


@pytest.mark.parametrize("place", BAD)
def test_what_is_wrong_is_named_by_its_place(file, place):
    BAD[place](file)
    with pytest.raises(DamagedFile) as caught:
        parsed(json.dumps(file), "lesson.json")
    assert place in caught.value.message
    assert "lesson.json" in caught.value.message


@pytest.mark.parametrize("text", ["", "[", "[" * 100_000, "NaN", "[1e999]", "null", '"recording"', "1" * 5000])
def test_what_is_no_recording_is_said(text):
    with pytest.raises(DamagedFile):
        parsed(text)


def test_a_file_changed_anywhere_is_shown_or_refused_and_nothing_else(file):
    """Every value replaced by others: no other error comes out, and what is taken can be shown."""
    places = list(leaves(file))
    rng = np.random.default_rng(1)
    taken = 0
    for at in rng.permutation(len(places))[:120]:
        changed = copy.deepcopy(file)
        *way, last = places[at]
        inner = changed
        for key in way:
            inner = inner[key]
        inner[last] = [None, -1, 10**9, 0.5, "x", [], {}, True][rng.integers(8)]
        try:
            session = ReplaySession(parsed(json.dumps(changed)))
        except DamagedFile:
            continue
        taken += 1
        store = SessionStore(session)
        for step in range(len(session.steps)):
            session.step = step
            store.publish()
    assert taken < 100


def leaves(value: Any, way: tuple[Any, ...] = ()) -> Any:
    """The way to each value."""
    if way:
        yield way
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from leaves(inner, (*way, key))


# the replay


@pytest.fixture
def replayed(real, tmp_path):
    lesson = Class(real, store_for(real))
    real.text = "The capital of France is"
    lesson.step()
    real.position = 2
    lesson.step()
    return lesson.replayed(tmp_path)


def test_sliders_and_draws_go_on_with_what_was_recorded(real, replayed):
    replayed.step = 1
    real.position = -1
    sampler = Sampler(temperature=0.8, top_k=20, seed=4)
    real.sampler = replayed.sampler = sampler
    assert replayed.filtered.exact
    np.testing.assert_allclose(replayed.filtered.probs, real.filtered.probs, atol=1e-6)
    np.testing.assert_array_equal(replayed.sample(50).ids, real.sample(50).ids)
    replayed.sampler = Sampler()
    with pytest.raises(NotReturned, match="1,000"):
        replayed.sample(50)
    top = replayed.distribution.top(5)
    assert [each.id for each in top] == [each.id for each in real.distribution.top(5)]
    assert replayed.distribution.entropy == pytest.approx(real.distribution.entropy, abs=1e-4)


def test_what_is_known_of_a_distribution_is_said_in_a_line(replayed):
    replayed.step = 1
    said = repr(replayed.distribution)
    assert said.startswith("ShortDistribution(1,000 of 49,152 tokens by name, entropy ")
    assert "' Paris' 0." in said


def test_a_picture_of_very_many_steps_has_the_first(lesson):
    step = lesson.record.steps[0]
    picture = picture_of([step] * 1_234)
    assert picture.count("<tr>") == 201
    assert "1,034 further steps" in picture


def test_nothing_that_was_not_recorded_is_told(replayed):
    replayed.step = 1
    replayed.position = 2  # looked at in the step after this
    assert replayed.distribution.top(1)
    replayed.position = 1
    with pytest.raises(NotRecorded, match="did not look at token 1"):
        _ = replayed.distribution
    assert replayed.status.error is not None
    with pytest.raises(InvalidValue, match="no model"):
        replayed.text = "another"
    with pytest.raises(NotRecorded):
        replayed.face.encode("another")
    with pytest.raises(InvalidValue):
        replayed.step = 99
    assert not replayed.can_undo
    assert replayed.scores.error is not None


def test_a_player_goes_from_step_to_step(lesson, tmp_path):
    lesson.session.text = "The king"
    lesson.record.note("Why?")
    path = lesson.record.save(tmp_path / "lesson.json")
    player = replay(path)
    assert [type(view).__name__ for view in player.views] == [
        "ReplayView",
        "TokenView",
        "NextTokenBar",
        "SamplerSlider",
    ]
    stepper = player.views[0]
    assert (len(player.steps), player.previous(), player.next(), player.next(), player.step) == (
        2,
        False,
        True,
        False,
        1,
    )
    assert player.views[1].tokens.text == "The king"
    assert stepper.settings["step"] == 1
    assert stepper.steps[1]["notes"] == ["Why?"]
    picture = stepper._picture()
    assert "typed: " in picture
    assert "Why?" in picture
    with speaking("ja"):
        assert "入力：" in stepper._picture()
    stepper.handle({"kind": "replay", "step": 0}, "page", 1)
    assert (player.step, stepper.settings["seen"]) == (0, {"page": 1})
    with pytest.raises(InvalidValue):
        stepper.handle({"kind": "replay", "step": "1"}, "page", 2)
    with pytest.raises(InvalidValue, match="ReplaySession"):
        ReplayView(lesson.session)
    player.close()


# a page that is handed out


def test_a_page_that_is_handed_out_shows_of_each_step_what_a_kernel_would_tell(lesson, tmp_path):
    session = lesson.session
    lesson.step()
    session.sampler = Sampler(top_k=3, seed=1)
    lesson.step()
    session.sample(10)
    lesson.step()
    session.generate(4)
    lesson.step()
    session.fork(2, 7)
    lesson.step()
    recording = Recording(lesson.replayed(tmp_path).steps)
    kept = kept_moments(recording, 0)
    lines = gzip.decompress(base64.b64decode(kept["packed"])).decode().splitlines()
    assert kept["count"] == len(lines) == len(recording)
    whole: dict[str, Any] = {}
    for step, line in enumerate(lines):
        whole |= json.loads(line)
        expected = json.loads(json.dumps(lesson.pages[step]))
        for name in ("content", "distribution", "sampler", "draws", "paths"):
            shown = {key: value for key, value in (whole[name] or {}).items() if key in (expected[name] or {})}
            assert shown == expected[name] or not (shown or expected[name]), f"{name} of step {step}"


def test_of_many_steps_those_around_the_one_that_is_shown_are_handed_out(lesson, monkeypatch):
    for number in range(30):
        lesson.session.text = f"The king {number}"
        lesson.step()
    recording = Recording(lesson.record.steps)
    size = len(kept_moments(recording, 0)["packed"])
    monkeypatch.setattr(replay_moments, "MOST_BYTES", size // 2)
    begin, end = kept_moments(recording, 0), kept_moments(recording, 29)
    assert begin["first"] == 0
    assert 2 < begin["count"] < 30
    assert max(len(begin["packed"]), len(end["packed"])) <= size // 2
    assert end["first"] < 29 < end["first"] + end["count"]
    assert end["count"] > 2
    monkeypatch.setattr(replay_moments, "MOST_BYTES", 10)
    assert kept_moments(recording, 0) is None
