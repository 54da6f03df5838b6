"""`%load_ext llmwidgets`: an offer to watch the notebook's models, `%llm_watch` and `%llm_unwatch`."""

from __future__ import annotations

from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from llmwidgets import displaying, namespace, offers
from llmwidgets.errors import LLMWidgetsError
from llmwidgets.finding import open_sessions
from llmwidgets.language import say
from llmwidgets.session import ModelSession
from llmwidgets.tokenizers.names import short_name
from llmwidgets.widgets.composed import Box
from llmwidgets.widgets.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmwidgets.offers import Pair
    from llmwidgets.watching.watched import WatchedSession
    from llmwidgets.widgets.base import View

NAMES = ("llm_watch", "llm_unwatch")


@magics_class
class WatchMagics(Magics):  # type: ignore[misc]  # IPython says no types
    """See each magic."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._shown: dict[str, Stack] = {}

    @magic_arguments()
    @argument("model", nargs="?", help="the variable that holds the model, or an expression such as pipe.model")
    @argument("tokenizer", nargs="?", help="the variable that holds its tokenizer")
    @line_magic
    def llm_watch(self, line: str) -> None:
        """Show what every cell does with a model, while it runs: its text, the next token, what flowed through it.

        `%llm_watch model tokenizer` is `session = ModelSession.watch(model, tokenizer)` with its views below the cell. Without
        names it takes the one model and the one tokenizer that fit each other. The results of your code stay the same;
        `%llm_unwatch` ends it. Run again, it goes on with the same session.
        """
        asked = parse_argstring(self.llm_watch, line)
        with _in_one_line():
            pair = offers.pair_of(asked.model, asked.tokenizer)
            session = ModelSession.watch(pair.model, pair.tokenizer)
            print(say(f"Watching {pair.model_name} with {pair.tokenizer_name}. {self._keep(session)}"))  # noqa: T201 (a magic talks)
            self._display(session)

    @magic_arguments()
    @argument(
        "model", nargs="?", help="the variable that holds the model or its session; all that are watched without it"
    )
    @line_magic
    def llm_unwatch(self, line: str) -> None:
        """End watching a model, or all of them: they are as they were before. The views keep what they show."""
        asked = parse_argstring(self.llm_unwatch, line)
        with _in_one_line():
            watched = [session for session in open_sessions() if getattr(session, "watching", False)]
            if asked.model is not None:
                watched = _of(watched, asked.model)
            for session in watched:
                session.unwatch()  # type: ignore[attr-defined]  # they are watched
        names = ", ".join(map(_name_of, watched))
        print(say(f"No longer watching {names}." if watched else "Nothing was watched."))  # noqa: T201 (a magic talks)

    def _keep(self, session: WatchedSession) -> str:
        """The session as the variable `session`, where that is free for it; says what it did."""
        held = self.shell.user_ns.get("session")
        if held is session:
            return "session is its ModelSession. %llm_unwatch ends it."
        if held is not None and not isinstance(held, ModelSession):
            return (
                f"Your variable session holds a {type(held).__name__} and stays: its ModelSession is "
                "ModelSession.current(). %llm_unwatch ends it."
            )
        self.shell.push({"session": session})
        before = "" if held is None else f", in place of {held!r}"
        return f"The variable session is now its ModelSession{before}. %llm_unwatch ends it."

    def _display(self, session: WatchedSession) -> None:
        """The session's views; those that the same cell showed before are closed."""
        cell = _cell_of(self.shell)
        before = self._shown.pop(cell, None)
        if before is not None:
            before.close()
        self._shown[cell] = stack = Stack(views_of(session))
        display(stack)


def views_of(session: ModelSession) -> list[View]:
    """What a watched model is shown by: the text, the next token where it predicts one, what flowed."""
    from llmwidgets.widgets.next_token_bar import NextTokenBar
    from llmwidgets.widgets.pipeline_strip import PipelineStrip
    from llmwidgets.widgets.token_view import TokenView

    bars = [NextTokenBar(session)] if session.info.can_predict else []
    return [TokenView(session), *bars, PipelineStrip(session)]


# the extension


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext llmwidgets`: brings the magics, and offers to watch the models that it finds."""
    displaying.follow(ipython)
    ipython.register_magics(WatchMagics)
    for name in NAMES:
        ipython.set_hook("complete_command", _complete, str_key=f"%{name}")
    with _in_one_line():
        found = offers.pairs()
    if not found:
        print(say(offers.lack()))  # noqa: T201 (a magic talks)
        return
    if "text/html" in ipython.display_formatter.active_types:
        display(Offer(found))
    else:
        print(_in_words(found))  # noqa: T201 (a magic talks)


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext llmwidgets`: takes the magics away. What is watched stays watched."""
    ipython.magics_manager.registry.pop("WatchMagics", None)
    for name in NAMES:
        ipython.magics_manager.magics["line"].pop(name, None)
        ipython.strdispatchers["complete_command"].strs.pop(f"%{name}", None)


class Offer(Box):
    """One row a pair, each with a button that watches it and the line that does the same. It keeps names alone, no model."""

    def __init__(self, found: Sequence[Pair]) -> None:
        self._words = _in_words(found)
        self._answer = ipywidgets.Output()
        title = ipywidgets.HTML(f"{escape(say(_TITLE))}")
        super().__init__([title, *map(self._row, found), self._answer])

    def _row(self, pair: Pair) -> Any:
        button = ipywidgets.Button(
            description=say(f"Watch {pair.model_name}"), tooltip=pair.line, layout={"width": "auto"}
        )
        arguments = pair.line.partition(" ")[2]
        button.on_click(lambda _: self._watch(arguments))
        text = ipywidgets.HTML(f"<code>{escape(pair.line)}</code> &ensp; {escape(str(pair))}")
        return ipywidgets.HBox([button, text], layout={"align_items": "center", "flex_flow": "row wrap"})

    def _watch(self, arguments: str) -> None:
        self._answer.clear_output()
        with self._answer:
            try:
                namespace.shell().run_line_magic("llm_watch", arguments)
            except UsageError as error:
                print(error)  # noqa: T201 (into the offer's output)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found = super()._repr_mimebundle_(**kwargs)
        return {**found, "text/plain": self._words, "text/html": f"<pre>{escape(self._words)}</pre>"}


_TITLE = "llmwidgets can show what your cells do with a model while they run:"


def _in_words(found: Sequence[Pair]) -> str:
    width = max(len(pair.line) for pair in found)
    return "\n".join([say(_TITLE), *(f"  {pair.line:<{width}}   {pair}" for pair in found)])


def _complete(_shell: Any, event: Any) -> list[str]:
    """Names for the argument under the cursor: models, then tokenizers."""
    words = event.line[: len(event.line) - len(event.symbol)].split()
    if event.command == "%llm_unwatch" or len(words) <= 1:
        return list(namespace.models())
    return list(namespace.tokenizers()) if len(words) == 2 else []


def _of(watched: Sequence[ModelSession], name: str) -> list[ModelSession]:
    value = offers.value_of(name)
    inner = namespace.unwrapped(value)
    found = [session for session in watched if session is value or session.model is inner]
    if not found:
        msg = f"{name} is not watched."
        raise UsageError(say(msg))
    return found


def _name_of(session: ModelSession) -> str:
    """What the user calls a session's model."""
    names = (name for name, model in namespace.models().items() if namespace.unwrapped(model) is session.model)
    return next(names, short_name(session.info.name))


def _cell_of(shell: Any) -> str:
    """The notebook's id of the cell that runs; "" where the host tells none."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    return str((parent or {}).get("metadata", {}).get("cellId", ""))


@contextmanager
def _in_one_line() -> Iterator[None]:
    """What went wrong, as IPython says it of a magic: in a line, without a traceback."""
    try:
        yield
    except LLMWidgetsError as error:
        raise UsageError(str(error)) from error
