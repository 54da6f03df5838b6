"""The model as a local engine: what is asked of it text by text, and what may be asked of it at all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from llmwidgets.engines.engine import MOST_ATTENDING, MOST_STATES, Work
from llmwidgets.engines.local import _NO_STATES, LocalEngine
from llmwidgets.errors import InvalidValue
from llmwidgets.wire import ATTENTION_BYTES, Cost

if TYPE_CHECKING:
    import numpy as np

    from llmwidgets.wire import Ask


class ServedEngine(LocalEngine):
    """See Engine. Answers whole requests, one by one, where the texts of a model cannot run side by side (Mamba, RWKV, encoders)."""

    def check(self, ask: Ask) -> None:
        """Raises what a session's own engine raises for such a text."""
        count = len(ask.ids)
        if ask.states_from is not None and count > MOST_STATES:
            raise _too_many(f"Hidden states of {count:,} tokens were asked for.", count, MOST_STATES)
        if ask.attentions_from is not None and count > MOST_ATTENDING:
            raise _too_many(f"The attention of {count:,} tokens was asked for.", count, MOST_ATTENDING)
        if ask.logits or ask.scores_from is not None or not ask.ids:
            self._check(ask.ids)
        else:
            self._check_size(ask.ids)

    @property
    def attended_bytes(self) -> int:
        """Of the attention weights that are kept, which are the last text's."""
        return int(self._attended.values.nbytes)

    def forget_attended(self) -> None:
        """Drops them."""
        self._attended = _NO_STATES

    def answer(self, ask: Ask) -> tuple[dict[str, torch.Tensor], Cost]:
        """See wire.Ask."""
        before, started = self.work, time.perf_counter()
        found: dict[str, torch.Tensor] = {}
        if ask.scores_from is not None:
            found["surprisals"] = torch.tensor(self.surprisals(ask.ids)[max(ask.scores_from, 1) :])
        if ask.logits:
            found["logits"] = self.logits(ask.ids)
        if ask.at is not None:
            found["at"] = self.logits_at(ask.ids, ask.at)
        if ask.states_from is not None:
            found["states"] = torch.tensor(self.hidden_states(ask.ids)[:, ask.states_from :])
        if ask.attentions_from is not None:
            found["attentions"] = torch.tensor(self._attended_rows(ask.ids, ask.attentions_from, ask.attentions_to))
        work = _since(before, self.work)
        return found, Cost(work.forwards, work.tokens_computed, work.tokens_reused, time.perf_counter() - started)

    def _attended_rows(self, ids: tuple[int, ...], first: int, last: int | None) -> np.ndarray:
        """What tokens from `first` on attend to, as much as one answer takes. What follows of the same text costs no pass."""
        found = self.attentions(ids, first, last)
        a_row = max(found[:, :, :1].nbytes, 1)
        return found[:, :, : max(ATTENTION_BYTES // a_row, 1)]


def _too_many(msg: str, count: int, most: int) -> InvalidValue:
    value, allowed = f"{count:,} tokens", f"{most:,} tokens"
    return InvalidValue(msg, hint=f"Ask for the first {most:,}.", name="ids", value=value, allowed=allowed)


def _since(before: Work, after: Work) -> Work:
    return Work(
        after.forwards - before.forwards,
        after.tokens_computed - before.tokens_computed,
        after.tokens_reused - before.tokens_reused,
    )
