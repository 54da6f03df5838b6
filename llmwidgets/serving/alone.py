"""The model as a local engine: what is asked of it text by text, and what may be asked of it at all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from llmwidgets.engines.engine import MOST_STATES, Work
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import InvalidValue
from llmwidgets.wire import Cost

if TYPE_CHECKING:
    from llmwidgets.wire import Ask


class ServedEngine(LocalEngine):
    """See Engine. Answers whole requests, one by one, where the texts of a model cannot run side by side (Mamba, RWKV, encoders)."""

    def check(self, ask: Ask) -> None:
        """Raises what a session's own engine raises for such a text."""
        if ask.states_from is not None and len(ask.ids) > MOST_STATES:
            msg = f"Hidden states of {len(ask.ids):,} tokens were asked for."
            hint = f"Ask for the first {MOST_STATES:,}."
            value, allowed = f"{len(ask.ids):,} tokens", f"{MOST_STATES:,} tokens"
            raise InvalidValue(msg, hint=hint, name="ids", value=value, allowed=allowed)
        if ask.logits or ask.scores_from is not None or not ask.ids:
            self._check(ask.ids)
        else:
            self._check_size(ask.ids)

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
        work = _since(before, self.work)
        return found, Cost(work.forwards, work.tokens_computed, work.tokens_reused, time.perf_counter() - started)


def _since(before: Work, after: Work) -> Work:
    return Work(
        after.forwards - before.forwards,
        after.tokens_computed - before.tokens_computed,
        after.tokens_reused - before.tokens_reused,
    )
