"""Logits from any source, as a session: whatever they are held in, each place has its own distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession, NextTokenBar, Sampler
from llmwidgets.errors import BadLogits, InvalidValue, NoTokenizer
from llmwidgets.logits import LogitsSession
from llmwidgets.stages.given import read

VECTOR = [3.0, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0]
SOFTMAX = np.exp(VECTOR) / np.exp(VECTOR).sum()


@pytest.mark.parametrize(
    "given",
    [
        VECTOR,
        tuple(VECTOR),
        [VECTOR],
        [[VECTOR]],
        np.array(VECTOR),
        np.array(VECTOR, np.float16),
        torch.tensor(VECTOR),
        torch.tensor([VECTOR], dtype=torch.float64),
        torch.tensor([[VECTOR]], dtype=torch.bfloat16),
        torch.tensor(VECTOR, dtype=torch.float16),
        torch.tensor(VECTOR, requires_grad=True),
        torch.tensor([3, 2, 1]),
        [3, 2, 1],
        {"logits": torch.tensor([[VECTOR]])},
    ],
)
def test_any_holder_of_logits_is_read(given):
    with torch.enable_grad():
        distribution = LogitsSession(given).distribution
    count = distribution.logits.size
    expected = torch.tensor(VECTOR[:count]).softmax(0).numpy()
    np.testing.assert_allclose(distribution.probs(), expected, rtol=1e-3)
    assert distribution.logits.dtype == np.float32


def test_a_models_output_with_its_ids_has_a_distribution_at_every_place(model, byte_tokenizer):
    inputs = byte_tokenizer("The quick brown fox", return_tensors="pt")
    output = model(input_ids=inputs["input_ids"])
    session = LogitsSession(output, byte_tokenizer, input_ids=inputs)
    assert session.text == "The quick brown fox"
    for place in range(inputs["input_ids"].shape[1]):
        session.position = place
        np.testing.assert_array_equal(session.distribution.logits, output.logits[0, place].detach().numpy())
    assert session.info.vocabulary == output.logits.shape[-1]


def test_the_last_logits_follow_the_last_tokens(model, byte_tokenizer):
    ids = byte_tokenizer("The quick brown fox", return_tensors="pt")["input_ids"]
    whole, last = model(input_ids=ids).logits, model(input_ids=ids, logits_to_keep=2).logits
    session = LogitsSession(last, byte_tokenizer, input_ids=ids)
    np.testing.assert_allclose(session.distribution.logits, whole[0, -1].detach().numpy(), atol=1e-5)
    session.position = ids.shape[1] - 2
    np.testing.assert_allclose(session.distribution.logits, whole[0, -2].detach().numpy(), atol=1e-5)
    session.position = 0
    with pytest.raises(InvalidValue, match="There are no logits after token 0"):
        _ = session.distribution
    assert session.status.error is not None


def test_what_generate_returns_is_looked_at_token_by_token(model, byte_tokenizer):
    ids = byte_tokenizer("The quick", return_tensors="pt")["input_ids"]
    done = model.generate(
        ids, max_new_tokens=3, do_sample=False, return_dict_in_generate=True, output_logits=True, pad_token_id=0
    )
    session = LogitsSession(done, byte_tokenizer)
    new = done.sequences[0, ids.shape[1] :].tolist()
    assert session.tokens.ids.tolist() == done.sequences[0].tolist()
    for step, token in enumerate(new):
        session.position = ids.shape[1] - 1 + step
        assert session.distribution.top(1)[0].id == token
    scores = model.generate(
        ids, max_new_tokens=2, do_sample=False, return_dict_in_generate=True, output_scores=True, pad_token_id=0
    )
    assert LogitsSession(scores, byte_tokenizer).distribution.top(1)[0].id == new[1]
    bare = model.generate(ids, max_new_tokens=2, do_sample=False, return_dict_in_generate=True, pad_token_id=0)
    with pytest.raises(InvalidValue, match="output_logits=True"):
        LogitsSession(bare, byte_tokenizer)


def test_probabilities_and_log_probabilities_are_said_to_be_such():
    for values, given in (("probs", SOFTMAX), ("log_probs", np.log(SOFTMAX))):
        session = LogitsSession(given, values=values)
        np.testing.assert_allclose(session.distribution.probs(), SOFTMAX, rtol=1e-6)
    halves = LogitsSession([0.5, 0.5, 0.0], values="probs").distribution
    assert halves.logits[2] == -math.inf
    assert halves.probs().tolist() == [0.5, 0.5, 0.0]
    for values, wrong in (("probs", VECTOR), ("probs", [0.5, 0.1]), ("log_probs", VECTOR), ("log_probs", [-1.0, -9.0])):
        with pytest.raises(InvalidValue, match=values):
            LogitsSession(wrong, values=values)
    with pytest.raises(InvalidValue, match="values cannot be 'odds'"):
        LogitsSession(VECTOR, values="odds")


def test_probabilities_are_not_taken_for_logits():
    """A softmax of a softmax is almost flat: a student who passes probs would see a wrong picture and not know it."""
    with pytest.raises(InvalidValue, match='values="probs"'):
        LogitsSession(SOFTMAX)
    assert LogitsSession(SOFTMAX, values="logits").distribution.probs().max() < SOFTMAX.max()


def test_masked_logits_stay_and_nan_is_named_with_its_place():
    assert LogitsSession([1.0, -math.inf, 0.0]).distribution.probs()[1] == 0
    nan = torch.zeros(2, 3, 5)
    nan[1, 2, 4] = math.nan
    assert LogitsSession(nan, row=0).distribution.logits.size == 5
    with pytest.raises(BadLogits, match=r"NaN: 1 of 5, the first at id 4 .*row 1, place 2"):
        LogitsSession(nan, row=1)
    with pytest.raises(BadLogits, match=r"inf.*place 0"):
        LogitsSession([1.0, math.inf])
    with pytest.raises(BadLogits):
        LogitsSession([0.5, math.nan], values="probs")


def test_nan_elsewhere_does_not_hinder_until_it_is_looked_at():
    given = torch.zeros(1, 3, 5)
    given[0, 0, 1] = math.nan
    session = LogitsSession(given, input_ids=[[1, 2, 3]])
    session.position = 0
    with pytest.raises(BadLogits, match="place 0"):
        _ = session.distribution
    session.position = -1
    assert session.distribution.entropy == pytest.approx(math.log(5))


@pytest.mark.parametrize(
    "wrong",
    [
        "text",
        b"bytes",
        {"hidden": 1},
        [],
        [[1.0, 2.0], [1.0]],
        np.zeros((2, 2, 2, 2)),
        np.zeros((0, 4)),
        None,
        ["a", "b"],
    ],
)
def test_what_is_no_logits_is_refused_in_words(wrong):
    with pytest.raises(InvalidValue, match="logits"):
        LogitsSession(wrong)


def test_ids_have_to_fit():
    with pytest.raises(InvalidValue, match="input_ids"):
        read(np.zeros((1, 4, 7)), input_ids=[1, 2])
    with pytest.raises(InvalidValue, match="input_ids"):
        read(np.zeros((2, 4, 7)), input_ids=[[1, 2, 3, 4]])
    with pytest.raises(InvalidValue, match="input_ids"):
        read(VECTOR, input_ids="The quick")


def test_rows_of_a_batch(byte_tokenizer):
    given = torch.zeros(2, 1, 420)
    given[0, 0, 7], given[1, 0, 9] = 5.0, 5.0
    session = LogitsSession(given, byte_tokenizer)
    assert (session.rows, session.row, session.distribution.top(1)[0].id) == (2, 0, 7)
    session.row = 1
    assert session.distribution.top(1)[0].id == 9
    with pytest.raises(InvalidValue, match="row cannot be 2"):
        session.row = 2
    assert session.row == 1


def test_places_without_ids_are_counted_and_their_tokens_are_unknown(page):
    given = np.zeros((1, 3, 5), np.float32)
    given[0, :, 2] = [1, 2, 3]
    bar = NextTokenBar(given)
    session = bar.session
    assert (len(session.tokens), session.distribution.logits[2]) == (3, 3.0)
    session.position = 0
    assert session.distribution.logits[2] == 1.0
    assert session.filtered.probs.sum() == pytest.approx(1)
    assert bar._store.distribution["came"] is None


def test_the_sampler_and_its_draws_work_without_a_model():
    session = LogitsSession(VECTOR)
    session.sampler = Sampler(temperature=2.0, top_p=0.9, seed=3)
    assert len(session.filtered.kept) == 5
    probs = torch.as_tensor(session.filtered.probs)
    expected = torch.multinomial(probs, 50, replacement=True, generator=torch.Generator().manual_seed(3))
    assert session.sample(50).ids.tolist() == expected.tolist()


def test_logits_have_no_other_text(byte_tokenizer):
    session = LogitsSession([VECTOR], byte_tokenizer)
    for change in (
        lambda: session.edit("x"),
        lambda: setattr(session, "text", "x"),
        lambda: setattr(session, "tokens", [1]),
    ):
        with pytest.raises(InvalidValue, match="stand alone"):
            change()
    with pytest.raises(NoTokenizer):
        LogitsSession([VECTOR]).word_tokens("x")


def test_a_padded_vocabulary_is_counted_and_shown(byte_tokenizer, page):
    bar = NextTokenBar(torch.arange(512.0), tokenizer=byte_tokenizer)
    sent = bar._store.distribution
    assert sent["unnamed"] == 512 - 420
    assert sent["pieces"][0] == ""
    assert bar.distribution.top(1)[0].id == 511
    assert NextTokenBar(torch.arange(420.0), tokenizer=byte_tokenizer)._store.distribution["unnamed"] == 0


def test_the_newest_sessions_tokenizer_is_meant_where_it_fits(session, page):
    assert NextTokenBar(session.distribution.logits).session.face is session.face
    assert NextTokenBar(VECTOR).session.face.size == 0
    assert NextTokenBar(session.distribution.logits)._store.info["can_edit"] is False
    with pytest.raises(InvalidValue, match="tokenizer= belongs to logits"):
        NextTokenBar(session, tokenizer=session.tokenizer)
    assert ModelSession.current() is session
