"""The bytes behind the names of a vocabulary.

A vocabulary of the `tokenizers` library holds names, not bytes: "Ġking" in GPT-2's letters, "▁king" and "<0xE3>" in SentencePiece's,
"##ing" in WordPiece's, "king</w>" where the end of a word is marked. Which it is stands in the decoder and the model.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.stages.tokens import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_BYTES = re.compile(r"(?:<0x[0-9A-Fa-f]{2}>)+")


@dataclass(frozen=True)
class Spelling:
    """How names are read: the marks that a model adds, then GPT-2's letters or replacements and bytes by number."""

    letters: bool = False
    prefix: str = ""
    suffix: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    numbers: bool = False

    def bare(self, name: str) -> str:
        """The name without the marks for the middle and the end of a word."""
        if self.prefix and name != self.prefix:
            name = name.removeprefix(self.prefix)
        return name.removesuffix(self.suffix) if self.suffix and name != self.suffix else name

    def bytes_of(self, name: str) -> bytes:
        """The exact bytes of one name."""
        name = self.bare(name)
        if self.letters:
            return letters_to_bytes(name)
        if self.numbers and (found := _BYTE.fullmatch(name)):
            return bytes.fromhex(found[1])
        for old, new in self.replace:
            name = name.replace(old, new)
        return name.encode("utf-8", errors="replace")

    def joined(self, names: Sequence[str]) -> str:
        """The names of a word's tokens as that word, in the model's own letters."""
        word = "".join(map(self.bare, names))
        return _BYTES.sub(_characters, word) if self.numbers else word

    def readable(self, word: str) -> str:
        """A word in the model's own letters as a reader would write it."""
        if self.letters:
            return spell(letters_to_bytes(word))
        for old, new in self.replace:
            word = word.replace(old, new)
        return word

    def table(self, names: Sequence[str]) -> list[bytes]:
        """The bytes of all names: the fast way for a whole vocabulary."""
        if self.prefix or self.suffix:
            names = [self.bare(name) for name in names]
        if not self.letters:
            plain = Spelling(replace=self.replace, numbers=self.numbers)
            return [plain.bytes_of(name) for name in names]
        codes = np.frombuffer("".join(names).encode("utf-32-le", errors="surrogatepass"), np.uint32)
        known = codes < len(_CODES)
        values = _CODES[np.where(known, codes, 0)]
        data = np.where(known, values, 0).astype(np.uint8).tobytes()
        edges = np.concatenate([[0], np.cumsum(list(map(len, names)))]).astype(int).tolist()
        table = [data[start:end] for start, end in pairwise(edges)]
        # names that are not in GPT-2's letters stand for themselves
        for place in np.flatnonzero(~known | (values < 0)):
            index = int(np.searchsorted(edges, place, side="right")) - 1
            table[index] = letters_to_bytes(names[index])
        return table


def _characters(found: re.Match[str]) -> str:
    return bytes.fromhex("".join(_BYTE.findall(found[0]))).decode("utf-8", errors="replace")


def spelling_of(backend: Any) -> Spelling:
    """How a `tokenizers.Tokenizer` writes bytes in its vocabulary, read from its decoder, and from its pre-tokenizer where it has none."""
    model = backend.model
    prefix = str(getattr(model, "continuing_subword_prefix", None) or "")
    suffix = str(getattr(model, "end_of_word_suffix", None) or "")
    parts = list(components(backend.decoder)) or list(components(backend.pre_tokenizer))
    letters, replace = False, []
    numbers = bool(getattr(model, "byte_fallback", False))
    for part in parts:
        kind = part["type"]
        letters |= kind == "ByteLevel"
        numbers |= kind == "ByteFallback"
        if kind == "Metaspace":
            replace.append((part.get("replacement", "▁"), " "))
        elif kind == "Replace" and "String" in part.get("pattern", {}):
            replace.append((part["pattern"]["String"], part["content"]))
        elif kind == "WordPiece":
            prefix = prefix or part.get("prefix", "")
        elif kind == "BPEDecoder":
            suffix = suffix or part.get("suffix", "")
    return Spelling(letters, prefix, suffix, tuple(replace), numbers)


def components(component: Any) -> Iterator[dict[str, Any]]:
    """The parts of a normaliser, pre-tokenizer, decoder or post-processor, sequences unfolded; none for None or one of Python's own."""
    if component is None:
        return
    try:
        state = json.loads(component.__getstate__())
    except Exception:  # noqa: BLE001  # a component written in Python cannot be serialised: it raises a bare Exception
        yield {"type": "Custom"}
        return
    yield from _unfold(state)


def _unfold(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if state.get("type") != "Sequence":
        yield state
        return
    for key in ("normalizers", "pretokenizers", "decoders", "processors"):
        for part in state.get(key, ()):
            yield from _unfold(part)


def names_of(component: Any) -> str:
    """What a component is called, its parts in order: "NFC", "Lowercase, StripAccents"; "" for None."""
    return ", ".join(str(part["type"]) for part in components(component))


def _letters() -> dict[str, int]:
    """GPT-2's letter for each byte: printable ones stand for themselves, the others are moved up from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + index): byte for index, byte in enumerate(hidden)}


_BYTE_OF = _letters()
LETTER_OF = {byte: letter for letter, byte in _BYTE_OF.items()}
_CODES = np.full(max(map(ord, _BYTE_OF)) + 1, -1, np.int16)
_CODES[[ord(letter) for letter in _BYTE_OF]] = list(_BYTE_OF.values())


def letters_to_bytes(name: str) -> bytes:
    """What a name in GPT-2's letters spells; a name with any other character stands for itself, as in the library's decoder."""
    try:
        return bytes(_BYTE_OF[letter] for letter in name)
    except KeyError:
        return name.encode("utf-8", errors="replace")


def bytes_to_letters(data: bytes) -> str:
    """Bytes in GPT-2's letters."""
    return "".join(LETTER_OF[byte] for byte in data)
