"""A step of beam search: what is kept of it on the device, and how that becomes plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llmwidgets.stages.beams import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch


class Named(NamedTuple):
    """Candidates (rows, n), each by its token and the beam that it was chosen from: no two of a step have both the same."""

    tokens: Any
    parents: Any

    def places_in(self, step: Named) -> np.ndarray:
        """Where these stand among the candidates (rows, k) of a step, (rows, n)."""
        same = step.tokens[:, None, :] == self.tokens[:, :, None]
        same &= step.parents[:, None, :] == self.parents[:, :, None]
        return np.asarray(same.argmax(-1))


@dataclass(frozen=True, eq=False)
class RawStep:
    """Small tensors on the device: the candidates (rows, k), the beams that live on and those that have finished (rows, num_beams).

    Of a finished beam `lengths` counts its new tokens, and it is named among the candidates of its last step. `open` (rows, 1) is not
    known before the step's end. `written`: a mark in the work of a CUDA device, None elsewhere.
    """

    candidates: Named
    scores: torch.Tensor
    ended: torch.Tensor
    kept: Named
    finished: Named
    lengths: torch.Tensor
    is_finished: torch.Tensor
    finished_scores: torch.Tensor
    written: Any
    open: torch.Tensor | None = None

    @classmethod
    def of(cls, running: Sequence[torch.Tensor], updated: Sequence[torch.Tensor], named: dict[str, Any]) -> RawStep:
        """Of the histories that the search has in hand the columns, copied where they are; what is small is made anew in each step.

        `named` and `updated` are what `_update_finished_beams` takes and gives.
        """
        length, prompt = named["cur_len"], named["decoder_prompt_len"]
        step = length - prompt
        sequences, scores, indices, finished = updated
        lengths = indices.narrow(2, 0, step + 1).ge(0).sum(-1, keepdim=True)
        last = lengths.sub(1).clamp_(min=0)
        tokens, parents = named["topk_running_sequences"], named["topk_running_beam_indices"]
        return cls(
            Named(tokens.select(2, length).clone(), parents.select(2, step).clone()),
            named["topk_log_probs"],
            named["next_token_hits_stopping_criteria"],
            Named(running[0].select(2, length).clone(), running[2].select(2, step).clone()),
            Named(sequences.gather(2, last + prompt).squeeze(-1), indices.gather(2, last).squeeze(-1)),
            lengths.squeeze(-1),
            finished,
            scores,
            _mark(scores),
        )

    def closed_by(self, still_open: torch.Tensor) -> RawStep:
        """The same with what `_check_early_stop_heuristic` gives."""
        return replace(self, open=still_open)

    def read(self, before: Sequence[Step]) -> Step:
        """The step as plain values, after those `before`. Waits for the device."""
        if self.written is not None:
            self.written.synchronize()
        candidates, kept, finished = self._named(self.candidates), self._named(self.kept), self._named(self.finished)
        ends = _host(self.lengths) - 1
        spots = np.full((*ends.shape, 2), -1)
        for row, slot in np.argwhere(_host(self.is_finished)).tolist():
            at = int(ends[row, slot])
            step = before[at] if at < len(before) else candidates
            same = (step.tokens[row] == finished.tokens[row, slot]) & (step.parents[row] == finished.parents[row, slot])
            spots[row, slot] = at, same.argmax()
        return Step(
            candidates.tokens,
            candidates.parents,
            _host(self.scores),
            _host(self.ended),
            kept.places_in(candidates),
            spots,
            _host(self.finished_scores),
            _host(self.open)[:, 0],
        )

    def _named(self, named: Named) -> Named:
        """On the host, with the beams of each row counted from 0: the search counts through the whole batch."""
        rows, beams = self.lengths.shape
        return Named(_host(named.tokens), _host(named.parents) - np.arange(rows)[:, None] * beams)


def _host(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.cpu().numpy())


def _mark(tensor: torch.Tensor) -> Any:
    """What the thread that reads has to wait for."""
    if not tensor.is_cuda:
        return None
    import torch

    event = torch.cuda.Event()  # type: ignore[no-untyped-call]  # torch has no types for it
    event.record(torch.cuda.current_stream(tensor.device))
    return event
