"""Guesses: the token that is meant, its rank and probability, and the score."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from llmwidgets import Distribution
from llmwidgets.assets import default_model
from llmwidgets.errors import InvalidValue
from llmwidgets.language import speaking
from llmwidgets.stages.guessing import Guess, Score, ends_inside, first_token, judge
from llmwidgets.tokenizers.face import as_tokenizer

LOGITS = hnp.arrays(
    np.float32, st.integers(1, 30), elements=st.floats(-30, 30, width=32) | st.just(-math.inf) | st.just(1.0)
).filter(lambda array: np.isfinite(array).any())


@settings(deadline=None)
@given(logits=LOGITS, data=st.data())
def test_rank_and_probability(logits, data):
    token = data.draw(st.integers(0, logits.size - 1))
    found = judge(Distribution.of(logits, 7), token, "x", revision=3)
    order = sorted(range(logits.size), key=lambda index: (-logits[index], index))
    probs = torch.as_tensor(logits).double().softmax(-1)
    assert found.rank == order.index(token) + 1
    assert (found.best, found.revision, found.position) == (order[0], 3, 7)
    assert found.probability == pytest.approx(float(probs[token]), rel=1e-9)
    assert found.best_probability == pytest.approx(float(probs[order[0]]), rel=1e-9)


@pytest.mark.parametrize("token", [-1, 3])
def test_a_token_that_is_none(token):
    with pytest.raises(InvalidValue, match="Ids go from 0 to 2"):
        judge(Distribution.of([0.0, 0.0, 0.0]), token, "x")


def test_the_score_of_guesses():
    made = Distribution.of(np.log([0.5, 0.25, *[0.25 / 14] * 14]))
    guesses = [judge(made, token, "") for token in (0, 0, 1, 15)]
    assert [guess.rank for guess in guesses] == [1, 1, 2, 16]
    score = Score.of(iter(guesses))
    assert (score.total, score.right, score.in_top_ten) == (4, 2, 3)
    assert score.mean_surprisal == pytest.approx((3 + 1) * math.log(2) / 4 + math.log(56) / 4, rel=1e-6)
    assert Score.of([]) == Score(0, 0, 0, 0.0)
    assert str(Score()) == "no guesses yet"
    assert str(score) == "2 of 4 were the model's first choice, 3 in its top ten; mean surprisal 1.70 nats"
    with speaking("ja"):
        told = "1 回中 0 回がモデルの第 1 候補、0 回が上位 10 位以内; 平均サプライザル inf nat 以上"
        assert str(Score(1, 0, 0, math.inf, known=False)) == told


def test_the_surprisal_of_what_the_model_rules_out():
    made = judge(Distribution.of([0.0, -math.inf]), 1, "no")
    assert (made.surprisal, made.rank) == (math.inf, 2)
    assert Score.of([made]).mean_surprisal == math.inf


def test_a_sure_guess_has_no_surprisal():
    assert judge(Distribution.of([0.0]), 0, "").surprisal == 0


# what a typed guess means


@pytest.fixture(scope="module")
def smol():
    return as_tokenizer(str(default_model().path))


@pytest.fixture(scope="module")
def gpt():
    return as_tokenizer("gpt-4o")


def liking(face, *tokens):
    """A distribution that prefers these tokens, the first most."""
    logits = np.zeros(face.size, np.float32)
    for place, token in enumerate(reversed(tokens)):
        logits[token] = 5 + place
    return Distribution.of(logits)


def only(face, text):
    (token,) = face.encode(text, special=False).ids.tolist()
    return token


@pytest.mark.parametrize("name", ["smol", "gpt"])
def test_the_space_in_front_need_not_be_typed(name, request):
    face = request.getfixturevalue(name)
    before = "The capital of France is"
    spaced, bare = only(face, " Paris"), only(face, "Paris")
    for typed in ("Paris", " Paris", "  Paris"):
        assert first_token(face, typed, before, liking(face, spaced, bare)) == (spaced, True)
        assert first_token(face, typed, before, liking(face, bare, spaced)) == (bare, True)


def test_a_guess_of_several_tokens_counts_by_its_first(smol):
    tokens = smol.encode(" antidisestablishmentarianism", special=False).ids.tolist()
    assert len(tokens) > 1
    assert first_token(smol, "antidisestablishmentarianism", "The", liking(smol, tokens[0])) == (tokens[0], False)


def test_japanese_has_no_spaces(gpt):
    token = only(gpt, "です")
    assert first_token(gpt, "です", "日本の首都は東京", liking(gpt, token)) == (token, True)


def test_a_character_that_is_several_tokens_counts_by_its_first_bytes(smol):
    tokens = smol.encode("東京は", special=False).ids.tolist()
    assert first_token(smol, "東京は", "日本の首都", liking(smol, tokens[0])) == (tokens[0], False)


def test_the_bytes_that_many_characters_begin_with_settle_no_guess(smol):
    """SmolLM2 has no token for most kana: each of them begins with the same two bytes."""
    first = {int(smol.encode(kana, special=False).ids[0]) for kana in "おかさ"}
    assert len(first) == 1
    bar = liking(smol, *first, only(smol, "い"))
    made = []
    for typed in ("お", "かさ", "い"):
        token, whole = first_token(smol, typed, "むかし", bar)
        begun = not whole and ends_inside(smol.token_bytes(token))
        made.append(judge(bar, token, typed, whole=whole, open_=begun))
    assert [guess.open for guess in made] == [True, True, False]
    score = Score.of(made)
    assert (score.total, score.right, score.in_top_ten, score.known) == (3, 0, 1, False)


def test_full_width_letters_are_the_plain_ones(smol):
    token = only(smol, " Paris")
    for typed in ("Ｐａｒｉｓ", "　Ｐａｒｉｓ"):
        assert first_token(smol, typed, "The capital of France is", liking(smol, token)) == (token, True)


def test_a_tokenizer_that_puts_a_space_in_front_is_asked_in_place(sentencepiece_tokenizer):
    face = as_tokenizer(sentencepiece_tokenizer)
    assert face.encode("king", special=False).token_bytes[0].startswith(b" ")
    token = int(face.encode("The manking", special=False).ids[-1])
    assert face.token_bytes(token) == b"king"
    assert first_token(face, "king", "The man", liking(face, token)) == (token, True)


def test_white_space_alone_is_no_word(unigram_tokenizer):
    face = as_tokenizer(unigram_tokenizer)
    space, tokens = only(face, " "), face.encode("qu", special=False).ids.tolist()
    token, _ = first_token(face, "qu", "The quick", liking(face, space, *tokens))
    assert token != space


@pytest.mark.parametrize(("typed", "meant"), [("⏎", "\n"), ("\n", "\n"), (" ", " ")])
def test_white_space_as_a_guess(smol, typed, meant):
    token = only(smol, meant)
    assert first_token(smol, typed, "Yes.", liking(smol, token)) == (token, True)


def test_an_empty_guess_is_refused(smol):
    with pytest.raises(InvalidValue, match="The guess is empty"):
        first_token(smol, "", "The", liking(smol, 5))


def test_a_guess_outside_the_distribution_is_refused(smol):
    with pytest.raises(InvalidValue, match="No token begins 'Paris'"):
        first_token(smol, "Paris", "", Distribution.of([0.0, 0.0]))


def test_a_special_token_by_its_name(smol):
    token = only(smol, "<|im_end|>")
    assert first_token(smol, "<|im_end|>", "Bye", liking(smol, token)) == (token, True)


@settings(deadline=None, max_examples=60)
@given(
    text=st.text("aTh eé東です👍🏽\n⏎␣.", min_size=1, max_size=6),
    before=st.text("ab \nあ", max_size=5),
)
def test_every_guess_means_a_token_that_begins_it(smol, text, before):
    token, whole = first_token(smol, text, before, liking(smol))
    data = smol.token_bytes(token)
    ways = [
        text,
        f" {text.lstrip(' ')}",
        text.lstrip(" "),
        text.replace("⏎", "\n").replace("␣", " ").replace("⇥", "\t"),
    ]
    assert any(way.encode().startswith(data) for way in ways)
    assert not whole or any(way.encode() == data for way in ways)


def test_guesses_are_values():
    one = Guess(1, 0, "a", 5, True, 1, 0.5, 5, 0.5)
    assert one == Guess(1, 0, "a", 5, True, 1, 0.5, 5, 0.5)
    with pytest.raises(AttributeError):
        one.rank = 2


def test_a_guess_that_would_merge_with_the_text_before_it_is_cut_alone(smol):
    token = only(smol, "ital")
    assert len(smol.encode("The capital", special=False)) == 2
    assert first_token(smol, "ital", "The cap", liking(smol, token)) == (token, True)


def test_bytes_from_within_a_character_begin_nothing(smol):
    """Behind a space the character's first byte belongs to the space's token; the next token begins at the same character."""
    space, inner, *_ = smol.encode(" 東", special=False).ids.tolist()
    assert smol.token_bytes(inner) == b"\x9d"
    token, whole = first_token(smol, "東", "x ", liking(smol, inner, space))
    assert (token, whole) == (space, False)
