"""The next-token distribution and its short form for the page."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from llmwidgets import Distribution
from llmwidgets.arrays import to_numpy
from llmwidgets.errors import BadLogits, InvalidValue
from llmwidgets.stages.distribution import BINS, HEAD, largest, summarize

FINITE = st.floats(-60, 60, width=32)
VECTORS = hnp.arrays(np.float32, st.integers(1, 60), elements=FINITE | st.just(-math.inf)).filter(
    lambda array: np.isfinite(array).any()
)


@pytest.fixture
def wide():
    """A vocabulary larger than the head, with logits as a model gives them."""
    generator = np.random.default_rng(7)
    return (generator.standard_normal(5000) * 3).astype(np.float32)


# probabilities


@settings(deadline=None)
@given(logits=VECTORS)
def test_probabilities_are_torchs(logits):
    found = Distribution.of(logits)
    expected = torch.as_tensor(logits).double()
    np.testing.assert_allclose(found.probs(), expected.softmax(-1), atol=1e-6)
    np.testing.assert_allclose(found.log_probs(), expected.log_softmax(-1), rtol=1e-5, atol=1e-5)
    assert found.log_sum == pytest.approx(float(expected.logsumexp(-1)), abs=1e-5)
    entropy = float(torch.distributions.Categorical(logits=expected).entropy())
    if np.isfinite(logits).all():
        assert found.entropy == pytest.approx(entropy, abs=1e-4)
    assert found.probs().dtype == np.float32


def test_entropy_in_nats():
    assert Distribution.of(np.zeros(8)).entropy == pytest.approx(math.log(8))
    assert Distribution.of([0.0, -math.inf, -math.inf]).entropy == 0.0


@pytest.mark.parametrize(
    "logits",
    [
        torch.tensor([[1.0, 2.0]], requires_grad=True),
        torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
        torch.tensor([1.0, 2.0], dtype=torch.float16),
        np.array([1, 2]),
        [1.0, 2.0],
        [[1.0, 2.0]],
    ],
)
def test_all_forms_of_logits(logits):
    found = Distribution.of(logits)
    assert found.logits.dtype == np.float32
    assert found.logits.tolist() == [1.0, 2.0]


def test_bfloat16_is_held_exactly():
    values = torch.randn(100).to(torch.bfloat16)
    assert np.array_equal(to_numpy(values), values.double().numpy())


# the most probable tokens


@settings(deadline=None)
@given(values=hnp.arrays(np.float32, st.integers(0, 40), elements=st.integers(-3, 3)), k=st.integers(-1, 50))
def test_the_largest_in_order_and_ties_by_id(values, k):
    expected = sorted(range(values.size), key=lambda index: (-values[index], index))[: max(k, 0)]
    assert largest(values, k).tolist() == expected


def test_top_names_pieces_and_whole_probabilities():
    found = Distribution.of([0.0, math.log(3), 0.0], token_bytes=lambda token: [b"a", b"\xe3", b"c"][token])
    assert [(c.id, c.piece) for c in found.top(3)] == [(1, "⟨E3⟩"), (0, "a"), (2, "c")]
    assert [c.probability for c in found.top(3)] == pytest.approx([0.6, 0.2, 0.2])
    assert found.top(1)[0].logit == pytest.approx(math.log(3))
    assert len(found.top(99)) == 3
    assert "0.600" in repr(found)


# what is no distribution


@pytest.mark.parametrize(
    ("logits", "says"),
    [
        ([0.0, math.nan, math.nan], "NaN: 2 of 3, the first at id 1"),
        ([-math.inf, math.nan], "NaN: 1 of 2, the first at id 1"),
        ([math.inf, 0.0], "\\+inf"),
        ([math.inf, -math.inf], "\\+inf"),
        ([-math.inf, -math.inf], "-inf for every token"),
    ],
)
def test_bad_logits_are_named(logits, says):
    with pytest.raises(BadLogits, match=says):
        Distribution.of(logits)


def test_the_lowest_number_is_a_mask_too():
    """Some models mask with the lowest float32 instead of -inf: sums of it overflow."""
    lowest = np.finfo(np.float32).min
    found = Distribution.of(np.array([10.0, 10.0, lowest, lowest], np.float32))
    np.testing.assert_allclose(found.probs(), [0.5, 0.5, 0.0, 0.0], rtol=1e-6)
    assert found.entropy == pytest.approx(math.log(2))


@pytest.mark.parametrize("shape", [(0,), (2, 3), (1, 1, 3), ()])
def test_other_shapes_are_refused(shape):
    with pytest.raises(InvalidValue, match="vocabulary"):
        Distribution.of(np.zeros(shape))


# the short form


def test_the_head_is_the_most_probable_tokens_in_order(wide):
    summary = summarize(wide)
    expected = sorted(range(wide.size), key=lambda index: (-wide[index], index))[:HEAD]
    assert summary.ids.tolist() == expected
    assert np.array_equal(summary.logits, wide[expected])
    assert summary.ids.dtype == np.int32
    assert summary.logits.dtype == np.float32


def test_every_token_of_the_context_is_in_the_head(wide):
    rare = np.argsort(wide)[:5]
    common = int(np.argmax(wide))
    summary = summarize(wide, [*rare, common, *rare, 999_999, -4])
    assert sorted(summary.ids[summary.context].tolist()) == sorted([*rare.tolist(), common])
    assert len(summary.ids) == HEAD + 5
    assert summary.ids.size + summary.tail_counts.sum() == wide.size
    pairs = list(zip(-summary.logits, summary.ids, strict=True))
    assert pairs == sorted(pairs)


@pytest.mark.parametrize("temperature", [0.1, 0.3, 0.7, 1.0, 1.5, 2.0, 5.0])
def test_mean_and_variance_give_the_tails_mass(wide, temperature):
    summary = summarize(wide)
    in_head = np.isin(np.arange(wide.size), summary.ids)
    top = float(wide.max())
    weights = np.exp((wide.astype(np.float64) - top) / temperature)
    means, variances = summary.tail_logits.astype(np.float64), summary.tail_variances.astype(np.float64)
    found = (summary.tail_counts * np.exp((means - top) / temperature + variances / (2 * temperature**2))).sum()
    assert abs(found - weights[~in_head].sum()) / weights.sum() < 1e-7


def test_each_bin_has_the_mean_and_variance_of_its_logits(wide):
    summary = summarize(wide)
    tail = np.sort(wide[~np.isin(np.arange(wide.size), summary.ids)])[::-1].astype(np.float64)
    for part, mean, variance in zip(
        np.split(tail, np.cumsum(summary.tail_counts)[:-1]), summary.tail_logits, summary.tail_variances, strict=True
    ):
        assert mean == pytest.approx(part.mean(), rel=1e-6, abs=1e-6)
        assert variance == pytest.approx(part.var(), rel=1e-4, abs=1e-12)
        assert (variance == 0) == (np.ptp(part) == 0)


def test_bins_are_finer_near_the_top():
    summary = summarize(np.linspace(0, 40, 50_000, dtype=np.float32))
    widths = -np.diff(summary.tail_logits)
    assert widths[5] < widths[100] / 5 < widths[-5] / 25


def test_bins_go_from_high_to_low_and_none_is_empty(wide):
    summary = summarize(wide)
    assert (np.diff(summary.tail_logits) < 0).all()
    assert (summary.tail_counts > 0).all()
    assert len(summary.tail_counts) <= BINS
    assert summary.tail_logits[0] <= summary.logits[-1]


def test_masked_tokens_are_counted_and_nowhere_else(wide):
    wide[::2] = -math.inf
    summary = summarize(wide, [0, 1])
    assert summary.masked == 2500
    assert 0 not in summary.ids
    assert np.isfinite(summary.logits).all()
    assert np.isfinite(summary.tail_logits).all()
    assert summary.ids.size + summary.tail_counts.sum() + summary.masked == wide.size


@settings(deadline=None)
@given(logits=VECTORS, context=st.lists(st.integers(0, 70), max_size=5))
def test_a_small_vocabulary_is_all_head(logits, context):
    summary = summarize(logits, context)
    finite = np.flatnonzero(np.isfinite(logits))
    assert sorted(summary.ids.tolist()) == finite.tolist()
    assert summary.tail_counts.size == 0
    assert summary.masked == logits.size - finite.size
    in_context = {token for token in context if token < logits.size and np.isfinite(logits[token])}
    assert set(summary.ids[summary.context].tolist()) == in_context


def test_a_flat_tail_is_one_bin():
    summary = summarize(np.zeros(3000, np.float32))
    assert summary.ids.tolist() == list(range(HEAD))
    assert summary.tail_counts.tolist() == [2000]
    assert summary.tail_logits.tolist() == summary.tail_variances.tolist() == [0.0]


def test_a_short_form_is_short(wide):
    summary = summarize(np.tile(wide, 40))
    tail = (summary.tail_counts, summary.tail_logits, summary.tail_variances)
    assert sum(array.nbytes for array in (summary.ids, summary.logits, *tail)) < 12_000


def test_a_model_that_masks_with_the_lowest_number_leaves_the_bins_to_the_others(wide):
    masked = wide.copy()
    lowest = np.argsort(wide)[:2500]
    masked[lowest] = np.finfo(np.float32).min
    summary = summarize(masked)
    assert summary.tail_counts[-1] == 2500
    assert np.ptp(summary.tail_logits[:-1]) < np.ptp(wide)
    assert len(summary.tail_logits) > 100
    assert (summary.tail_logits[-1], summary.tail_variances[-1]) == (np.finfo(np.float32).min, 0.0)
    assert summary.ids.size + summary.tail_counts.sum() + summary.masked == wide.size


@pytest.mark.parametrize("k", ["a", None, 1.5, -1, True])
def test_numbers_of_candidates_that_are_none(k):
    with pytest.raises(InvalidValue, match="k cannot be"):
        Distribution.of(np.zeros(3, np.float32), 0).top(k)
