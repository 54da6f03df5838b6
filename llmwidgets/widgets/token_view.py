"""TokenView: the text and its tokens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from llmwidgets.errors import InvalidValue, LLMWidgetsError, TokenizerFailed
from llmwidgets.language import in_own_language
from llmwidgets.session import ModelSession
from llmwidgets.stages.comparison import Language, by_language, comparison
from llmwidgets.stages.selection import Selection, as_range, select
from llmwidgets.stages.tokens import Tokens
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.face import as_tokenizer, display_name
from llmwidgets.widgets import lookups, requests
from llmwidgets.widgets.attention_figure import attention_figure
from llmwidgets.widgets.base import View, weakly
from llmwidgets.widgets.encode import attention_payload, language_payload, row_payload, surprisal_payload
from llmwidgets.widgets.store import store_for
from llmwidgets.widgets.token_figure import figure_of, picture_of
from llmwidgets.widgets.token_source import as_list, check_texts, open_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.trace import Search, TokenEntry, Trace
    from llmwidgets.state import Attending, Scores
    from llmwidgets.tokenizers.face import Tokenizer
    from llmwidgets.widgets.payloads import TokenSettings


class TokenView(View):
    """A text and its tokens as coloured pieces, the text editable in the page.

    TokenView(session)                          follows a session; without one, the newest
    TokenView("text", tokenizer="gpt-4o")       a text with a tokenizer: a Hugging Face or tiktoken object, a name or a folder
    TokenView(ids, tokenizer=tok)               a list, array or tensor of ids (n,)
    TokenView(batch, tokenizer=tok)             a BatchEncoding or ids (rows, n), one row each, padding shown as such
    TokenView("text", compare=["gpt-4o", tok])  the same text as several tokenizers cut it, aligned by character (one may stand alone)
    TokenView(session, messages=[{"role": "user", "content": "Hi"}])   the chat template's text, what it added marked

    Where a text or ids come without a tokenizer, that of the newest session is meant. `texts`, a dict of texts by language, is what
    the comparison's table counts; without it, the text shown, by writing system. `color_by` is "token", "length" (UTF-8
    bytes), "surprisal" (-log p in nats, by the session's model, computed while it is shown) or "attention" (how much the token at
    the position attends to each, by layer and head; `session.attentions` are the numbers). Raises InvalidValue for what
    cannot be shown, NoTokenizer, NoChatTemplate, and what loading a tokenizer by name raises.

    >>> view = TokenView("He said", tokenizer="gpt-4o")     # doctest: +SKIP
    >>> view.tokens.ids.tolist()                            # doctest: +SKIP
    [2066, 2059]
    """

    name = "token_view"

    settings = traitlets.Dict().tag(sync=True)
    rows: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    languages: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    surprisal = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    attention = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self,
        source: Any = None,
        *,
        tokenizer: Any = None,
        compare: Any = (),
        texts: Mapping[str, str] | None = None,
        messages: Sequence[dict[str, str]] | None = None,
        add_special_tokens: bool = True,
        color_by: str = "token",
        language: str | None = None,
    ) -> None:
        self._drawing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._selection: Selection | None = None
        self._color_by = "token"
        compare = as_list(compare)
        if tokenizer is None and compare and not isinstance(source, TextSession) and source is not None:
            tokenizer, *compare = compare
        faces = [as_tokenizer(each) for each in compare]
        check_texts(texts)
        if messages is not None and source is not None and not isinstance(source, TextSession):
            msg = "messages= makes the text, so it cannot be given beside a text or ids."
            hint = "TokenView(session, messages=...) or TokenView(tokenizer=..., messages=...)."
            raise InvalidValue(
                msg, hint=hint, name="messages", value=type(source).__name__, allowed="a session or none"
            )
        opened = open_source(source, tokenizer, add_special_tokens=add_special_tokens)
        if opened.rows and faces:
            msg = "A batch cannot be compared: compare= takes one text."
            raise InvalidValue(msg, hint="Give the text itself.", name="compare", value="a batch", allowed="a text")
        if messages is not None:
            opened.session.apply_chat_template(messages)
        # a model is not kept alive by what shows it; a tokenizer has nobody else
        self._own = None if isinstance(opened.session, ModelSession) else opened.session
        self._batch, self._faces, self._texts = opened.rows, tuple(faces), texts
        self._names = tuple(map(display_name, compare, faces))
        self._row_tokens: tuple[Tokens, ...] = ()
        self._comparison: tuple[Language, ...] = ()
        self._drawn: tuple[Tokens | None, Scores | None] = (None, None)
        self._drawn_attending: Attending | None = None
        self._follow = weakly(self.follow)
        super().__init__(store_for(opened.session), language=language, **self._news(opened.session))
        self.color_by = color_by
        opened.session.attach(self._follow)

    # what is shown

    @property
    def tokens(self) -> Tokens:
        """The tokens shown; of a batch, its first row's."""
        return self._batch[0].tokens if self._batch else self.session.tokens

    @property
    def row_tokens(self) -> tuple[Tokens, ...]:
        """The tokens of each row: of a batch, or of the text as the tokenizer and then each of `compare` cuts it."""
        return self._row_tokens

    @property
    def comparison(self) -> tuple[Language, ...]:
        """How many tokens each compared tokenizer needs for each language: of `texts`, or of the text shown by writing system."""
        return self._comparison

    @property
    def selection(self) -> Selection | None:
        """The tokens chosen, here or in the page: `ids`, `text`, `span`. None where there are none.

        Set it to (start, end), a slice, an index, or None; for a batch to (row, start, end).
        """
        return self._selection

    @selection.setter
    def selection(self, value: Any) -> None:
        if value is None:
            self._choose(None)
            return
        row, chosen = 0, value
        if isinstance(value, Selection):
            row, chosen = value.row, (value.start, value.end)
        elif isinstance(value, tuple) and len(value) == 3:
            row, chosen = value[0], value[1:]
        tokens = self._row(row)
        self._choose(select(tokens, *as_range(chosen, len(tokens)), row))

    @property
    def color_by(self) -> str:
        """What the colours say: "token", "length" (UTF-8 bytes), "surprisal" (-log p in nats) or "attention" (of the token at the position, to each)."""
        return self._color_by

    @color_by.setter
    def color_by(self, color_by: str) -> None:
        if color_by not in requests.COLORS:
            allowed = ", ".join(map(repr, requests.COLORS))
            msg = f"color_by cannot be {color_by!r}."
            raise InvalidValue(msg, hint=f"It takes {allowed}.", name="color_by", value=repr(color_by), allowed=allowed)
        if color_by == "surprisal" and not self._can_score(self.session):
            msg = "color_by='surprisal' needs a model that predicts tokens, and this view has none."
            hint = "Give it a session: TokenView(ModelSession(...), color_by='surprisal')."
            raise InvalidValue(msg, hint=hint, name="color_by", value="'surprisal'", allowed="'token', 'length'")
        if color_by == "attention" and not self._can_attend(self.session):
            msg = "color_by='attention' needs a model, and this view has none."
            hint = "Give it a session: TokenView(ModelSession(...), color_by='attention')."
            raise InvalidValue(msg, hint=hint, name="color_by", value="'attention'", allowed="'token', 'length'")
        before, self._color_by = self._color_by, color_by
        self._store.need_surprisals((color_by == "surprisal") - (before == "surprisal"))
        self._store.need_attentions((color_by == "attention") - (before == "attention"))
        self._redraw()

    def trace(self, text: str, row: int = 0) -> Trace:
        """How a word or a short text becomes tokens, step by step; `row` chooses among the compared tokenizers."""
        return self._face(row).trace(text)

    def search(self, query: str, row: int = 0) -> Search:
        """The tokens of the vocabulary whose text or id matches."""
        return self._face(row).search(query)

    def entry(self, token: int, row: int = 0) -> TokenEntry:
        """One token of the vocabulary: bytes, rank, what it merges from, which others contain it."""
        return self._face(row).entry(token)

    @in_own_language
    def figure(self) -> Figure:
        """The pieces as boxes in lines, as a plotly Figure; ids on hover. Coloured by attention: who attends to whom, over all layers and heads."""
        session = self.session
        if self._color_by == "attention" and isinstance(session, ModelSession):
            return attention_figure(session.tokens, session.attentions)
        return figure_of(self._named_rows())

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        if message.get("kind") == "lookup":
            return lookups.answer(self._face(message.get("row", 0)), message)
        if message.get("kind") != "tokens":
            return super().handle(message, client, rid)
        asked = requests.token_settings(message)
        with self._taking(client, rid):
            if "color_by" in asked:
                self.color_by = asked["color_by"]
            if "selection" in asked:
                row, start, end = asked["selection"]
                self.selection = None if start == end else (row, start, end)
        self._redraw()
        return None

    def follow(self) -> None:
        """Called after every change of the session."""
        session = self._store.session_or_none
        # while a text grows token by token, the other tokenizers wait for its end
        if session is not None and not (self._faces and session.status.state == "generating"):
            self._redraw()

    def close(self) -> None:
        """See View."""
        if self.comm is not None:
            self._store.need_surprisals(-(self._color_by == "surprisal"))
            self._store.need_attentions(-(self._color_by == "attention"))
            if (session := self._store.session_or_none) is not None:
                session.detach(self._follow)
        super().close()

    # inside

    def _can_score(self, session: TextSession) -> bool:
        return not self._batch and session.info.can_predict

    def _can_attend(self, session: TextSession) -> bool:
        return not self._batch and not self._faces and isinstance(session, ModelSession)

    def _face(self, row: int) -> Tokenizer:
        faces = (self.session.face, *self._faces)
        if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row < len(faces):
            allowed = f"0 to {len(faces) - 1}"
            msg = f"There is no tokenizer {row!r:.40} in this view."
            raise InvalidValue(msg, hint=f"It has {allowed}.", name="row", value=f"{row!r:.40}", allowed=allowed)
        return faces[row]

    def _row(self, row: int) -> Tokens:
        rows = self._row_tokens if self._batch else (self.session.tokens,)
        if isinstance(row, bool) or not isinstance(row, (int, np.integer)) or not 0 <= row < len(rows):
            allowed = f"0 to {len(rows) - 1}"
            msg = f"There is no row {row!r:.40} in this view."
            raise InvalidValue(msg, hint=f"It has {allowed}.", name="row", value=f"{row!r:.40}", allowed=allowed)
        return rows[row]

    def _named_rows(self) -> list[tuple[str, Tokens]]:
        if self._batch:
            return [(row.name, row.tokens) for row in self._batch]
        names = [self.session.tokenizer_name, *self._names]
        return list(zip(names, (self.session.tokens, *self._row_tokens[1:]), strict=True))

    def _choose(self, selection: Selection | None) -> None:
        self._selection = selection
        self._redraw()

    def _redraw(self) -> None:
        """Brings the traits in step with the session, as one message."""
        with self._drawing, self.hold_sync():
            for name, value in self._news(self.session).items():
                setattr(self, name, value)

    def _news(self, session: TextSession) -> dict[str, Any]:
        """The traits that may have changed."""
        news: dict[str, Any] = {}
        tokens, scores = session.tokens, session.scores
        drawn_tokens, drawn_scores = self._drawn
        if tokens is not drawn_tokens:
            news |= self._rows_news(session)
            self._keep_selection(drawn_tokens, tokens)
        if scores is not None and scores is not drawn_scores:
            news["surprisal"] = surprisal_payload(scores)
        self._drawn = (tokens, scores)
        attending = session.attending if isinstance(session, ModelSession) else None
        if attending is not None and attending is not self._drawn_attending:
            news["attention"] = attention_payload(attending)
        self._drawn_attending = attending
        return {**news, "settings": self._settings(session)}

    def _rows_news(self, session: TextSession) -> dict[str, Any]:
        if self._batch:
            self._row_tokens = tuple(row.tokens for row in self._batch)
            return {"rows": [row_payload(row.name, row.tokens, row.padding) for row in self._batch]}
        text, special = session.text, session.add_special_tokens
        cut = [_cut(face, text, special=special) for face in self._faces]
        self._row_tokens = (session.tokens, *(tokens for tokens, _ in cut))
        if not self._faces and self._texts is None:
            return {}
        self._comparison = () if any(error for _, error in cut) else self._compared(text, session.face)
        return {
            "rows": [
                row_payload(name, tokens, error=error) for name, (tokens, error) in zip(self._names, cut, strict=True)
            ],
            "languages": [language_payload(language) for language in self._comparison],
        }

    def _compared(self, text: str, face: Tokenizer) -> tuple[Language, ...]:
        if self._texts is None:
            return by_language(text, self._row_tokens)
        return comparison(self._texts, (face, *self._faces))

    def _keep_selection(self, before: Tokens | None, after: Tokens) -> None:
        """The chosen tokens stay chosen while they and all before them are the same."""
        chosen = self._selection
        if chosen is None or self._batch or before is None:
            return
        same = np.array_equal(before.ids[: chosen.end], after.ids[: chosen.end])
        self._selection = select(after, chosen.start, chosen.end) if same and chosen.end <= len(after) else None

    def _settings(self, session: TextSession) -> TokenSettings:
        chosen = self._selection
        return {
            "kind": "batch" if self._batch else "compare" if self._faces else "text",
            "tokenizer": session.tokenizer_name,
            "color_by": self._color_by,  # type: ignore[typeddict-item]  # checked by its setter
            "can_score": self._can_score(session),
            "can_attend": self._can_attend(session),
            "selection": None if chosen is None else {"row": chosen.row, "start": chosen.start, "end": chosen.end},
            "seen": dict(self._seen),
        }

    def _picture(self) -> str:
        return picture_of(self._named_rows())

    def _in_words(self) -> str:
        rows = self._named_rows()
        if len(rows) == 1:
            return f"TokenView({rows[0][1]!r})"
        return "TokenView(" + ", ".join(f"{name}: {len(tokens)} tokens" for name, tokens in rows) + ")"


def _cut(face: Tokenizer, text: str, *, special: bool) -> tuple[Tokens, LLMWidgetsError | None]:
    """The text as a compared tokenizer cuts it. One that fails says so in its row, and the others go on."""
    try:
        return face.encode(text, special=special), None
    except Exception as error:  # noqa: BLE001 (whatever it is, the row says it)
        what = f"{type(error).__name__}: {error}"
        failed = (
            error if isinstance(error, LLMWidgetsError) else TokenizerFailed(f"{face.name} failed: {what}", what=what)
        )
        return Tokens.from_bytes([], []), failed
