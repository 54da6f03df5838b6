"""Words as vectors of a model: poolings and layers, against transformers' own classes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession
from llmwidgets.errors import InvalidValue

WORDS = ["quick", "The king", "おばあさん", "a"]


def by_transformers(session, words, **options):
    """The lesson's batch: encoded by the tokenizer itself, padded, looked up in the input embeddings."""
    tokenizer = session.tokenizer
    padded = tokenizer(words, padding=True, return_tensors="pt", **options)
    vectors = session.model.get_input_embeddings()(padded.input_ids)
    return vectors.detach(), padded.attention_mask


@pytest.fixture
def with_begin(model, build, bos_tokenizer):
    tokenizer = bos_tokenizer
    tokenizer.pad_token = tokenizer.eos_token
    with ModelSession(build("llama", len(tokenizer)), tokenizer) as session:
        yield session


def test_the_mean_leaves_padding_and_begin_of_text_out(with_begin):
    vectors, mask = by_transformers(with_begin, WORDS, add_special_tokens=False)
    expected = (vectors * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    np.testing.assert_allclose(with_begin.embed(WORDS), expected.numpy(), atol=1e-6)


def test_the_lessons_way_counts_them_in(with_begin):
    vectors, _ = by_transformers(with_begin, WORDS)
    found = with_begin.embed(WORDS, pooling="lesson")
    np.testing.assert_allclose(found, vectors.mean(1).numpy(), atol=1e-6)
    assert not np.allclose(found, with_begin.embed(WORDS), atol=1e-3)


def test_without_a_padding_token_the_lesson_takes_the_end_of_text(session):
    assert session.tokenizer.pad_token is None
    ids = [session.tokenizer(word).input_ids for word in WORDS]
    longest = max(map(len, ids))
    padded = torch.tensor([row + [session.tokenizer.eos_token_id] * (longest - len(row)) for row in ids])
    expected = session.model.get_input_embeddings()(padded).mean(1).detach().numpy()
    np.testing.assert_allclose(session.embed(WORDS, pooling="lesson"), expected, atol=1e-6)


def test_a_decoders_last_layer_without_its_first_token(with_begin):
    session = with_begin
    found = session.embed(WORDS, layer="last")
    for word, vector in zip(WORDS, found, strict=True):
        ids = session.tokenizer(word).input_ids
        with torch.inference_mode():
            states = session.model(torch.tensor([ids]), output_hidden_states=True).hidden_states[-1][0]
        np.testing.assert_allclose(vector, states[1:].mean(0).numpy(), atol=1e-4)


@pytest.fixture
def encoder(build, wordpiece_tokenizer):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer) as session:
        yield session


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_an_encoder_pools_its_last_hidden_states(encoder, pooling):
    words = ["the king", "queen", "the quick brown fox"]
    padded = encoder.tokenizer(words, padding=True, return_tensors="pt")
    with torch.inference_mode():
        states = encoder.model(**padded).last_hidden_state
    mask = padded.attention_mask[..., None]
    expected = states[:, 0] if pooling == "cls" else (states * mask).sum(1) / mask.sum(1)
    np.testing.assert_allclose(encoder.embed(words, layer="last", pooling=pooling), expected.numpy(), atol=1e-4)


def test_which_layer_and_poolings_a_model_has(session, encoder):
    assert session.word_vectors.own_layer == "input"
    assert encoder.word_vectors.own_layer == "last"
    assert session.word_vectors.poolings("input") == ("mean", "lesson")
    assert session.word_vectors.poolings("last") == ("mean",)
    assert encoder.word_vectors.poolings("last") == ("mean", "cls")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"pooling": "max"}, "'mean', 'lesson'"),
        ({"pooling": "cls"}, "'mean', 'lesson'"),
        ({"layer": "last", "pooling": "lesson"}, "'mean'"),
        ({"layer": "middle"}, "'input', 'last'"),
        ({"layer": 3}, "'input', 'last'"),
    ],
)
def test_what_a_model_has_not_is_refused(session, options, names):
    with pytest.raises(InvalidValue, match=names):
        session.embed(["king"], **options)


@pytest.mark.parametrize("options", [{}, {"pooling": "lesson"}, {"layer": "last"}])
def test_a_word_of_no_token_is_named(session, options):
    with pytest.raises(InvalidValue, match="'' gives no token"):
        session.embed(["king", ""], **options)
    assert session.embed([], **options).shape == (0, session.info.dimensions)


def test_none_of_the_words_is_none(session):
    with pytest.raises(InvalidValue):
        session.embed([None])


def test_the_whole_table_is_the_weights_themselves(session):
    weight = session.model.get_input_embeddings().weight
    assert session.embeddings.tensor.data_ptr() == weight.data_ptr()
    assert len(session.embeddings) == len(weight)


def test_a_resized_vocabulary_has_another_table(session):
    before = len(session.embeddings)
    session.model.resize_token_embeddings(before + 8, mean_resizing=False)
    assert len(session.embeddings) == before + 8
    assert session.embeddings is session.embeddings


def test_tied_or_not(build, byte_tokenizer):
    for tied in (True, False):
        with ModelSession(build("llama", tie_word_embeddings=tied), byte_tokenizer) as session:
            assert session.info.tied is tied


def test_an_encoder_has_no_output_to_be_tied_to(encoder):
    assert encoder.info.tied is None


@pytest.mark.parametrize("words", [None, 3, [3], {"king": 1}, b"king", ["king", None]])
def test_words_that_are_no_list_of_strings(session, words):
    with pytest.raises(InvalidValue, match="words cannot be"):
        session.embed(words)
