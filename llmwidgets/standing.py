"""StandingSession: distributions that are there already, with no model behind them that could go on with another text.

Not here: whose they are: logits in hand (logits.py), those of a recorded class (recording/session.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from llmwidgets.prediction import PredictionSession
from llmwidgets.state import Outcome

if TYPE_CHECKING:
    from typing import Any

    from llmwidgets.errors import InvalidValue
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.state import State


class StandingSession(PredictionSession, ABC):
    """A session whose text is looked at and never changed. See LogitsSession and ReplaySession."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__(tokenizer)
        self._outcome = Outcome(-1)

    @property
    def can_edit(self) -> bool:
        """No: there is no model that could say what follows another text."""
        return False

    @property
    def outcome(self) -> Outcome:
        """The distribution at the position, or why there is none."""
        with self._lock:
            state = self._state
            if self._outcome.revision != state.revision:
                self._outcome = self._look(state)
            return self._outcome

    @abstractmethod
    def unchangeable(self) -> InvalidValue:
        """What is said to one who would change the text."""

    # inside

    @abstractmethod
    def _look(self, state: State) -> Outcome:
        """What is there at the position of a state."""

    def _encode(self, text: str, *, special: bool, template: tuple[tuple[int, int], ...] = ()) -> None:
        del text, special, template
        raise self.unchangeable()

    def _become(self, tokens: Tokens, *, special: bool) -> None:
        del tokens, special
        raise self.unchangeable()
