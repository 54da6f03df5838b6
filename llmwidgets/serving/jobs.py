"""One request on its way through the model: what is done of it, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from llmwidgets.serving.runner import Piece, Said
from llmwidgets.wire import Cost

if TYPE_CHECKING:
    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.serving.memory import TextMemory
    from llmwidgets.wire import Ask


class Job:
    """Goes through a text piece by piece, beginning where its memory ends or where something is wanted."""

    def __init__(self, ask: Ask, memory: TextMemory) -> None:
        self._ask, self._memory = ask, memory
        self._scores_from = None if ask.scores_from is None else max(ask.scores_from - 1, 0)
        wanted = [place for place in (self._scores_from, ask.states_from) if place is not None]
        size = len(ask.ids)
        self._end = size if ask.logits or ask.states_from is not None else size - 1
        self._place = self._start = max(min(memory.begin(ask.ids), *wanted, self._end - 1), 0)
        if ask.scores_from is not None and not ask.logits and ask.states_from is None and self._scores_from == size - 1:
            # nothing stands behind the last token
            self._place = self._end
        self._said: list[Said] = []
        self._given_up = False

    @property
    def left(self) -> int:
        """Tokens that are still to run."""
        return 0 if self._given_up else max(self._end - self._place, 0)

    @property
    def error(self) -> LLMWidgetsError | None:
        """What went wrong with this text."""
        return next((said.error for said in self._said if said.error is not None), None)

    def piece(self, share: int) -> Piece:
        """The next `share` tokens."""
        ids, start = self._ask.ids, self._place
        end = min(start + share, self._end)
        scored = end if self._scores_from is None else max(start, self._scores_from)
        first = end if self._ask.states_from is None else max(start, self._ask.states_from)
        return Piece(
            self._memory,
            ids,
            start,
            end,
            logits=self._ask.logits and end == len(ids),
            targets=ids[scored + 1 : end + 1],
            scored_from=scored,
            states=max(end - first, 0),
        )

    def take(self, piece: Piece, said: Said) -> None:
        """Keeps what the model said of a piece. Behind an error nothing more runs."""
        self._said.append(said)
        self._place = self._end if said.error is not None else piece.end

    def fail(self, error: LLMWidgetsError) -> None:
        """Ends with an error."""
        self._said.append(Said(error=error))
        self._place = self._end

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self._given_up = True

    def answer(self) -> dict[str, torch.Tensor]:
        """What was asked for, by name: see wire.Ask."""
        found: dict[str, torch.Tensor] = {}
        if self._ask.logits:
            found["logits"] = next(said.logits for said in reversed(self._said) if said.logits is not None)
        if self._ask.scores_from is not None:
            scores = [said.surprisals for said in self._said if said.surprisals is not None]
            found["surprisals"] = torch.cat(scores) if scores else torch.empty(0)
        if self._ask.states_from is not None:
            found["states"] = torch.cat([said.states for said in self._said if said.states is not None], dim=1)
        return found

    def cost(self, seconds: float) -> Cost:
        """What it took."""
        return Cost(len(self._said), self._end - self._start if self._said else 0, self._start, seconds)
