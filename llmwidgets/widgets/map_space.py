"""Where an EmbeddingMap's vectors come from: a session's model, or vectors and a function that somebody gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import InvalidValue, LLMWidgetsError, ModelFailed
from llmwidgets.stages.tokens import spell
from llmwidgets.vectors import spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmwidgets.session import ModelSession
    from llmwidgets.stages.neighbours import Table
    from llmwidgets.vectors import Pooling

GroundKind = Literal["", "vocabulary", "vectors"]
Layer = Literal["input", "last", "served", "given"]
MOST_FOUND = 5_000


@dataclass(frozen=True)
class Name:
    """How a point is called: the exact bytes of its label, and its id where it is a token."""

    data: bytes
    id: int = -1
    special: bool = False

    @property
    def text(self) -> str:
        """The label as text."""
        return spell(self.data)


class Space(Protocol):
    """Vectors of one length, some of which may have names of their own: the ground."""

    dimensions: int
    ground_kind: GroundKind
    layers: tuple[Layer, ...]
    poolings: tuple[Pooling, ...]
    can_type: bool

    @property
    def table(self) -> Table | None:
        """The ground's vectors, None where there is no ground."""

    def embed(self, words: Sequence[str]) -> np.ndarray:
        """Words to vectors, (n, dimensions) float32. Raises InvalidValue for one that has none."""

    def parts(self, word: str) -> list[Name]:
        """The tokens of a word; none where that says nothing."""

    def name(self, index: int) -> Name:
        """What a point of the ground is called."""

    def names(self) -> Sequence[Name]:
        """The same for all of them."""

    def find(self, query: str) -> tuple[list[int], int]:
        """The ground's points whose label holds a text, shortest first: at most MOST_FOUND, and how many there are."""

    def place(self, word: str) -> int | None:
        """The point of the ground that a word itself is, if it is one."""


class SessionSpace:
    """See Space. Of a model: its vocabulary's input embeddings are the ground, and words are made of its tokens."""

    can_type = True

    def __init__(self, session: ModelSession, *, layer: Layer, pooling: str, leading_space: bool) -> None:
        self._session, self._layer, self._pooling = session, layer, pooling
        self._written = spaced if leading_space else str
        vectors = session.word_vectors
        self.layers: tuple[Layer, ...] = vectors.layers
        self.dimensions = vectors.dimensions
        self._own_tokens = vectors.of_own_tokens
        self.poolings: tuple[Pooling, ...] = () if layer == "given" else vectors.poolings(layer)
        self.ground_kind: GroundKind = "vocabulary" if layer == "input" else ""

    @property
    def table(self) -> Table | None:
        """See Space."""
        return self._session.embeddings if self._layer == "input" else None

    def embed(self, words: Sequence[str]) -> np.ndarray:
        """See Space."""
        return self._session.embed([self._written(word) for word in words], pooling=self._pooling, layer=self._layer)

    def parts(self, word: str) -> list[Name]:
        """See Space."""
        if not self._own_tokens:
            return []
        return [self.name(token) for token in self._session.word_tokens(self._written(word)).ids.tolist()]

    def name(self, index: int) -> Name:
        """See Space."""
        return Name(self._session.token_bytes(index), index, self._session.is_special(index))

    def names(self) -> Sequence[Name]:
        """See Space."""
        return [self.name(index) for index in range(len(self._session.embeddings))]

    def find(self, query: str) -> tuple[list[int], int]:
        """See Space."""
        # the tokenizer may know more tokens than the model has rows
        found = self._session.face.search(query, limit=MOST_FOUND)
        rows = len(self._session.embeddings)
        return [symbol.id for symbol in found.matches if symbol.id is not None and symbol.id < rows], found.total

    def place(self, word: str) -> int | None:
        """See Space."""
        if self._layer == "served":
            return None
        ids = self._session.word_tokens(self._written(word)).ids.tolist()
        return ids[0] if len(ids) == 1 else None


class GivenSpace:
    """See Space. Of vectors with labels, of a function that turns words into vectors, or of both."""

    layers: tuple[Layer, ...] = ("given",)
    poolings: tuple[Pooling, ...] = ("mean",)

    def __init__(
        self, table: Table | None, names: Sequence[Name], encode: Callable[[list[str]], Any] | None, *, ground: bool
    ) -> None:
        self._table, self._names, self._encode = table, names, encode
        self._by_label = {name.text: index for index, name in reversed(list(enumerate(names)))}
        self.dimensions = 0 if table is None else table.dimensions
        self.ground_kind: GroundKind = "vectors" if ground else ""
        self.can_type = encode is not None or ground

    @property
    def table(self) -> Table | None:
        """See Space."""
        return self._table

    def embed(self, words: Sequence[str]) -> np.ndarray:
        """See Space. What the function raises comes as ModelFailed."""
        if not words:
            return np.empty((0, self.dimensions), np.float32)
        if self._encode is None:
            return self._looked_up(words)
        try:
            given = to_numpy(self._encode(list(words)))
        except LLMWidgetsError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            msg = f"encode= failed: {what}"
            raise ModelFailed(
                msg, hint="It takes a list of strings and returns (strings, dimensions).", what=what
            ) from error
        vectors = _checked(given, len(words), self.dimensions)
        self.dimensions = vectors.shape[1]
        return vectors

    def parts(self, word: str) -> list[Name]:
        """See Space."""
        del word
        return []

    def name(self, index: int) -> Name:
        """See Space."""
        return self._names[index]

    def names(self) -> Sequence[Name]:
        """See Space."""
        return self._names

    def find(self, query: str) -> tuple[list[int], int]:
        """See Space."""
        wanted = query.strip().casefold()
        if not wanted:
            return [], 0
        found = [index for index, name in enumerate(self._names) if wanted in name.text.casefold()]
        found.sort(key=lambda index: (len(self._names[index].data), index))
        return found[:MOST_FOUND], len(found)

    def place(self, word: str) -> int | None:
        """See Space."""
        return self._by_label.get(word)

    def _looked_up(self, words: Sequence[str]) -> np.ndarray:
        places = [self._by_label.get(word) for word in words]
        if self._table is None or None in places:
            word = words[places.index(None)]
            msg = f"{word!r:.60} is none of the labels, so it has no vector."
            hint = "Give a function that makes one: EmbeddingMap(vectors, labels=..., encode=...)."
            raise InvalidValue(msg, hint=hint, name="word", value=f"{word!r:.60}", allowed="one of the labels")
        return self._table.rows([place for place in places if place is not None])


def _checked(given: np.ndarray, count: int, dimensions: int) -> np.ndarray:
    """What a function made of words, as (count, dimensions) float32."""
    allowed = f"({count}, {dimensions or 'dimensions'})"
    if given.ndim != 2 or len(given) != count or given.shape[1] == 0 or (dimensions and given.shape[1] != dimensions):
        msg = f"encode= returned the shape {given.shape} for {count} words."
        hint = f"It has to return {allowed}."
        raise InvalidValue(msg, hint=hint, name="encode", value=str(given.shape), allowed=allowed)
    if given.dtype.kind not in "fiu" or not np.isfinite(given).all():
        msg = f"encode= returned what are no finite numbers ({given.dtype})."
        raise InvalidValue(
            msg, hint="It has to return real numbers.", name="encode", value=str(given.dtype), allowed=allowed
        )
    return np.asarray(given, np.float32)
