"""BeamTree: beam search of the user's own `generate`, while it runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import traitlets

from llmwidgets.language import in_own_language
from llmwidgets.stages.tokens import spell
from llmwidgets.widgets.base import ModelView, weakly
from llmwidgets.widgets.beam_encode import tree_payload
from llmwidgets.widgets.beam_figure import EMPTY, caption, figure_of, picture_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.session import ModelSession
    from llmwidgets.stages.beams import BeamRow, Beams, Search


class BeamTree(ModelView):
    """Beam search of a watched model as a tree that grows to the right: the live beams with their scores, which ended, which were pruned and why.

    It follows `model.generate(num_beams=k, ...)` of the user's own code on a model that `ModelSession.watch` watches: greedy beams and beam
    sampling, batches (`session.row` chooses), decoders and encoder-decoders. Scores and indices are those of `sequences_scores` and
    `beam_indices`. `session`: the newest where none is given.

    >>> session = ModelSession.watch(model, tokenizer)          # doctest: +SKIP
    >>> tree = BeamTree(session)                                # doctest: +SKIP
    >>> model.generate(**inputs, num_beams=4)                   # doctest: +SKIP
    >>> tree.beams.rows[0].finished[0].score                    # doctest: +SKIP
    -0.71
    """

    name = "beam_tree"

    tree: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, session: ModelSession | None = None, *, language: str | None = None) -> None:
        self._drawing = threading.RLock()
        self._drawn: tuple[Beams | None, int] = (None, 0)
        self._search: tuple[Search | None, int] = (None, 0)
        self._follow = weakly(self.follow)
        super().__init__(session, language=language)
        self.session.attach(self._follow)
        self.follow()

    @property
    def beams(self) -> Beams | None:
        """The search shown, with every row of its batch; None before the first."""
        return self.session.beams

    @in_own_language
    def figure(self) -> Figure:
        """The tree of the row shown, as a plotly Figure, without the candidates that never became beams."""
        return figure_of(self._row(self.session, self.beams), self._spelled)

    def follow(self) -> None:
        """Called after every change of the session."""
        session = self._store.session_or_none
        if session is None:
            return
        with self._drawing:
            shown = self.session.beams
            row = self._row(self.session, shown)
            if shown is not None and row is None:
                return  # a search before its first step: the last one stays until then
            key = (shown, -1 if row is None else row.row)
            if key == self._drawn:
                return
            self._drawn = key
            self.tree = None if shown is None or row is None else self._payload(shown, row)

    def close(self) -> None:
        """See View."""
        if self.comm is not None and (session := self._store.session_or_none) is not None:
            session.detach(self._follow)
        super().close()

    # inside

    def _payload(self, beams: Beams, row: BeamRow) -> dict[str, Any]:
        known, number = self._search
        if row.search is not known:
            self._search = (row.search, number + 1)
        payload = tree_payload(
            beams,
            row,
            number=self._search[1],
            vocabulary=self._store.vocabulary,
            token_bytes=self.session.token_bytes,
        )
        return dict(payload)

    @staticmethod
    def _row(session: ModelSession, beams: Beams | None) -> BeamRow | None:
        """The search for the row that the session shows: once it is over, each text has as many rows as sequences were returned."""
        if beams is None or not beams.rows:
            return None
        returned = max(1, session.rows // len(beams.rows))
        return beams.rows[min(session.row // returned, len(beams.rows) - 1)]

    def _spelled(self, token: int) -> str:
        return spell(self.session.token_bytes(token))

    def _picture(self) -> str:
        beams = self.beams
        return picture_of(beams, self._row(self.session, beams), self.session.token_bytes)

    def _in_words(self) -> str:
        row = self._row(self.session, self.beams)
        return f"BeamTree({EMPTY if row is None else caption(row)})"
