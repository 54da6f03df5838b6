"""Hugging Face tokenizers: what transformers says of ids and offsets, and the bytes behind each token."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.tokens import Tokens

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class HuggingFaceTokenizer:
    """A transformers tokenizer, wrapped. The bytes of all tokens are looked up once, when the first is asked for."""

    def __init__(self, tokenizer: Any) -> None:
        self.name = str(getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__)
        self.size = len(tokenizer)
        self.tokenizer = tokenizer
        self._family = _family(tokenizer)
        self._added = {int(token): value for token, value in getattr(tokenizer, "added_tokens_decoder", {}).items()}
        self._special = frozenset(map(int, tokenizer.all_special_ids)) | {
            t for t, value in self._added.items() if value.special
        }
        self._table: list[bytes] | None = None

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer."""
        fast = bool(getattr(self.tokenizer, "is_fast", False))
        encoding = self.tokenizer(
            text,
            add_special_tokens=special,
            return_offsets_mapping=fast,
            return_special_tokens_mask=True,
            verbose=False,
        )
        ids = encoding["input_ids"]
        parts = [self.token_bytes(token) for token in ids]
        inserted = np.asarray(encoding["special_tokens_mask"], bool)
        flags = np.fromiter((self.is_special(token) for token in ids), bool, len(ids)) | inserted
        own = Tokens.from_bytes(
            [token for token, skip in zip(ids, inserted, strict=True) if not skip],
            [part for part, skip in zip(parts, inserted, strict=True) if not skip],
        )
        if own.text == text or not fast:
            spans = _around(own.spans, inserted)
        else:
            # the tokenizer changed the text (case, white space, normal form): only it knows what came from where
            spans = _around(np.asarray(encoding["offset_mapping"], np.int64).reshape(-1, 2)[~inserted], inserted)
        return Tokens(text, np.asarray(ids, np.int64), tuple(parts), spans, flags)

    def token_bytes(self, token: int) -> bytes:
        """See Tokenizer."""
        if self._table is None:
            self._table = [self._bytes_of(index, name) for index, name in enumerate(self._names())]
        if not 0 <= token < self.size:
            msg = f"There is no token {token} in {self.name}, which has {self.size:,}."
            raise InvalidValue(
                msg, hint="Give ids of this vocabulary.", name="id", value=token, allowed=f"0 to {self.size - 1}"
            )
        return self._table[token]

    def is_special(self, token: int) -> bool:
        """See Tokenizer."""
        return token in self._special

    def _names(self) -> list[str]:
        return [
            name if name is not None else "" for name in self.tokenizer.convert_ids_to_tokens(list(range(self.size)))
        ]

    def _bytes_of(self, index: int, name: str) -> bytes:
        if index in self._added:
            return str(self._added[index].content).encode("utf-8", errors="replace")
        if self._family == "byte-level":
            return b"".join(_BYTE_OF.get(character) or character.encode("utf-8") for character in name)
        if self._family == "sentencepiece":
            found = _BYTE.fullmatch(name)
            return bytes.fromhex(found[1]) if found else name.replace("\u2581", " ").encode("utf-8")
        return name.removeprefix("##").encode("utf-8")


def _family(tokenizer: Any) -> str:
    """How this tokenizer writes bytes in its vocabulary: "byte-level" (GPT-2's letters), "sentencepiece" (▁ and <0x..>) or "wordpiece"."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or backend.decoder is None:
        return "sentencepiece"
    decoder = json.loads(backend.decoder.__getstate__())
    kinds = {part["type"] for part in decoder.get("decoders", [decoder])}
    if "ByteLevel" in kinds:
        return "byte-level"
    return "wordpiece" if "WordPiece" in kinds else "sentencepiece"


def _letters_of_bytes() -> dict[str, bytes]:
    """GPT-2's letter for each byte: printable ones stand for themselves, the others are moved up from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(printable)]
    letters = {chr(byte): bytes([byte]) for byte in printable}
    return letters | {chr(0x100 + index): bytes([byte]) for index, byte in enumerate(hidden)}


_BYTE_OF = _letters_of_bytes()


def _around(spans: np.ndarray, inserted: np.ndarray) -> np.ndarray:
    """Spans with empty ones put in for the tokens that the tokenizer inserted, at the place where they stand."""
    if not inserted.any():
        return spans
    result = np.zeros((len(inserted), 2), np.int64)
    result[~inserted] = spans
    ends = np.maximum.accumulate(np.where(inserted, 0, result[:, 1]))
    result[inserted] = ends[inserted, None]
    return result
