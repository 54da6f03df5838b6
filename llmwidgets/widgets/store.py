"""The session in the page: one SessionStore per session, which every view points at. js/session/ is its other half."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import traitlets

from llmwidgets.errors import InvalidValue, NotACausalModel, NotReturned, Outdated, SessionClosed
from llmwidgets.prediction import PredictionSession
from llmwidgets.session import ModelSession
from llmwidgets.stages.choices import choice_at
from llmwidgets.standing import StandingSession
from llmwidgets.text import TextSession
from llmwidgets.widgets import encode, requests
from llmwidgets.widgets.base import PageWidget, size_of, weakly
from llmwidgets.widgets.changes import LONG, Sent, change_payload, edited

if TYPE_CHECKING:
    from llmwidgets.stages.drawn import Drawn
    from llmwidgets.stages.sampling import Order
    from llmwidgets.state import Outcome, State
    from llmwidgets.widgets.base import View
    from llmwidgets.widgets.payloads import AlternativesPayload, EditPayload, ExactPayload


class Place(TypedDict):
    """What a content's payload takes besides the state."""

    add_special: bool | None
    can_undo: bool
    seen: dict[str, int]


MOST_CHOICES_LIVE = 500
"""Generated tokens up to which the page hears of each as it comes."""

_making = threading.RLock()
_stores: weakref.WeakKeyDictionary[TextSession, SessionStore] = weakref.WeakKeyDictionary()


def store_for(session: object = None, kind: type[TextSession] = TextSession) -> SessionStore:
    """The store of a session, made with its first view; of the newest session where none is given."""
    if session is None:
        session = ModelSession.current()
    if not isinstance(session, kind):
        msg = f"This view needs a {kind.__name__}, not {type(session).__name__}."
        raise InvalidValue(
            msg,
            hint="session = ModelSession(model, tokenizer)",
            name="session",
            value=type(session).__name__,
            allowed=f"a {kind.__name__}",
        )
    with _making:
        if session not in _stores:
            _stores[session] = SessionStore(session)
        return _stores[session]


def open_stores() -> tuple[SessionStore, ...]:
    """The stores of all sessions that have a view."""
    return tuple(_stores.values())


class SessionStore(PageWidget):
    """What the page knows of a session. It holds the session weakly: a widget never keeps a model alive."""

    name = "session"
    has_style = False
    _silent = False

    info = traitlets.Dict().tag(sync=True)
    content = traitlets.Dict().tag(sync=True)
    change = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    distribution = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    sampler = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    paths = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    draws = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    pointed: traitlets.List[int] = traitlets.List().tag(sync=True)

    def __init__(self, session: TextSession) -> None:
        self._session = weakref.ref(session)
        self._publishing = threading.RLock()
        self._seen_content: dict[str, int] = {}
        self._seen_sampler: dict[str, int] = {}
        self._sent: tuple[State | None, Outcome | None] = (None, None)
        self._told: tuple[dict[str, int], bool] = ({}, False)
        # what the page has made of the changes that it was sent; None where it has the whole content
        self._page: Sent | None = None
        self._needs = 0
        self._scored = 0
        self._attended = 0
        self._stated = 0
        self._flowing = 0
        self._shown_draws: tuple[Drawn | None, dict[str, Any] | None] = (None, None)
        self._shown_ways: tuple[Any, ...] = ()
        self._number = 0
        self._views: tuple[weakref.ref[View], ...] = ()
        self._face, self._vocabulary = session.face, encode.Vocabulary.of(session)
        super().__init__(**self._news(session))
        publish = weakly(self.publish)
        session.attach(publish)
        gone = weakref.finalize(session, _session_gone, weakref.ref(self))
        # at the kernel's end it is the kernel that is gone, which the page says itself
        gone.atexit = False

    @property
    def session(self) -> TextSession:
        """The session. Raises SessionClosed where it is gone."""
        session = self.session_or_none
        if session is None:
            msg = "The session of this view is gone: its variable was replaced."
            raise SessionClosed(msg, hint="Run the cell of the view again.")
        return session

    @property
    def session_or_none(self) -> TextSession | None:
        """The session, or None where it is gone."""
        return self._session()

    @property
    def vocabulary(self) -> encode.Vocabulary:
        """How the page writes the session's tokens."""
        return self._vocabulary

    @property
    def views(self) -> tuple[View, ...]:
        """The open views, in the order in which they were made."""
        return tuple(view for found in self._views if (view := found()) is not None)

    def add_view(self, view: View) -> None:
        """A view of the session was made."""
        self._views = (*self._views, weakref.ref(view))

    def remove_view(self, view: View) -> None:
        """A view was closed. Without a session and a view the store ends."""
        self._views = tuple(found for found in self._views if found() not in {None, view})
        if not self._views and self.session_or_none is None:
            self.close()

    def let_go(self) -> None:
        """The session is gone: nothing of it is kept but what the page shows."""
        self._sent, self._shown_draws, self._page = (None, None), (None, None), None
        self.status = {**self.status, "state": "closed"}
        if not self.views:
            self.close()

    def need_distribution(self, views: int) -> None:
        """Adds so many views (or takes them away) that show the distribution."""
        self._needs += views
        if isinstance(session := self.session_or_none, PredictionSession):
            session.want_distribution(self._needs > 0)

    def need_surprisals(self, views: int) -> None:
        """Adds so many views (or takes them away) that show the tokens' surprisals."""
        self._scored += views
        if isinstance(session := self.session_or_none, ModelSession):
            session.want_surprisals(self._scored > 0)

    def need_attentions(self, views: int) -> None:
        """Adds so many views (or takes them away) that show what the token looked at attends to."""
        self._attended += views
        if isinstance(session := self.session_or_none, ModelSession):
            session.want_attentions(self._attended > 0)

    def need_hidden_states(self, views: int) -> None:
        """Adds so many views (or takes them away) that show the tokens' hidden states."""
        self._stated += views
        if isinstance(session := self.session_or_none, ModelSession):
            session.want_hidden_states(self._stated > 0)

    def need_flow(self, views: int) -> None:
        """Adds so many views (or takes them away) that show the model's calls, stage by stage."""
        before, self._flowing = self._flowing, self._flowing + views
        if isinstance(session := self.session_or_none, ModelSession) and (before > 0) != (self._flowing > 0):
            session.want_flow(self._flowing > 0)

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        kind = message.get("kind")
        if kind == "set":
            self._set(requests.settings(message), client, rid)
        elif kind == "act":
            self._act(*requests.action(message))
        elif kind == "exact":
            return self._exact(*requests.chain_question(message))
        elif kind == "alternatives":
            return self._alternatives(requests.index(message))
        elif kind == "point":
            ids = requests.pointed(message)
            # what is assigned while another thread ends its `hold_sync` may be forgotten
            with self._publishing:
                self.pointed = ids
        else:
            return super().handle(message, client, rid)
        return None

    def publish(self) -> None:
        """Sends what changed, as one message. Called after every change, on whichever thread."""
        session = self._session()
        if session is None:
            return
        with self._publishing, self.hold_sync():
            for name, value in self._news(session).items():
                setattr(self, name, value)

    def _news(self, session: TextSession) -> dict[str, Any]:
        """The traits that may have changed. What was sent already is not encoded again."""
        state, outcome = session.state, session.outcome
        if session.face is not self._face:
            self._face, self._vocabulary = session.face, encode.Vocabulary.of(session)
            self._sent, self._page, self._shown_ways = (None, None), None, ()
        news: dict[str, Any] = {
            "info": encode.info_payload(session),
            "status": encode.status_payload(session.status),
            "sampler": encode.sampler_state(
                session.sampler, session.own_sampler, session.sampler_origins, self._seen_sampler
            ),
            "draws": self._draws(session),
        }
        sent_state, sent_outcome = self._sent
        told = (self._seen_content, session.can_undo)
        if state is not sent_state or told != self._told:
            news |= self._content_news(session, state, sent_state)
            self._told = told
        if (ways := self._ways(state)) != self._shown_ways and not self._waits(session, state):
            news["paths"] = encode.paths_payload(state)
            self._shown_ways = ways
        if outcome is not sent_outcome and not session.closed:
            news["distribution"] = self._distribution(outcome, state)
        self._sent = (state, outcome)
        return news

    def _distribution(self, outcome: Outcome, state: State) -> dict[str, Any] | None:
        distribution, summary = outcome.distribution, outcome.summary
        if distribution is None or summary is None:
            return None
        came = state.came if outcome.revision == state.revision else None
        payload = encode.distribution_payload(
            distribution, self._vocabulary, revision=outcome.revision, summary=summary, came=came
        )
        return dict(payload)

    def _draws(self, session: TextSession) -> dict[str, Any] | None:
        """The session's draws; those that the page has are not encoded again."""
        drawn = session.drawn if isinstance(session, PredictionSession) else None
        if drawn is None:
            return None
        known, payload = self._shown_draws
        if drawn is not known:
            self._number += 1
            payload = dict(encode.draws_payload(drawn, self.vocabulary, self._number))
            self._shown_draws = (drawn, payload)
        return payload

    @staticmethod
    def _ways(state: State) -> tuple[Any, ...]:
        """What the payload of the ways is made from. Without any, the text is nothing to it."""
        return (state.choices, state.forks, state.tokens) if state.choices or state.forks else ((), ())

    @staticmethod
    def _waits(session: TextSession, state: State) -> bool:
        """A long way is sent once it is written, not for each frame."""
        return len(state.choices) > MOST_CHOICES_LIVE and session.status.state == "generating"

    def _exact(self, settings: dict[str, Any], order: Order) -> ExactPayload:
        """The chain by transformers' classes over the distribution that the page has. Does not wait for a newer one."""
        session = self.session
        outcome = session.outcome
        if outcome.distribution is None or outcome.summary is None or not isinstance(session, PredictionSession):
            raise without_model()
        sampler = session.sampler.replace(**settings)
        filtered = session.chain(sampler, outcome, order=order)
        if outcome.distribution.told_whole and (
            not filtered.exact or np.isnan(filtered.probs[outcome.summary.ids]).any()
        ):
            msg = "What was kept of this distribution does not decide what the sampler makes of it."
            raise NotReturned(
                msg, hint='Cut less deep: the numbers said with "about" are the nearest that are known.', returned=0
            )
        return encode.exact_payload(filtered, outcome.summary, outcome.revision)

    def _alternatives(self, index: int) -> AlternativesPayload:
        return encode.alternatives_payload(choice_at(self.session.state.choices, index), self._vocabulary)

    def _content_news(self, session: TextSession, state: State, before: State | None) -> dict[str, Any]:
        """The whole content, or for a long one what has changed in it."""
        if before is None or min(len(before.tokens), len(state.tokens)) < LONG:
            self._page = None
            return {"content": encode.content_payload(state, **self._place(session, state))}
        known, self._page = self._page or Sent.of(before), Sent.of(state)
        return {"change": change_payload(known, self._page, state, **self._place(session, state))}

    def _place(self, session: TextSession, state: State) -> Place:
        return {
            "add_special": state.add_special if session.face.adds_special else None,
            "can_undo": session.can_undo,
            "seen": self._seen_content,
        }

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """See ipywidgets: the traits as the page gets them, the content whole and of now."""
        if key is None or "content" in ({key} if isinstance(key, str) else set(key)):
            self._catch_up()
        return dict(super().get_state(key, drop_defaults))

    def _catch_up(self) -> None:
        """Brings the content up to the changes that were sent instead of it, without sending it."""
        session = self._session()
        with self._publishing:
            state = self._sent[0]
            if session is None or state is None or self._page is None or self.content["revision"] == state.revision:
                return
            self._silent = True
            try:
                self.content = dict(encode.content_payload(state, **self._place(session, state)))
            finally:
                self._silent = False

    def _should_send_property(self, key: str, value: Any) -> bool:
        return not (self._silent and key == "content") and bool(super()._should_send_property(key, value))

    def _set(self, settings: dict[str, Any], client: str, rid: int) -> None:
        session = self.session
        sampler = session.sampler.replace(**settings["sampler"]) if "sampler" in settings else None
        if sampler is not None and not isinstance(session, PredictionSession):
            raise without_model()
        before = self._seen_content, self._seen_sampler
        with self._publishing:
            self._seen_content = requests.remember(self._seen_content, client, rid)
            self._seen_sampler = requests.remember(self._seen_sampler, client, rid)
        try:
            if "add_special" in settings:
                session.add_special_tokens = settings["add_special"]
            if "edit" in settings:
                session.edit(self._edited(session.state, settings["edit"]))
            if "text" in settings:
                session.edit(settings["text"])
            if "ids" in settings:
                session.tokens = settings["ids"]
            if "position" in settings:
                session.position = settings["position"]
            if sampler is not None and isinstance(session, PredictionSession):
                session.sampler = sampler
        except Exception:  # a tokenizer of the user's own raises what it likes
            # the page takes a seen request as done, and would drop what was typed
            self._seen_content, self._seen_sampler = before
            raise
        self.publish()

    def _edited(self, state: State, edit: EditPayload) -> str:
        """The text after an edit of the page. Raises Outdated where the edit is of an older text."""
        if edit["base"] != state.revision:
            msg = f"The edit is of revision {edit['base']}; the text is at {state.revision}."
            raise Outdated(msg, hint="Send the whole text.", base=edit["base"], revision=state.revision)
        return edited(state.tokens.text, edit)

    def _act(self, action: str, arguments: dict[str, Any]) -> None:
        if action == "whole":
            self.send_state("content")
            return
        session = self.session
        do = session.actions().get(action)
        if do is None:
            raise session.unchangeable() if isinstance(session, StandingSession) else without_model()
        revision = arguments.pop("revision", session.state.revision)
        if revision != session.state.revision:
            msg = f"The text has changed meanwhile: {action} was meant for an older one."
            raise Outdated(msg, hint="Choose again.", base=revision, revision=session.state.revision)
        do(**arguments)

    def _send(self, msg: Any, buffers: Any = None) -> None:
        session = self._session()
        if session is not None:
            session.count_sent(size_of(msg))
        super()._send(msg, buffers)


def without_model() -> NotACausalModel:
    """What is said where a model is asked for and none is there."""
    msg = "This view has a tokenizer and no model, so there is no next token."
    return NotACausalModel(msg, hint="Give it a session: TokenView(ModelSession(...)).", name="a tokenizer alone")


def _session_gone(found: weakref.ref[SessionStore]) -> None:
    store = found()
    if store is not None:
        with contextlib.suppress(Exception):  # at the interpreter's end there is nobody left to tell
            store.let_go()
