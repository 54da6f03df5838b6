"""Tokenizers of transformers that are written in Python: no offsets, so pieces are looked for in the text."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.stages.tokens import Tokens
from llmwidgets.tokenizers.align import spans_in_order
from llmwidgets.tokenizers.base import BaseTokenizer
from llmwidgets.tokenizers.chat import Chat, render
from llmwidgets.tokenizers.checks import check_text
from llmwidgets.tokenizers.names import own_name
from llmwidgets.tokenizers.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

_SENTENCEPIECE = Spelling(replace=(("▁", " "),), numbers=True)
_MARK = -1


class SlowTokenizer(BaseTokenizer):
    """A transformers tokenizer without a backend. Of a vocabulary in letters unknown to us, names stand for their own characters."""

    def __init__(self, tokenizer: Any, name: str = "") -> None:
        self.tokenizer = tokenizer
        self.name = name or own_name(tokenizer)
        self.size = len(tokenizer)
        self._ends = self._around()
        self.adds_special = any(self._ends)
        self._known: dict[int, bytes] = {}

    def renewed(self) -> SlowTokenizer:
        """The same face; a new one if the tokenizer has other tokens than when it was read."""
        return self if self.size == len(self.tokenizer) else SlowTokenizer(self.tokenizer, self.name)

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer. A piece that cannot be found in the text has an empty span."""
        ids = list(self.tokenizer(check_text(text), add_special_tokens=special, verbose=False)["input_ids"])
        inserted = self._inserted(ids) if special else np.zeros(len(ids), bool)
        parts = tuple(self._piece(token) for token in ids)
        spans, _ = spans_in_order(text, parts, inserted)
        flags = np.fromiter(map(self.special_ids.__contains__, ids), bool, len(ids)) | inserted
        return Tokens(text, np.asarray(ids, np.int64), parts, spans, flags, self.name)

    def chat(self, messages: Any, *, add_generation_prompt: bool = True, **options: Any) -> Chat:
        """See Tokenizer."""
        return render(self.tokenizer, self.name, messages, add_generation_prompt=add_generation_prompt, **options)

    @cached_property
    def table(self) -> list[bytes]:
        """See BaseTokenizer."""
        return [self._piece(token) for token in range(self.size)]

    @cached_property
    def holes(self) -> frozenset[int]:
        """See BaseTokenizer. A tokenizer in Python names none."""
        return frozenset()

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        added = {int(token) for token, value in self._added.items() if value.special}
        return frozenset(map(int, self.tokenizer.all_special_ids)) | added

    def _decode(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids))

    def _around(self) -> tuple[list[int], list[int]]:
        """The ids that are put in front of a text and behind it."""
        whole = list(self.tokenizer.build_inputs_with_special_tokens([_MARK]))
        place = whole.index(_MARK)
        return whole[:place], whole[place + 1 :]

    def _inserted(self, ids: Sequence[int]) -> np.ndarray:
        before, behind = self._ends
        inserted = np.zeros(len(ids), bool)
        if list(ids[: len(before)]) == before:
            inserted[: len(before)] = True
        if behind and list(ids[-len(behind) :]) == behind:
            inserted[-len(behind) :] = True
        return inserted

    @cached_property
    def _added(self) -> dict[int, Any]:
        return dict(getattr(self.tokenizer, "added_tokens_decoder", {}))

    def _piece(self, token: int) -> bytes:
        if (found := self._known.get(token)) is None:
            self._known[token] = found = self._bytes_of(token)
        return found

    def _bytes_of(self, token: int) -> bytes:
        if token in self._added:
            return str(self._added[token].content).encode("utf-8", errors="replace")
        name = str(self.tokenizer.convert_ids_to_tokens([token])[0] or "")
        if hasattr(self.tokenizer, "byte_decoder"):
            return _by_letters(name, self.tokenizer.byte_decoder)
        if hasattr(self.tokenizer, "_utf_vocab_size") and len(name) == 1:
            return bytes([ord(name)])  # ByT5 names a byte by the character of its number
        return _SENTENCEPIECE.bytes_of(name.removesuffix("</w>").removesuffix("@@").removeprefix("##"))


def _by_letters(name: str, letters: dict[str, int]) -> bytes:
    try:
        return bytes(letters[letter] for letter in name)
    except KeyError:
        return name.encode("utf-8", errors="replace")
