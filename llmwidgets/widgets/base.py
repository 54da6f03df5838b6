"""What every widget shares: its bundle, a door for the page's messages, a picture for where no page is alive."""

from __future__ import annotations

import json
import logging
import weakref
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

import anywidget
import traitlets

from llmwidgets.errors import InvalidValue, LLMWidgetsError, ModelFailed
from llmwidgets.language import default_language, follow, heard_from_page, speaking, unfollow
from llmwidgets.names import KnownNames
from llmwidgets.widgets import requests
from llmwidgets.widgets.encode import error_payload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plotly.graph_objects import Figure

    from llmwidgets.prediction import PredictionSession
    from llmwidgets.session import ModelSession
    from llmwidgets.text import TextSession
    from llmwidgets.widgets.store import SessionStore

STATIC = Path(__file__).parent.parent / "static"
LANGUAGES = ("", "en", "ja")

log = logging.getLogger("llmwidgets")


@cache
def bundle(file: str) -> str:
    """A built file of the front end. Raises FileNotFoundError with what to do where it was not built."""
    path = STATIC / file
    if not path.is_file():
        msg = f"{path} is missing: the front end was not built. Run `make build`, or install a wheel."
        raise FileNotFoundError(msg)
    return path.read_text(encoding="utf-8")


class WithBuffers(NamedTuple):
    """An answer to the page with numbers that travel as they are."""

    result: object
    buffers: list[bytes]


class PageWidget(KnownNames, anywidget.AnyWidget):
    """A widget that takes nothing from the page but messages, each of which is answered.

    State set by the page is ignored: traits are assigned in the kernel alone, from any thread, and traitlets rolls back what one
    thread assigned while another refuses a value of the page.
    """

    name: ClassVar[str]
    has_style: ClassVar[bool] = True

    # that of ipywidgets 7 goes before _repr_mimebundle_, and has no picture
    _ipython_display_ = None

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            _esm=bundle(f"{self.name}.js"), _css=bundle(f"{self.name}.css") if self.has_style else "", **kwargs
        )
        self.on_msg(self._answer)

    @traitlets.observe("comm")
    def _take_messages_where_sent(self, change: Any) -> None:
        """The page's messages arrive on the subshell that the page named, so that they are heard while a cell runs.

        ipykernel 7.4 redirects them to the shell for which the comm published last, as if each were the reply to that. What the
        worker publishes during a cell, or the cell itself, counts as the main shell's: messages would wait there for the cell's end.
        """
        if hasattr(change["new"], "_reply_subshell_for"):
            change["new"]._reply_subshell_for = None

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the page sets is dropped; it asks by messages."""

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """Does what a checked message asks; what it returns goes to the page with the answer. Raises LLMWidgetsError for what cannot be done."""
        del client, rid
        raise InvalidValue(
            f"Unknown request {message.get('kind')!r}.", name="kind", value=repr(message.get("kind")), allowed="another"
        )

    def _answer(self, _widget: Any, message: Any, _buffers: Any) -> None:
        client, rid = "", 0
        try:
            client, rid = requests.address(message)
            if told := requests.language(message):
                heard_from_page(told)
            result = self.handle(message, client, rid)
            result, buffers = result if isinstance(result, WithBuffers) else (result, None)
        except Exception as error:  # ipywidgets would swallow it: the page shall hear of it whatever it is
            if not isinstance(error, LLMWidgetsError):
                log.exception("a message of the page failed")
                error = ModelFailed(f"{type(error).__name__}: {error}", what=str(error))
            self.send({"rid": rid, "client": client, "ok": False, "error": error_payload(error), "result": None})
        else:
            self.send({"rid": rid, "client": client, "ok": True, "error": None, "result": result}, buffers)


class View(PageWidget):
    """A view of a session. Options are keyword arguments; `language` is "en", "ja" or "" for the page's own."""

    needs_distribution: ClassVar[bool] = False
    # by client, the newest request that was taken: for views with settings of their own
    _seen: dict[str, int]

    store = anywidget.WidgetTrait().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)

    def __init__(self, store: SessionStore, *, language: str | None = None, **traits: Any) -> None:
        chosen = check_language(language)
        self._store = store
        options = {**traits.pop("options", {}), "language": chosen}
        super().__init__(store=store, options=options, **traits)
        store.add_view(self)
        if language is None:
            follow(self)
        if self.needs_distribution:
            self._store.need_distribution(1)

    @property
    def session(self) -> TextSession:
        """The session shown. Raises SessionClosed where it is gone."""
        return self._store.session

    @property
    def language(self) -> str:
        """Which one, "en" or "ja"; "" for the page's own."""
        return str(self.options["language"])

    def speak(self, language: str) -> None:
        """Goes on in this language, on the page as well."""
        self.options = {**self.options, "language": language}

    def figure(self) -> Figure:
        """The same picture as a plotly Figure."""
        raise NotImplementedError

    def settle(self) -> None:
        """Waits until all that it shows is there. Raises what stands in its way."""
        # a picture waits for what it shows
        self._picture()
        self.session.settle()

    def for_a_page(self) -> dict[str, Any]:
        """What a page that is handed out holds besides its state, by trait: what a page with a kernel asks for."""
        return {}

    @contextmanager
    def _taking(self, client: str, rid: int) -> Iterator[None]:
        """What is set within it counts as taken, unless it fails: the page would drop what was typed."""
        before, self._seen = self._seen, requests.remember(self._seen, client, rid)
        try:
            yield
        except Exception:
            self._seen = before
            raise

    def _picture(self) -> str:
        """The picture as HTML for where no page is alive, text escaped."""
        raise NotImplementedError

    def _in_words(self) -> str:
        """The repr."""
        raise NotImplementedError

    def close(self) -> None:
        """Takes the view off the page and lets go of what it needed."""
        unfollow(self)
        if self.comm is None:
            return
        if self.needs_distribution:
            self._store.need_distribution(-1)
        super().close()
        self._store.remove_view(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # of a closed view there is the picture alone: ipywidgets 7 has no model id for it
        found: Any = super()._repr_mimebundle_(**kwargs) if self.comm is not None else {}
        data, metadata = found if isinstance(found, tuple) else (found or {}, {})
        with speaking(self.language):
            try:
                picture = self._picture()
            except LLMWidgetsError as error:
                from llmwidgets.widgets.fallback import paragraph

                picture = paragraph(str(error))
        return {**data, "text/plain": repr(self), "text/html": picture}, metadata

    def __repr__(self) -> str:
        with speaking(self.language):
            try:
                return self._in_words()
            except LLMWidgetsError as error:
                return f"{type(self).__name__}({error})"


class PredictionView(View):
    """A view of a session that has a next-token distribution; of the newest session where none is given."""

    def __init__(self, session: PredictionSession | None = None, *, language: str | None = None, **traits: Any) -> None:
        from llmwidgets.prediction import PredictionSession
        from llmwidgets.widgets.store import store_for

        self._held = held(session)
        super().__init__(store_for(session, PredictionSession), language=language, **traits)

    def close(self) -> None:
        """See View."""
        self._held = None
        super().close()

    @property
    def session(self) -> PredictionSession:
        """The session shown. Raises SessionClosed where it is gone."""
        return cast("PredictionSession", self._store.session)


class ModelView(View):
    """A view of a session that has a model; of the newest one where none is given."""

    def __init__(self, session: ModelSession | None = None, *, language: str | None = None, **options: Any) -> None:
        from llmwidgets.session import ModelSession
        from llmwidgets.widgets.store import store_for

        super().__init__(store_for(session, ModelSession), language=language, options=options)

    @property
    def session(self) -> ModelSession:
        """The session shown. Raises SessionClosed where it is gone."""
        return cast("ModelSession", self._store.session)


def check_language(language: str | None) -> str:
    """The language of a view, that of `set_language` where none is given. Raises InvalidValue."""
    chosen = default_language() if language is None else language
    if chosen in LANGUAGES:
        return chosen
    raise InvalidValue(
        f"language cannot be {chosen!r}.",
        hint="It takes 'en', 'ja' or ''.",
        name="language",
        value=repr(chosen),
        allowed="'en', 'ja', ''",
    )


def held(session: PredictionSession | None) -> PredictionSession | None:
    """A session that a view keeps, since nobody else may: of logits. A model is not kept alive by what shows it."""
    from llmwidgets.session import ModelSession

    return None if isinstance(session, ModelSession) else session


def weakly(method: Callable[[], object]) -> Callable[[], None]:
    """A listener that calls a bound method and does not keep its object alive."""
    found = weakref.WeakMethod(method)

    def follow() -> None:
        if (live := found()) is not None:
            live()

    return follow


def size_of(message: Any) -> int:
    """Bytes of a message as JSON."""
    return len(json.dumps(message, default=str))
