"""Distributions of which a server returned only the most probable tokens."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from llmwidgets import Distribution
from llmwidgets.errors import BadLogits, InvalidValue, UnknownToken
from llmwidgets.stages.distribution import summarize

TRUTHS = hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-12, 12))
"""Logits of whole distributions, which are cut."""


def cut(logits, k):
    """The whole distribution and its k most probable tokens, as a server returns them."""
    whole = Distribution.of(torch.as_tensor(logits).double().log_softmax(-1).float())
    ids = [candidate.id for candidate in whole.top(k)]
    return whole, Distribution.partial(ids, whole.log_probs()[ids], whole.logits.size)


# what is known


def test_what_was_returned_is_known_and_nothing_else():
    found = Distribution.partial([7, 3], np.log([0.25, 0.5]), 10, position=4, token_bytes=lambda token: b"%d" % token)
    assert found.is_partial
    assert found.returned.tolist() == [3, 7]
    assert found.rest == pytest.approx(0.25)
    assert found.position == 4
    assert [(c.id, c.piece) for c in found.top(5)] == [(3, "3"), (7, "7")]
    assert [c.probability for c in found.top(5)] == pytest.approx([0.5, 0.25])
    assert found.top(1)[0].logit == pytest.approx(math.log(0.5))
    for values, known in ((found.probs(), [0.5, 0.25]), (found.log_probs(), np.log([0.5, 0.25]))):
        assert values.dtype == np.float32
        assert np.isnan(np.delete(values, [3, 7])).all()
        np.testing.assert_allclose(values[[3, 7]], known, rtol=1e-6)


def test_the_logits_are_a_distribution_that_shared_code_can_run_on():
    found = Distribution.partial([7, 3], np.log([0.25, 0.5]), 10)
    np.testing.assert_allclose(np.exp(np.delete(found.logits, [3, 7])), 0.25 / 8, rtol=1e-6)
    assert found.log_sum == 0.0
    assert torch.as_tensor(found.logits).logsumexp(-1).item() == pytest.approx(0, abs=1e-6)


def test_a_whole_one_is_not_partial():
    found = Distribution.partial([2, 0, 1], np.log([0.2, 0.3, 0.5]), 3)
    assert not found.is_partial
    assert found.returned is None
    assert found.rest == 0.0
    np.testing.assert_allclose(found.probs(), [0.3, 0.5, 0.2], rtol=1e-6)
    assert found.entropy == found.entropy_bounds[0] == found.entropy_bounds[1]
    assert not Distribution.of([0.0, 1.0]).is_partial


def test_with_no_rest_the_others_have_nothing_and_are_still_not_named():
    found = Distribution.partial([1, 2], np.log([0.6, 0.4]), 5)
    assert found.rest == pytest.approx(0, abs=1e-12)
    exact = Distribution.partial([1, 2], np.log([0.6003, 0.4004]), 5)
    assert exact.rest == 0.0
    assert np.isneginf(np.delete(exact.logits, [1, 2])).all()
    assert exact.probs()[[1, 2]].sum() == pytest.approx(1)
    assert np.isnan(exact.probs()[0])
    assert [c.id for c in exact.top(5)] == [1, 2]
    assert exact.entropy == pytest.approx(-(0.6 * math.log(0.6) + 0.4 * math.log(0.4)), abs=1e-3)


def test_the_entropy_lies_between_what_the_rest_can_be():
    found = Distribution.partial([0, 1], np.log([0.5, 0.2]), 102)
    known = -(0.5 * math.log(0.5) + 0.2 * math.log(0.2))
    low, high = found.entropy_bounds
    assert low == pytest.approx(known - 0.2 * math.log(0.2) - 0.1 * math.log(0.1))
    assert high == pytest.approx(known - 0.3 * math.log(0.003))
    assert math.isnan(found.entropy)
    assert "2 of 102 tokens returned, 0.3 in the others" in repr(found)
    assert f"entropy {low:.3f} to {high:.3f} nats" in repr(found)


def test_equal_ones_are_in_the_order_of_their_ids_and_before_what_was_not_returned():
    found = Distribution.partial([9, 4], np.log([0.25, 0.25]), 10)
    assert found.returned.tolist() == [4, 9]
    even = Distribution.partial([9, 4], np.log([0.1, 0.1]), 10)
    assert set(np.argsort(-even.logits)[:2].tolist()) == {4, 9}


def test_masked_and_very_unlikely_tokens_may_be_returned():
    found = Distribution.partial([0, 1, 2], [0.0, -9999.0, -math.inf], 10)
    assert found.probs()[:3].tolist() == [1.0, 0.0, 0.0]
    assert found.rest == 0.0
    assert found.entropy == 0.0


@pytest.mark.parametrize(
    "form", [list, tuple, np.asarray, torch.as_tensor, lambda values: np.asarray(values, dtype=object).astype(float)]
)
def test_all_forms_of_numbers(form):
    found = Distribution.partial(np.array([1, 2], np.int32), form([-1.0, -1.0]), np.int64(10))
    assert found.rest == pytest.approx(1 - 2 * math.exp(-1))


# against the truth


@settings(deadline=None, max_examples=300)
@given(logits=TRUTHS, share=st.floats(0, 1), temperature=st.sampled_from([0.2, 0.5, 0.9, 1.0, 1.3, 2.0, 5.0]))
def test_bounds_hold_for_what_was_cut(logits, share, temperature):
    whole, found = cut(logits, 1 + int(share * (logits.size - 1)))
    if not found.is_partial:
        return
    probs = np.exp(whole.log_probs().astype(np.float64))
    gone = np.delete(probs, found.returned)
    assert found.rest == pytest.approx(gone.sum(), abs=1e-6)
    assert found.unknown.tokens == gone.size
    least, most = found.unknown.sum_of_powers(1 / temperature)
    power = float((gone ** (1 / temperature)).sum())
    # float32 log-probabilities: the rest is known to 1e-6, of which a small power is larger
    slack = 1e-5 * max(1.0, most) + (2e-6 * gone.size) ** min(1.0, 1 / temperature) * gone.size**0.5
    assert least - slack <= power <= most + slack
    low, high = found.entropy_bounds
    assert low - 1e-4 <= whole.entropy <= high + 1e-4


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_bounds_are_reached(temperature):
    """By the two distributions that they come from."""
    known = np.array([0.3, 0.2])
    for gone, is_even in ((np.full(50, 0.01), True), (np.array([0.2, 0.2, 0.1] + [0.0] * 47), False)):
        found = Distribution.partial([0, 1], np.log(known), 52)
        power = float((gone ** (1 / temperature)).sum())
        assert power == pytest.approx(found.unknown.sum_of_powers(1 / temperature)[is_even == (temperature > 1)])


# the short form


def test_the_short_form_has_what_was_returned_and_one_bin():
    found = Distribution.partial([7, 3, 5], np.log([0.25, 0.4, 0.1]), 1000)
    summary = summarize(found.logits, [5, 9], found.returned)
    assert summary.ids.tolist() == [3, 7, 5]
    assert summary.context.tolist() == [2]
    assert summary.tail_counts.tolist() == [997]
    assert summary.tail_logits.tolist() == pytest.approx([math.log(0.25 / 997)])
    assert summary.tail_variances.tolist() == [0.0]
    assert summary.masked == 0


def test_the_short_form_without_a_rest_has_no_bin():
    found = Distribution.partial([7, 3], np.log([0.6003, 0.4]), 1000)
    summary = summarize(found.logits, [], found.returned)
    assert summary.ids.tolist() == [7, 3]
    assert summary.tail_counts.size == 0
    assert summary.masked == 998


# what is none


@pytest.mark.parametrize(
    ("ids", "log_probs", "vocabulary", "error", "says"),
    [
        ([0], [-1.0], 0, InvalidValue, "vocabulary cannot be 0"),
        ([0], [-1.0], -5, InvalidValue, "vocabulary cannot be -5"),
        ([0], [-1.0], 9.5, InvalidValue, "vocabulary cannot be 9.5"),
        ([], [], 10, InvalidValue, "at least one"),
        ([0.5], [-1.0], 10, InvalidValue, "ids cannot be"),
        ([True], [-1.0], 10, InvalidValue, "ids cannot be"),
        ([[0]], [-1.0], 10, InvalidValue, "ids cannot be"),
        ([0, 10], [-1.0, -2.0], 10, UnknownToken, "No token has the id 10: the vocabulary has 10"),
        ([0, -1], [-1.0, -2.0], 10, UnknownToken, "No token has the id -1"),
        ([4, 2, 4], [-2.0, -2.0, -2.0], 10, InvalidValue, "4 more than once"),
        ([0, 1], [-1.0], 10, InvalidValue, "2 numbers, one for each id"),
        ([0], ["a"], 10, InvalidValue, "one for each id"),
        ([0, 1], [-1.0, math.nan], 10, BadLogits, "NaN: 1 of 2, the first at place 1"),
        ([0, 1], [-math.inf, -math.inf], 10, BadLogits, "all -inf"),
        ([0, 1], [0.1, -5.0], 10, InvalidValue, "log_probs cannot be 0.1"),
        ([0, 1], [math.inf, -5.0], 10, InvalidValue, "log_probs cannot be inf"),
        ([0, 1], [-0.1, -0.1], 10, InvalidValue, "add up to 1.8"),
        ([0, 1], [-3.0, -3.0], 4, InvalidValue, "can hold no more than 0.0996"),
        ([0, 1], [-3.0, -3.0], 2, InvalidValue, "the 0 others"),
    ],
)
def test_nonsense_is_refused(ids, log_probs, vocabulary, error, says):
    with pytest.raises(error, match=says):
        Distribution.partial(ids, log_probs, vocabulary)


def test_rounding_is_no_nonsense():
    over = Distribution.partial([0, 1], np.log([0.7005, 0.3]), 10)
    assert over.rest == 0.0
    assert over.probs()[:2].tolist() == pytest.approx([0.7005 / 1.0005, 0.3 / 1.0005])
    # a rest that the least probable token leaves no room for is rounding too
    under = Distribution.partial([0, 1], [math.log(0.9995), -40.0], 10)
    assert under.rest < 1e-15
    assert under.probs()[0] == pytest.approx(1)
