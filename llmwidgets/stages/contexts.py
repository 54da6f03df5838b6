"""Tokens in their context, layer by layer, in one picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.projection import SAME, Projector, lost, project, project_table

MOST_TOKENS = 1_000


@dataclass(frozen=True, eq=False)
class Contexts:
    """Tokens through the layers, as `contexts` places them.

    `coordinates` (layers, n, axes) float32; `variance` (axes,) the share of the variance of all layers together that each axis holds,
    `layer_variance` (layers, axes) of each layer's own; `norms` (layers, n) float32 of the states themselves; `projector` takes
    vectors that were made as long as 1 and had their layer's mean taken off.
    """

    coordinates: np.ndarray
    variance: np.ndarray
    layer_variance: np.ndarray
    norms: np.ndarray
    projector: Projector


def contexts(states: np.ndarray, axes: int = 2) -> Contexts:
    """Hidden states (layers, n, d) in one projection for all layers, so that what moves has moved.

    Three steps make layers comparable. Each vector is brought to length 1: norms grow from layer to layer by orders of magnitude, and the last
    layers alone would choose the axes; the model's own norms do the same before a layer reads. Each layer's mean is taken off: what all tokens
    share says nothing about any of them. One PCA over all layers together then gives the axes. A single token, or tokens that are all
    the same, are at 0.
    """
    _check(states)
    layers, count, size = states.shape
    if count == 0:
        nothing = project(np.zeros((0, size), np.float32), axes)
        places, shares, norms = (
            np.zeros(shape, np.float32) for shape in ((layers, 0, axes), (layers, axes), (layers, 0))
        )
        return Contexts(places, nothing.variance, shares, norms, nothing.projector)
    norms = np.sqrt([np.square(layer, dtype=np.float64).sum(axis=1) for layer in states])
    unit = np.divide(states, norms[..., None], out=np.zeros(states.shape, np.float32), where=norms[..., None] > 0)
    unit -= unit.mean(axis=1, keepdims=True)
    total = np.square(unit).sum(axis=(1, 2))[:, None]
    same = total <= SAME * count
    unit *= ~same[..., None]
    found = project_table(unit.reshape(layers * count, size), axes)
    coordinates = found.coordinates.reshape(layers, count, axes)
    held = np.square(coordinates).sum(axis=1)
    shares = np.divide(held, total, out=np.zeros_like(held), where=~same)
    return Contexts(coordinates, found.variance, shares, norms.astype(np.float32), found.projector)


def drift(states: np.ndarray, one: int, other: int) -> np.ndarray:
    """Cosine of two tokens in each layer, (layers,) float32; 0 where one of them is all zeros."""
    left, right = states[:, one].astype(np.float64), states[:, other].astype(np.float64)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    products = (left * right).sum(axis=1)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.asarray(np.clip(cosines, -1, 1), np.float32)


def layer_neighbours(states: np.ndarray, layer: int, index: int, k: int) -> tuple[tuple[int, float], ...]:
    """The k other tokens nearest to `index` by cosine in a layer: (index, cosine), most similar first."""
    return Table(states[layer]).nearest(states[layer, index], k, leave_out=[index])


def layer_lost(states: np.ndarray, coordinates: np.ndarray, k: int) -> np.ndarray:
    """(layers, n) int8: of each token's k nearest by cosine in its layer so many are not among its k nearest in the picture. At most 1,000 tokens."""
    count = states.shape[1]
    if count > MOST_TOKENS:
        raise InvalidValue(
            f"What a picture of {count:,} tokens loses would take too long to count in every layer.",
            hint=f"Take at most {MOST_TOKENS:,}.",
            name="tokens",
            value=count,
            allowed=f"<= {MOST_TOKENS}",
        )
    if k == 0:
        return np.zeros(states.shape[:2], np.int8)
    everything = np.arange(count)
    found = [
        lost(Table(layer).nearest_many(layer, k, leave_self=everything)[0], places, everything)
        for layer, places in zip(states, coordinates, strict=True)
    ]
    return np.stack(found).astype(np.int8)


def _check(states: np.ndarray) -> None:
    """Whether all are finite."""
    if np.isfinite(states).all():
        return
    layer, token, _ = (int(place[0]) for place in np.nonzero(~np.isfinite(states)))
    raise InvalidValue(
        f"The hidden state of token {token} in layer {layer} holds NaN or infinite numbers.",
        hint="Loading the model in float32 often helps.",
        name="states",
        value=f"layer {layer}, token {token}",
        allowed="finite numbers",
    )
