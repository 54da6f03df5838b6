"""The text's tokens in their context, as an EmbeddingMap shows them: worked out once for a text and its hidden states."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.errors import LLMWidgetsError, in_words
from llmwidgets.stages.contexts import Contexts, contexts, layer_lost
from llmwidgets.widgets.map_encode import contexts_payload, no_contexts_payload
from llmwidgets.widgets.map_space import Name
from llmwidgets.widgets.map_state import counted_among

if TYPE_CHECKING:
    from llmwidgets.session import ModelSession
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.state import Hidden
    from llmwidgets.widgets.map_payloads import ContextsPayload

_NOTHING = np.empty((0, 0, 0), np.float32)
_placing = threading.Lock()
_placed: weakref.WeakKeyDictionary[Hidden, dict[int, tuple[Contexts, np.ndarray]]] = weakref.WeakKeyDictionary()
"""By hidden states and number of axes: what views of one session share, those of a cell that was run before among them."""


@dataclass(frozen=True, eq=False)
class Context:
    """Hidden states `values` (layers, n, d) of the text of `revision`, their picture, and (layers, n) how many nearest each loses in it."""

    revision: int = -1
    axes: int = 2
    values: np.ndarray = field(default_factory=lambda: _NOTHING)
    tokens: Tokens | None = None
    names: tuple[Name, ...] = ()
    found: Contexts | None = None
    lost: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.int8))
    error: LLMWidgetsError | None = None

    def payload(self) -> ContextsPayload:
        """For the page."""
        if self.found is None or self.tokens is None:
            return no_contexts_payload(self.revision, self.axes, self.error)
        return contexts_payload(
            self.found, self.lost, counted_among(self.values.shape[1]), self.names, self.tokens, self.revision
        )


def followed(context: Context, session: ModelSession, hidden: Hidden, axes: int) -> Context:
    """The context of a session's hidden states. The same text and axes are not worked out again."""
    tokens = session.state.tokens
    if hidden.error is not None:
        return Context(hidden.revision, axes, error=hidden.error)
    values = hidden.values
    same = context.tokens is not None and context.axes == axes and np.array_equal(context.tokens.ids, tokens.ids)
    if same and context.values.base is values.base and context.values.shape == values.shape:
        return changed(context, revision=hidden.revision, tokens=tokens)
    try:
        found, lost = _places_of(hidden, axes)
    except Exception as error:  # noqa: BLE001 (whatever it is, the view says it)
        return Context(hidden.revision, axes, error=in_words(error))
    return Context(hidden.revision, axes, values, tokens, names_of(session, tokens, values.shape[1]), found, lost)


def _places_of(hidden: Hidden, axes: int) -> tuple[Contexts, np.ndarray]:
    """The picture of hidden states, and how many nearest each token loses in it. Worked out once for all views."""
    with _placing:
        known = _placed.setdefault(hidden, {})
        if axes not in known:
            values = hidden.values
            found = contexts(values, axes)
            known[axes] = found, layer_lost(values, found.coordinates, counted_among(values.shape[1]))
        return known[axes]


def names_of(session: ModelSession, tokens: Tokens, count: int) -> tuple[Name, ...]:
    """What the first tokens of a text are called."""
    ids = tokens.ids[:count].tolist()
    return tuple(Name(tokens.token_bytes[place], token, session.is_special(token)) for place, token in enumerate(ids))
