"""EmbeddingMap: words as points."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import traitlets

from llmwidgets.arrays import encode
from llmwidgets.errors import InvalidValue, LLMWidgetsError
from llmwidgets.stages.embedding import Projection, check_words, cosine_similarities, neighbors, project
from llmwidgets.widgets import requests
from llmwidgets.widgets.base import ModelView, weakly
from llmwidgets.widgets.encode import error_payload, piece_of
from llmwidgets.widgets.fallback import table, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.session import ModelSession
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.widgets.payloads import MapPayload

MOST_WORDS = 100
MOST_TOKENS = 200
NEAREST = 5
MOST_CHARACTERS = 20_000


@dataclass(frozen=True, eq=False)
class Points:
    """What is on the map: one entry a point in `labels`, `kinds`, `tokens`, `vectors` (n, d) float32, words first."""

    labels: tuple[str, ...] = ()
    kinds: tuple[Literal["word", "token"], ...] = ()
    tokens: tuple[Tokens, ...] = ()
    vectors: np.ndarray = field(default_factory=lambda: np.empty((0, 1), np.float32))

    @property
    def words(self) -> int:
        """How many of the points are words."""
        return self.kinds.count("word")


class EmbeddingMap(ModelView):
    """Words as points of a PCA of their mean input embeddings, with their cosine similarities; more words can be typed in the page.

    At most 100 words; the text's tokens can be shown too (the first 200). A word that gives no token raises InvalidValue.

    >>> view = EmbeddingMap(session, words=["quick", "fast", "king"])     # doctest: +SKIP
    >>> view.neighbors("quick", k=1)                                       # doctest: +SKIP
    """

    name = "embedding_map"

    map = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: ModelSession | None = None,
        *,
        words: Sequence[str] = (),
        show_tokens: bool = False,
        language: str | None = None,
    ) -> None:
        self._drawing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._words: tuple[str, ...] = ()
        self._show_tokens = False
        self._points, self._projection = Points(), Projection(np.empty((0, 2), np.float32), np.zeros(2, np.float32))
        self._drawn_revision = -1
        self._follow = weakly(self.follow_text)
        super().__init__(session, language=language)
        self._redraw(words, show_tokens)
        self.session.attach(self._follow)

    @property
    def words(self) -> tuple[str, ...]:
        """The words shown; set them to show others."""
        return self._words

    @words.setter
    def words(self, words: Sequence[str]) -> None:
        self._redraw(words, self._show_tokens)

    @property
    def show_tokens(self) -> bool:
        """Whether the tokens of the session's text are shown too."""
        return self._show_tokens

    @show_tokens.setter
    def show_tokens(self, shown: bool) -> None:
        self._redraw(self._words, shown)

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a point: the words, then the tokens."""
        return self._points.labels

    @property
    def vectors(self) -> np.ndarray:
        """The vectors in the full space, (n, dimensions) float32, in the order of `labels`."""
        return self._points.vectors

    @property
    def projection(self) -> Projection:
        """The picture: `coordinates` (n, 2) float32 in the order of `labels`, and the variance that each axis holds."""
        return self._projection

    @property
    def similarities(self) -> np.ndarray:
        """Cosine similarity of every pair of points in the full space, (n, n) float32."""
        return cosine_similarities(self._points.vectors)

    def neighbors(self, label: str, k: int = 10) -> list[tuple[str, float]]:
        """The k points most similar to `label` by cosine in the full space, most similar first. Raises InvalidValue for a label that is not shown."""
        if label not in self.labels:
            msg = f"{label!r} is not on the map."
            raise InvalidValue(
                msg, hint="Add it to view.words first.", name="label", value=repr(label), allowed="one of view.labels"
            )
        found = neighbors(self.similarities, self.labels.index(label), k)
        return [(self.labels[index], cosine) for index, cosine in found]

    def figure(self) -> Figure:
        """The labelled scatter as a plotly Figure."""
        from plotly import graph_objects as go

        from llmwidgets.widgets.figures import ACCENT, MUTED, dress, label

        share = self._projection.variance
        figure = go.Figure()
        for kind, colour in (("word", ACCENT), ("token", MUTED)):
            rows = [index for index, found in enumerate(self._points.kinds) if found == kind]
            if rows:
                x, y = self._projection.coordinates[rows].T
                names = [label(self.labels[index]) for index in rows]
                figure.add_scatter(
                    x=x,
                    y=y,
                    text=names,
                    mode="markers+text",
                    textposition="top center",
                    name=kind,
                    marker={"color": colour, "size": 10},
                )
        figure.update_xaxes(title=f"PC 1 ({share[0]:.0%} of the variance)")
        figure.update_yaxes(title=f"PC 2 ({share[1]:.0%})", scaleanchor="x")
        return dress(figure, "Input embeddings", height=520)

    def handle(self, message: dict[str, Any], client: str, rid: int) -> None:
        """See PageWidget."""
        if message.get("kind") != "map":
            super().handle(message, client, rid)
            return
        words, shown = requests.words(message, MOST_CHARACTERS)
        with self._drawing:
            self._seen = requests.remember(self._seen, client, rid)
            self._redraw(words, shown)

    def close(self) -> None:
        """See View."""
        # without a comm there is nothing yet or any more: what __init__ refused is closed too, by __del__
        if self.comm is not None and (session := self._store.session_or_none) is not None:
            session.detach(self._follow)
        super().close()

    def follow_text(self) -> None:
        """Draws the text's tokens anew where they are shown and the text has changed."""
        with self._drawing:
            if self._show_tokens and self._drawn_revision != self.session.state.revision and not self.session.closed:
                try:
                    self._redraw(self._words, shown=True)
                except LLMWidgetsError as error:
                    self.map = {**self.map, "error": error_payload(error)}

    def _redraw(self, words: Sequence[str], shown: bool) -> None:
        session = self.session
        cleaned = check_words([words] if isinstance(words, str) else words, MOST_WORDS)
        with self._drawing:
            state = session.state
            text = state.tokens.first(MOST_TOKENS) if shown else None
            points = _points(session, cleaned, text)
            self._points, self._projection = points, project(points.vectors)
            self._words, self._show_tokens, self._drawn_revision = cleaned, shown, state.revision
            self.map = dict(self._payload())

    def _payload(self) -> MapPayload:
        points = self._points
        similarities = cosine_similarities(points.vectors)
        spelled = [
            [piece_of(part)[0] or f"⟨{part.hex(' ').upper()}⟩" for part in tokens.token_bytes]
            for tokens in points.tokens
        ]
        return {
            "labels": list(points.labels),
            "kinds": list(points.kinds),
            "ids": [tokens.ids.tolist() for tokens in points.tokens],
            "pieces": spelled,
            "norms": [round(float(norm), 4) for norm in np.linalg.norm(points.vectors, axis=1)],
            "coordinates": encode(self._projection.coordinates),
            "similarities": encode(similarities[: points.words, : points.words]),
            "nearest": [
                [(other, round(cosine, 4)) for other, cosine in neighbors(similarities, index, NEAREST)]
                for index in range(len(points.labels))
            ],
            "variance": [round(float(share), 4) for share in self._projection.variance],
            "dimensions": self.session.info.dimensions,
            "words": list(self._words),
            "show_tokens": self._show_tokens,
            "error": None,
            "seen": dict(self._seen),
        }

    def _picture(self) -> str:
        words = self._points.words
        similarities = self.similarities
        rows = [
            [visible(self.labels[row]), *(f"{similarities[row, column]:.2f}" for column in range(words))]
            for row in range(words)
        ]
        return table("Cosine similarity of the mean input embeddings", ["", *map(visible, self.labels[:words])], rows)

    def _in_words(self) -> str:
        return f"EmbeddingMap({len(self._points.labels)} points: {', '.join(self.labels[:8])})"


def _points(session: ModelSession, words: tuple[str, ...], text: Tokens | None) -> Points:
    """The words' mean vectors, then one point for each different token of the text."""
    vectors, labels = [session.embed(words)], list(words)
    tokens = [session.word_tokens(word) for word in words]
    if text is not None:
        firsts = list(dict.fromkeys(text.ids.tolist()))
        vectors.append(session.embed_tokens(firsts) if firsts else vectors[0][:0])
        singles = [session.describe([token]) for token in firsts]
        labels += [single.pieces[0] for single in singles]
        tokens += singles
    kinds: list[Literal["word", "token"]] = ["word"] * len(words)
    kinds += ["token"] * (len(labels) - len(words))
    return Points(tuple(labels), tuple(kinds), tuple(tokens), np.concatenate(vectors))
