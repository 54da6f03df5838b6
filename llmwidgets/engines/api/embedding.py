"""Words as vectors by a server's /embeddings: many in one request, each word once, every answer checked."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.engines.api.answers import malformed, of_another_model
from llmwidgets.engines.engine import Work
from llmwidgets.errors import InvalidValue, ModelNotFound, NotOffered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmwidgets.engines.api.client import Client

MOST_WORDS = 64
"""Words of one request."""
MOST_CHARACTERS = 60_000
"""Of all words of one request together, where they are several."""
MOST_VECTORS = 5_000
"""Vectors that are kept, so that an identical word is not asked about again."""

_LARGEST = float(np.finfo(np.float32).max)
_PATH = "/embeddings"
_PROBE = "a"


class Embedder:
    """Vectors of words by a model of a server. `caches=False` asks again each time; `dimensions` 0 until they are known; `renames`: see Server."""

    def __init__(
        self, client: Client, model: str, *, caches: bool = True, dimensions: int = 0, renames: bool = False
    ) -> None:
        self._client, self._model, self._caches, self._renames = client, model, caches, renames
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self.dimensions = dimensions
        self.work = Work()

    def vectors(self, words: Sequence[str]) -> np.ndarray:
        """(words, dimensions) float32. Raises InvalidValue for a word that is empty, BadAnswer, and what a server's failure is."""
        if "" in words:
            msg = "An empty word has no vector."
            raise InvalidValue(msg, hint="Leave it out.", name="word", value="''", allowed="at least one character")
        wanted = dict.fromkeys(words)
        found = {word: self._known[word] for word in wanted if word in self._known}
        for batch in _batches([word for word in wanted if word not in found]):
            # what has come is kept, whatever becomes of the next request
            asked = dict(zip(batch, self._asked(batch), strict=True))
            found |= asked
            if self._caches:
                self._keep(asked)
        if not words:
            return np.empty((0, self.dimensions), np.float32)
        return np.stack([found[word] for word in words])

    def forget(self) -> None:
        """Drops what is kept."""
        self._known.clear()

    def _asked(self, words: list[str]) -> np.ndarray:
        started = time.perf_counter()
        try:
            answer = self._client.post(_PATH, {"model": self._model, "input": words})
        except ModelNotFound as error:
            raise not_there(self._client.base_url, self._model, str(error.values.get("words", ""))) from None
        finally:
            self.work += Work(forwards=1, seconds=time.perf_counter() - started)
        if not self._renames:
            of_another_model(answer, self._model, self._client.base_url)
        usage = answer.get("usage") if isinstance(answer, dict) else None
        sent = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        if isinstance(sent, int) and not isinstance(sent, bool) and sent > 0:
            self.work += Work(tokens_computed=sent)
        vectors = vectors_of(answer, len(words), self.dimensions)
        self.dimensions = vectors.shape[1]
        return vectors

    def _keep(self, asked: dict[str, np.ndarray]) -> None:
        self._known |= asked
        while len(self._known) > MOST_VECTORS:
            self._known.popitem(last=False)


def probed(client: Client, model: str, *, renames: bool = False) -> int:
    """The dimensions of a model's vectors: one word is asked about. Raises as `Embedder.vectors`, and NotOffered with the server's words where it has none."""
    embedder = Embedder(client, model, renames=renames)
    try:
        embedder.vectors([_PROBE])
    except InvalidValue as error:
        raise not_there(client.base_url, model, str(error.values.get("allowed", ""))) from None
    except NotOffered as error:
        raise not_there(client.base_url, model, str(error.values.get("words", ""))) from None
    return embedder.dimensions


def not_there(address: str, model: str, words: str) -> NotOffered:
    """What is said where a server makes no vectors of words."""
    msg = f"{address} makes no vectors of words by {model!r}. It says: {words}"
    hint = 'Name a model that does, where the server has one: connect(..., embedding_model="..."). llama.cpp makes them when it is started with --embeddings --pooling mean.'
    return NotOffered(msg, hint=hint, what="word_vectors", server=address, known="", words=words)


def vectors_of(answer: Any, count: int, dimensions: int = 0) -> np.ndarray:
    """The vectors of an answer in the order of the words, (count, dimensions) float32; `dimensions` 0 for any. Raises BadAnswer."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise malformed("it has no vectors")
    if len(data) != count:
        raise malformed(f"it has {len(data)} vectors for {count} words")
    places = [each.get("index") for each in data]
    if any(type(place) is not int for place in places) or sorted(places) != list(range(count)):
        raise malformed("it does not tell which vector is of which word")
    rows = [row for _, row in sorted(zip(places, (each.get("embedding") for each in data), strict=True), key=_place)]
    if not all(isinstance(row, list) and row and all(map(_is_number, row)) for row in rows):
        raise malformed("a vector holds what is no finite number")
    sizes = {len(row) for row in rows} | ({dimensions} if dimensions else set())
    if len(sizes) > 1:
        raise malformed(f"its vectors have {' and '.join(map(str, sorted(sizes)))} dimensions")
    return np.asarray(rows, np.float32)


def _place(entry: tuple[int, Any]) -> int:
    return entry[0]


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) <= _LARGEST


def _batches(words: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for word in words:
        if batch and (len(batch) == MOST_WORDS or sum(map(len, batch)) + len(word) > MOST_CHARACTERS):
            yield batch
            batch = []
        batch.append(word)
    if batch:
        yield batch
