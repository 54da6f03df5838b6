"""LogitsSession: logits that someone has in hand, shown as if a model had just said them.

Not here: how a tensor, an array or a model's output is read (stages/given.py).
"""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.engine import Info
from llmwidgets.errors import BadLogits, InvalidValue, LLMWidgetsError
from llmwidgets.language import say
from llmwidgets.numbers import whole
from llmwidgets.stages.distribution import Distribution
from llmwidgets.stages.given import read
from llmwidgets.stages.tokens import UNKNOWN
from llmwidgets.standing import StandingSession
from llmwidgets.state import Outcome, Status
from llmwidgets.tokenizers.face import as_tokenizer, describe
from llmwidgets.tokenizers.nameless import NamelessTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.preparing import Moment
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.state import State

HINT = "Check what they were computed from, and in which dtype; in float32 less overflows."


class LogitsSession(StandingSession):
    """Logits as a session: a distribution for each of their places, which can be looked at, filtered and drawn from, and no model to go on with.

    LogitsSession(logits, tokenizer)                     (vocabulary,), (tokens, vocabulary) or (batch, tokens, vocabulary)
    LogitsSession(model(**inputs), tokenizer, input_ids=inputs)
    LogitsSession(model.generate(..., return_dict_in_generate=True, output_logits=True), tokenizer)
    LogitsSession(probs, tokenizer, values="probs")      or values="log_probs"
    LogitsSession(Distribution.partial(...), tokenizer)  a distribution, also one of which only some tokens are known

    A tensor of any dtype, on any device, requiring grad or not, an array or lists. A dense tensor or an array of floating numbers is
    read when it is looked at, a place at a time, and never copied as a whole; all else is copied once, here: lists, the steps that
    generate returned (stacked on their device), sparse tensors and whole numbers. Without a tokenizer tokens are shown as their
    ids. `row` chooses a text of a batch. Raises InvalidValue, and BadLogits for NaN at the place looked at.

    >>> LogitsSession([2.0, 1.0, 0.0]).distribution.top(1)[0].id
    0
    """

    def __init__(
        self, logits: Any, tokenizer: Any = None, *, input_ids: Any = None, values: str | None = None, row: int = 0
    ) -> None:
        self._held = logits if isinstance(logits, Distribution) and logits.is_partial else None
        if isinstance(logits, Distribution):
            logits, values = logits.logits, "logits"
        self._given = read(logits, input_ids=input_ids, values=values)
        super().__init__(NamelessTokenizer() if tokenizer is None else as_tokenizer(tokenizer))
        self._row = 0
        self._show(whole("row", row, 0, self._given.shape[0] - 1))
        self._history = []
        # what cannot be shown is said in the cell that gave it
        _ = self.distribution

    @property
    def info(self) -> Info:
        """Sizes, dtype and device of the logits; what concerns a model is empty."""
        vocabulary = self._given.shape[2]
        name = self._tokenizer_name if self._tokenizer.size else "logits"
        return Info(
            name,
            "logits",
            self._given.device,
            self._given.dtype,
            0,
            0,
            vocabulary,
            0,
            0,
            predicts="next",
            can_embed=False,
        )

    @property
    def rows(self) -> int:
        """How many texts the batch has."""
        return self._given.shape[0]

    @property
    def row(self) -> int:
        """The text of the batch that is shown, from 0. Setting it to one that is not there raises InvalidValue."""
        return self._row

    @row.setter
    def row(self, row: int) -> None:
        self._show(whole("row", row, 0, self.rows - 1))

    @property
    def distribution(self) -> Distribution:
        """The distribution at the position. Raises BadLogits, InvalidValue where there are no logits."""
        outcome = self.outcome
        if outcome.error is not None:
            raise outcome.error.with_traceback(None)
        assert outcome.distribution is not None  # noqa: S101 (an outcome has one or the other)
        return outcome.distribution

    @property
    def status(self) -> Status:
        """Ready, or the error that stands in the way."""
        error = self.outcome.error
        return Status("ready" if error is None else "error", self._state.revision, error=error)

    def actions(self) -> dict[str, Callable[..., object]]:
        """See TextSession. There is nothing to undo."""
        return {"draw": self.request_sample, "row": self._show, **self._rehearsals()}

    def unchangeable(self) -> InvalidValue:
        """See StandingSession."""
        msg = "These logits stand alone: there is no model that could say what follows another text."
        return InvalidValue(
            msg,
            hint="Use ModelSession(model, tokenizer).",
            name="text",
            value="another",
            allowed="a session with a model",
        )

    def __repr__(self) -> str:
        rows, places, vocabulary = self._given.shape
        shape = f"({rows}, {places}, {vocabulary})"
        told = f"{self._given.values} of shape {shape} in {self._given.dtype} on {self._given.device}"
        return f"LogitsSession({say(told)})"

    # inside

    @property
    def _first(self) -> int:
        """The token of the text shown that the first place follows; below 0 where padding stands before it."""
        parts = self._given.parts
        return self._given.first - (0 if parts is None else int(parts[self._row, 0]))

    def _show(self, row: int) -> None:
        whole("row", row, 0, self.rows - 1)
        with self._lock:
            self._row = row
            tokens, last = self._tokens(row), self._first + self._given.shape[1] - 1
            position = -1 if last >= len(tokens) - 1 else last
            self._state = changed(self._state, revision=self._state.revision + 1, tokens=tokens, position=position)
        self._changed()

    def _come_back(self, moment: Moment) -> None:
        super()._come_back(moment)
        self._row, self._history = moment.row, []

    def _tokens(self, row: int) -> Tokens:
        if self._given.ids is not None:
            start, end = (0, None) if self._given.parts is None else self._given.parts[row].tolist()
            return describe(self._tokenizer, self._given.ids[row, start:end].tolist())
        places = self._given.shape[1]
        if places == 1:
            return self._tokenizer.encode("", special=False)
        return describe(self._tokenizer, [UNKNOWN] * places)

    def _look(self, state: State) -> Outcome:
        try:
            return Outcome(state.revision, tuple(state.prefix), self._distribution_at(state.index))
        except LLMWidgetsError as error:
            return Outcome(state.revision, error=error)

    def _distribution_at(self, index: int) -> Distribution:
        given, count, first = self._given, len(self._state.tokens), self._first
        places = given.shape[1]
        place = index - first if count else 0
        if not 0 <= place < places:
            last = min(first + places, count) - 1
            msg = f"There are no logits after token {index}: they follow tokens {max(first, 0)} to {last}."
            allowed = f"{max(first, 0)} to {last}"
            raise InvalidValue(
                msg, hint=f"Look at one of {allowed}.", name="position", value=str(index), allowed=allowed
            )
        if self._held is not None:
            return changed(self._held, position=index, token_bytes=self.token_bytes)
        try:
            return Distribution.of(given.logits(self._row, place), index, self.token_bytes)
        except BadLogits as error:
            where = f"row {self._row}, place {place}" if self.rows > 1 else f"place {place}"
            message = error.message[:-1]
            raise BadLogits(f"{message} ({where}).", hint=HINT, **error.values) from error
