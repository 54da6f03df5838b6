"""Text as tokens: ids, exact bytes, and the characters that each covers."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.language import more

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNKNOWN = -1
"""The id of a token that was not told."""


@dataclass(frozen=True)
class Tokens:
    r"""A text and its tokens.

    `ids` (n,) int64; `token_bytes[i]` the exact bytes of token i (for a special token: its name); `spans` (n, 2) int64, the
    characters (code points) of `text` that token i covers: tokens that share a character have overlapping spans; `special`
    (n,) bool, true where the tokenizer marks the token as special.

    >>> tokens = Tokens.from_bytes([7, 8, 9], [b"a", b"\xe3\x81", b"\x82"])
    >>> tokens.text, tokens.spans.tolist()
    ('aあ', [[0, 1], [1, 2], [1, 2]])
    """

    text: str
    ids: np.ndarray
    token_bytes: tuple[bytes, ...]
    spans: np.ndarray
    special: np.ndarray
    name: str = field(default="", compare=False)

    @classmethod
    def from_bytes(
        cls,
        ids: Sequence[int] | np.ndarray,
        token_bytes: Sequence[bytes],
        special: Sequence[bool] | np.ndarray | None = None,
        *,
        whole: bool = False,
    ) -> Tokens:
        """Tokens whose bytes joined are the text. Bytes that are no UTF-8 become U+FFFD in `text`.

        An unfinished character at the end is left out of the text, or with `whole` is U+FFFD as well.
        """
        text, spans = _spans(token_bytes, whole=whole)
        flags = np.zeros(len(ids), bool) if special is None else np.asarray(special, bool)
        return cls(text, np.asarray(ids, np.int64), tuple(token_bytes), spans, flags)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.pieces)

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """Each token as a reader would write it; bytes that are no whole characters as `⟨E3 81⟩`."""
        return tuple(spell(part) for part in self.token_bytes)

    @cached_property
    def inserted(self) -> np.ndarray:
        """(n,) bool: special tokens that stand for no character of the text, as a begin-of-text token does."""
        empty = self.spans[:, 0] == self.spans[:, 1]
        return np.asarray(empty & self.special)

    @cached_property
    def exact(self) -> bool:
        """Whether the bytes of the tokens that were not inserted, joined, are the text's UTF-8 as it was given."""
        kept = compress(self.token_bytes, (~self.inserted).tolist())
        return b"".join(kept) == self.text.encode("utf-8", errors="replace")

    @property
    def characters(self) -> int:
        """Code points of the text."""
        return len(self.text)

    @property
    def utf8_bytes(self) -> int:
        """Bytes of the text as UTF-8."""
        return len(self.text.encode("utf-8", errors="replace"))

    def extended(self, ids: Sequence[int], token_bytes: Sequence[bytes], special: Sequence[bool]) -> Tokens:
        """These tokens and more behind them; what is here keeps its ids and spans."""
        if not ids:
            return self
        # a token whose last character is not complete is read again, with what completes it
        return self._reread(
            len(self) - self._unfinished,
            [*self.ids.tolist(), *ids],
            [*self.token_bytes, *token_bytes],
            [*self.special.tolist(), *special],
        )

    def with_token(self, index: int, token: int, token_bytes: bytes, *, special: bool) -> Tokens:
        """Another token at place `index`, and its characters in the text in place of those before; all others stay.

        A space that the token brings along takes the place of the one in front. What neighbours have of the same characters stays.
        """
        piece = token_bytes.decode("utf-8", errors="replace")
        before = int(self.spans[:index, 1].max(initial=0))
        start = max(int(self.spans[index, 0]), before)
        behind = self.spans[index + 1 :, 0]
        end = max(min(int(self.spans[index, 1]), int(behind.min(initial=len(self.text)))), start)
        if piece.startswith(" ") and before < start and self.text[start - 1] == " ":
            start -= 1
        ids, spans, flags = self.ids.copy(), self.spans.copy(), self.special.copy()
        spans[index + 1 :] += start + len(piece) - end
        ids[index], spans[index], flags[index] = token, (start, start + len(piece)), special
        parts = (*self.token_bytes[:index], token_bytes, *self.token_bytes[index + 1 :])
        return Tokens(self.text[:start] + piece + self.text[end:], ids, parts, spans, flags, self.name)

    def first(self, count: int) -> Tokens:
        """The first `count` tokens and the text that they cover; a character that the cut leaves unfinished is no part of it."""
        if count >= len(self):
            return self
        parts = self.token_bytes[:count]
        keep = count - _unfinished(parts)
        if keep < count:
            return self._reread(keep, self.ids[:count].tolist(), parts, self.special[:count].tolist())
        end = int(self.spans[:count].max(initial=0))
        return Tokens(
            self.text[:end], self.ids[:count], parts, self.spans[:count].copy(), self.special[:count], self.name
        )

    def _reread(self, keep: int, ids: Sequence[int], token_bytes: Sequence[bytes], special: Sequence[bool]) -> Tokens:
        """The first `keep` tokens as they stand here, and behind them what the bytes of the others spell."""
        base = int(self.spans[keep, 0]) if keep < len(self) else len(self.text)
        tail = Tokens.from_bytes(ids[keep:], token_bytes[keep:], special[keep:])
        return Tokens(
            self.text[:base] + tail.text,
            np.concatenate([self.ids[:keep], tail.ids]),
            tuple(token_bytes),
            np.concatenate([self.spans[:keep], tail.spans + base]),
            np.concatenate([self.special[:keep], tail.special]),
            self.name,
        )

    @cached_property
    def _unfinished(self) -> int:
        return _unfinished(self.token_bytes)

    def __repr__(self) -> str:
        shown = " ".join(f"{piece!r}" for piece in self.pieces[:8])
        return f"Tokens({len(self)}: {shown}{more(len(self) - 8)})"


def spell(part: bytes) -> str:
    r"""Bytes as text where they are whole characters, else in hexadecimal: b"\xe3\x81" is ⟨E3 81⟩."""
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return f"⟨{part.hex(' ').upper()}⟩"


def _unfinished(token_bytes: Sequence[bytes]) -> int:
    """How many tokens at the end must be read again when the character completes that they leave open; 0 where none is open."""
    count, tail = 0, b""
    for part in reversed(token_bytes):
        tail = part + tail
        count += 1
        if tail and not _is_inside_character(tail):
            break
    return count if _has_open_end(tail) else 0


def _is_inside_character(part: bytes) -> bool:
    return bool(part) and (part[0] & 0xC0) == 0x80


def _has_open_end(part: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    decoder.decode(part)
    return bool(decoder.getstate()[0])


def starts_of(parts: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """For each piece of UTF-8 how many characters begin in it, (n,) int64, and whether it begins inside one, (n,) bool."""
    lengths = np.fromiter(map(len, parts), np.int64, len(parts))
    edges = np.concatenate([[0], np.cumsum(lengths)])
    inside = (np.frombuffer(b"".join(parts), np.uint8) & 0xC0) == 0x80
    begun = np.concatenate([[0], np.cumsum(~inside)])[edges]
    first = np.zeros(len(parts), bool)
    filled = lengths > 0
    first[filled] = inside[edges[:-1][filled]]
    return np.diff(begun), first


def spans_by_starts(begun: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(n, 2) int64: the characters that each piece covers of the text that all of them joined are, from their `starts_of`.

    A piece of no bytes has an empty span where it stands.
    """
    spans = np.empty((len(begun), 2), np.int64)
    np.cumsum(begun, out=spans[:, 1])
    spans[:, 0] = spans[:, 1] - begun - inside
    return spans


def _spans(token_bytes: Sequence[bytes], *, whole: bool) -> tuple[str, np.ndarray]:
    """The text of joined bytes, and for each token the characters that its bytes belong to."""
    joined = b"".join(token_bytes)
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(joined, final=whole)
    if "\ufffd" not in text:
        spans = spans_by_starts(*starts_of(token_bytes))
    else:
        begun = np.concatenate([[0], _begun_in_invalid(joined)])
        edges = np.concatenate([[0], np.cumsum([len(part) for part in token_bytes])]).astype(np.int64)
        spans = np.stack([begun[np.minimum(edges[:-1] + 1, len(joined))] - 1, begun[edges[1:]]], axis=1)
        empty = edges[:-1] == edges[1:]
        spans[empty] = begun[edges[:-1][empty], None]
    return text, np.clip(spans, 0, len(text)).astype(np.int64)


def _begun_in_invalid(joined: bytes) -> np.ndarray:
    """For each byte how many characters have begun up to it, where some bytes are no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    owners, begun = np.empty(len(joined), np.int64), 0
    for index in range(len(joined)):
        made = len(decoder.decode(joined[index : index + 1]))
        pending = bool(decoder.getstate()[0])
        begun += made
        owners[index] = begun + (1 if pending else 0)
    return owners
