"""Two sessions' distributions side by side, for a NextTokenBar: computed when both are there, kept until one changes."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING

from llmwidgets.errors import LLMWidgetsError, ModelFailed, SessionClosed
from llmwidgets.stages.divergence import Alignment, Comparison, align, compare
from llmwidgets.tokenizers.face import padded_bytes
from llmwidgets.widgets.encode import Vocabulary, error_payload

if TYPE_CHECKING:
    from llmwidgets.prediction import PredictionSession
    from llmwidgets.state import Outcome, State
    from llmwidgets.widgets.payloads import ComparisonPayload, PairPayload

TEXT_SHOWN = 400
"""Characters before the position that tell one side from the other."""
MOST_TYPED = 20_000
"""Characters of a text on the other side that is typed in the page."""


class Comparer:
    """Compares two sessions, which it does not keep alive. Not thread-safe: the view's lock guards it."""

    def __init__(self, session: PredictionSession, other: PredictionSession, *, can_type: bool) -> None:
        self._can_type = can_type
        self._sessions = weakref.ref(session), weakref.ref(other)
        self._vocabularies = Vocabulary.of(session), Vocabulary.of(other)
        self._alignment: Alignment | None = None
        self._aligned = False
        self._known = (-1, -1)
        self._last: ComparisonPayload | None = None
        self.comparison: Comparison | None = None

    def payload(self) -> ComparisonPayload | None:
        """For the page; None as long as one of the two has no distribution of its newest text."""
        session, other = (found() for found in self._sessions)
        if session is None:
            return None
        if other is None:
            return self._alone(session.state)
        sides = (session.state, session.outcome), (other.state, other.outcome)
        if other.closed:
            gone = SessionClosed("The session on the other side is closed.", hint="Run the cell of the view again.")
            return self._payload(sides, session, other, _nothing(gone))
        if any(state.revision != outcome.revision for state, outcome in sides):
            return None
        for _, outcome in sides:
            if outcome.error is not None:
                return self._payload(sides, session, other, _nothing(outcome.error))
        revisions = sides[0][0].revision, sides[1][0].revision
        if revisions != self._known or self.comparison is None:
            self.comparison = self._compare(session, other, (sides[0][1], sides[1][1]))
            self._known = revisions
        return self._payload(sides, session, other, self.comparison)

    def _alone(self, state: State) -> ComparisonPayload | None:
        """The last payload, where the other session's variable was replaced: it says so, and shows no numbers of another text."""
        if self._last is None:
            return None
        gone = SessionClosed("The session on the other side is gone.", hint="Run the cell of the view again.")
        alone = self._last.copy()
        alone["revision"], alone["text"], alone["can_edit"] = state.revision, _tail(state), False
        alone["aligned"], alone["kl"], alone["kl_back"] = "none", None, None
        alone["pairs"], alone["differ"], alone["error"] = [], [], error_payload(gone)
        return alone

    def _compare(
        self, session: PredictionSession, other: PredictionSession, outcomes: tuple[Outcome, Outcome]
    ) -> Comparison:
        p, q = outcomes[0].distribution, outcomes[1].distribution
        if p is None or q is None:
            return _nothing(ModelFailed("There is no distribution.", what=""))
        if not self._aligned:
            self._alignment = _alignment(session, other, p.logits.size, q.logits.size)
            self._aligned = True
        try:
            return compare(p, q, self._alignment)
        except LLMWidgetsError as error:
            return _nothing(error)

    def _payload(
        self,
        sides: tuple[tuple[State, Outcome], tuple[State, Outcome]],
        session: PredictionSession,
        other: PredictionSession,
        found: Comparison,
    ) -> ComparisonPayload:
        whole = sides[1][0].tokens.text
        typed = self._can_type and len(whole) <= MOST_TYPED
        self._last = {
            "revision": sides[0][0].revision,
            "other_revision": sides[1][0].revision,
            "name": session.info.name,
            "other_name": other.info.name,
            "text": _tail(sides[0][0]),
            "other_text": whole if typed else _tail(sides[1][0]),
            "can_edit": typed,
            "aligned": found.aligned,
            "shared": found.shared,
            "outside": found.outside,
            "other_outside": found.other_outside,
            "kl": _finite(found.kl),
            "kl_back": _finite(found.kl_back),
            "pairs": [self._pair(pair.id, pair.other_id, pair.p, pair.q) for pair in found.pairs],
            "differ": list(found.differ),
            "error": error_payload(found.error),
        }
        return self._last

    def _pair(self, token: int, other: int, p: float | None, q: float | None) -> PairPayload:
        vocabulary, own = (self._vocabularies[0], token) if token >= 0 else (self._vocabularies[1], other)
        text, part = vocabulary.piece(own)
        return {
            "id": token,
            "other_id": other,
            "piece": text,
            "bytes": part,
            "special": vocabulary.is_special(own),
            "p": p,
            "q": q,
        }


def _alignment(session: PredictionSession, other: PredictionSession, size: int, other_size: int) -> Alignment | None:
    """How the vocabularies fit; None where they are the same, id by id."""
    # where one side has no names for its tokens, those of the other are meant
    if size == other_size and (session.face is other.face or 0 in (session.face.size, other.face.size)):
        return None
    tables = [
        [padded_bytes(one.face, token) for token in range(count)]
        for one, count in ((session, size), (other, other_size))
    ]
    special = [
        frozenset(token for token in range(min(count, one.face.size)) if one.is_special(token))
        for one, count in ((session, size), (other, other_size))
    ]
    if tables[0] == tables[1] and special[0] == special[1]:
        return None
    return align(tables[0], tables[1], special[0], special[1])


def _nothing(error: LLMWidgetsError) -> Comparison:
    return Comparison("none", 0, 0.0, 0.0, None, None, (), (), error)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _tail(state: State) -> str:
    """The text that ends with the token looked at; of an encoder, which sees both sides, with what stands behind."""
    if state.index < 0:
        return ""
    end = int(state.tokens.spans[state.index, 1])
    if state.mask is not None:
        return state.tokens.text[max(0, end - TEXT_SHOWN // 2) : end + TEXT_SHOWN // 2]
    return state.tokens.text[max(0, end - TEXT_SHOWN) : end]
