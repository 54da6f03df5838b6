"""The session: what is asked, in what order, on which thread, and what it costs."""

from __future__ import annotations

import gc
import logging
import signal
import threading
import weakref

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession, Sampler
from llmwidgets.errors import InvalidValue, LLMWidgetsError, ModelFailed, Outdated, SessionClosed

PATIENCE = 60
TEXT = "The quick brown fox"


def generated_by_the_library(session, text, count, seed=None):
    """The ids that the user's own model.generate appends to a text with the same settings."""
    ids = torch.tensor([session.tokenizer(text)["input_ids"]])
    if seed is not None:
        torch.manual_seed(seed)
    done = session.model.generate(ids, max_new_tokens=count, pad_token_id=0, **session.sampler.generate_kwargs())
    return done[0, ids.shape[1] :].tolist()


def wait_for(session, condition):
    """Until a condition holds, asked after each change that the session tells."""
    changed = threading.Event()
    session.attach(changed.set)
    try:
        while not condition():
            assert changed.wait(PATIENCE)
            changed.clear()
    finally:
        session.detach(changed.set)


# text, position, sampler


def test_a_text_moves_the_tokens_and_the_position(session):
    session.position = 2
    session.text = "The king and the queen"
    assert session.tokens.text == session.text == "The king and the queen"
    assert session.tokens.ids.tolist() == session.tokenizer("The king and the queen")["input_ids"]
    assert session.position == -1
    assert session.state.prefix == session.tokens.ids.tolist()


def test_the_same_text_changes_nothing(session):
    session.position = 2
    revision = session.state.revision
    session.text = str(session.text)
    assert (session.state.revision, session.position) == (revision, 2)


def test_positions_count_from_both_ends_and_the_end_is_followed(session):
    count = len(session.tokens)
    session.position = 3
    assert session.position == 3
    assert session.state.prefix == session.tokens.ids[:4].tolist()
    assert session.distribution.position == 3
    session.position = -2
    assert session.position == count - 2
    session.position = count - 1
    assert session.position == -1
    session.position = np.int64(0)
    assert session.position == 0
    assert type(session.position) is int


@pytest.mark.parametrize("position", [10**9, -(10**9), 1.0, "1", None, True, float("nan")])
def test_other_positions_are_refused(position, session):
    session.position = 1
    with pytest.raises(InvalidValue, match="position") as caught:
        session.position = position
    assert "-1 (the end)" in caught.value.hint
    assert session.position == 1


def test_the_position_of_an_empty_text(session):
    session.text = ""
    session.position = -1
    with pytest.raises(InvalidValue, match="empty"):
        session.position = 0


def test_the_sampler_is_replaced_and_nothing_else_is_one(session):
    session.sampler = session.sampler.replace(temperature=0.5)
    assert session.sampler == Sampler(temperature=0.5)
    with pytest.raises(InvalidValue, match="dict"):
        session.sampler = {"temperature": 0.5}
    assert session.sampler == Sampler(temperature=0.5)


def test_the_models_own_settings_come_first(model, byte_tokenizer):
    model.generation_config.update(do_sample=True, temperature=0.6, top_k=7)
    with ModelSession(model, byte_tokenizer) as session:
        assert session.sampler == session.own_sampler == Sampler(temperature=0.6, top_k=7)


def test_the_distribution_is_that_of_the_newest_text(session):
    for text in ("The", "The king", "The queen", "The"):
        session.text = text
        with torch.inference_mode():
            expected = session.model(torch.tensor([session.tokens.ids.tolist()])).logits[0, -1]
        np.testing.assert_allclose(session.distribution.logits, expected, atol=1e-3)
        assert session.distribution.top(1)[0].piece == session.describe([int(expected.argmax())]).pieces[0]


# current, life


def test_the_newest_session_is_the_current_one(build, byte_tokenizer, monkeypatch):
    monkeypatch.setattr(ModelSession, "_sessions", weakref.WeakValueDictionary())
    first = ModelSession(build(), byte_tokenizer)
    assert ModelSession.current() is first
    second = ModelSession(build(), byte_tokenizer)
    assert ModelSession.current() is second
    first.close()
    assert ModelSession.current() is second
    second.close()
    with pytest.raises(SessionClosed, match="no session"):
        ModelSession.current()


def test_after_a_with_block_the_older_session_is_the_current_one_again(session, build, byte_tokenizer):
    """`current()` said that there is no session, though the notebook's own was open."""
    with ModelSession(build(), byte_tokenizer) as inner:
        assert ModelSession.current() is inner
    assert ModelSession.current() is session


def test_a_with_block_closes(model, byte_tokenizer):
    with ModelSession(model, byte_tokenizer) as session:
        assert not session.closed
    assert session.closed
    with pytest.raises(KeyError), ModelSession(model, byte_tokenizer) as session:
        raise KeyError
    assert session.closed
    session.close()  # once more does no harm


def test_a_closed_session_says_so(model, byte_tokenizer):
    session = ModelSession(model, byte_tokenizer, text=TEXT)
    session.close()
    asks = [
        lambda: session.distribution,
        session.step,
        session.generate,
        session.sample,
        session.undo,
        lambda: session.append(1),
        lambda: session.embed(["king"]),
        lambda: setattr(session, "text", "x"),
        lambda: setattr(session, "position", 0),
        session.request_step,
        lambda: session.request_generate(3),
    ]
    for ask in asks:
        with pytest.raises(SessionClosed, match="closed"):
            ask()
    assert session.status.state == "closed"
    assert session.text == TEXT
    assert session.model is None
    assert "closed" in repr(session)


def test_closing_frees_the_model_though_the_session_stays(build, byte_tokenizer):
    model = build()
    found = weakref.ref(model)
    session = ModelSession(model, byte_tokenizer, text=TEXT)
    session.generate(3)
    _ = session.distribution
    del model
    assert found() is not None
    session.close()
    gc.collect()
    assert found() is None


def test_closing_frees_a_model_that_failed_last(build, byte_tokenizer):
    """The last error's frames kept the model."""
    model = build()
    model.model.layers[0].register_forward_hook(fail_always)
    found = weakref.ref(model)
    session = ModelSession(model, byte_tokenizer, text=TEXT)
    raised = []
    for ask in (lambda: session.distribution, session.step):
        try:
            ask()
        except ModelFailed as error:
            raised.append(str(error))
    assert len(raised) == 2
    assert "a kernel failed" in raised[0]
    del model
    session.close()
    gc.collect()
    assert found() is None


def fail_always(_module, _inputs, _output):
    msg = "a kernel failed"
    raise RuntimeError(msg)


def test_a_session_that_nobody_holds_is_freed(build, byte_tokenizer):
    session = ModelSession(build(), byte_tokenizer, text=TEXT)
    session.step()
    found = weakref.ref(session)
    ModelSession(build(), byte_tokenizer)  # the newest one is held for views to come
    del session
    gc.collect()
    assert found() is None
    ModelSession.current().close()


@pytest.fixture
def interruptible():
    """A process started in the background ignores the interrupt; a kernel does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_close_frees_the_memory(session, gate, background, interruptible):
    """Ctrl+C while `close` waited for a pass left a session that called itself closed, held the model, and could not be closed again."""
    running = background(lambda: session.distribution)
    gate.wait_until_entered()
    shutdown = session._worker._pool.shutdown
    waiting = threading.Event()

    def noticed(**options):
        waiting.set()
        shutdown(**options)

    session._worker._pool.shutdown = noticed

    def interrupt():
        assert waiting.wait(PATIENCE)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    interrupting = background(interrupt)
    with pytest.raises(KeyboardInterrupt):
        session.close()
    interrupting.result(PATIENCE)
    assert session.model is None
    assert ModelSession._current is not session
    gate.open()
    assert isinstance(running.exception(PATIENCE), SessionClosed | None)


def test_closing_while_a_cell_waits_for_its_turn(session, gate, background):
    """What still waited in the queue was cancelled, and its caller saw a CancelledError of the standard library."""
    running = background(lambda: session.distribution)
    gate.wait_until_entered()
    queued = threading.Event()
    submit = session._worker._pool.submit

    def noticed(*args):
        future = submit(*args)
        queued.set()
        return future

    session._worker._pool.submit = noticed
    waiting = background(session.step)
    assert queued.wait(PATIENCE)
    closing = background(session.close)
    with pytest.raises(SessionClosed):
        waiting.result(PATIENCE)
    gate.open()
    closing.result(PATIENCE)
    assert isinstance(running.exception(PATIENCE), SessionClosed | None)


# loading


@pytest.fixture
def folder(tmp_path, build, byte_tokenizer):
    """A model and its tokenizer on disk."""
    build("llama").save_pretrained(tmp_path / "tiny")
    byte_tokenizer.save_pretrained(tmp_path / "tiny")
    return str(tmp_path / "tiny")


def test_what_is_loaded_is_used_again(folder, bos_tokenizer):
    with ModelSession(folder) as first:
        with ModelSession(folder) as second:
            assert second.model is first.model
        with ModelSession(folder, bos_tokenizer) as third:
            assert third.model is first.model
            assert third.tokenizer is bos_tokenizer
        with ModelSession(folder, dtype=torch.float64) as other:
            assert other.model is not first.model
            assert other.info.dtype == "float64"


def test_a_model_with_a_tokenizer_of_its_own_is_used_again_too(folder, bos_tokenizer):
    first = ModelSession(folder, bos_tokenizer)
    second = ModelSession(folder, bos_tokenizer)
    assert second.model is first.model
    first.close()
    second.close()


def test_loading_says_what_from_where_on_what_and_how_much(folder, capsys):
    with ModelSession(folder) as session:
        said = capsys.readouterr().err
        assert session.info.source == "folder"
        assert not session.model.training
    assert "loading tiny from folder onto cpu" in said
    assert "MB of weights on cpu (float32)" in said


# one forward


def test_a_change_costs_one_forward_however_many_look(session):
    for views in (1, 12):
        listeners = [lambda: session.outcome.summary] * views
        for listener in listeners:
            session.attach(listener)
        session.want_distribution()
        _ = session.distribution
        before = session.stats
        session.text = f"The king and {views} queens"
        wait_for(session, lambda: session.outcome.revision == session.state.revision)
        for _ in range(views):
            _ = session.distribution
        assert session.stats.forwards - before.forwards == 1
        session.want_distribution(wanted=False)
        for listener in listeners:
            session.detach(listener)


def test_without_a_view_a_text_costs_nothing(session):
    before = session.stats
    session.text = "The king"
    session.position = 0
    session.append(5)
    assert session.stats == before


def test_appending_costs_one_token(session):
    _ = session.distribution
    before, count = session.stats, len(session.tokens)
    session.append(5)
    _ = session.distribution
    after = session.stats
    assert after.tokens_computed - before.tokens_computed == 1
    assert after.tokens_reused - before.tokens_reused == count
    assert after.seconds > before.seconds


def test_ten_edits_during_one_forward_cost_one_more(session, gate):
    session.want_distribution()
    gate.wait_until_entered()
    before = session.stats.forwards
    for index in range(10):
        session.text = f"edit {index}"
    assert session.status.state == "busy"
    gate.open()
    wait_for(session, lambda: session.outcome.revision == session.state.revision)
    assert session.text == "edit 9"
    assert session.stats.forwards - before == 2
    session._worker.run(lambda: None)
    assert session.stats.forwards - before == 2
    assert session.status.state == "ready"


def test_a_result_of_an_older_text_is_dropped(session, gate):
    session.want_distribution()
    gate.wait_until_entered()
    revision = session.state.revision
    session.text = "another"
    seen = []
    session.attach(lambda: seen.append(session.outcome.revision))
    gate.open()
    wait_for(session, lambda: session.outcome.revision == session.state.revision)
    assert revision not in seen


def test_it_says_busy_while_it_computes(session, gate):
    session.want_distribution()
    gate.wait_until_entered()
    assert session.status.state == "busy"
    gate.open()
    wait_for(session, lambda: session.status.state == "ready")


def test_reading_waits_for_the_newest(session, gate, background):
    reading = background(lambda: session.distribution)
    gate.wait_until_entered()
    session.text = "The king"
    gate.open()
    expected = session.distribution.logits
    assert np.array_equal(reading.result(PATIENCE).logits, expected)


# drawing

SAMPLERS = [
    Sampler(do_sample=False),
    Sampler(seed=3),
    Sampler(temperature=1.4, top_p=0.9, seed=5),
    Sampler(temperature=0.8, top_k=30, min_p=0.01, repetition_penalty=1.3, seed=7),
    Sampler(do_sample=False, repetition_penalty=1.5),
]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "mistral"])
@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: f"{sampler.temperature}-{sampler.seed}")
def test_steps_and_generate_and_the_librarys_generate_are_the_same(kind, sampler, build, byte_tokenizer):
    with ModelSession(build(kind), byte_tokenizer) as session:
        session.sampler = sampler
        expected = generated_by_the_library(session, TEXT, 12, sampler.seed)
        session.text = TEXT
        done = session.generate(12)
        assert done.tokens.ids.tolist() == expected
        assert (done.reason, done.text) == ("length", done.tokens.text)
        assert done.tokens.ids.tolist() == session.tokens.ids[-12:].tolist()
        assert session.text == TEXT + done.text
        session.text = TEXT
        assert [session.step().id for _ in range(12)] == expected
        session.text = TEXT
        mixed = [session.step().id, *session.generate(4).tokens.ids, session.step().id, *session.generate(6).tokens.ids]
        assert mixed == expected


@pytest.mark.parametrize("sampler", [Sampler(do_sample=False), Sampler(temperature=0.9, top_p=0.9, seed=11)])
def test_the_real_model_generates_what_the_library_does(sampler, real):
    real.sampler = sampler
    text = "The capital of France is"
    expected = generated_by_the_library(real, text, 8, sampler.seed)
    real.text = text
    assert real.generate(8).tokens.ids.tolist() == expected


def test_a_step_tells_what_it_drew(session):
    session.sampler = Sampler(do_sample=False)
    best = session.distribution.top(1)[0]
    step = session.step()
    assert (step.id, step.piece, step.logit) == (best.id, best.piece, best.logit)
    assert step.probability == pytest.approx(best.probability)


def test_the_other_generators_are_left_alone(session):
    torch.manual_seed(9)
    before = torch.get_rng_state()
    session.sampler = Sampler(seed=1)
    session.generate(3)
    session.step()
    session.sample(10)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_seed_draws_differ(session):
    runs = set()
    for _ in range(4):
        session.text = TEXT
        runs.add(tuple(session.generate(8).tokens.ids))
        session.text = ""
    assert len(runs) > 1


def test_a_new_seed_begins_anew(session):
    session.sampler = Sampler(seed=1)
    session.text = TEXT
    first = session.generate(6).tokens.ids.tolist()
    assert session.undo()
    session.sampler = Sampler(seed=2)
    second = session.generate(6).tokens.ids.tolist()
    assert second != first
    assert session.undo()
    session.sampler = Sampler(seed=1)
    assert session.generate(6).tokens.ids.tolist() == first


def test_a_new_seed_holds_after_an_undo(session):
    session.sampler = Sampler(seed=1)
    session.generate(2)
    session.step()
    session.sampler = Sampler(seed=2)
    session.undo()
    after_undo = session.step().id
    session.undo()
    fresh = torch.Generator().manual_seed(2)
    probs = session.sampler.apply(session.distribution.logits, session.state.prefix).probs
    assert after_undo == int(torch.multinomial(torch.as_tensor(probs), 1, generator=fresh))


def test_sample_counts_draws_and_leaves_the_text(session):
    session.sampler = Sampler(top_k=5, seed=3)
    drawn = session.sample(1000)
    assert session.text == "The quick brown fox jumps over the lazy dog"
    assert sum(count for _, count in drawn) == 1000
    assert [count for _, count in drawn] == sorted((count for _, count in drawn), reverse=True)
    assert len(drawn) <= 5
    probs = session.sampler.apply(session.distribution.logits, session.state.prefix).probs
    for candidate, count in drawn:
        assert candidate.probability == pytest.approx(float(probs[candidate.id]))
        assert abs(count / 1000 - candidate.probability) < 0.08
    assert session.sample(1000) == drawn
    for wrong in (0, -1, 1.5, True, 10**7, "3"):
        with pytest.raises(InvalidValue, match="n cannot"):
            session.sample(wrong)


def test_append_puts_a_token_behind_the_position(session):
    session.position = 1
    kept = session.tokens.ids[:2].tolist()
    session.append(9)
    assert session.tokens.ids.tolist() == [*kept, 9]
    assert session.position == -1
    for wrong in (-1, 420, 10**30, 1.0, "9", True, None):
        with pytest.raises(InvalidValue, match="token"):
            session.append(wrong)
    assert session.tokens.ids.tolist() == [*kept, 9]


# undo


def test_undo_brings_back_text_and_position_and_repeats_the_draw(session):
    session.sampler = Sampler(temperature=2.0, seed=5)
    session.text = TEXT
    first = session.step().id
    second = session.step().id
    third = session.step().id
    assert session.undo()
    assert session.step().id == third
    assert session.undo()
    assert session.undo()
    assert [session.step().id, session.step().id] == [second, third]
    for _ in range(3):
        assert session.undo()
    assert session.text == TEXT
    assert session.step().id == first


def test_undo_takes_a_whole_generation_back(session):
    session.sampler = Sampler(temperature=2.0, seed=5)
    session.position = 2
    before = session.state
    run = session.generate(5).tokens.ids.tolist()
    assert session.undo()
    assert session.tokens == before.tokens
    assert session.position == 2
    assert session.generate(5).tokens.ids.tolist() == run


def test_undo_takes_an_edit_back_and_the_draws_go_on(session):
    session.sampler = Sampler(temperature=2.0, seed=5)
    session.text = TEXT
    _, second = session.step().id, session.step().id
    session.undo()
    session.text = "quite another"
    session.undo()
    assert session.step().id == second


def test_there_is_an_end_to_undo(model, byte_tokenizer):
    with ModelSession(model, byte_tokenizer) as session:
        assert not session.can_undo
        assert not session.undo()
        session.text = "a"
        assert session.can_undo
        assert session.undo()
        assert session.text == ""
        assert not session.undo()


def test_undo_of_long_texts_is_bounded_by_their_size(session, monkeypatch):
    """A hundred steps back, of which each held a text of a million characters."""
    texts = ["The king " * count for count in (20, 21, 22, 23)]
    for text in texts:
        session.text = text
    monkeypatch.setattr("llmwidgets.text.MOST_TOKENS_BACK", 2 * len(session.tokens))
    session.text = "The queen"
    assert [session.undo(), session.text] == [True, texts[-1]]
    assert [session.undo(), session.text] == [True, texts[-2]]
    assert not session.undo()
    monkeypatch.setattr("llmwidgets.text.MOST_TOKENS_BACK", 1)
    session.text = "The queen"
    assert [session.undo(), session.text] == [True, texts[-2]]
    assert not session.undo()


def test_undo_during_the_first_forward_of_a_generation(model, byte_tokenizer, gate, background):
    """The run took its own entry out of the history that undo had emptied: an IndexError."""
    with ModelSession(model, byte_tokenizer) as session:
        session.text = TEXT
        running = background(session.generate, 4)
        gate.wait_until_entered()
        assert session.undo()
        gate.open()
        done = running.result(PATIENCE)
        assert (done.reason, len(done.tokens)) == ("edited", 0)
        assert session.text == ""
        assert not session.can_undo


# ends of a generation


def let_pass(gate, count):
    for _ in range(count):
        gate.wait_until_entered()
        gate.let_one_pass()
    gate.wait_until_entered()


def test_stop_from_another_thread_keeps_what_is_there(session, gate, background):
    before = len(session.tokens)
    running = background(session.generate, 1000)
    let_pass(gate, 3)
    assert session.status.state == "generating"
    assert (session.status.generated, session.status.max_new_tokens) == (3, 1000)
    session.stop()
    gate.open()
    done = running.result(PATIENCE)
    assert done.reason == session.status.reason == "stopped"
    assert len(done.tokens) == 4
    assert len(session.tokens) == before + 4
    assert session.step().id == session.tokens.ids[-1]


def test_stop_reaches_a_generation_that_waits_for_its_turn(session, gate):
    """Stop, pressed while the run still waited behind a forward pass, stopped the run before it."""
    before = session.text
    session.want_distribution()
    gate.wait_until_entered()
    session.request_generate(50)
    session.stop()
    gate.open()
    session._worker.run(lambda: None)
    assert session.text == before
    assert session.status.reason == "stopped"


def test_stop_with_nothing_to_stop(session):
    session.stop()
    assert len(session.generate(3).tokens) == 3


@pytest.mark.parametrize("edit", ["text", "position", "append", "undo"])
def test_an_edit_ends_a_generation_and_stays(edit, session, gate, background):
    running = background(session.generate, 1000)
    let_pass(gate, 2)
    edits = {
        "text": lambda: setattr(session, "text", "mine"),
        "position": lambda: setattr(session, "position", 0),
        "append": lambda: session.append(5),
        "undo": session.undo,
    }
    edits[edit]()
    state = session.state
    gate.open()
    done = running.result(PATIENCE)
    assert done.reason == "edited"
    assert len(done.tokens) == 2
    assert session.state is state


def test_an_interrupt_in_one_view_keeps_the_news_from_no_other(session):
    """The cell was interrupted while one view followed a new text: those behind it showed the old one from then on."""
    told = []

    def interrupted():
        session.detach(interrupted)
        raise KeyboardInterrupt

    for listener in (lambda: told.append("before"), interrupted, lambda: told.append("behind")):
        session.attach(listener)
    with pytest.raises(KeyboardInterrupt):
        session.text = "The king"
    assert told == ["before", "behind"]
    assert session.text == "The king"
    session.text = "The queen"
    assert told == ["before", "behind"] * 2


def test_an_interrupt_keeps_what_is_there(session, gate, background, interruptible):
    """Ctrl+C, or the stop button of the notebook, while the cell waits for generate."""
    before = len(session.tokens)

    def interrupt():
        let_pass(gate, 2)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        # the cell is left once the token under way is there
        assert session._run.stop.wait(PATIENCE)
        gate.open()

    interrupting = background(interrupt)
    with pytest.raises(KeyboardInterrupt):
        session.generate(1000)
    interrupting.result(PATIENCE)
    assert len(session.tokens) == before + 3
    assert session.status.reason == "stopped"
    assert len(session.generate(2).tokens) == 2
    assert session.undo()
    assert session.undo()
    assert len(session.tokens) == before


def test_an_end_of_text_token_ends_it(session):
    session.sampler = Sampler(temperature=3.0, seed=2)
    ids = session.generate(20).tokens.ids.tolist()
    session.undo()
    session.model.generation_config.eos_token_id = [ids[4], 419]
    done = session.generate(20)
    assert done.reason == "eos"
    assert done.tokens.ids.tolist() == ids[: ids.index(ids[4]) + 1]
    assert session.tokens.ids[-1] == ids[4]


def test_the_contexts_end_ends_it(build, byte_tokenizer):
    with ModelSession(build(max_position_embeddings=12), byte_tokenizer, text="abc") as session:
        count = len(session.tokens)
        done = session.generate(50)
        assert done.reason == "context"
        assert len(session.tokens) == 12
        assert len(done.tokens) == 12 - count
        assert session.distribution.logits.shape == (420,)
        assert session.generate(3).reason == "context"
        assert len(session.tokens) == 12


@pytest.mark.parametrize("count", [0, -1, 1.5, "3", True, None, 10**9])
def test_other_counts_are_refused(count, session):
    with pytest.raises(InvalidValue, match="max_new_tokens"):
        session.generate(count)
    with pytest.raises(InvalidValue, match="max_new_tokens"):
        session.request_generate(count)


def test_a_generation_tells_itself(session):
    done = session.generate(3)
    assert repr(done).startswith(f"Generated({done.text!r}, 3 tokens in")
    assert repr(done).endswith("ended by length)")
    status = session.status
    assert (status.state, status.generated, status.reason) == ("ready", 3, "length")
    assert status.tokens_per_second > 0
    assert done.seconds > 0


def test_a_sampler_changed_on_the_way_acts_from_the_next_token(session, gate, background):
    session.sampler = Sampler(temperature=50.0, seed=1)
    running = background(session.generate, 6)
    let_pass(gate, 2)
    start = len(session.tokens)
    session.sampler = Sampler(do_sample=False)
    gate.open()
    ids = running.result(PATIENCE).tokens.ids.tolist()
    session.sampler = Sampler(do_sample=False)
    for place in range(2, 6):
        session.position = start - 2 + place - 1
        assert session.distribution.top(1)[0].id == ids[place]


def test_a_generation_is_seen_while_it_runs(session):
    texts = []
    session.attach(lambda: texts.append((session.text, session.status.state)))
    session.want_distribution()
    done = session.generate(4)
    wait_for(session, lambda: session.outcome.revision == session.state.revision)
    assert (session.text[: -len(done.text)], "generating") in texts
    assert texts[-1][0] == session.text
    assert session.status.state == "ready"


def test_every_token_costs_one_forward(session):
    _ = session.distribution
    before = session.stats
    session.generate(10)
    after = session.stats
    assert after.forwards - before.forwards == 9  # the first token's logits were known
    assert after.tokens_computed - before.tokens_computed == 9


# failures of others


@pytest.mark.parametrize(
    "change",
    [
        lambda session: setattr(session, "text", "The king"),
        lambda session: session.edit("The king"),
        lambda session: setattr(session, "tokens", [1, 2]),
        lambda session: session.append(1),
        lambda session: setattr(session, "position", 0),
    ],
    ids=["text", "edit", "tokens", "append", "position"],
)
def test_the_worker_does_not_wait_while_the_views_are_told(change, session, background):
    """A text was told to the views under the session's lock, for which the model's pass waited."""
    free = []

    def other_thread():
        free.append(session._lock.acquire(timeout=1))
        if free[-1]:
            session._lock.release()

    session.attach(lambda: background(other_thread).result(PATIENCE))
    change(session)
    assert free
    assert all(free)


def test_a_views_failure_is_its_own(session, caplog):
    """An error in one listener ended a generation, kept others from hearing, and stood in the cell that set a text."""
    heard = []

    def broken():
        msg = "a view failed"
        raise ZeroDivisionError(msg)

    session.attach(broken)
    session.attach(lambda: heard.append(session.text))
    session.want_distribution()
    with caplog.at_level(logging.CRITICAL, logger="llmwidgets"):
        session.text = "The king"
        assert len(session.generate(3).tokens) == 3
        session.detach(broken)
        assert session.distribution.logits.shape == (420,)
    assert "The king" in heard


def test_an_error_without_a_cell_stands_in_the_status(session):
    session.text = ""
    session.request_step()
    session._worker.run(lambda: None)
    assert session.status.error is None  # an empty text is no error to shout about
    hook = session.model.register_forward_hook(fail_always)
    session.text = "The"
    session.request_step()
    session._worker.run(lambda: None)
    assert session.status.state == "error"
    assert session.status.error.code == "model_failed"
    assert session.text == "The"
    hook.remove()
    session.text = "The king"
    assert session.status.error is None
    session.request_step()
    session._worker.run(lambda: None)
    assert len(session.tokens) > len(session.tokenizer("The king")["input_ids"])


def test_a_view_that_waits_shows_the_error_and_recovers(session):
    hook = session.model.register_forward_hook(fail_always)
    session.want_distribution()
    wait_for(session, lambda: session.status.state == "error")
    assert isinstance(session.status.error, LLMWidgetsError)
    hook.remove()
    session.text = "The king"
    wait_for(session, lambda: session.status.state == "ready")
    assert session.outcome.distribution is not None


def test_pages_and_cells_at_once(session, background):
    """Messages of the page arrive on other threads, some while a cell waits for the model."""

    def edit(name):
        for index in range(25):
            session.text = f"{name} {index}"
            session.position = 0
            session.sampler = Sampler(temperature=1 + index / 100)

    session.want_distribution()
    editors = [background(edit, name) for name in ("one", "two")]
    for _ in range(10):
        assert session.distribution.logits.shape == (420,)
        session.generate(2)
    for editor in editors:
        editor.result(PATIENCE)
    session.text = "the end"
    with torch.inference_mode():
        expected = session.model(torch.tensor([session.tokens.ids.tolist()])).logits[0, -1]
    np.testing.assert_allclose(session.distribution.logits, expected, atol=1e-3)


def test_a_model_in_training_stays_in_training(build, byte_tokenizer):
    model = build("gpt2", resid_pdrop=0.9, embd_pdrop=0.9).train()
    with ModelSession(model, byte_tokenizer, text=TEXT) as session:
        first = session.distribution.logits
        session.text = "x"
        session.text = TEXT
        assert np.allclose(session.distribution.logits, first, atol=1e-4)
        session.generate(2)
        assert all(module.training for module in model.modules())


# vectors


def test_a_word_is_the_mean_of_its_tokens(session):
    table = session.model.get_input_embeddings().weight.detach().numpy()
    words = ["quick", " chatbot", "犬", "q"]
    vectors = session.embed(words)
    assert vectors.shape == (4, 16)
    assert vectors.dtype == np.float32
    for word, vector in zip(words, vectors, strict=True):
        ids = session.tokenizer(word)["input_ids"]
        np.testing.assert_allclose(vector, table[ids].mean(axis=0), atol=1e-6)
    assert np.array_equal(session.embed("quick"), vectors[:1])
    assert session.embed([]).shape == (0, 16)
    with pytest.raises(InvalidValue, match="no token"):
        session.embed(["king", ""])
    with pytest.raises(InvalidValue, match="a list that holds 3"):
        session.embed([3])


def test_the_begin_of_text_token_is_no_part_of_a_word(build, bos_tokenizer):
    with ModelSession(build("llama", len(bos_tokenizer)), bos_tokenizer) as session:
        table = session.model.get_input_embeddings().weight.detach().numpy()
        ids = session.tokenizer("king", add_special_tokens=False)["input_ids"]
        np.testing.assert_allclose(session.embed(["king"])[0], table[ids].mean(axis=0), atol=1e-6)


def test_a_vocabulary_padded_beyond_the_tokenizers(build, byte_tokenizer):
    """Models pad their vocabulary to round numbers; a random one may well draw such an id."""
    with ModelSession(build("llama", 512), byte_tokenizer, text=TEXT) as session:
        session.sampler = Sampler(temperature=100.0, seed=1)
        done = session.generate(30)
        assert (done.tokens.ids >= len(byte_tokenizer)).any()
        assert len(session.distribution.top(512)) == 512
        session.append(511)
        assert session.tokens.ids[-1] == 511
        assert session.tokens.pieces[-1] == ""
        assert len(session.tokens) == len(session.tokens.pieces)


def test_repr_says_what_is_held(session):
    assert "float32 on cpu" in repr(session)
    assert f"{len(session.tokens)} tokens" in repr(session)


def test_without_a_seed_undo_does_not_fix_the_next_draw(session):
    session.sampler = Sampler(temperature=50.0)
    drawn = set()
    for _ in range(12):
        drawn.add(session.step().id)
        assert session.undo()
    assert len(drawn) > 1


@pytest.mark.parametrize(("name", "meant"), [("txt", "text"), ("temperature", ""), ("postion", "position")])
def test_a_misspelt_attribute_is_an_error(name, meant, session):
    """`session.temperature = 0.5` was accepted and did nothing."""
    with pytest.raises(AttributeError, match=f"{name}.*{meant}"):
        setattr(session, name, "x")


@pytest.mark.parametrize(
    ("asks", "what"),
    [
        ("continuations", lambda session: session.continuations([" dog"], prompt="the").scores),
        ("attentions", lambda session: session.attentions),
        ("last_states", lambda session: session.embed(["dog"], layer="last")),
    ],
)
def test_what_is_asked_of_something_else_goes_on_behind_a_newer_text(session, monkeypatch, asks, what):
    ask, calls = getattr(session._engine, asks), []

    def let_go_once(*given):
        calls.append(given)
        if len(calls) == 1:
            raise Outdated("The text has moved on.", hint="")
        return ask(*given)

    monkeypatch.setattr(session._engine, asks, let_go_once)
    assert len(what(session)) > 0
    assert len(calls) == 2
