"""Means over tokens, and which words can stand on a map."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.pooling import check_words, masked_mean


def test_masked_mean_leaves_padding_out():
    vectors = np.array([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [99.0, 99.0]]], np.float32)
    mask = np.array([[True, True], [True, False]])
    assert masked_mean(vectors, mask).tolist() == [[2.0, 3.0], [5.0, 6.0]]
    assert masked_mean(vectors, mask).dtype == np.float32
    with pytest.raises(InvalidValue, match="Row 1"):
        masked_mean(vectors, mask & [[True], [False]])


def test_white_space_at_the_ends_makes_another_word():
    assert check_words(["king", " king", "king", "", "  ", "\n", "king "], 3) == ("king", " king", "king ")


@given(st.lists(st.text(max_size=4), max_size=12))
def test_words_stay_as_they_are_in_their_order_and_once(words):
    found = check_words(words, 12)
    assert list(found) == [word for place, word in enumerate(words) if word.strip() and word not in words[:place]]


def test_too_many_words_and_other_things_are_refused():
    with pytest.raises(InvalidValue, match="2 words are too many"):
        check_words(["a", "b"], 1)
    assert check_words(iter(["a", "a"]), 1) == ("a",)
    assert check_words("ab", 1) == ("ab",)
    for wrong in (b"ab", {"a": 1}, 3, None, ["a", 3], ["a", None]):
        with pytest.raises(InvalidValue, match="words cannot be"):
            check_words(wrong, 5)
