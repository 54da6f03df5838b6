"""Beam search of the user's own generate: what is recorded equals what generate returns, and leaves it as it is."""

from __future__ import annotations

import copy
import io
import itertools
import json
import math
import pickle
from collections import Counter

import numpy as np
import pytest
import torch
import transformers
from kernel_page import decoded, matches
from transformers import LogitsProcessor, StoppingCriteria, StoppingCriteriaList
from transformers.generation.utils import GenerationMixin

from llmwidgets import BeamTree, ModelSession
from llmwidgets.stages.beams import Beams, Search, Step
from llmwidgets.watching.beams import METHODS, BeamRecorder
from llmwidgets.widgets import beam_payloads
from llmwidgets.widgets.beam_encode import MOST_COLUMNS, tree_payload
from llmwidgets.widgets.encode import Vocabulary

VOCABULARY = 40
PROMPT = 5


@pytest.fixture(autouse=True)
def _one_thread():
    """Tiny models gain nothing by a second thread, and lose much where the cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def t5():
    config = transformers.T5Config(
        vocab_size=VOCABULARY,
        d_model=16,
        d_kv=4,
        d_ff=32,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
        initializer_factor=5.0,
    )
    torch.manual_seed(1)
    return transformers.T5ForConditionalGeneration(config).eval()


@pytest.fixture
def of_kind(build):
    """A tiny random model by name: "llama", "gpt2" or "t5"."""
    return lambda kind: t5() if kind == "t5" else build(kind, vocabulary=VOCABULARY)


@pytest.fixture
def model(of_kind):
    return of_kind("llama")


def prompts(rows=3, seed=0):
    return torch.randint(10, VOCABULARY, (rows, PROMPT), generator=torch.Generator().manual_seed(seed))


def generate(model, seed=0, rows=3, **settings):
    ids = prompts(rows, seed)
    torch.manual_seed(seed)
    return model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        **{
            "num_beams": 3,
            "max_new_tokens": 12,
            "pad_token_id": 0,
            "return_dict_in_generate": True,
            "output_scores": True,
            **settings,
        },
    )


def recorded(model, seed=0, rows=3, **settings):
    """What generate gives while it is recorded, and what was."""
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    try:
        output = generate(model, seed, rows, **settings)
    finally:
        recorder.stop()
    return output, recorder.beams()


def assert_equal(output, beams, returned=1):
    """Scores, indices and sequences are those of generate, to the bit."""
    prompt = beams.search.prompt_length
    for row in beams.rows:
        for place, beam in enumerate(row.finished[:returned]):
            at = row.row * returned + place
            indices = output.beam_indices[at].tolist()
            assert beam.score == output.sequences_scores[at].item()
            assert list(beam.beam_indices) == indices[: len(beam.ids)]
            assert set(indices[len(beam.ids) :]) <= {-1}
            assert output.sequences[at].tolist()[prompt : prompt + len(beam.ids)] == list(beam.ids)


SETTINGS = {
    "plain": {"num_beams": 3},
    "two returned": {"num_beams": 4, "num_return_sequences": 2, "eos_token_id": [1, 2]},
    "early": {"num_beams": 4, "early_stopping": True, "eos_token_id": [1, 2, 3], "num_return_sequences": 4},
    "never": {"num_beams": 4, "early_stopping": "never", "eos_token_id": [1, 2, 3], "length_penalty": 2.0},
    "no penalty": {"num_beams": 5, "length_penalty": 0.0, "eos_token_id": [1, 2, 3, 4]},
    "short": {"num_beams": 4, "length_penalty": -1.0, "eos_token_id": 1},
    "sampled": {"num_beams": 2, "do_sample": True, "eos_token_id": [1, 2], "temperature": 1.5},
    "no cache": {"num_beams": 3, "use_cache": False, "eos_token_id": 1},
    "processed": {"num_beams": 3, "repetition_penalty": 1.7, "no_repeat_ngram_size": 2, "eos_token_id": 1},
}


@pytest.mark.parametrize("kind", ["llama", "gpt2", "t5"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_scores_indices_and_sequences_are_those_of_generate(of_kind, kind, settings):
    model = of_kind(kind)
    alone = generate(model, **settings)
    output, beams = recorded(model, **settings)
    assert torch.equal(alone.sequences, output.sequences)
    assert torch.equal(alone.sequences_scores, output.sequences_scores)
    assert torch.equal(alone.beam_indices, output.beam_indices)
    assert len(beams.rows) == 3
    assert beams.done
    assert beams.search.prompt_length == (1 if kind == "t5" else PROMPT)
    assert_equal(output, beams, settings.get("num_return_sequences", 1))


def test_equal_scores_are_told_apart(model):
    # every token has the same logit: all candidates tie, in every step and among the finished
    model.get_output_embeddings().weight.data.zero_()
    output, beams = recorded(model, num_beams=4, num_return_sequences=4, eos_token_id=[1, 2, 3])
    assert_equal(output, beams, 4)
    assert len({beam.spot for beam in beams.rows[0].finished}) == 4


class Watcher(StoppingCriteria):
    """Sees every candidate of every step, as whole texts in the search's own order."""

    def __init__(self):
        self.candidates = []

    def __call__(self, input_ids, scores, **_):
        self.candidates.append(input_ids.clone())
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)


def test_each_steps_candidates_and_live_beams_are_the_searchs(model, monkeypatch):
    kept = []
    own = GenerationMixin._get_running_beams_for_next_iteration

    def note(self, **named):
        found = own(self, **named)
        kept.append([part.clone() for part in found])
        return found

    monkeypatch.setattr(GenerationMixin, "_get_running_beams_for_next_iteration", note)
    seen, watcher = [], Watcher()
    recorder = BeamRecorder(model, PROMPT, lambda: seen.append(recorder.beams()))
    recorder.start()
    generate(model, eos_token_id=[1, 2], stopping_criteria=StoppingCriteriaList([watcher]))
    recorder.stop()
    moments = [beams for beams in seen if not beams.stopped]
    assert [beams.step for beams in moments] == list(range(1, len(kept) + 1))
    assert len(watcher.candidates) == len(kept) > 5
    for beams, candidates, (sequences, scores, indices) in zip(moments, watcher.candidates, kept, strict=True):
        for row in beams.rows:
            if row.step < beams.step or row.over:
                continue
            texts = candidates.view(len(beams.rows), -1, candidates.shape[1])[row.row, :, PROMPT:].tolist()
            ways = [row.spots((beams.step - 1, place)) for place in range(len(texts))]
            found = [[int(row.steps[at].tokens[row.row, place]) for at, place in way] for way in ways]
            assert found == texts
            for slot, beam in enumerate(row.running):
                assert list(beam.ids) == sequences[row.row, slot, PROMPT : PROMPT + beams.step].tolist()
                assert beam.log_prob == scores[row.row, slot].item()
                assert list(beam.beam_indices) == indices[row.row, slot, : beams.step].tolist()
                assert beam.index == row.row * 3 + slot
                assert beam.parent == beam.beam_indices[-1]
                assert beam.score == pytest.approx(beam.log_prob / beams.step)


def test_every_node_adds_up(model):
    _, beams = recorded(model, eos_token_id=[1, 2])
    row = beams.rows[0]
    columns = row.nodes()
    assert len(columns) == row.step
    for before, column in itertools.pairwise(columns):
        for node in column:
            parent = before[node.parent]
            assert parent.index >= 0
            assert node.log_prob == pytest.approx(parent.log_prob + node.gained)
    assert all(node.parent == -1 and node.gained == node.log_prob for node in columns[0])
    # a part of the tree is the same part
    assert row.nodes(4) == columns[4:]


# why beams are pruned


def step(tokens, parents, scores, ended, kept, finished=((-1, -1), (-1, -1)), finished_scores=(-1e9, -1e9), still=True):
    """A step of one row with two beams."""
    return Step(
        np.array([tokens]),
        np.array([parents]),
        np.array([scores], np.float32),
        np.array([ended], bool),
        np.array([kept]),
        np.array([finished]),
        np.array([finished_scores], np.float32),
        np.array([still]),
    )


FIRST = step([10, 11, 12, 13], [0, 0, 0, 0], [-1, -2, -3, -4], [0, 0, 0, 0], [0, 1])


def fates(*steps, **asked):
    search = Search(**{"num_beams": 2, "prompt_length": 5, "max_length": 20, "eos": (1,), **asked})
    (row,) = Beams(search, steps).rows
    return row, [[node.fate for node in column] for column in row.nodes()]


def test_a_candidate_that_is_not_kept_says_its_rank():
    _, ((_, _, third, fourth),) = fates(FIRST)
    assert (third.state, third.why, third.rank, third.score, third.bar) == ("pruned", "not_kept", 3, -3, -2)
    assert (fourth.why, fourth.rank, fourth.step) == ("not_kept", 4, 0)


def test_a_live_beam_is_running_and_one_with_continuations_goes_on():
    second = step([20, 21, 22, 23], [0, 0, 1, 1], [-1.5, -2, -3, -4], [0, 0, 0, 0], [0, 1])
    row, (first, last) = fates(FIRST, second)
    assert [fate.state for fate in last] == ["running", "running", "pruned", "pruned"]
    assert first[0].state == "continued"
    assert [beam.ids for beam in row.running] == [(10, 20), (10, 21)]
    # the other's best continuation was third
    assert (first[1].state, first[1].why, first[1].rank, first[1].score, first[1].bar) == (
        "pruned",
        "outscored",
        3,
        -3,
        -2,
    )
    assert first[1].step == 1


def test_a_beam_without_any_candidate_is_outscored_without_a_rank_or_was_not_drawn():
    second = step([20, 21, 22, 23], [0, 0, 0, 0], [-1.5, -2, -3, -4], [0, 0, 0, 0], [0, 1])
    _, (first, _) = fates(FIRST, second)
    assert (first[1].why, first[1].rank, first[1].bar) == ("outscored", 0, -2)
    assert math.isnan(first[1].score)
    _, (first, _) = fates(FIRST, second, do_sample=True)
    assert (first[1].why, first[1].bar) == ("not_drawn", -2)


def test_what_ends_behind_the_first_num_beams_is_not_counted():
    second = step([20, 21, 1, 23], [0, 0, 1, 1], [-1.5, -2, -3, -4], [0, 0, 1, 0], [0, 1])
    row, (first, last) = fates(FIRST, second)
    assert (last[2].why, last[2].rank, last[2].score) == ("not_counted", 3, -1.5)
    assert row.finished == ()
    # and the beam that it came from is pruned: of the candidates that go on its best is the third
    assert (first[1].why, first[1].rank, first[1].score) == ("outscored", 3, -4)


ENDED = step([1, 21, 22, 23], [0, 0, 1, 1], [-1.5, -2, -3, -4], [1, 0, 0, 0], [1, 2], ((1, 0), (-1, -1)), (-0.75, -1e9))


def test_a_finished_beam_has_its_rank_score_and_end():
    row, (first, last) = fates(FIRST, ENDED)
    assert (last[0].state, last[0].rank, last[0].score) == ("ended", 1, -0.75)
    assert [(beam.ids, beam.ended_by, beam.score) for beam in row.finished] == [((10, 1), "eos", -0.75)]
    assert first[0].state == "continued"
    assert [node.leads_to for node in row.nodes()[0]] == ["running", "running", "", ""]


def test_a_finished_beam_is_replaced_by_better_ones():
    third = step(
        [1, 1, 32, 33],
        [0, 1, 0, 1],
        [-2.1, -2.11, -5, -6],
        [1, 1, 0, 0],
        [2, 3],
        ((2, 0), (2, 1)),
        (-0.7, -2.11 / 3),
    )
    row, (_, second, last) = fates(FIRST, ENDED, third)
    assert (second[0].state, second[0].why, second[0].step) == ("pruned", "replaced", 2)
    assert (second[0].score, second[0].bar) == (-0.75, pytest.approx(-2.11 / 3))
    assert [fate.state for fate in last[:2]] == ["ended", "ended"]
    assert row.nodes()[1][0].leads_to == ""


def test_what_ends_with_less_than_the_finished_ones_is_not_taken():
    full = step([1, 1, 22, 23], [0, 1, 0, 1], [-1.5, -2, -3, -4], [1, 1, 0, 0], [2, 3], ((1, 0), (1, 1)), (-0.75, -1.0))
    third = step(
        [1, 31, 32, 33], [0, 1, 0, 1], [-9, -9.5, -10, -11], [1, 0, 0, 0], [1, 2], ((1, 0), (1, 1)), (-0.75, -1.0)
    )
    _, (_, _, last) = fates(FIRST, full, third)
    assert (last[0].why, last[0].score, last[0].bar) == ("not_better", -3, -1)


def test_early_stopping_drops_the_live_beams_when_enough_have_finished():
    full = step([1, 1, 22, 23], [0, 1, 0, 1], [-1.5, -2, -3, -4], [1, 1, 0, 0], [2, 3], ((1, 0), (1, 1)), (-0.75, -1.0))
    row, (_, last) = fates(FIRST, full, early_stopping=True)
    assert row.over == "full"
    assert row.running == ()
    assert [(fate.why, fate.bar) for fate in last[2:]] == [("full", -1), ("full", -1)]


@pytest.mark.parametrize(("early", "sight"), [(False, -1.5), ("never", -3 / 15)])
def test_a_settled_search_drops_the_live_beams_with_what_they_had_in_sight(early, sight):
    done = step(
        [1, 1, 22, 23], [0, 1, 0, 1], [-0.2, -0.3, -3, -4], [1, 1, 0, 0], [2, 3], ((1, 0), (1, 1)), (-0.1, -0.15), False
    )
    # other rows may go on: what comes after counts no more
    later = step(
        [30, 31, 32, 33], [0, 1, 0, 1], [-5, -6, -7, -8], [0, 0, 0, 0], [0, 1], ((1, 0), (1, 1)), (-0.1, -0.15), False
    )
    row, columns = fates(FIRST, done, later, early_stopping=early)
    assert (row.over, row.step, len(columns)) == ("settled", 2, 2)
    assert (columns[1][2].why, columns[1][2].bar) == ("settled", pytest.approx(-0.15))
    assert columns[1][2].score == pytest.approx(sight)


def test_every_reason_occurs_in_real_searches(of_kind):
    found = Counter()
    for kind in ("llama", "t5"):
        model = of_kind(kind)
        for seed in range(3):
            for settings in SETTINGS.values():
                _, beams = recorded(model, seed, **settings)
                found.update(
                    node.fate.why or node.fate.state for row in beams.rows for column in row.nodes() for node in column
                )
    assert found.keys() == {
        "continued",
        "ended",
        "full",
        "not_better",
        "not_counted",
        "not_drawn",
        "not_kept",
        "outscored",
        "replaced",
        "settled",
    }


class EndsAt(StoppingCriteria):
    """Every text ends once it has so many tokens."""

    def __init__(self, length):
        self.length = length

    def __call__(self, input_ids, scores, **_):
        return torch.full((len(input_ids),), input_ids.shape[1] >= self.length)


def test_why_a_beam_ended_is_told(model):
    by = lambda beams: {beam.ended_by for row in beams.rows for beam in row.finished}  # noqa: E731 (read once)
    assert by(recorded(model, max_new_tokens=4)[1]) == {"length"}
    assert by(recorded(model, stopping_criteria=StoppingCriteriaList([EndsAt(PROMPT + 3)]))[1]) == {"stop"}
    nearly_all = list(range(VOCABULARY - 1))
    assert by(recorded(model, eos_token_id=nearly_all, num_beams=2, early_stopping=True)[1]) == {"eos"}
    assert recorded(model, max_new_tokens=4)[1].rows[0].over == "ended"


# the model is left as it was


def test_nothing_is_left_on_the_model(model):
    before = dict(vars(model))
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    assert set(METHODS) <= set(vars(model))
    recorder.stop()
    assert vars(model) == before


def test_what_stood_on_the_model_before_is_back(model):
    called = []
    own = model._check_early_stop_heuristic

    def mine(**named):
        called.append(named)
        return own(**named)

    model._check_early_stop_heuristic = mine
    recorded(model)
    assert model._check_early_stop_heuristic is mine
    assert called


@pytest.mark.parametrize("first", [0, 1])
def test_two_recorders_go_in_any_order(model, first):
    before = dict(vars(model))
    recorders = [BeamRecorder(model, PROMPT, lambda: None) for _ in range(2)]
    for recorder in recorders:
        recorder.start()
    output = generate(model)
    recorders[first].stop()
    recorders[1 - first].stop()
    assert vars(model) == before
    for recorder in recorders:
        assert_equal(output, recorder.beams())


class Fails(LogitsProcessor):
    """Raises after a few steps."""

    def __init__(self, error, after=4):
        self.error, self.left = error, after

    def __call__(self, input_ids, scores):
        self.left -= 1
        if self.left < 0:
            raise self.error
        return scores


@pytest.mark.parametrize("error", [ZeroDivisionError("mine"), KeyboardInterrupt()], ids=["exception", "interrupt"])
def test_the_users_own_exception_passes_and_what_was_there_stays(model, error):
    before = dict(vars(model))
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    with pytest.raises(type(error)) as caught:
        generate(model, logits_processor=[Fails(error)])
    recorder.stop()
    assert caught.value is error
    assert vars(model) == before
    beams = recorder.beams()
    assert (beams.step, beams.stopped, beams.done) == (4, True, False)
    assert len(beams.rows[0].running) == 3
    assert "stopped" in repr(beams)


def test_a_failure_of_the_recorder_is_not_the_users(model, caplog):
    def fail():
        raise RuntimeError("the view is broken")

    alone = generate(model)
    recorder = BeamRecorder(model, PROMPT, fail)
    recorder.start()
    output = generate(model)
    recorder.stop()
    assert torch.equal(alone.sequences, output.sequences)
    assert recorder.beams() is None
    assert "the view is broken" in recorder.reason
    assert "could not be recorded" in caplog.text


def test_a_version_without_these_methods_is_left_alone():
    class Other(torch.nn.Module):
        pass

    model = Other()
    before = dict(vars(model))
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    assert vars(model) == before
    recorder.stop()
    assert recorder.beams() is None
    assert "_prefill" in recorder.reason


def test_another_threads_generate_is_not_recorded(model, background):
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    background(generate, model).result()
    recorder.stop()
    assert recorder.beams().rows == ()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), None])
def test_a_copy_made_meanwhile_generates_like_the_model(model, copied):
    def saved(model):
        torch.save(model, file := io.BytesIO())
        file.seek(0)
        return torch.load(file, weights_only=False)

    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    other = (copied or saved)(model)
    told = recorder.beams().step
    output = generate(other)
    assert recorder.beams().step == told == 0
    recorder.stop()
    assert torch.equal(output.sequences, generate(model).sequences)


def test_only_small_tensors_are_kept(model):
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    generate(model, rows=1, max_new_tokens=100)
    raw = recorder._raw[-1]
    tensors = [*raw.candidates, raw.scores, raw.ended, *raw.kept, *raw.finished, raw.lengths, raw.is_finished, raw.open]
    assert max(tensor.untyped_storage().nbytes() for tensor in tensors) <= 6 * 8
    assert recorder.running[1] == PROMPT + 100
    recorder.stop()
    assert recorder.running is None
    recorder.beams()
    assert recorder._raw == []


def test_nothing_is_fetched_from_the_device_while_it_generates(model, monkeypatch):
    recorder = BeamRecorder(model, PROMPT, lambda: None)
    recorder.start()
    fetched = []
    for name in ("cpu", "numpy", "item", "tolist"):
        own = getattr(torch.Tensor, name)

        def note(self, *args, _own=own, _name=name, **named):
            import sys

            if "llmwidgets" in sys._getframe(1).f_code.co_filename:
                fetched.append(_name)
            return _own(self, *args, **named)

        monkeypatch.setattr(torch.Tensor, name, note)
    generate(model)
    recorder.stop()
    assert fetched == []
    recorder.beams()
    assert "cpu" in fetched


def test_the_real_model_is_recorded_to_the_bit(default_loaded):
    model, tokenizer = default_loaded
    inputs = tokenizer("The capital of France is", return_tensors="pt")
    asked = {"num_beams": 3, "num_return_sequences": 2, "max_new_tokens": 6, "do_sample": False}
    asked |= {"return_dict_in_generate": True, "output_scores": True}
    alone = model.generate(**inputs, **asked)
    recorder = BeamRecorder(model, inputs["input_ids"].shape[1], lambda: None)
    recorder.start()
    output = model.generate(**inputs, **asked)
    recorder.stop()
    assert torch.equal(alone.sequences, output.sequences)
    assert torch.equal(alone.sequences_scores, output.sequences_scores)
    beams = recorder.beams()
    assert_equal(output, beams, 2)
    assert beams.search.num_return_sequences == 2


# what the page is shown


@pytest.fixture
def session(build, byte_tokenizer):
    """Of a model with its own tokenizer: the searches are another's, which has fewer tokens."""
    with ModelSession(build("llama"), byte_tokenizer) as made:
        yield made


@pytest.fixture
def vocabulary(session):
    return Vocabulary.of(session)


def payload(model, vocabulary, session, row=0, **settings):
    _, beams = recorded(model, **settings)
    shown = beams.rows[row]
    found = tree_payload(beams, shown, number=1, vocabulary=vocabulary, token_bytes=session.token_bytes)
    return shown, json.loads(json.dumps(found))


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_what_travels_is_what_was_recorded(model, vocabulary, session, settings):
    row, shown = payload(model, vocabulary, session, row=1, **settings)
    assert matches(shown, beam_payloads.BeamTreePayload)
    nodes = [node for column in row.nodes() for node in column]
    assert shown["counts"] == [len(column) for column in row.nodes()]
    assert decoded(shown["ids"]).tolist() == [node.token for node in nodes]
    assert decoded(shown["parents"]).tolist() == [node.parent for node in nodes]
    assert np.array_equal(decoded(shown["log_probs"]), np.maximum(np.float32([node.log_prob for node in nodes]), -1e9))
    kinds = [shown["kind"][kind] for kind in decoded(shown["kinds"])]
    assert [(kind["state"], kind["why"]) for kind in kinds] == [(node.fate.state, node.fate.why) for node in nodes]
    assert [kind["leads_to"] for kind in kinds] == [node.leads_to for node in nodes]
    assert [beam["score"] for beam in shown["finished"]] == [beam.score for beam in row.finished]
    assert shown["state"] == "done"
    by_id = dict(zip(shown["distinct"], zip(shown["pieces"], shown["bytes"], strict=True), strict=True))
    assert all(by_id[node.token] == vocabulary.piece(node.token) for node in nodes)


def test_a_long_search_shows_its_newest_steps(model, vocabulary, session):
    row, shown = payload(model, vocabulary, session, max_new_tokens=100)
    assert (row.step, shown["step"]) == (100, 100)
    assert shown["first"] == 100 - MOST_COLUMNS
    assert len(shown["counts"]) == MOST_COLUMNS
    assert shown["finished"][0]["tokens"] == 100
    assert shown["finished"][0]["cut"]
    assert len(json.dumps(shown)) < 40_000


def test_what_a_model_rules_out_travels_as_a_number(model, vocabulary, session):
    _, shown = payload(model, vocabulary, session, prefix_allowed_tokens_fn=lambda *_: [7, 8, 9], max_new_tokens=3)
    assert np.isfinite(decoded(shown["log_probs"])).all()
    assert decoded(shown["log_probs"]).min() == -1e9


# the view


@pytest.fixture
def watched(model, byte_tokenizer):
    model.resize_token_embeddings(len(byte_tokenizer))
    with ModelSession.watch(model, byte_tokenizer) as made:
        yield made


@pytest.mark.usefixtures("page")
def test_the_view_shows_the_users_own_generate(watched, model):
    view = BeamTree(watched)
    assert view.tree is None
    assert "num_beams=4" in repr(view)
    output = generate(model, num_return_sequences=3, eos_token_id=[1, 2])
    beams = view.beams
    assert_equal(output, beams, 3)
    view.follow()
    assert view.tree["finished"][0]["score"] == output.sequences_scores[0].item()
    assert (view.tree["row"], view.tree["rows"], view.tree["number"]) == (0, 3, 1)
    watched.row = 6
    view.follow()
    assert view.tree["row"] == 2
    assert view.tree["finished"][0]["score"] == output.sequences_scores[6].item()
    generate(model)
    view.follow()
    assert view.tree["number"] == 2
    # a search before its first step takes nothing away
    watched._beams = Beams(Search(4, 5))
    view.follow()
    assert view.tree["number"] == 2
    view.close()


@pytest.mark.usefixtures("page")
def test_the_search_shown_is_that_of_the_returned_sequence_that_is_shown(watched, model):
    view = BeamTree(watched)
    generate(model, rows=2, max_new_tokens=4, num_beams=3, num_return_sequences=2)
    found = []
    for row in range(watched.rows):
        watched.row = row
        found.append(view.tree["row"])
    assert found == [0, 0, 1, 1]


@pytest.mark.usefixtures("page")
def test_the_pictures_escape_what_they_show(watched, model, monkeypatch):
    monkeypatch.setattr(type(watched), "token_bytes", property(lambda _: lambda _token: b"<b>x</b>"))
    view = BeamTree(watched)
    generate(model, eos_token_id=[1, 2])
    data, _ = view._repr_mimebundle_()
    assert "&lt;b&gt;x&lt;/b&gt;" in data["text/html"]
    assert "<b>x" not in data["text/html"]
    assert "num_beams=3" in data["text/plain"]
    figure = view.figure()
    assert {trace.name for trace in figure.data} >= {"ended", "continued"}
    assert "<b>" not in "".join(text for trace in figure.data for text in trace.text or ())
    view.close()


@pytest.mark.usefixtures("page")
def test_a_session_without_beams_has_an_empty_view(session):
    view = BeamTree(session)
    assert view.beams is None
    assert view.tree is None
    assert "model.generate" in view.figure().layout.title.text
    view.close()
