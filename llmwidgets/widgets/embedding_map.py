"""EmbeddingMap: words, contexts and the whole vocabulary as points."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import traitlets

from llmwidgets.errors import InvalidValue, LLMWidgetsError, NotOffered
from llmwidgets.language import in_own_language, listed
from llmwidgets.numbers import whole
from llmwidgets.session import ModelSession
from llmwidgets.stages.contexts import Contexts, contexts
from llmwidgets.stages.neighbours import cosine_similarities
from llmwidgets.stages.projection import Projection, installed_methods
from llmwidgets.vectors import POOLINGS
from llmwidgets.widgets import map_answers, map_requests
from llmwidgets.widgets.base import View, weakly
from llmwidgets.widgets.encode import error_payload
from llmwidgets.widgets.map_answers import Answers
from llmwidgets.widgets.map_asked import AskedFor
from llmwidgets.widgets.map_choice import Choice, MapSelection, choose, kept, still_there
from llmwidgets.widgets.map_context import Context, followed, names_of
from llmwidgets.widgets.map_encode import (
    arithmetic_payload,
    bits_of,
    ground_payload,
    map_payload,
    name_payload,
    near_payload,
)
from llmwidgets.widgets.map_figure import figure_of, picture_of
from llmwidgets.widgets.map_ground import COUNTED
from llmwidgets.widgets.map_kept import kept_payload
from llmwidgets.widgets.map_look import MORE_OWN, Near, among_ground, among_points, with_own
from llmwidgets.widgets.map_source import maker_of, open_source
from llmwidgets.widgets.map_space import Name, SessionSpace, Space
from llmwidgets.widgets.map_state import Drawn, Shown, Sum, checked, draw, sum_of
from llmwidgets.widgets.store import store_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.capabilities import AbilityName
    from llmwidgets.text import TextSession
    from llmwidgets.widgets.map_ground import ColorBy, Ground
    from llmwidgets.widgets.map_payloads import ChosenPayload, MapSettings
    from llmwidgets.widgets.map_source import Source

MOST_TOKENS = 200
"""Different tokens of the text that are shown among the words."""
MOST_NEAREST = 1_000
MOST_CHOSEN_NAMES = 200


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """king - man + woman: the `vector` (d,) float32, and the `nearest` to it, (label, similarity), without the words of the expression."""

    expression: str
    vector: np.ndarray
    nearest: tuple[tuple[str, float], ...] = field(default=())

    def __repr__(self) -> str:
        shown = listed(f"{label!r} {value:.2f}" for label, value in self.nearest[:3])
        return f"Arithmetic({self.expression} ≈ {shown})"


class EmbeddingMap(AskedFor, View):
    """Vectors as points in two or three dimensions, and what they are in all of them.

    EmbeddingMap(session, words=["king", "queen"])      words of a model: means of their tokens' input embeddings
    EmbeddingMap(session, vocabulary=True)              the whole vocabulary, on which words stand
    EmbeddingMap(session, show="contexts")              the text's tokens, layer by layer
    EmbeddingMap(vectors, labels=[...])                 arrays or tensors (n, d), any dtype and device; a dict; gensim's KeyedVectors
    EmbeddingMap(frame)                                 a pandas frame: numeric columns are the vectors; `labels` may name a column
    EmbeddingMap(words=[...], encode=model.encode)      a function from a list of strings to vectors, such as a sentence encoder's

    Up to 100 given vectors are labelled points, more are the ground. `layer`: "input" or "last"; an encoder (BERT) begins with "last";
    behind an API "served" alone, the server's own vectors, without a vocabulary around them. `pooling`: "mean", "lesson" (padding and begin-of-text counted in), "cls". `leading_space` reads "king" as " king". `method`: "pca", "tsne", "umap"; `axes` 2 or 3;
    `measure`: "cosine" or "dot". `color_by` colours the ground: "kind", "script", "cluster", "norm" or "values", one a point as `values`
    gives them. At most 100 words. Raises InvalidValue for what cannot be shown; nothing changes then.

    >>> view = EmbeddingMap(session, words=["quick", "fast", "king"])     # doctest: +SKIP
    >>> view.neighbors("quick", k=1)                                       # doctest: +SKIP
    """

    name = "embedding_map"

    settings = traitlets.Dict().tag(sync=True)
    map = traitlets.Dict().tag(sync=True)
    ground = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    kept = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    contexts = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    arithmetic = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    chosen = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self,
        source: Any = None,
        *,
        words: Sequence[str] = (),
        labels: Any = None,
        tokenizer: Any = None,
        encode: Any = None,
        values: Any = None,
        show: str = "words",
        show_tokens: bool = False,
        vocabulary: bool = False,
        method: str = "pca",
        axes: int = 2,
        layer: str | None = None,
        pooling: str | None = None,
        leading_space: bool = False,
        measure: str = "cosine",
        color_by: str | None = None,
        expression: str = "",
        language: str | None = None,
    ) -> None:
        self._drawing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._drawn = Drawn()
        self._context = Context()
        self._choice = Choice()
        self._left: Shown | None = None
        opened = open_source(source, labels=labels, tokenizer=tokenizer, encode=encode, values=values)
        # a model is not kept alive by what shows it; what was given has nobody else
        self._own = opened.session if opened.own else None
        self._space, self._few, self._maker = opened.space, opened.few, opened.maker
        self._of = _model_in(opened.session)
        self._follow = weakly(self.follow)
        super().__init__(store_for(opened.session), language=language)
        asked = Shown(
            show=show,  # type: ignore[arg-type]  # checked with all the others
            words=words,  # type: ignore[arg-type]
            show_tokens=show_tokens,
            ground=vocabulary or (opened.space is not None and bool(opened.space.ground_kind)),
            method=method,  # type: ignore[arg-type]
            axes=axes,
            layer=layer or self._own_layer(opened),  # type: ignore[arg-type]
            pooling=pooling or self._own_pooling(opened, layer),  # type: ignore[arg-type]
            leading_space=leading_space,
            measure=measure,  # type: ignore[arg-type]
            color_by=color_by or ("values" if values is not None else "kind" if opened.space is None else "cluster"),  # type: ignore[arg-type]
            expression=expression,
        )
        try:
            self._change(**vars(asked))
        except BaseException:
            self.close()
            raise
        opened.session.attach(self._follow)

    # what is shown

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a point: the words, the text's tokens, then those of the ground where it is shown. In contexts, the text's tokens."""
        return tuple(name.text for name in self._names())

    @property
    def vectors(self) -> np.ndarray:
        """The vectors in the full space, (n, d) float32, in the order of `labels`; in contexts those of the last layer. Of a ground it is a copy."""
        if self.show == "contexts":
            return np.asarray(self._states()[-1])
        table = self._space_of(self._drawn.shown).table if self._drawn.ground is not None else None
        own = self._drawn.points.vectors
        return own if table is None else np.concatenate([own[:, : table.dimensions], table.rows(range(len(table)))])

    @property
    def projection(self) -> Projection:
        """The picture: `coordinates` (n, 2 or 3) float32 in the order of `labels`, the share of `variance` that each axis holds, and the fitted `projector`.

        In contexts `coordinates` are those of the last layer; `layers` has all of them.
        """
        drawn = self._drawn
        if self.show == "contexts":
            found = self.layers
            return Projection(found.coordinates[-1], found.variance, found.projector, "pca")
        if drawn.ground is None:
            return drawn.projection
        ground = drawn.ground.projection
        return changed(ground, coordinates=np.concatenate([drawn.coordinates, ground.coordinates]))

    @property
    def layers(self) -> Contexts:
        """The text's tokens in context: `coordinates` (layers, n, axes), `norms` (layers, n), `variance`. Waits for the model. Raises InvalidValue without one."""
        states = self._states()
        return contexts(states, self.axes)

    @property
    def similarities(self) -> np.ndarray:
        """Cosine similarity of every pair of words and tokens in the full space, (n, n) float32; the ground is left out."""
        return cosine_similarities(self._drawn.points.vectors)

    def neighbors(
        self, of: Any, k: int = 10, *, measure: str | None = None, among: str | None = None
    ) -> list[tuple[str, float]]:
        """The k points most similar to something, most similar first: (label, similarity), exact, in the full space.

        `of` is a label or any other word, a token's id (an index of the given vectors), a MapSelection (its mean) or a vector (d,). `among`
        the "points" beside the ground or the "ground", shown or not; without it the ground where it is shown. What is asked about is
        left out. Raises InvalidValue.
        """
        drawn = self._drawn
        by: Any = measure or drawn.shown.measure
        shown = checked(changed(drawn.shown, measure=by))
        k = whole("k", k, 1, MOST_NEAREST)
        vector, point, row = self._vector_of(of)
        if among not in (None, "points", "ground"):
            raise _refuse("among", among, "'points', 'ground'")
        table = self._space_of(self._drawn.shown).table
        if among == "ground" or (among is None and drawn.ground is not None):
            if table is None:
                raise _refuse("among", among, "'points': this map has no ground")
            leave = () if row is None else (row,)
            found = among_ground(self._space_of(self._drawn.shown), vector, k, shown.measure, leave_out=leave)
        else:
            leave = () if point is None else (point,)
            found = among_points(changed(drawn, shown=shown), vector, k, leave_out=leave)
        return [(near.name.text, near.value) for near in found]

    def evaluate(self, expression: str, k: int = 10, *, include_own: bool = False) -> Arithmetic:
        """Works an expression such as "king - man + woman" out, without showing it: the vector, and the nearest to it.

        The words of the expression are left out in any case and with or without a space in front, unless `include_own`. They are looked for
        where `neighbors` looks. Raises InvalidValue for what is no expression.
        """
        k = whole("k", k, 1, MOST_NEAREST)
        found = sum_of(expression, self._space_of(self._drawn.shown), self._drawn)
        if found is None:
            raise _refuse("expression", expression, "words with + and - between them")
        nearest = with_own(self._near_sum(found, k + MORE_OWN), [term.word for term in found.terms], k)
        chosen = [near for near in nearest if include_own or not near.own][:k]
        return Arithmetic(expression, found.vector, tuple((near.name.text, near.value) for near in chosen))

    @property
    def selection(self) -> MapSelection:
        """The points chosen, here or in the page: `labels`, `ids`, `vectors`, `indices`. Set it to labels, indices, a slice, a mask, or None."""
        return self._selected(self._choice)

    @selection.setter
    def selection(self, value: Any) -> None:
        names = self._names()
        own = len(names) if self.show == "contexts" else len(self._drawn.points)
        self._choose(choose(value, [name.text for name in names], own))

    @in_own_language
    def figure(self) -> Figure:
        """The picture as a plotly Figure, in 2 or 3 dimensions; in contexts, the last layer. Raises NotOffered where the model's vectors are out of reach."""
        self._check_offered()
        if self.show == "contexts":
            return figure_of(self.labels, ("token",) * len(self.labels), self.projection)
        drawn = self._drawn
        names = [name.text for name in drawn.points.names]
        space = self._space_of(self._drawn.shown)
        ground_names = [name.text for name in space.names()] if drawn.ground is not None else []
        return figure_of(names, drawn.points.kinds, drawn.projection, drawn.ground, ground_names, drawn.sum)

    # the page

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        kind = message.get("kind")
        if kind == "map":
            asked = map_requests.map_settings(message)
            with self._taking(client, rid):
                self._change(**asked)
            return None
        if kind == "choose":
            points, mask = map_requests.chosen(message, 0 if self._drawn.ground is None else len(self._drawn.ground))
            self._choose(self._choice_of(points, mask))
            return None
        if kind in map_answers.KINDS:
            return Answers(self._drawn, self._space_of(self._drawn.shown), self._context).to(message)
        return super().handle(message, client, rid)

    def for_a_page(self) -> dict[str, Any]:
        """See View: the ground's points, which the page else asks the kernel for."""
        drawn = self._drawn
        return {"kept": None if drawn.ground is None else kept_payload(drawn.ground, self._space_of(drawn.shown))}

    def follow(self) -> None:
        """Called after every change of the session."""
        session = self._store.session_or_none
        if not isinstance(session, ModelSession) or session.closed:
            return
        if self._space is None and _model_in(session)() is not self._of():
            self._move(session)
        drawn = self._drawn
        if drawn.shown.show_tokens and drawn.revision != session.state.revision:
            try:
                self._change()
            except LLMWidgetsError as error:
                self.map = {**self.map, "error": error_payload(error)}
        if self._drawn.shown.show == "contexts":
            self._draw_contexts(session)

    def close(self) -> None:
        """See View."""
        # without a comm there is nothing yet or any more: what __init__ refused is closed too, by __del__
        if self.comm is not None:
            if self._drawn.shown.show == "contexts":
                self._store.need_hidden_states(-1)
            if (session := self._store.session_or_none) is not None:
                session.detach(self._follow)
            self._drawn, self._context, self._choice = Drawn(), Context(), Choice()
        super().close()

    # inside: what is shown changes as a whole, worked out without holding the lock that the model's thread waits for

    def _change(self, **changes: Any) -> None:
        """Shows something else. Where another thread was faster, this is worked out again on what it left."""
        while True:
            base = self._drawn
            shown = self._fitting(base.shown, changes)
            drawn = self._draw(shown, base)
            with self._drawing:
                if self._drawn is not base:
                    continue
                ground = 0 if drawn.ground is None else len(drawn.ground)
                if shown.show == base.shown.show:
                    self._choice = kept(self._choice, base.points.names, drawn.points.names, ground)
                else:
                    self._choice = Choice()
                self._drawn = drawn
                self._publish(base)
                break
        if (shown.show == "contexts") != (base.shown.show == "contexts"):
            self._store.need_hidden_states(1 if shown.show == "contexts" else -1)
        self.follow()

    def _move(self, session: ModelSession) -> None:
        """The session has another model: the same words in its vectors. What it cannot do is left, and what it cannot show is said."""
        with self._drawing:
            self._of, self._maker = _model_in(session), maker_of(session)
            self._context, self._drawn = Context(), changed(self._drawn, ground=None)
            self._assign({"ground": None, "contexts": None})
        shown = self._drawn.shown
        space = self._space_of(shown)
        fitting = self._moved(shown, space)
        try:
            self._change(**fitting)
        except LLMWidgetsError as error:
            # the picture of the model before would pass for this one's
            with self._drawing:
                before, self._drawn = self._drawn, Drawn(changed(shown, **fitting), error=error)
                self._choice = Choice()
                self._publish(before)

    def _moved(self, shown: Shown, space: Space) -> dict[str, Any]:
        """What is asked for of another model: what it lacks is put aside, and comes back with a model that has it."""
        asked = shown if self._left is None else self._left
        layer = asked.layer if asked.layer in space.layers else self.session_with_model.word_vectors.own_layer
        there = self._space_of(changed(asked, layer=layer))
        served = layer == "served"
        self._left = asked if served else None
        return {
            "layer": layer,
            "pooling": asked.pooling if asked.pooling in there.poolings else there.poolings[0],
            "color_by": asked.color_by if asked.color_by in self._colors(there) else "kind",
            "ground": asked.ground and not served,
            "show": "words" if served else asked.show,
            "show_tokens": asked.show_tokens and not served,
        }

    def _fitting(self, before: Shown, changes: dict[str, Any]) -> Shown:
        """What is asked for, checked against what there is. What another layer cannot do goes with the layer that could."""
        shown = checked(changed(before, **changes))
        space = self._space_of(shown)
        if shown.layer != before.layer:
            if "pooling" not in changes and shown.pooling not in POOLINGS.get(shown.layer, ()):
                shown = changed(shown, pooling=POOLINGS.get(shown.layer, ("mean",))[0])
            if "ground" not in changes and not space.ground_kind:
                shown = changed(shown, ground=False)
        for name, allowed in (("layer", space.layers), ("pooling", space.poolings), ("color_by", self._colors(space))):
            if (value := getattr(shown, name)) not in allowed:
                raise _refuse(name, value, ", ".join(map(repr, allowed)) + " here")
        if shown.ground and not space.ground_kind:
            what = "vectors that are given" if self._space is not None else "the input embeddings"
            raise _refuse("vocabulary", True, f"False: what it shows are {what}, and here the words are something else")
        if self._space is not None and (shown.show == "contexts" or shown.show_tokens):
            name = "show" if shown.show == "contexts" else "show_tokens"
            raise _refuse(name, getattr(shown, name), "what needs no text: give a session for contexts and tokens")
        if shown.layer == "served" and shown.show_tokens:
            raise _refuse("show_tokens", True, "False: a server has vectors of words, and none of tokens")
        return shown

    def _draw(self, shown: Shown, base: Drawn) -> Drawn:
        space, session = self._space_of(shown), self._store.session
        state = session.state
        if (lacking := self._lacking(shown)) is not None:
            return Drawn(shown, state.revision, error=lacking)
        fixed = self._space.names() if self._space is not None and self._few else ()
        tokens: list[int] = []
        if shown.show_tokens:
            rows = session.info.vocabulary if space.table is None else len(space.table)
            tokens = [token for token in dict.fromkeys(state.tokens.ids.tolist()) if token < rows][:MOST_TOKENS]
        return draw(
            shown,
            space,
            fixed=fixed,
            tokens=tokens,
            revision=state.revision,
            ground=self._ground_of(shown, space, base),
        )

    def _ground_of(self, shown: Shown, space: Space, base: Drawn) -> Ground | None:
        if not shown.ground:
            return None
        of = ("method", "axes", "color_by", "measure", "layer")
        same = base.ground is not None and all(getattr(shown, name) == getattr(base.shown, name) for name in of)
        if same and space.table is not None and self._maker.knows(space.table):
            return base.ground
        return self._maker.make(
            space, method=shown.method, axes=shown.axes, color_by=shown.color_by, measure=shown.measure
        )

    def _draw_contexts(self, session: ModelSession) -> None:
        """The text's tokens anew where the model has said something new of them; while a text is written, at its end."""
        hidden, axes = session.hidden, self._drawn.shown.axes
        context = self._context
        known = hidden.revision == context.revision and axes == context.axes
        if known or hidden.revision != session.state.revision or session.status.state == "generating":
            return
        made = followed(context, session, hidden, axes)
        with self._drawing:
            if self._context is context:
                self._context = made
                self._choice = still_there(self._choice, context.tokens, made.tokens)
                self._assign({"contexts": made.payload(), "chosen": self._chosen_payload()})

    def _publish(self, before: Drawn) -> None:
        """Brings the traits in step, as one message."""
        drawn = self._drawn
        space = self._space_of(drawn.shown)
        news: dict[str, Any] = {
            "settings": self._settings(drawn.shown, space),
            "map": map_payload(drawn),
            "arithmetic": None if drawn.sum is None else self._sum_payload(drawn.sum),
            "chosen": self._chosen_payload(),
        }
        if drawn.ground is not before.ground:
            news["ground"] = None if drawn.ground is None else ground_payload(drawn.ground, space.ground_kind)
        if drawn.shown.show != "contexts":
            news["contexts"], self._context = None, Context()
        self._assign(news)

    def _assign(self, news: dict[str, Any]) -> None:
        with self.hold_sync():
            for name, value in news.items():
                setattr(self, name, value)

    def _settings(self, shown: Shown, space: Space) -> MapSettings:
        session = self._store.session
        asked: Any = {**vars(shown), "words": list(shown.words)}
        # nothing is known of a vocabulary that is out of reach
        table = None if self._lacking(shown) is not None else space.table
        could: Any = {
            "can_type": space.can_type,
            "can_contexts": self._space is None and session.info.layers > 1,
            "can_tokens": self._space is None and shown.layer != "served",
            "can_space": self._space is None and self._space_counts(),
            "layers": list(space.layers),
            "poolings": list(space.poolings),
            "methods": list(installed_methods()),
            "colors": list(self._colors(space)),
            "ground_kind": space.ground_kind,
            "ground_count": 0 if table is None or not space.ground_kind else len(table),
            "dimensions": space.dimensions,
            "tied": session.info.tied,
            "seen": dict(self._seen),
        }
        return cast("MapSettings", {**asked, **could})

    def _sum_payload(self, found: Sum) -> Any:
        nearest = with_own(self._near_sum(found, COUNTED + MORE_OWN), [term.word for term in found.terms], COUNTED)
        return arithmetic_payload(found, nearest)

    def _near_sum(self, found: Sum, k: int) -> list[Near]:
        drawn = self._drawn
        if drawn.ground is not None:
            return among_ground(self._space_of(drawn.shown), found.vector, k, drawn.shown.measure)
        return among_points(drawn, found.vector, k)

    # the choice

    def _choose(self, choice: Choice) -> None:
        with self._drawing:
            self._choice = choice
            self._assign({"chosen": self._chosen_payload()})

    def _choice_of(self, points: Sequence[int], mask: np.ndarray) -> Choice:
        """The page's choice. Raises InvalidValue for a point that is not there."""
        count = len(self._context.names) if self.show == "contexts" else len(self._drawn.points)
        for point in points:
            whole("points", point, 0, count - 1)
        return Choice(tuple(sorted(set(points))), np.flatnonzero(mask))

    def _selected(self, choice: Choice) -> MapSelection:
        drawn, space = self._drawn, self._space_of(self._drawn.shown)
        own = np.asarray(choice.points, np.int64)
        in_contexts = drawn.shown.show == "contexts"
        vectors = (self._states()[-1] if in_contexts else drawn.points.vectors)[own]
        names = self._context.names if in_contexts else drawn.points.names
        found = [names[index] for index in choice.points]
        indices = np.concatenate([own, choice.ground + len(drawn.points)])
        if len(choice.ground) and space.table is not None:
            rows = space.table.rows(choice.ground)
            vectors = np.concatenate([vectors, rows]) if len(vectors) else rows
            found += [space.name(index) for index in choice.ground.tolist()]
        return MapSelection(
            tuple(name.text for name in found), np.array([name.id for name in found], np.int64), vectors, indices
        )

    def _chosen_payload(self) -> ChosenPayload | None:
        choice, ground = self._choice, self._drawn.ground
        if not len(choice):
            return None
        mask = np.zeros(0 if ground is None else len(ground), bool)
        mask[choice.ground] = True
        return {
            "count": len(choice),
            "points": list(choice.points),
            "ground": bits_of(mask),
            "number": 0 if ground is None else ground.number,
            "names": [name_payload(name) for name in self._chosen_names(choice)],
            "nearest": [near_payload(near) for near in self._near_choice(choice)],
        }

    def _chosen_names(self, choice: Choice) -> list[Name]:
        own = self._context.names if self.show == "contexts" else self._drawn.points.names
        names = [own[index] for index in choice.points[:MOST_CHOSEN_NAMES]]
        space = self._space_of(self._drawn.shown)
        return names + [space.name(index) for index in choice.ground[: MOST_CHOSEN_NAMES - len(names)].tolist()]

    def _near_choice(self, choice: Choice) -> list[Near]:
        """The nearest to the mean of the vectors, without those that are chosen."""
        drawn = self._drawn
        if drawn.shown.show == "contexts":
            return []
        mean = self._mean_of(choice)
        if drawn.ground is None:
            return among_points(drawn, mean, COUNTED, leave_out=choice.points)
        space = self._space_of(drawn.shown)
        places = [space.place(drawn.points.names[index].text) for index in choice.points]
        leave = {*choice.ground.tolist(), *(place for place in places if place is not None)}
        return among_ground(space, mean, COUNTED, drawn.shown.measure, leave_out=sorted(leave))

    def _mean_of(self, choice: Choice) -> np.ndarray:
        table = self._space_of(self._drawn.shown).table
        total = self._drawn.points.vectors[list(choice.points)].sum(axis=0, dtype=np.float64)
        if len(choice.ground) and table is not None:
            total = total + table.mean(choice.ground).astype(np.float64) * len(choice.ground)
        return np.asarray(total / len(choice), np.float32)

    # where things come from

    def _space_counts(self) -> bool:
        vectors = self.session_with_model.word_vectors
        return vectors.of_own_tokens and vectors.space_counts

    def _lacking(self, shown: Shown) -> NotOffered | None:
        """Why the session's model gives no vectors of what is shown; None where it does, or where they were given."""
        session = self._store.session
        if self._space is not None or not isinstance(session, ModelSession):
            return None
        needed: AbilityName = "hidden_states" if shown.show == "contexts" else "word_vectors"
        ability, server = session.capabilities[needed], session.capabilities.server
        if ability.extent != "absent":
            return None
        hint = "The words stay, and are drawn where the model is at hand: session.move_to(...)."
        return NotOffered(ability.detail, hint=hint, what=needed, server=server, known="")

    def _check_offered(self) -> None:
        if (lacking := self._lacking(self._drawn.shown)) is not None:
            raise lacking

    @property
    def session_with_model(self) -> ModelSession:
        """The session whose model gives the vectors. Raises InvalidValue for a map of given vectors, SessionClosed where it is gone."""
        session = self._store.session
        if isinstance(session, ModelSession):
            return session
        msg = "This map shows vectors that were given, so there is no model."
        raise InvalidValue(
            msg, hint="EmbeddingMap(session, ...) has one.", name="session", value="none", allowed="a ModelSession"
        )

    def _space_of(self, shown: Shown) -> Space:
        """The vectors for a layer and pooling. A session's is made anew each time, so that nothing here holds the model."""
        if self._space is not None:
            return self._space
        return SessionSpace(
            self.session_with_model, layer=shown.layer, pooling=shown.pooling, leading_space=shown.leading_space
        )

    def _own_layer(self, opened: Source) -> str:
        return "given" if opened.space is not None else self.session_with_model.word_vectors.own_layer

    def _own_pooling(self, opened: Source, layer: str | None) -> str:
        return POOLINGS.get(layer or self._own_layer(opened), ("mean",))[0]

    def _colors(self, space: Space) -> tuple[ColorBy, ...]:
        tokens = self._space is None or any(name.id >= 0 for name in space.names()[:1])
        kinds: tuple[ColorBy, ...] = ("kind", "script") if tokens else ()
        return (*kinds, *self._maker.colors)

    def _states(self) -> np.ndarray:
        return self.session_with_model.hidden_states

    def _names(self) -> list[Name]:
        if self.show == "contexts":
            session = self.session_with_model
            return list(names_of(session, session.tokens, self._states().shape[1]))
        drawn = self._drawn
        ground = self._space_of(drawn.shown).names() if drawn.ground is not None else ()
        return [*drawn.points.names, *ground]

    def _vector_of(self, of: Any) -> tuple[np.ndarray, int | None, int | None]:
        """A vector, and which point and which row of the ground it is itself. Raises InvalidValue."""
        drawn = self._drawn
        space = self._space_of(drawn.shown)
        if isinstance(of, str):
            texts = [name.text for name in drawn.points.names]
            point = texts.index(of) if of in texts else None
            vector = drawn.points.vectors[point] if point is not None else space.embed([of])[0]
            return vector, point, space.place(of)
        if isinstance(of, (int, np.integer)) and not isinstance(of, bool):
            if space.table is None:
                raise _refuse("of", of, "a word or a vector: there is no ground that an index could mean")
            row = whole("of", of, 0, len(space.table) - 1)
            return space.table.row(row), None, row
        if isinstance(of, MapSelection):
            if not len(of):
                raise _refuse("of", "an empty selection", "a selection of at least one point")
            return np.asarray(of.vectors.mean(axis=0), np.float32), None, None
        return _as_vector(of, space.dimensions), None, None

    def _picture(self) -> str:
        self._check_offered()
        return picture_of(self._drawn)

    def _in_words(self) -> str:
        self._check_offered()
        drawn = self._drawn
        if drawn.shown.show == "contexts":
            return f"EmbeddingMap({len(self.session.tokens)} tokens in context)"
        labels = [name.text for name in drawn.points.names]
        beneath = "" if drawn.ground is None else f" on {len(drawn.ground):,}"
        named = f": {', '.join(labels[:8])}" if labels else ""
        return f"EmbeddingMap({len(labels)} point{'s' * (len(labels) != 1)}{beneath}{named})"


def _model_in(session: TextSession) -> Callable[[], object]:
    """Tells one model of a session from the next, and keeps neither."""
    return weakref.ref(session.word_vectors) if isinstance(session, ModelSession) else lambda: None


def _as_vector(given: Any, dimensions: int) -> np.ndarray:
    from llmwidgets.arrays import to_numpy

    allowed = f"a word, an index, a MapSelection or a vector ({dimensions},)"
    try:
        vector = to_numpy(given)
    except (TypeError, ValueError):
        raise _refuse("of", given, allowed) from None
    if vector.dtype.kind not in "fiu" or vector.shape != (dimensions,) or not np.isfinite(vector).all():
        raise _refuse("of", given, allowed)
    return np.asarray(vector, np.float32)


def _refuse(name: str, value: Any, allowed: str) -> InvalidValue:
    shown = f"{value!r:.60}"
    return InvalidValue(
        f"{name} cannot be {shown}.", hint=f"It takes {allowed}.", name=name, value=shown, allowed=allowed
    )
