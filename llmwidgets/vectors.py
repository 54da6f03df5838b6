"""Words as vectors of a model: which of their tokens count, in which layer, and how they are averaged.

Not here: how a model is run (engines/), the geometry of the vectors (stages/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import regex

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.pooling import as_words, masked_mean
from llmwidgets.tokenizers.face import check_text
from llmwidgets.worker import until_told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmwidgets.engines.engine import Engine
    from llmwidgets.tokenizers.face import Tokenizer

Layer = Literal["input", "last", "served"]
Pooling = Literal["mean", "lesson", "cls", "served"]
POOLINGS: dict[str, tuple[Pooling, ...]] = {
    "input": ("mean", "lesson"),
    "last": ("mean", "cls"),
    "served": ("served",),
}
"""How the tokens of a word can become one vector, by the layer that they are taken from."""


_UNSPACED = regex.compile(r"[\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
"""What a word begins with that stands behind no space: white space itself, and writing without spaces between words."""


def spaced(word: str) -> str:
    """A word as it stands inside a sentence: behind a space, where its writing has spaces between words."""
    return word if _UNSPACED.match(word) else f" {word}"


class WordVectors:
    """Turns words into vectors of one model. `run` does what needs the model in its turn."""

    def __init__(self, engine: Engine, face: Tokenizer, run: Callable[[Callable[[], Any]], Any]) -> None:
        self._engine, self._face, self._run = engine, face, run

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Where the vectors of words can come from: the model's own layers, or, where a server makes them, from it alone."""
        return ("input", "last") if self._engine.served_vectors is None else ("served",)

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has; 0 where there are none."""
        served = self._engine.served_vectors
        return self._engine.info.dimensions if served is None else served.dimensions

    @property
    def of_own_tokens(self) -> bool:
        """Whether the words' vectors are of the session's own tokens, and not of another model's."""
        served = self._engine.served_vectors
        return served is None or served.own

    @property
    def own_layer(self) -> Layer:
        """Where a model of this kind has its vectors of words: an encoder with a CLS token in its last layer, all others in the input embeddings."""
        if self._engine.served_vectors is not None:
            return "served"
        return "last" if self._is_encoder else "input"

    def poolings(self, layer: Layer) -> tuple[Pooling, ...]:
        """What `pooling` takes for a layer of this model."""
        if layer == "served":
            return POOLINGS["served"]
        if layer == "input":
            return POOLINGS["input"] if self._padding() is not None else ("mean",)
        return POOLINGS["last"] if self._is_encoder else ("mean",)

    @property
    def space_counts(self) -> bool:
        """Whether a space in front makes a word another token, as in byte-level BPE."""
        bare, behind = (self._face.encode(text, special=False).ids.tolist() for text in ("a", " a"))
        return len(behind) == 1 and behind != bare

    def embed(self, words: Sequence[str], *, pooling: str | None, layer: str | None) -> np.ndarray:
        """See ModelSession.embed."""
        layer, pooling = self._checked(layer, pooling)
        words = [check_text(word) for word in as_words(words)]
        # a server's vectors that had come are kept
        return until_told(lambda: self._embedded(words, layer, pooling))

    def _embedded(self, words: list[str], layer: Layer, pooling: Pooling) -> np.ndarray:
        if layer == "served" or self._engine.capabilities["word_vectors"].extent == "absent":
            return self._served(words)
        encoded = [self._ids(word) for word in words]
        if not words:
            return np.empty((0, self._engine.info.dimensions), np.float32)
        if layer == "last":
            return self._last(words, pooling)
        if pooling == "lesson":
            return self._lesson(words)
        return self._input(encoded)

    def _checked(self, layer: Any, pooling: Any) -> tuple[Layer, Pooling]:
        known = self.layers
        layer = known[0] if layer is None else layer
        if layer not in known:
            raise _refuse("layer", layer, known)
        allowed = self.poolings(layer)
        pooling = allowed[0] if pooling is None else pooling
        if pooling not in allowed:
            raise _refuse("pooling", pooling, allowed, f" of {self._engine.info.name}'s layer {layer!r}")
        return layer, pooling

    @property
    def _is_encoder(self) -> bool:
        named = getattr(getattr(self._face, "tokenizer", None), "cls_token_id", None)
        return named is not None and not self._engine.info.causal

    def _padding(self) -> int | None:
        """The token that fills up a batch: the tokenizer's own, else the end of text, as the lesson does."""
        tokenizer = getattr(self._face, "tokenizer", None)
        found = getattr(tokenizer, "pad_token_id", None)
        return found if found is not None else getattr(tokenizer, "eos_token_id", None)

    def _ids(self, word: str, *, special: bool = False) -> list[int]:
        ids: list[int] = self._face.encode(word, special=special).ids.tolist()
        if ids:
            return ids
        msg = f"{word!r} gives no token, so it has no vector."
        raise InvalidValue(msg, hint="Leave it out.", name="word", value=repr(word), allowed="at least one token")

    def _served(self, words: Sequence[str]) -> np.ndarray:
        return np.asarray(self._run(lambda: self._engine.embed_words(words)))

    def _input(self, encoded: Sequence[list[int]]) -> np.ndarray:
        return masked_mean(*self._batch(encoded, padding=None))

    def _lesson(self, words: Sequence[str]) -> np.ndarray:
        padding = self._padding()
        encoded = [self._ids(word, special=True) for word in words]
        vectors, _ = self._batch(encoded, padding=padding)
        return masked_mean(vectors, np.ones(vectors.shape[:2], bool))

    def _batch(self, encoded: Sequence[list[int]], padding: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Input embeddings (words, tokens, dimensions), filled up with a token or with zeros, and which are the words' own."""
        longest = max(map(len, encoded))
        mask = np.arange(longest) < np.array([[len(ids)] for ids in encoded])
        ids = np.full(mask.shape, 0 if padding is None else padding)
        ids[mask] = np.concatenate(encoded)
        vectors = self._engine.embeddings(ids.ravel().tolist()).reshape(*mask.shape, -1)
        return vectors, mask

    def _last(self, words: Sequence[str], pooling: Pooling) -> np.ndarray:
        encoded = [self._ids(word, special=True) for word in words]
        states = self._run(lambda: self._engine.last_states(encoded))
        if pooling == "cls":
            return np.stack([state[0] for state in states])
        # an encoder's mean counts its special tokens, as its users pool; a decoder's first one is the same for every word
        own = [self._is_encoder or not self._face.is_special(token) for ids in encoded for token in ids]
        kept = np.split(np.array(own), np.cumsum([len(ids) for ids in encoded])[:-1])
        return np.stack([state[row].mean(axis=0) for state, row in zip(states, kept, strict=True)])


def _refuse(name: str, value: Any, allowed: Sequence[str], where: str = "") -> InvalidValue:
    choices = ", ".join(map(repr, allowed))
    msg = f"{name}{where} cannot be {value!r:.60}."
    return InvalidValue(msg, hint=f"It takes {choices}.", name=name, value=f"{value!r:.60}", allowed=choices)
