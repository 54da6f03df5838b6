"""Several ends behind one beginning: side by side in one forward where its keys and values can be branched, else one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from llmwidgets.stages.distribution import check_logits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transformers import DynamicCache


class Scorer(Protocol):
    """What tells the surprisals of a whole text."""

    def surprisals(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine."""


def one_by_one(engine: Scorer, ids: Sequence[int], ends: Sequence[Sequence[int]]) -> list[np.ndarray]:
    """See Engine.continuations, by the surprisals of each text. An engine that keeps a beginning computes it once."""
    return [np.asarray(engine.surprisals([*ids, *end])[len(ids) :], np.float64) for end in ends]


def groups(ends: Sequence[Sequence[int]], most_places: int) -> Iterator[Sequence[Sequence[int]]]:
    """As many ends at a time as may be padded to `most_places` places in all, at least one."""
    group: list[Sequence[int]] = []
    for end in ends:
        if group and max(map(len, [*group, end])) * (len(group) + 1) > most_places:
            yield group
            group = []
        group.append(end)
    if group:
        yield group


def side_by_side(
    model: Any, cache: DynamicCache, first: torch.Tensor, ends: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """-log p of each token of `ends`, (n,) float64 each in nats, in one forward.

    `cache` holds the beginning once for each end, `first` (vocabulary,) the logits behind it. What pads a short end stands behind its
    tokens, which see only what is before them.
    """
    width = max(map(len, ends)) - 1
    logits = None
    if width > 0:
        rows = [[*end[:-1], *[end[-1] if end else 0] * (width + 1 - max(len(end), 1))] for end in ends]
        ids = torch.tensor(rows, device=model.get_input_embeddings().weight.device)
        logits = model(input_ids=ids, past_key_values=cache, use_cache=True).logits
    found = []
    for row, end in enumerate(ends):
        if not end:
            found.append(np.empty(0))
            continue
        own = first[None] if logits is None or len(end) == 1 else torch.cat([first[None], logits[row, : len(end) - 1]])
        chosen = torch.as_tensor(end, device=own.device)[:, None]
        scores = -own.double().log_softmax(dim=-1).gather(-1, chosen)[:, 0].cpu().numpy()
        if np.isnan(scores).any():
            check_logits(own.float().cpu().numpy())
        found.append(scores)
    return found
