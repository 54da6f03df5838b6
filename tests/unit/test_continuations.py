"""Candidates behind a prompt: where they begin among the tokens, what the model says of them, and what that costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession
from llmwidgets.continuing import beginning_of, question_of
from llmwidgets.engines import branches, local
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import BadLogits, InvalidValue, NotACausalModel, SessionClosed, TextTooLong
from llmwidgets.stages.continuations import Join, check_candidates, check_measure
from llmwidgets.stages.tokens import Tokens
from llmwidgets.tokenizers.face import as_tokenizer

BRANCHED = ["llama", "gpt2", "mistral", "qwen2", "gemma2", "mixtral"]
KINDS = [*BRANCHED, "lfm2", "mamba", "recurrent_gemma"]
PROMPT = "むかしむかし、あるところに"
CANDIDATES = ["ラーメン大好きな大学院生が", "おじいさんとおばあさんが", "にがい珈琲が"]
IDS = [7, 301, 22, 22, 150, 9, 88, 312]
ENDS = [[4, 200, 61, 5, 5, 5, 17], [61], [], [9, 9, 300], [61, 5]]


def plain(model, ids, start):
    """A plain sum of log-softmax over the tokens from place `start` on, in one forward without a cache."""
    with torch.inference_mode():
        log_probs = model(torch.tensor([ids]), use_cache=False).logits[0].log_softmax(-1)
    return sum(float(log_probs[place - 1, ids[place]]) for place in range(start, len(ids)))


def each_token(model, ids, start):
    return [-plain(model, ids[: place + 1], place) for place in range(start, len(ids))]


# the engine


@pytest.fixture(params=KINDS)
def any_model(request, build):
    return build(request.param)


@pytest.fixture(params=[2**25, 420 * 9], ids=["at once", "in groups"])
def _groups(request, monkeypatch):
    monkeypatch.setattr(local, "LOGITS_AT_ONCE", request.param)


@pytest.mark.usefixtures("_groups")
def test_every_token_of_every_end_is_what_a_forward_of_its_own_says(any_model):
    engine = LocalEngine(any_model)
    for prefix in (IDS, IDS[:3], [*IDS, 99], IDS):
        found = engine.continuations(prefix, ENDS)
        assert [len(scores) for scores in found] == list(map(len, ENDS))
        for end, scores in zip(ENDS, found, strict=True):
            assert scores.dtype == np.float64
            np.testing.assert_allclose(scores, each_token(any_model, [*prefix, *end], len(prefix)), atol=1e-5)


def test_an_end_that_alone_is_too_long_for_a_group(build, monkeypatch):
    monkeypatch.setattr(local, "LOGITS_AT_ONCE", 420 * 4)
    model = build("llama")
    found = LocalEngine(model).continuations(IDS, ENDS)
    np.testing.assert_allclose(found[0], each_token(model, [*IDS, *ENDS[0]], len(IDS)), atol=1e-5)


def test_behind_nothing_the_first_token_has_no_probability(any_model):
    found = LocalEngine(any_model).continuations([], ENDS)
    for end, scores in zip(ENDS, found, strict=True):
        assert np.isnan(scores[:1]).all()
        np.testing.assert_allclose(scores[1:], each_token(any_model, end, 1), atol=1e-5)


@pytest.mark.parametrize("kind", BRANCHED)
def test_the_beginning_is_computed_once_and_all_ends_in_one_forward(build, kind):
    engine = LocalEngine(build(kind))
    engine.continuations(IDS, ENDS)
    assert engine.work.forwards == 2
    assert engine.work.tokens_computed == len(IDS) + sum(max(len(end) - 1, 0) for end in ENDS)
    engine.continuations(IDS, ENDS[:2])
    assert engine.work.forwards == 4
    # of the beginning one token is run again, for the logits behind it
    assert engine.work.tokens_computed == len(IDS) + 9 + 1 + 6


def test_what_was_kept_of_the_text_stays(build):
    engine, text = LocalEngine(build("llama")), [*IDS, 3, 4, 5]
    engine.logits(text)
    engine.continuations(IDS, ENDS)
    before = engine.work.tokens_computed
    engine.logits([*text, 6])
    assert engine.work.tokens_computed == before + 1


def test_no_ends(build):
    assert LocalEngine(build("llama")).continuations(IDS, []) == []


def test_groups_fill_the_room_that_they_have():
    found = list(branches.groups(ENDS, 8))
    assert [end for group in found for end in group] == ENDS
    assert [len(group) for group in found] == [1, 2, 2]


def test_broken_weights(build):
    model = build("llama")
    with torch.no_grad():
        model.lm_head.weight[5, 0] = float("nan")
    with pytest.raises(BadLogits, match="NaN"):
        LocalEngine(model).continuations(IDS, ENDS)


def test_an_impossible_token(build):
    model = build("llama")
    with torch.no_grad():
        model.lm_head.bias = torch.nn.Parameter(torch.zeros(420))
        model.lm_head.bias[61] = float("-inf")
    found = LocalEngine(model).continuations(IDS, ENDS)
    assert np.isposinf(found[1]).all()
    assert np.isfinite(found[3]).all()


# the tokens


def test_a_candidate_of_its_own_tokens(byte_tokenizer):
    asked = question_of(as_tokenizer(byte_tokenizer), "The quick", [" brown", " fox"])
    assert [join.fused for join in asked.joins] == [False, False]
    assert list(asked.prompt_ids) == byte_tokenizer("The quick")["input_ids"]
    assert asked.joins[0].end(asked.joins[0].shared) == byte_tokenizer(" brown")["input_ids"]


def test_a_space_at_the_prompts_end_fuses_with_the_candidate(byte_tokenizer):
    """The space becomes part of the candidate's first token: what counts begins with it."""
    face = as_tokenizer(byte_tokenizer)
    (join,) = question_of(face, "The quick ", ["brown"]).joins
    whole, alone = (byte_tokenizer(text)["input_ids"] for text in ("The quick brown", "The quick"))
    assert join.tokens.ids.tolist() == whole
    assert (join.fused, join.prompt_part) == (True, " ")
    assert [*alone, *join.end(join.shared)] == whole
    scored = join.scored(np.ones(len(join.end(join.shared))))
    assert (scored.characters, scored.utf8_bytes) == (6, 6)


def test_what_counts_begins_behind_the_last_token_that_both_have():
    """The prompt's last tokens are cut otherwise once the candidate follows, though a boundary is where it ended."""
    prompt = Tokens.from_bytes([1, 2, 3], [b"x", b"aa", b"b"])
    whole = Tokens.from_bytes([1, 4, 5, 6], [b"x", b"a", b"ab", b"c"])
    join = Join.of("c", prompt, whole)
    assert (join.shared, join.fused, join.prompt_part) == (1, True, "aab")
    assert join.scored(np.ones(3)).characters == 4


def test_a_token_that_holds_parts_of_two_characters():
    first, second = "お".encode(), "じ".encode()
    prompt = Tokens.from_bytes([1, 2, 3], [b"x", first[:2], first[2:]])
    whole = Tokens.from_bytes([1, 2, 4, 5], [b"x", first[:2], first[2:] + second[:1], second[1:]])
    join = Join.of("じ", prompt, whole)
    assert (join.shared, join.fused, join.prompt_part) == (2, True, "お")
    assert join.scored(np.ones(2)).utf8_bytes == 4


def test_what_stands_in_front(byte_tokenizer, bos_tokenizer, sentencepiece_tokenizer):
    own = beginning_of(as_tokenizer(bos_tokenizer))
    assert (own.ids, own.own) == ((bos_tokenizer.bos_token_id,), True)
    assert beginning_of(as_tokenizer(sentencepiece_tokenizer)).ids == (1,)
    none = beginning_of(as_tokenizer(byte_tokenizer))
    assert (none.ids, none.own) == ((), False)


@pytest.mark.parametrize("name", ["bos_tokenizer", "sentencepiece_tokenizer"])
def test_with_it_the_tokens_are_the_tokenizers_own(name, request):
    tokenizer = request.getfixturevalue(name)
    face = as_tokenizer(tokenizer)
    for prompt, candidate in (("The quick", " brown"), ("", "The"), ("The ", "king")):
        asked = question_of(face, prompt, [candidate])
        (join,) = asked.joins
        assert [*asked.beginning, *join.tokens.ids.tolist()] == tokenizer(prompt + candidate)["input_ids"]
        bare = question_of(face, prompt, [candidate], begin=False)
        assert bare.beginning == ()
        assert bare.context == tokenizer(prompt, add_special_tokens=False)["input_ids"]


def test_a_tokenizer_without_one_cannot_put_it_there(byte_tokenizer):
    with pytest.raises(InvalidValue, match="no begin-of-text token"):
        question_of(as_tokenizer(byte_tokenizer), "a", ["b"], begin=True)


# the sums


def test_measures(session):
    one = session.continuations([" brown fox"], prompt="The quick")[" brown fox"]
    total = -float(one.surprisals.sum())
    assert one.log_prob == one.per("sum") == pytest.approx(total)
    assert one.per("token") == pytest.approx(total / len(one.ids))
    assert one.per("character") == one.per("byte") == pytest.approx(total / 10)
    np.testing.assert_allclose(one.bits, one.surprisals / math.log(2))
    assert b"".join(one.token_bytes) == b" brown fox"


def test_japanese_has_more_bytes_than_characters(session):
    one = session.continuations(CANDIDATES, prompt=PROMPT)[CANDIDATES[1]]
    assert one.characters == 12
    assert one.utf8_bytes == 36


def test_rank_by_what_is_asked(session):
    found = session.continuations([" brown", " fox jumps over the lazy dog", " a"], prompt="The quick")
    for measure in ("sum", "token", "character", "byte"):
        values = [one.per(measure) for one in found.ranked(measure)]
        assert values == sorted(values, reverse=True)
    assert list(found.scores) == [one.candidate for one in found]
    assert found.scores[" a"] == found[" a"].log_prob
    with pytest.raises(KeyError):
        found["none"]
    assert repr(found).startswith("Continuations('")


def test_what_has_no_probability_comes_last(session):
    found = session.continuations(["a", "the king"], prompt="")
    assert math.isnan(found["a"].log_prob)
    assert found["a"].counted == 0
    assert found.ranked()[-1].candidate == "a"
    one = found["the king"]
    assert one.log_prob == pytest.approx(plain(session.model, one.ids.tolist(), 1), abs=1e-5)
    assert one.counted == len(one.ids) - 1
    assert one.characters == len("the king") - len(one.token_bytes[0])


@pytest.mark.parametrize(
    ("given", "words"),
    [(3, "int"), ([3], "holds 3"), ({"a": 1}, "dict"), (["x" * 2001], "2,001"), (map(str, range(51)), "51 texts")],
)
def test_candidates_that_are_none(given, words):
    with pytest.raises(InvalidValue, match=words):
        check_candidates(given)


def test_candidates_are_kept_as_they_are_typed():
    assert check_candidates(["a", "", " a", "a"]) == ("a", " a")
    assert check_candidates("abc") == ("abc",)
    assert check_measure("byte") == "byte"
    with pytest.raises(InvalidValue, match="measure cannot be 'word'"):
        check_measure("word")


# the session


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["byte_tokenizer", "bos_tokenizer"])
def test_scores_are_a_plain_sum_of_log_softmax(build, kind, name, request):
    tokenizer = request.getfixturevalue(name)
    model = build(kind, len(tokenizer))
    with ModelSession(model, tokenizer, text=PROMPT) as session:
        scores = session.continuations(CANDIDATES).scores
        start = len(tokenizer(PROMPT)["input_ids"])
        for candidate in CANDIDATES:
            ids = tokenizer(PROMPT + candidate)["input_ids"]
            assert ids[:start] == tokenizer(PROMPT)["input_ids"]
            # the sum of some 30 float32 numbers has an error of its own
            assert scores[candidate] == pytest.approx(plain(model, ids, start), rel=1e-6, abs=1e-5)


def test_a_fused_candidate_is_scored_from_the_last_shared_boundary(session, byte_tokenizer):
    found = session.continuations(["brown", " fox"], prompt="The quick ")
    start = len(byte_tokenizer("The quick")["input_ids"])
    ids = byte_tokenizer("The quick brown")["input_ids"]
    assert found["brown"].fused
    assert found["brown"].log_prob == pytest.approx(plain(session.model, ids, start), abs=1e-5)
    # the other one's own tokens count alone, though both were run from the earlier boundary on
    other = found[" fox"]
    assert not other.fused
    ids = byte_tokenizer("The quick  fox")["input_ids"]
    first = len(ids) - len(other.ids)
    assert other.log_prob == pytest.approx(plain(session.model, ids, first), abs=1e-5)
    assert ids[:first] == byte_tokenizer("The quick ")["input_ids"]


def test_the_text_is_the_prompt_and_stays(session):
    before = session.state
    found = session.continuations([" and"])
    assert found.prompt == session.text
    assert session.state is before


def test_the_begin_of_text_token_can_be_left_out(build, bos_tokenizer):
    model = build("llama", len(bos_tokenizer))
    with ModelSession(model, bos_tokenizer, text="The quick") as session:
        bare = bos_tokenizer("The quick brown", add_special_tokens=False)["input_ids"]
        start = len(bos_tokenizer("The quick", add_special_tokens=False)["input_ids"])
        without = session.continuations([" brown"], begin_of_text=False)
        assert without.beginning == ()
        assert without.scores[" brown"] == pytest.approx(plain(model, bare, start), abs=1e-5)
        session.add_special_tokens = False
        assert session.continuations([" brown"]).beginning == ()
        assert session.continuations([" brown"], prompt="The quick").beginning == (bos_tokenizer.bos_token_id,)
        assert session.continuations(["The"], prompt="").scores["The"] < 0


def test_what_cannot_be_scored(build, byte_tokenizer, session):
    with ModelSession(build("gpt2", n_positions=8), byte_tokenizer) as short, pytest.raises(TextTooLong):
        short.continuations(["far too long a text"], prompt="The quick")
    with ModelSession(build("bert"), byte_tokenizer) as encoder, pytest.raises(NotACausalModel):
        encoder.continuations(["a"], prompt="b")
    session.close()
    with pytest.raises(SessionClosed):
        session.continuations(["a"])


def test_the_real_model(real):
    """The lesson's own example, in Japanese, against transformers."""
    found = real.continuations(CANDIDATES, prompt=PROMPT)
    start = len(real.tokenizer(PROMPT)["input_ids"])
    for one in found:
        ids = real.tokenizer(PROMPT + one.candidate)["input_ids"]
        assert not one.fused
        assert one.log_prob == pytest.approx(plain(real.model, ids, start), rel=1e-5)
    assert found.ranked("token")[0].candidate == CANDIDATES[1]
    front = real.continuations(CANDIDATES, prompt="", begin_of_text=True)
    assert front.beginning == (real.tokenizer.bos_token_id,)
    ids = [real.tokenizer.bos_token_id, *real.tokenizer(CANDIDATES[2])["input_ids"]]
    assert front.scores[CANDIDATES[2]] == pytest.approx(plain(real.model, ids, 1), rel=1e-5)
