"""ContinuationView: how probable candidates are that a prompt goes on with, and what the model itself would write."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

import traitlets

from llmwidgets.continuing import Beginning, beginning_of
from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.language import in_own_language, say
from llmwidgets.numbers import whole
from llmwidgets.session import ModelSession
from llmwidgets.stages.continuations import check_candidates, check_measure
from llmwidgets.tokenizers.face import check_text
from llmwidgets.widgets.base import ModelView, weakly
from llmwidgets.widgets.continuation_encode import scored_payload, symbols, written_payload
from llmwidgets.widgets.continuation_figure import figure_of, headline, picture_of
from llmwidgets.widgets.continuation_requests import MOST_NEW_TOKENS, MOST_PROMPT, SCALES, continuation_settings
from llmwidgets.widgets.continuation_work import Asked, ContinuationWork, Writing
from llmwidgets.widgets.store import store_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.continuations import ContinuationMeasure, Continuations
    from llmwidgets.tokenizers.face import Tokenizer
    from llmwidgets.widgets.continuation_payloads import ContinuationScale, ContinuationSettings


@dataclass(frozen=True)
class _Chosen:
    """What someone has chosen, here or in the page. `prompt` None follows the session's text, `begin` None the tokenizer."""

    prompt: str | None
    candidates: tuple[str, ...]
    measure: ContinuationMeasure
    scale: ContinuationScale
    begin: bool | None
    new_tokens: int


class ContinuationView(ModelView):
    """How probable each candidate is that a prompt goes on with, token by token and ranked; beside them what the model itself writes.

    `prompt` is a text of its own; None follows the session's text, which stays as it is in either case. Prompt and candidate are
    tokenised as one text. Where that fuses them into one token, the view says so, and the score is of what follows the last token that
    the prompt alone has as well. `begin_of_text`: whether begin-of-text tokens stand in front; None as the tokenizer does by itself.

    `measure` ranks: "sum", the log-probability of the whole, or its mean over each "token", "character" or "byte"; `scale` of the bars:
    "probability" or "log_probability". `new_tokens`, 0 to 200: how far the model itself goes on, greedily and by the session's sampler
    with its seed. At most 50 candidates. All of it can be set here and typed in the page. `session`: the newest where none is given.
    Raises InvalidValue; what stands in the way of the scores is raised where they are read, and said in the view.

    >>> view = ContinuationView(session, "むかしむかし、あるところに", [           # doctest: +SKIP
    ...     "ラーメン大好きな大学院生が", "おじいさんとおばあさんが", "にがい珈琲が"])
    >>> view.scores                                                             # doctest: +SKIP
    {'ラーメン大好きな大学院生が': -63.8, 'おじいさんとおばあさんが': -50.1, 'にがい珈琲が': -47.9}
    """

    name = "continuation_view"
    # `close` runs for a view that was refused, too
    _work: ContinuationWork | None = None

    settings: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    scored: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    written: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        session: ModelSession | None = None,
        prompt: str | None = None,
        candidates: Sequence[str] = (),
        *,
        measure: str = "sum",
        scale: str = "probability",
        begin_of_text: bool | None = None,
        new_tokens: int = 16,
        language: str | None = None,
    ) -> None:
        self._drawing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._chosen = _Chosen(
            None if prompt is None else check_text(prompt),
            check_candidates(candidates),
            check_measure(measure),
            _scale(scale),
            _switch(begin_of_text),
            whole("new_tokens", new_tokens, 0, MOST_NEW_TOKENS),
        )
        found = store_for(session, ModelSession).session
        self._begun: tuple[Tokenizer, Beginning] = (found.face, beginning_of(found.face))
        if begin_of_text and not self._begun[1].ids:
            raise _no_beginning(found.face.name)
        self._asked = Asked()
        self._known: tuple[Any, ...] = ()
        self._sampler: Any = None
        self._follow, self._told = weakly(self.follow), weakly(self._publish)
        super().__init__(session, language=language)
        self._work = ContinuationWork(self.session, self._told)
        self.session.attach(self._follow)
        self.follow()

    # what is asked

    @property
    def prompt(self) -> str:
        """What the candidates go on from. Set it to a text, or to None to follow the session's."""
        return self.session.text if self._chosen.prompt is None else self._chosen.prompt

    @prompt.setter
    def prompt(self, prompt: str | None) -> None:
        self._choose(prompt=None if prompt is None else check_text(prompt))

    @property
    def candidates(self) -> tuple[str, ...]:
        """The candidates, in the order in which they came. Set others to ask for them."""
        return self._chosen.candidates

    @candidates.setter
    def candidates(self, candidates: Sequence[str]) -> None:
        self._choose(candidates=check_candidates(candidates))

    @property
    def measure(self) -> ContinuationMeasure:
        """What ranks the candidates: "sum", "token", "character" or "byte"."""
        return self._chosen.measure

    @measure.setter
    def measure(self, measure: str) -> None:
        self._choose(measure=check_measure(measure))

    @property
    def scale(self) -> ContinuationScale:
        """What the bars' length stands for: "probability" or "log_probability"."""
        return self._chosen.scale

    @scale.setter
    def scale(self, scale: str) -> None:
        self._choose(scale=_scale(scale))

    @property
    def begin_of_text(self) -> bool:
        """Whether begin-of-text tokens stand in front. Set None to do as the tokenizer does by itself."""
        return self._begins(self.session)

    @begin_of_text.setter
    def begin_of_text(self, begin: bool | None) -> None:
        if _switch(begin) and not self._beginning(self.session.face).ids:
            raise _no_beginning(self.session.face.name)
        self._choose(begin=begin)

    @property
    def new_tokens(self) -> int:
        """How many tokens the model itself writes, 0 to 200."""
        return self._chosen.new_tokens

    @new_tokens.setter
    def new_tokens(self, count: int) -> None:
        self._choose(new_tokens=whole("new_tokens", count, 0, MOST_NEW_TOKENS))

    # what is answered

    @property
    def continuations(self) -> Continuations:
        """The candidates with their tokens and surprisals. Waits for the model, and raises what stands in its way."""
        self.follow()
        assert self._work is not None  # noqa: S101 (made with the view)
        if self.session.closed:
            raise SessionClosed("This session is closed.", hint="Make a new one: ModelSession(...).")
        scored = self._work.wait()
        if scored.found is None:
            assert scored.error is not None  # noqa: S101 (one of the two is there)
            raise scored.error.with_traceback(None)
        return scored.found

    @property
    def scores(self) -> dict[str, float]:
        """The log-probability of each candidate, in nats. Waits for the model."""
        return self.continuations.scores

    @in_own_language
    def figure(self) -> Figure:
        """The candidates as bars of a plotly Figure, most probable on top."""
        return figure_of(self.continuations, self.measure)

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        kind = message.get("kind")
        if kind == "write":
            self._write()
        elif kind == "continuation":
            self._take(continuation_settings(message), client, rid)
        else:
            return super().handle(message, client, rid)
        return None

    def follow(self) -> None:
        """Called after every change of the session: asks what has become another question."""
        session = self._store.session_or_none
        if not isinstance(session, ModelSession) or self._work is None:
            return
        # a text that grows token by token is asked about at its end
        if session.closed or (self._chosen.prompt is None and session.status.state == "generating"):
            self._publish()
            return
        with self._drawing:
            begin = self._begins(session)
            known = (self.prompt, self.candidates, begin, session.face, session.info)
            writing, writes = Writing(session.sampler, self.new_tokens), session.info.source != "api"
            if known != self._known:
                self._known = known
                self._asked = Asked(self._asked.number + 1, self.prompt, self.candidates, begin)
                self._work.ask(self._asked, writing, write=writes)
            elif writing != self._sampler and writes:
                self._work.write(writing)
            self._sampler = writing
        self._publish()

    def close(self) -> None:
        """See View."""
        if self.comm is not None:
            if (session := self._store.session_or_none) is not None:
                session.detach(self._follow)
            if self._work is not None:
                self._work.close()
        super().close()

    # inside

    def _beginning(self, face: Tokenizer) -> Beginning:
        if self._begun[0] is not face:
            self._begun = face, beginning_of(face)
        return self._begun[1]

    def _begins(self, session: ModelSession) -> bool:
        beginning = self._beginning(session.face)
        if self._chosen.begin is not None:
            return self._chosen.begin and bool(beginning.ids)
        own_text = self._chosen.prompt is None
        return beginning.own and (session.state.add_special or not own_text)

    def _choose(self, **chosen: Any) -> None:
        with self._drawing:
            self._chosen = changed(self._chosen, **chosen)
            self.follow()

    def _take(self, asked: dict[str, Any], client: str, rid: int) -> None:
        follows = asked.pop("follows", None)
        if follows:
            asked["prompt"] = None
        elif follows is False and "prompt" not in asked:
            asked["prompt"] = self.prompt
        with self._taking(client, rid):
            self._choose(**asked)
        self._publish()

    def _write(self) -> None:
        """Writes anew. What stood in the way of the scores is tried again."""
        with self._drawing:
            assert self._work is not None  # noqa: S101 (made with the view)
            writing = Writing(self.session.sampler, self.new_tokens)
            if self._work.scored.error is not None:
                self._asked = changed(self._asked, number=self._asked.number + 1)
                self._work.ask(self._asked, writing, write=True)
            else:
                self._work.write(writing)
        self._publish()

    def _publish(self) -> None:
        """Assigns the traits that may have changed."""
        session, work = self._store.session_or_none, self._work
        if not isinstance(session, ModelSession) or work is None:
            return
        with self._drawing, self.hold_sync():
            self.settings = dict(self._settings(session))
            scored = scored_payload(work.scored)
            if scored is None or self.scored is None or scored != self.scored:
                self.scored = None if scored is None else dict(scored)
            self.written = [dict(written_payload(each)) for each in work.written]

    def _settings(self, session: ModelSession) -> ContinuationSettings:
        prompt, beginning = self.prompt, self._beginning(session.face)
        return {
            "prompt": prompt[-MOST_PROMPT:],
            "follows": self._chosen.prompt is None,
            "can_edit": len(prompt) <= MOST_PROMPT,
            "candidates": list(self.candidates),
            "measure": self.measure,
            "scale": self.scale,
            "begin": self._begins(session),
            "beginning": symbols(beginning.ids, self._store.vocabulary),
            "begin_own": beginning.own,
            "new_tokens": self.new_tokens,
            "number": self._asked.number,
            "seen": self._seen,
        }

    def settle(self) -> None:
        """See View."""
        super().settle()
        assert self._work is not None  # noqa: S101 (made with the view)
        self._work.wait_written()

    def _picture(self) -> str:
        return picture_of(self.continuations, self.measure)

    def _in_words(self) -> str:
        found = self.continuations
        return f"ContinuationView({say(headline(found))}, {found!r})"


def _scale(scale: Any) -> ContinuationScale:
    if scale in SCALES:
        return scale  # type: ignore[no-any-return] # it is one of them
    allowed = ", ".join(map(repr, SCALES))
    msg = f"scale cannot be {scale!r:.60}."
    raise InvalidValue(msg, hint=f"It takes {allowed}.", name="scale", value=f"{scale!r:.60}", allowed=allowed)


def _switch(begin: Any) -> bool | None:
    if begin is None or isinstance(begin, bool):
        return begin
    raise InvalidValue(
        f"begin_of_text cannot be {begin!r:.60}.",
        hint="It takes True, False or None.",
        name="begin_of_text",
        value=f"{begin!r:.60}",
        allowed="True, False, None",
    )


def _no_beginning(name: str) -> InvalidValue:
    msg = f"{name} has no begin-of-text token."
    return InvalidValue(msg, hint="Leave begin_of_text out.", name="begin_of_text", value="True", allowed="False, None")
