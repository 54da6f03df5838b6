"""Tokens through the layers: one projection for all of them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.contexts import contexts, drift, layer_lost, layer_neighbours


def states_of(layers=5, count=12, size=30, seed=0):
    """Random states whose length grows by layer and which share a direction."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(layers, count, size)) * 0.8 ** np.arange(size) + 2 * rng.normal(size=(layers, 1, size))
    return (states * 10.0 ** np.arange(layers)[:, None, None]).astype(np.float32)


def by_hand(states):
    unit = states.astype(np.float64) / np.linalg.norm(states.astype(np.float64), axis=2, keepdims=True)
    return unit - unit.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("shape", [(5, 12, 30), (4, 300, 20), (3, 250, 700)])
def test_the_steps_one_by_one(axes, shape):
    states = states_of(*shape)
    kept = states.copy()
    found = contexts(states, axes)
    ready = by_hand(states)
    pca = PCA(axes, svd_solver="full")
    flat = pca.fit_transform(ready.reshape(-1, shape[2]))
    signs = np.sign((flat * found.coordinates.reshape(-1, axes)).sum(0))
    np.testing.assert_allclose(found.coordinates.reshape(-1, axes), flat * signs, atol=2e-3)
    np.testing.assert_allclose(found.variance, pca.explained_variance_ratio_, atol=1e-4)
    own = (found.coordinates**2).sum(1) / (ready**2).sum((1, 2))[:, None]
    np.testing.assert_allclose(found.layer_variance, own, atol=1e-5)
    np.testing.assert_allclose(found.norms, np.linalg.norm(states, axis=2), rtol=1e-6)
    np.testing.assert_allclose(
        found.projector.transform(ready.reshape(-1, shape[2])), found.coordinates.reshape(-1, axes), atol=1e-5
    )
    assert found.coordinates.shape == (*shape[:2], axes)
    assert {part.dtype for part in (found.coordinates, found.variance, found.layer_variance, found.norms)} == {
        np.dtype(np.float32)
    }
    assert (states == kept).all()


def test_a_layer_that_is_longer_or_elsewhere_moves_nothing():
    states = states_of()
    turned = states * np.float32(8) ** np.array([3, 0, -2, 1, 5])[:, None, None].astype(np.float32)
    np.testing.assert_allclose(contexts(turned).coordinates, contexts(states).coordinates, atol=1e-5)
    np.testing.assert_allclose(contexts(turned).layer_variance, contexts(states).layer_variance, atol=1e-5)


def test_a_token_that_stays_stays():
    """The same layer twice: no point moves between the two."""
    states = states_of()
    found = contexts(np.concatenate([states, states[-1:]]))
    np.testing.assert_allclose(found.coordinates[-1], found.coordinates[-2], atol=1e-6)


@pytest.mark.parametrize("count", [1, 6])
def test_one_token_or_the_same_again_and_again_is_at_zero(count):
    found = contexts(np.repeat(states_of(count=1), count, axis=1), 3)
    assert found.coordinates.shape == (5, count, 3)
    np.testing.assert_allclose(found.coordinates, 0, atol=1e-6)
    assert found.variance.tolist() == [0, 0, 0]
    assert not found.layer_variance.any()


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)),
        elements=st.sampled_from([0, 1, -1, 1e-20, 1e18]),
    )
)
def test_nothing_is_ever_nan(states):
    found = contexts(states)
    for part in (found.coordinates, found.variance, found.layer_variance, found.norms):
        assert np.isfinite(part).all()
    assert (found.layer_variance >= 0).all()
    assert (found.layer_variance.sum(1) <= 1 + 1e-5).all()


def test_what_is_not_finite_is_named_with_layer_and_token():
    for value in (np.nan, np.inf):
        states = states_of()
        states[3, 4, 20:] = value
        states[4, 1, 0] = value
        with pytest.raises(InvalidValue, match="token 4 in layer 3"):
            contexts(states)


def test_two_tokens_layer_by_layer():
    states = states_of()
    states[2, 7] = 0
    found = drift(states, 3, 7)
    exact = states.astype(np.float64)
    for layer in (0, 1, 3, 4):
        one, other = exact[layer, 3], exact[layer, 7]
        assert found[layer] == pytest.approx(one @ other / np.linalg.norm(one) / np.linalg.norm(other), abs=1e-6)
    assert found[2] == 0
    assert found.dtype == np.float32
    np.testing.assert_allclose(drift(states, 3, 3), 1, atol=1e-6)


def test_neighbours_in_a_layer():
    states = states_of()
    exact = states[2].astype(np.float64)
    unit = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    order = [index for index in np.argsort(-(unit @ unit[5])) if index != 5]
    found = layer_neighbours(states, 2, 5, 4)
    assert [index for index, _ in found] == order[:4]
    np.testing.assert_allclose([value for _, value in found], (unit @ unit[5])[order[:4]], atol=1e-6)
    assert len(layer_neighbours(states, 2, 5, 40)) == 11
    assert layer_neighbours(states[:, :1], 2, 0, 4) == ()


def test_what_each_layer_loses():
    states = states_of(count=20)
    coordinates = contexts(states).coordinates
    found = layer_lost(states, coordinates, 6)
    assert found.shape == (5, 20)
    assert found.dtype == np.int8
    for layer in range(5):
        for token in range(20):
            near = {index for index, _ in layer_neighbours(states, layer, token, 6)}
            apart = ((coordinates[layer] - coordinates[layer, token]).astype(np.float64) ** 2).sum(1)
            apart[token] = np.inf
            assert found[layer, token] == len(near - set(np.argsort(apart)[:6].tolist()))
    assert layer_lost(states[:, :1], coordinates[:, :1], 6).tolist() == [[0]] * 5
    assert layer_lost(states[:, :4], coordinates[:, :4], 10).tolist() == [[0] * 4] * 5


def test_too_many_tokens_to_count_are_refused():
    with pytest.raises(InvalidValue, match="1,001 tokens"):
        layer_lost(np.zeros((1, 1001, 2), np.float32), np.zeros((1, 1001, 2), np.float32), 10)


def test_the_real_model(default_loaded):
    model, tokenizer = default_loaded
    ids = tokenizer("The bank of the river. The bank lent money.", return_tensors="pt").input_ids
    with torch.inference_mode():
        hidden = model(ids, output_hidden_states=True).hidden_states
    states = torch.stack(hidden)[:, 0].float().numpy()
    found = contexts(states)
    assert found.coordinates.shape == (31, ids.shape[1], 2)
    assert 0.05 < found.variance.sum() < 1
    banks = [place for place, piece in enumerate(tokenizer.convert_ids_to_tokens(ids[0])) if piece.endswith("bank")]
    apart = drift(states, *banks)
    assert apart[0] == pytest.approx(1, abs=1e-6)
    assert apart[10:].min() < 0.9
