"""Two distributions side by side, against float64 formulas written out and against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from llmwidgets import Distribution
from llmwidgets.assets import default_model
from llmwidgets.errors import InvalidValue, VocabulariesDiffer
from llmwidgets.stages.divergence import SHOWN, align, compare, divergence
from llmwidgets.tokenizers.face import as_tokenizer, padded_bytes

FINITE = st.floats(-30, 30, width=32)
SIZES = st.integers(1, 40)
ALPHABET = [b"a", b"b", b"c", b"d", b"e", b"\xe3", b""]


def vectors(size, elements=FINITE):
    return hnp.arrays(np.float32, size, elements=elements).filter(lambda array: np.isfinite(array).any())


def of(probabilities):
    """A Distribution with these probabilities."""
    with np.errstate(divide="ignore"):
        return Distribution.of(np.log(np.asarray(probabilities, np.float64)))


def kl(p, q):
    """The textbook's sum, outcome by outcome."""
    total = 0.0
    for a, b in zip(p, q, strict=True):
        if a > 0:
            total += a * (math.log(a) - math.log(b)) if b > 0 else math.inf
    return total


# one vocabulary


@settings(deadline=None)
@given(data=st.data(), size=SIZES)
def test_both_directions_are_torchs(data, size):
    p, q = (data.draw(vectors(size)) for _ in range(2))
    found = compare(Distribution.of(p), Distribution.of(q))
    log_p, log_q = (torch.as_tensor(side).double().log_softmax(-1) for side in (p, q))
    expected = torch.nn.functional.kl_div(log_q, log_p, reduction="sum", log_target=True)
    backwards = torch.nn.functional.kl_div(log_p, log_q, reduction="sum", log_target=True)
    assert found.kl == pytest.approx(float(expected), rel=1e-9, abs=1e-12)
    assert found.kl_back == pytest.approx(float(backwards), rel=1e-9, abs=1e-12)
    assert (found.aligned, found.shared, found.outside, found.error) == ("ids", size, 0.0, None)


@settings(deadline=None)
@given(data=st.data(), size=SIZES)
def test_tokens_that_are_ruled_out(data, size):
    p, q = (data.draw(vectors(size, FINITE | st.just(-math.inf))) for _ in range(2))
    one, other = Distribution.of(p), Distribution.of(q)
    exact = [np.exp(side.logits.astype(np.float64) - side.log_sum) for side in (one, other)]
    assert compare(one, other).kl == pytest.approx(kl(*exact), rel=1e-9, abs=1e-9)


def test_infinite_one_way_and_finite_the_other():
    found = compare(of([0.5, 0.5]), of([1.0, 0.0]))
    assert found.kl == math.inf
    assert found.kl_back == pytest.approx(math.log(2))


def test_a_probability_too_small_for_a_float_is_not_ruled_out():
    found = compare(Distribution.of([0.0, 0.0]), Distribution.of([0.0, -2000.0]))
    assert found.kl == pytest.approx(1000 - math.log(2))


@given(logits=SIZES.flatmap(lambda size: vectors(size, FINITE | st.just(-math.inf))))
def test_a_distribution_does_not_differ_from_itself(logits):
    found = compare(Distribution.of(logits), Distribution.of(logits.copy()))
    assert (found.kl, found.kl_back, found.differ) == (0.0, 0.0, ())


@given(logits=SIZES.flatmap(vectors), shift=st.floats(-5, 5, width=32))
def test_rounding_makes_no_divergence_negative(logits, shift):
    found = compare(Distribution.of(logits), Distribution.of(logits + np.float32(shift)))
    assert 0 <= found.kl < 1e-9
    assert 0 <= found.kl_back < 1e-9


def test_pairs_hold_the_most_probable_of_each_and_those_that_differ_most():
    generator = np.random.default_rng(3)
    p, q = (Distribution.of(generator.standard_normal(3000) * 3) for _ in range(2))
    found = compare(p, q)
    ids = [pair.id for pair in found.pairs]
    assert len(set(ids)) == len(ids)
    assert {c.id for c in (*p.top(SHOWN), *q.top(SHOWN))} <= set(ids)
    apart = np.abs(p.probs().astype(np.float64) - q.probs())
    differing = [found.pairs[index].id for index in found.differ]
    assert len(differing) == SHOWN
    np.testing.assert_allclose(apart[differing], np.sort(apart)[::-1][:SHOWN], atol=1e-7)
    larger = [max(pair.p, pair.q) for pair in found.pairs]
    assert larger == sorted(larger, reverse=True)
    assert all(pair.p == pytest.approx(p.probs()[pair.id], rel=1e-6) for pair in found.pairs)


def test_a_token_that_differs_and_is_probable_on_neither_side_is_among_the_pairs():
    flat = np.full(1000, 1e-3)
    bent = flat.copy()
    bent[900], bent[901] = 5e-4, 1e-3 + 5e-4
    found = compare(of(flat), of(bent))
    assert {found.pairs[index].id for index in found.differ[:2]} == {900, 901}


def test_sizes_have_to_agree():
    with pytest.raises(InvalidValue, match="3 and 2 tokens"):
        compare(of([0.2, 0.3, 0.5]), of([0.5, 0.5]))


# two vocabularies


def test_shared_tokens_and_the_rest_as_one_outcome():
    by_bytes = align([b"a", b"b", b"x"], [b"y", b"b", b"a"])
    found = compare(of([0.5, 0.3, 0.2]), of([0.1, 0.2, 0.7]), by_bytes)
    assert (found.aligned, found.shared) == ("bytes", 2)
    assert (found.outside, found.other_outside) == (pytest.approx(0.2), pytest.approx(0.1))
    assert found.kl == pytest.approx(kl([0.5, 0.3, 0.2], [0.7, 0.2, 0.1]), rel=1e-6)
    assert found.kl_back == pytest.approx(kl([0.7, 0.2, 0.1], [0.5, 0.3, 0.2]), rel=1e-6)
    by_ids = {(pair.id, pair.other_id): (pair.p, pair.q) for pair in found.pairs}
    assert set(by_ids) == {(0, 2), (1, 1), (2, -1), (-1, 0)}
    assert by_ids[0, 2] == (pytest.approx(0.5), pytest.approx(0.7))
    assert by_ids[2, -1] == (pytest.approx(0.2), None)
    assert by_ids[-1, 0] == (None, pytest.approx(0.1))
    assert [found.pairs[index].id for index in found.differ] == [0, 1]


def test_ids_with_equal_bytes_are_one_outcome():
    found = compare(of([0.3, 0.3, 0.4]), of([0.6, 0.4]), align([b"a", b"a", b"b"], [b"a", b"b"]))
    assert found.shared == 2
    assert found.kl == pytest.approx(0, abs=1e-7)
    assert found.pairs[0].p == pytest.approx(0.6)
    assert (found.pairs[0].id, found.pairs[0].other_id) == (0, 0)


def test_special_tokens_are_the_same_by_name_and_only_where_both_are_special():
    table = [b"<s>", b"a"]
    assert align(table, table, {0}, {0}).shared == 2
    assert align(table, table, {0}, set()).shared == 1


def test_ids_without_bytes_are_outside():
    found = compare(of([0.9, 0.1]), of([0.8, 0.2]), align([b"a", b""], [b"a", b""]))
    assert found.shared == 1
    assert found.outside == pytest.approx(0.1)


def test_too_little_shared_is_said():
    found = compare(of([0.4, 0.6]), of([0.9, 0.1]), align([b"a", b"b"], [b"a", b"c"]))
    assert (found.aligned, found.kl, found.kl_back, found.pairs) == ("none", None, None, ())
    assert isinstance(found.error, VocabulariesDiffer)
    assert "share 1 tokens" in str(found.error)
    assert compare(of([0.4, 0.6]), of([0.9, 0.1]), align([b"a"] * 2, [b"z"] * 2)).aligned == "none"


@st.composite
def two_sides(draw):
    """Two vocabularies, some tokens of each twice, with logits."""
    tables = [draw(st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=8)) for _ in range(2)]
    return tables, [draw(vectors(len(table), st.floats(-4, 4, width=32))) for table in tables]


@settings(deadline=None)
@example(made=([[b"a"], [b"a"] * 3 + [b"b"] * 3], [np.zeros(1, np.float32), np.zeros(6, np.float32)]))
@given(made=two_sides())
def test_outcomes_added_up_by_hand(made):
    (table_p, table_q), logits = made
    p, q = map(Distribution.of, logits)
    found = compare(p, q, align(table_p, table_q))
    shared = sorted((set(table_p) & set(table_q)) - {b""})
    lumped = []
    for table, side in ((table_p, p), (table_q, q)):
        probs = np.exp(side.logits.astype(np.float64) - side.log_sum)
        row = [sum(probs[token] for token, data in enumerate(table) if data == name) for name in shared]
        lumped.append([*row, sum(probs[token] for token, data in enumerate(table) if data not in shared)])
    assert found.shared == len(shared)
    assert (found.outside, found.other_outside) == (pytest.approx(lumped[0][-1]), pytest.approx(lumped[1][-1]))
    if max(lumped[0][-1], lumped[1][-1]) > 0.5 + 1e-9:
        assert found.aligned == "none"
    else:
        assert found.kl == pytest.approx(kl(*lumped), abs=1e-9)
        assert found.kl_back == pytest.approx(kl(*reversed(lumped)), abs=1e-9)


@settings(deadline=None)
@given(data=st.data(), size=st.integers(2, 20))
def test_lumping_tokens_never_adds_divergence(data, size):
    p, q = (Distribution.of(data.draw(vectors(size))) for _ in range(2))
    named = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    table = [bytes([1 + index]) if keep else b"" for index, keep in enumerate(named)]
    found = compare(p, q, align(table, table))
    if found.aligned == "bytes":
        whole = compare(p, q)
        assert found.kl <= whole.kl + 1e-9
        assert found.kl_back <= whole.kl_back + 1e-9


@pytest.fixture(scope="module")
def faces():
    return as_tokenizer("gpt-4o"), as_tokenizer(str(default_model().path))


def table_of(face):
    return [padded_bytes(face, token) for token in range(face.size)], [
        token for token in range(face.size) if face.is_special(token)
    ]


def test_two_real_tokenizers(faces):
    gpt, _ = faces
    (gpt_bytes, gpt_special), (smol_bytes, smol_special) = map(table_of, faces)
    alignment = align(gpt_bytes, smol_bytes, gpt_special, smol_special)
    special = [set(side) for side in (gpt_special, smol_special)]
    names = [
        {(data, token in special[side]) for token, data in enumerate(table) if data}
        for side, table in enumerate((gpt_bytes, smol_bytes))
    ]
    assert alignment.shared == len(names[0] & names[1]) > 20_000
    word = " Paris"
    (mine,), (theirs,) = (face.encode(word, special=False).ids.tolist() for face in faces)
    logits = [np.full(face.size, -20.0) for face in faces]
    logits[0][mine], logits[1][theirs] = 10.0, 9.0
    found = compare(*map(Distribution.of, logits), alignment)
    assert (found.pairs[0].id, found.pairs[0].other_id) == (mine, theirs)
    assert found.kl >= 0
    assert found.outside == pytest.approx((gpt.size - alignment.p.inside) * math.exp(-30), rel=1e-3)
    end = gpt_bytes.index(b"<|endoftext|>"), smol_bytes.index(b"<|endoftext|>")
    assert alignment.p.outcomes[end[0]] == alignment.q.outcomes[end[1]] >= 0


def test_divergence_takes_log_probabilities():
    assert divergence(np.log([0.5, 0.5]), np.log([0.25, 0.75])) == pytest.approx(
        0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    )
