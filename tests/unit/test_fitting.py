"""A tokenizer that is certainly another model's is said to be, and everything that works in the wild is let through."""

from __future__ import annotations

import copy

import pytest

from llmwidgets import ModelSession
from llmwidgets.errors import VocabulariesDiffer


@pytest.fixture(params=["session", "watch"])
def opened(request):
    """Opens a session on a pair, and closes it."""
    made = []

    def make(model, tokenizer):
        session = (ModelSession if request.param == "session" else ModelSession.watch)(model, tokenizer)
        made.append(session)
        return session

    yield make
    for session in made:
        session.close()


def test_a_tokenizer_with_far_more_tokens_is_refused_with_both_numbers(opened, build, byte_tokenizer):
    model = build("llama", len(byte_tokenizer))
    with pytest.raises(
        VocabulariesDiffer, match=rf"o200k_base .* 200,019 tokens, and the model {len(byte_tokenizer)}\."
    ):
        opened(model, "gpt-4o")
    assert not model._forward_hooks
    # the right one goes on where the wrong one was refused
    assert opened(model, byte_tokenizer).info.vocabulary == len(byte_tokenizer)


def test_who_was_watched_stays_watched(build, byte_tokenizer):
    model = build("llama", len(byte_tokenizer))
    with ModelSession.watch(model, byte_tokenizer) as session:
        with pytest.raises(VocabulariesDiffer):
            ModelSession.watch(model, "gpt-4o")
        assert session.watching
    session.close()


@pytest.mark.parametrize("rows", [1.02, 1.5, 40])
def test_a_padded_vocabulary_is_not(opened, build, byte_tokenizer, rows):
    opened(build("llama", int(len(byte_tokenizer) * rows)), byte_tokenizer)


def test_added_tokens_without_rows_are_not(opened, build, byte_tokenizer):
    tokenizer, size = copy.deepcopy(byte_tokenizer), len(byte_tokenizer)
    tokenizer.add_tokens([f"<new {number}>" for number in range(60)])
    model = build("llama", size)
    session = opened(model, tokenizer)
    session.text = "Hello"
    assert session.distribution.top(1)


def test_a_vocabulary_that_was_trimmed_a_little_is_not(opened, build, byte_tokenizer):
    opened(build("llama", byte_tokenizer.vocab_size - 2), byte_tokenizer)


def test_a_model_whose_own_end_the_tokenizer_does_not_have_is_warned_of(opened, build, byte_tokenizer):
    size = len(byte_tokenizer)
    model = build("llama", 2 * size)
    model.config.eos_token_id = [2 * size - 1, 0]
    with pytest.warns(UserWarning, match=rf"may not be the tokenizer .* eos_token_id {2 * size - 1} .* {size} tokens"):
        opened(model, byte_tokenizer)


def test_an_end_that_the_model_has_not_either_says_nothing(opened, build, byte_tokenizer):
    model = build("llama", len(byte_tokenizer))
    model.config.eos_token_id = 50_256
    opened(model, byte_tokenizer)


def test_moving_refuses_as_well_and_stays(build, byte_tokenizer):
    model = build("llama", len(byte_tokenizer))
    with ModelSession(model, byte_tokenizer, text="Hi") as session:
        with pytest.raises(VocabulariesDiffer):
            session.move_to(model, "gpt-4o")
        assert session.text == "Hi"
        assert session.distribution.top(1)
