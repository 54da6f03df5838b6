"""The tokenizers library's Tokenizer: ids and offsets are its own, bytes are read from its vocabulary. Loads neither torch nor transformers."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.stages.tokens import Tokens
from llmwidgets.tokenizers.align import NormalForm, spans_by_bytes, spans_by_offsets
from llmwidgets.tokenizers.base import BaseTokenizer
from llmwidgets.tokenizers.checks import check_text
from llmwidgets.tokenizers.following import Follower
from llmwidgets.tokenizers.model import Model, model_of
from llmwidgets.tokenizers.spelling import Spelling, components, spelling_of
from llmwidgets.tokenizers.vocabulary import Origin

if TYPE_CHECKING:
    from llmwidgets.stages.trace import Trace

_MASKS = ("[MASK]", "<mask>")

_LAZY = (
    "table",
    "holes",
    "_names",
    "special_ids",
    "_vocabulary",
    "_starts",
    "_objects",
    "_flags",
    "_spelling",
    "_untrimmed",
    "_form",
    "_model",
    "_follower",
)


class BackendTokenizer(BaseTokenizer):
    """A `tokenizers.Tokenizer`, wrapped. Tables are built when they are first needed, and again when tokens were added to it."""

    def __init__(self, tokenizer: Any, name: str = "") -> None:
        self.tokenizer = tokenizer
        self.name = name or type(tokenizer).__name__
        self._read()

    @property
    def backend(self) -> Any:
        """The `tokenizers.Tokenizer`."""
        return self.tokenizer

    @property
    def mask(self) -> int | None:
        """See Tokenizer. The library has no word for it: it is known by its name."""
        return next((token for token, name in self._added.items() if name in _MASKS), None)

    def renewed(self) -> BackendTokenizer:
        """The same face; read again if the tokenizer has other tokens than when it was read."""
        if self._stamp != self._current_stamp():
            for lazy in _LAZY:
                self.__dict__.pop(lazy, None)
            self._read()
        return self

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer."""
        encoding, found = self._encoding(check_text(text), special=special)
        ids = np.fromiter(found, np.int64, len(found))
        if len(ids) and ids.max() >= self.size:
            self.renewed()
        parts = self._parts(ids)
        inserted = np.fromiter(encoding.special_tokens_mask, bool, len(ids))
        begun, inside = self._starts
        spans = spans_by_bytes(text, parts, (begun[ids], inside[ids]), inserted)
        if spans is None:
            spans = spans_by_offsets(text, self._offsets(text, encoding, inserted), inserted, self._form)
        return Tokens(text, ids, parts, spans, self._flags[ids] | inserted, self.name)

    @cached_property
    def table(self) -> list[bytes]:
        """See BaseTokenizer."""
        table = self._spelling.table([name or "" for name in self._names])
        for token, content in self._added.items():
            table[token] = content.encode("utf-8", errors="replace")
        return table

    @cached_property
    def holes(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset(token for token, name in enumerate(self._names) if name is None)

    @cached_property
    def _names(self) -> list[str | None]:
        return list(map(self.backend.id_to_token, range(self.size)))

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset(
            int(token) for token, added in self.backend.get_added_tokens_decoder().items() if added.special
        )

    def _encoding(self, text: str, *, special: bool) -> tuple[Any, list[int]]:
        """The library's Encoding of a text, and its ids."""
        encoding = self.tokenizer.encode(text, add_special_tokens=special)
        return encoding, encoding.ids

    def _decode(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=False))

    def _trace(self, text: str) -> Trace:
        return self._follower.trace(text, self._encoding(text, special=False)[0])

    def _origin(self, token: int) -> Origin:
        step = self._model.last_merge(token)
        if step is None:
            return Origin(score=self._model.score(token))
        return Origin(step.rank, None, (self.symbol(step.left), self.symbol(step.right)))

    def _read(self) -> None:
        backend = self.backend
        self._added = {int(token): str(added.content) for token, added in backend.get_added_tokens_decoder().items()}
        self.size = max(int(backend.get_vocab_size(with_added_tokens=True)), max(self._added, default=-1) + 1)
        self.adds_special = int(backend.num_special_tokens_to_add(is_pair=False)) > 0
        self._stamp = self._current_stamp()

    def _current_stamp(self) -> tuple[int, int]:
        backend = self.backend
        return int(backend.get_vocab_size(with_added_tokens=True)), len(backend.get_added_tokens_decoder())

    @cached_property
    def _spelling(self) -> Spelling:
        return spelling_of(self.backend)

    @cached_property
    def _flags(self) -> np.ndarray:
        flags = np.zeros(self.size, bool)
        flags[[token for token in self.special_ids if token < self.size]] = True
        return flags

    def _offsets(self, text: str, encoding: Any, inserted: np.ndarray) -> list[tuple[int, int]]:
        """Offsets with the white space that belongs to a token, which some post-processors take from them."""
        offsets: list[tuple[int, int]] = encoding.offsets
        if self._untrimmed is None:
            return offsets
        own = self._untrimmed.encode(text, add_special_tokens=False)
        places = np.flatnonzero(~inserted).tolist()
        ids: list[int] = encoding.ids  # each of these makes a new list
        if [ids[place] for place in places] == own.ids:
            for place, found in zip(places, own.offsets, strict=True):
                offsets[place] = found
        return offsets

    @cached_property
    def _untrimmed(self) -> Any:
        """A twin without a post-processor, if this one's takes the white space from offsets; else None."""
        backend = self.backend
        if not any(part.get("trim_offsets") for part in components(backend.post_processor)):
            return None
        state = json.loads(backend.to_str())
        return type(backend).from_str(json.dumps(state | {"post_processor": None}))

    @cached_property
    def _form(self) -> NormalForm | None:
        """The normal form in which characters are composed."""
        kinds = {part["type"] for part in components(self.backend.normalizer)}
        if kinds & {"NFKC", "Precompiled"}:
            return "NFKC"
        return "NFC" if "NFC" in kinds else None

    @cached_property
    def _model(self) -> Model:
        return model_of(self.backend)

    @cached_property
    def _follower(self) -> Follower:
        return Follower(self.backend, self._model, self._spelling, self._added, self.symbol)
