"""TextSession: a text and its tokenizer, shared by views; ModelSession adds the model.

Not here: how text becomes tokens (tokenizers/), what a view looks like (widgets/).
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack
from dataclasses import replace as changed
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.engines.engine import Info
from llmwidgets.errors import InvalidValue
from llmwidgets.language import listed, say
from llmwidgets.names import KnownNames
from llmwidgets.preparing import Moment
from llmwidgets.stages.sampling import Sampler
from llmwidgets.stages.spans import kept_spans
from llmwidgets.state import Outcome, Scores, State, Status
from llmwidgets.tokenizers.face import Tokenizer, as_tokenizer, check_text, display_name, padded_bytes

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from llmwidgets.recording.recorder import Record
    from llmwidgets.stages.sampling import Origin
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.widgets.base import View
    from llmwidgets.widgets.stack import Stack

    Listener = Callable[[], None]

log = logging.getLogger("llmwidgets")

MOST_STEPS_BACK = 100
MOST_TOKENS_BACK = 2_000_000
"""Tokens in all texts that `undo` could come back to, about 33 bytes each: every letter typed into a long text is a step."""


class TextSession(KnownNames):
    """One text and its tokens, which any number of views show in step. `tokenizer` as `as_tokenizer` takes it.

    Setting `text` or `tokens` returns at once and moves every view.

    >>> session = TextSession("gpt-4o", text="He said")     # doctest: +SKIP
    >>> session.tokens.ids.tolist()                         # doctest: +SKIP
    [2066, 2059]
    """

    def __init__(self, tokenizer: Any, *, text: str = "", add_special_tokens: bool = True) -> None:
        self._lock = threading.RLock()
        self._listeners: tuple[Listener, ...] = ()
        self._bytes_sent = 0
        self._tokenizer: Tokenizer = as_tokenizer(tokenizer)
        self._tokenizer_name = display_name(tokenizer, self._tokenizer)
        # no bound method: views keep it, and would keep the session
        self._token_bytes = partial(padded_bytes, self._tokenizer)
        self._add_special = _check_switch(add_special_tokens)
        self._state = State(
            0, self._tokenizer.encode(check_text(text), special=add_special_tokens), add_special=add_special_tokens
        )
        self._history: list[tuple[State, Any]] = []
        self._prepared: Moment | None = None
        self._recorded: Record | None = None

    # what is held

    @property
    def tokenizer(self) -> Any:
        """The tokenizer as it was given or loaded."""
        return getattr(self._tokenizer, "tokenizer", self._tokenizer)

    @property
    def face(self) -> Tokenizer:
        """The tokenizer's face: encode, decode, trace, search, entry."""
        return self._tokenizer

    @property
    def info(self) -> Info:
        """Name and size of the vocabulary; everything that concerns a model is empty."""
        return Info(self._tokenizer_name, "", "", "", 0, 0, self._tokenizer.size, 0, 0, predicts="", can_embed=False)

    # the text

    @property
    def text(self) -> str:
        """The text. Setting it tokenises it, puts the position at the end and moves every view. Raises InvalidValue for what is no text."""
        return self._now().tokens.text

    @text.setter
    def text(self, text: str) -> None:
        self._encode(check_text(text), special=self._add_special)

    def edit(self, text: str) -> None:
        """Sets the text as one who goes on with what is there: what a chat template wrote stays marked, and gets no second begin-of-text token."""
        self._check_open()
        before = self._state
        kept = kept_spans(before.tokens.text, check_text(text), before.template)
        self._encode(text, special=before.add_special, template=kept)

    def restart(self, content: str | Tokens) -> None:
        """Begins with a text or with tokens: there is nothing before it to go back to."""
        if isinstance(content, str):
            content = self._tokenizer.encode(check_text(content), special=self._add_special)
        self._become(content, special=self._add_special)
        self._history = []
        self._state = changed(self._state, choices=(), forks=())

    @property
    def tokens(self) -> Tokens:
        """The text's tokens: ids (n,) int64, bytes, spans (n, 2), pieces.

        Set it to ids (n,) and these very tokens are the text, though encoding their text may give others. Raises InvalidValue for an
        id outside the vocabulary.
        """
        return self._now().tokens

    @tokens.setter
    def tokens(self, ids: Sequence[int] | np.ndarray | Tokens) -> None:
        self._check_open()
        given = getattr(ids, "ids", ids)
        self._become(self._tokenizer.decode(given), special=self._add_special)

    @property
    def add_special_tokens(self) -> bool:
        """Whether the tokens that the tokenizer puts around a text are there. Setting it tokenises the text anew."""
        return self._state.add_special

    @add_special_tokens.setter
    def add_special_tokens(self, added: bool) -> None:
        self._add_special = _check_switch(added)
        if added != self._state.add_special:
            self._encode(self.text, special=added, template=self._state.template)

    def apply_chat_template(
        self, messages: Sequence[dict[str, str]], *, add_generation_prompt: bool = True, **options: Any
    ) -> str:
        """Makes the messages the text, as the tokenizer's chat template writes them; views show which characters the template put there.

        The same arguments as transformers' method, which does the work. Returns the text. Raises NoChatTemplate, InvalidValue.
        """
        self._check_open()
        chat = self._tokenizer.chat(messages, add_generation_prompt=add_generation_prompt, **options)
        self._encode(chat.text, special=False, template=chat.template)
        return chat.text

    @property
    def position(self) -> int:
        """Index of the token after which we look; -1, the default, follows the end. Setting a value outside the text raises InvalidValue.

        With an encoder it is the token that we look at, and -1 is the first mask token, else the last token that is not special.
        """
        return self._now().position

    @position.setter
    def position(self, position: int) -> None:
        self._check_open()
        with self._lock:
            count = len(self._state.tokens)
            if isinstance(position, bool) or not isinstance(position, (int, np.integer)):
                raise _refuse_position(position, count)
            if position != -1 and not -count <= position < count:
                raise _refuse_position(position, count)
            place = int(position) % count if count and position != -1 else -1
            place = -1 if place == self._state.home else place
            if place == self._state.position:
                return
            self._state = changed(self._state, revision=self._state.revision + 1, position=place)
        self._changed()

    @property
    def state(self) -> State:
        """Text, tokens, position and revision of one moment."""
        return self._now()

    def undo(self) -> bool:
        """Takes the last change of the text back. False where there is nothing to take back."""
        self._check_open()
        with self._lock:
            if not self._history:
                return False
            self._interrupt()
            before, place = self._history.pop()
            self._return_to(place)
            self._state = changed(before, revision=self._state.revision + 1)
        self._changed()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._history)

    # the prepared state

    def prepare(self, *, keep: bool = False) -> None:
        """Remembers text, position, sampler and seed as they are now: `reset` comes back to them.

        `keep` leaves what an earlier `prepare()` remembered, which is how a presentation begins.

        >>> session = TextSession("gpt-4o", text="He said")     # doctest: +SKIP
        >>> session.prepare()                                   # doctest: +SKIP
        >>> session.text = "anything else"                      # doctest: +SKIP
        >>> session.reset(), session.text                       # doctest: +SKIP
        (True, 'He said')
        """
        self._check_open()
        if keep and self._prepared is not None and self._prepared.chosen:
            return
        self._prepared = Moment(self._now(), self.sampler, self._tokenizer, self.row, chosen=not keep)

    def reset(self) -> bool:
        """Comes back to what was prepared, in every view, and draws begin anew at its seed; `undo` takes it back. False where nothing was prepared."""
        self._check_open()
        with self._lock:
            moment = self._prepared
            if moment is None:
                return False
            self._interrupt()
            self._remember(self._place())
            self._restart()
            self._come_back(moment)
        self._changed()
        return True

    # tokens of other texts

    def word_tokens(self, word: str) -> Tokens:
        """The tokens of a word alone, without special ones."""
        return self._tokenizer.encode(check_text(word), special=False)

    def is_special(self, token: int) -> bool:
        """Whether the tokenizer marks a token as special."""
        return self._tokenizer.is_special(token)

    @property
    def token_bytes(self) -> Callable[[int], bytes]:
        """`token_bytes(id)` gives the exact bytes of a token."""
        return self._token_bytes

    @property
    def tokenizer_name(self) -> str:
        """The tokenizer's name."""
        return self._tokenizer_name

    # views

    def settle(self) -> None:
        """Waits until all that views want of the text as it is now has been computed, or has failed. Raises SessionClosed."""

    def attach(self, listener: Listener) -> None:
        """Calls `listener()` after every change, on the thread that made it."""
        with self._lock:
            self._listeners += (listener,)

    def detach(self, listener: Listener) -> None:
        """Calls it no more."""
        with self._lock:
            self._listeners = tuple(kept for kept in self._listeners if kept != listener)

    def count_sent(self, size: int) -> None:
        """Adds to the bytes that were sent to the page."""
        self._bytes_sent += size

    @property
    def outcome(self) -> Outcome:
        """What a model said: nothing, without one."""
        return Outcome(-1)

    @property
    def scores(self) -> Scores | None:
        """The tokens' surprisals; None without a model."""
        return None

    @property
    def can_edit(self) -> bool:
        """Whether the text may be changed."""
        return True

    @property
    def rows(self) -> int:
        """How many texts a batch has."""
        return 1

    @property
    def row(self) -> int:
        """Which of them is shown."""
        return 0

    @property
    def status(self) -> Status:
        """What the session is doing now. Does not wait."""
        return Status("ready", self._state.revision)

    @property
    def sampler(self) -> Sampler:
        """How a next token would be drawn, by a session with a model."""
        return Sampler()

    @property
    def own_sampler(self) -> Sampler:
        """What `model.generate(do_sample=True)` would do by itself, for a session with a model."""
        return Sampler()

    @property
    def sampler_origins(self) -> dict[str, Origin]:
        """Where each setting of `own_sampler` that is not neutral comes from."""
        return {}

    @property
    def closed(self) -> bool:
        """Whether it was closed; without a model there is nothing to close."""
        return False

    def actions(self) -> dict[str, Callable[..., object]]:
        """What the page may ask to be done once, by name; requests.py says with which arguments."""
        return {"undo": self.undo, **self._rehearsals()}

    def __repr__(self) -> str:
        return f"TextSession({listed([repr(self._tokenizer_name), say(f'{len(self.tokens)} tokens')])})"

    # inside

    def _encode(self, text: str, *, special: bool, template: tuple[tuple[int, int], ...] = ()) -> None:
        self._check_open()
        with self._lock:
            state = self._state
            if text == state.tokens.text and special == state.add_special and template == state.template:
                return
            self._replace(self._tokenizer.encode(text, special=special), special=special, template=template)
        self._changed()

    def _become(self, tokens: Tokens, *, special: bool) -> None:
        """Other tokens, told to the views."""
        with self._lock:
            self._replace(tokens, special=special)
        self._changed()

    def _replace(self, tokens: Tokens, *, special: bool, template: tuple[tuple[int, int], ...] = ()) -> None:
        """Under the lock: another text, from which `undo` leads back. The views are told once the lock is free, for the worker waits for it."""
        self._interrupt()
        self._remember(self._place())
        self._restart()
        self._state = self._state.replaced(tokens, add_special=special, template=template)

    def _take_tokenizer(self, face: Tokenizer) -> None:
        """Under the lock: goes on with another tokenizer. The text stays; where its tokens become others, there is nothing to go back to."""
        state = self._state
        # may fail, as one does that a server answers for: then nothing has changed
        tokens = face.encode(state.tokens.text, special=state.add_special)
        self._tokenizer, self._tokenizer_name = face, face.name
        self._token_bytes = partial(padded_bytes, face)
        if tokens.ids.tolist() == state.tokens.ids.tolist() and tokens.token_bytes == state.tokens.token_bytes:
            self._state = changed(state, revision=state.revision + 1)
            return
        self._history = []
        self._state = State(state.revision + 1, tokens, add_special=state.add_special, template=state.template)

    def _rehearsals(self) -> dict[str, Callable[..., object]]:
        return {"prepare": partial(self.prepare, keep=True), "reset": self.reset}

    def _come_back(self, moment: Moment) -> None:
        """Under the lock: the text of a moment. Another tokenizer makes tokens of its own of it."""
        state, revision = moment.state, self._state.revision + 1
        if moment.face is self._tokenizer:
            self._state = changed(state, revision=revision)
            return
        tokens = self._tokenizer.encode(state.tokens.text, special=state.add_special)
        self._state = State(revision, tokens, add_special=state.add_special, template=state.template)

    def _remember(self, place: Any) -> None:
        """Keeps this moment for `undo`, with the place of the draws before the one that follows."""
        self._history = _affordable([*self._history[1 - MOST_STEPS_BACK :], (self._state, place)])

    def _notify(self) -> None:
        """Tells the views. An interrupt of the cell meanwhile is raised once all of them have been told."""
        with ExitStack() as rest:
            for listener in reversed(self._listeners):
                rest.callback(_tell, listener)

    # a class to keep

    def record(
        self, path: str | os.PathLike[str] | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> Record:
        """Keeps what happens from now on, step by step: text, position, settings, seeds and results. `replay(path)` shows it without the model.

        With `path` it is written there when it stops; else `record.save(path)`. While it runs, it is what another call returns. `clock` tells
        seconds. Raises InvalidValue where another path is given meanwhile, or there is no such folder; SessionClosed.

        >>> record = session.record("lesson.json")               # doctest: +SKIP
        >>> record.note("What happens if T → 0?")                # doctest: +SKIP
        >>> record.stop()                                        # doctest: +SKIP
        """
        from llmwidgets.recording.recorder import record

        self._recorded = record(self, path, self._recorded, clock)
        return self._recorded

    # a page to hand out

    def export(
        self, path: str | os.PathLike[str], *, views: Iterable[View | Stack] | None = None, title: str = ""
    ) -> Path:
        """Writes one HTML file in which the open views live on, without notebook, kernel or network. Returns its path.

        All open views of the session, in the order in which they were made, each that looks the same once; or `views`, also of other
        sessions. `title` is the page's, else the model's name. What needs the model is switched off there and says so. Waits for the
        model. Raises InvalidValue where there is no view, or no such folder.

        >>> session.export("lesson.html", title="Sampling")      # doctest: +SKIP
        PosixPath('lesson.html')
        """
        self._check_open()
        from llmwidgets.handout.export import export

        return export(self, path, views, title)

    # what a session with a model does besides

    def _now(self) -> State:
        """The state that a reader gets."""
        return self._state

    def _check_open(self) -> None:
        """Raises SessionClosed where the session is closed."""

    def _interrupt(self) -> None:
        """Ends what goes on with the text that is about to be replaced."""

    def _place(self) -> Any:
        """Where the draws stand."""

    def _restart(self) -> None:
        """The draws begin anew."""

    def _return_to(self, place: Any) -> None:
        """The draws go on from a place."""

    def _changed(self) -> None:
        """Tells the views."""
        self._notify()


def _affordable(history: list[tuple[State, Any]]) -> list[tuple[State, Any]]:
    """The newest steps whose texts hold at most MOST_TOKENS_BACK tokens together, the last one in any case."""
    left = MOST_TOKENS_BACK
    for place in range(len(history) - 1, -1, -1):
        left -= len(history[place][0].tokens)
        if left < 0:
            return history[min(place + 1, len(history) - 1) :]
    return history


def _check_switch(added: Any) -> bool:
    if isinstance(added, bool):
        return added
    msg = f"add_special_tokens cannot be {added!r}."
    hint = "It takes True or False."
    raise InvalidValue(msg, hint=hint, name="add_special_tokens", value=repr(added), allowed="True, False")


def _tell(listener: Listener) -> None:
    """One view's failure is neither the others' nor that of the user who set a text."""
    try:
        listener()
    except Exception:
        log.exception("a view could not follow the session")


def _refuse_position(position: Any, count: int) -> InvalidValue:
    allowed = f"-1 (the end) or {-count} to {count - 1}" if count else "-1 (the text is empty)"
    msg = f"position cannot be {position!r}."
    return InvalidValue(msg, hint=f"It takes {allowed}.", name="position", value=repr(position), allowed=allowed)
