"""What a TokenView is made from: a session, a text, ids or a batch, each with its tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import InvalidValue
from llmwidgets.finding import tokenizer_for_ids, tokenizer_for_text
from llmwidgets.session import ModelSession
from llmwidgets.stages.tokens import Tokens
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.face import as_text

if TYPE_CHECKING:
    from llmwidgets.tokenizers.face import Tokenizer


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a batch: its tokens, and which of them are padding, (n,) bool."""

    name: str
    tokens: Tokens
    padding: np.ndarray


@dataclass(frozen=True)
class Source:
    """The session that a view shows; for a batch its rows, and a session that holds the tokenizer alone."""

    session: TextSession
    rows: tuple[Row, ...] = field(default=())


def open_source(source: Any, tokenizer: Any, *, add_special_tokens: bool) -> Source:
    """The session behind `source`: see TokenView. Raises InvalidValue for what is none of these, NoTokenizer where one is needed."""
    if isinstance(source, TextSession):
        if tokenizer is not None:
            msg = "A session has its tokenizer already."
            hint = "Leave tokenizer= away, or give another to compare=[...]."
            raise InvalidValue(msg, hint=hint, name="tokenizer", value=str(tokenizer)[:60], allowed="none")
        return Source(source)
    if source is None and tokenizer is None:
        return Source(ModelSession.current())
    rows, mask = ([], []) if source is None or _is_text(source) else _ids_and_mask(source)
    if tokenizer is None:
        tokenizer = _tokenizer_for(source, rows)
    made = TextSession(tokenizer, add_special_tokens=add_special_tokens)
    if source is None:
        return Source(made)
    if _is_text(source):
        made.restart(as_text(source if isinstance(source, str) else bytes(source)))
        return Source(made)
    if len(rows) == 1 and mask[0].all():
        made.restart(made.face.decode(rows[0]))
        return Source(made)
    return Source(made, tuple(_row(made.face, place, *row) for place, row in enumerate(zip(rows, mask, strict=True))))


def as_list(compare: Any) -> list[Any]:
    """The tokenizers to compare: several in a list or tuple, or one."""
    if compare is None:
        return []
    return list(compare) if isinstance(compare, (list, tuple)) else [compare]


def check_texts(texts: Any) -> None:
    """Raises InvalidValue for what is no dict of texts by language."""
    if texts is None or (isinstance(texts, Mapping) and all(isinstance(text, str) for text in texts.values())):
        return
    shown = f"{type(texts).__name__} {texts!r:.60}"
    msg = f"texts cannot be {shown}."
    hint = "Give a dict: {'English': '...', '日本語': '...'}."
    raise InvalidValue(msg, hint=hint, name="texts", value=shown, allowed="a dict of texts by language")


def _is_text(source: Any) -> bool:
    return isinstance(source, (str, bytes, bytearray))


def _tokenizer_for(source: Any, rows: list[np.ndarray]) -> Tokenizer:
    """The tokenizer at hand that a text or ids without one are meant for."""
    if _is_text(source):
        return tokenizer_for_text("A text")
    ids = [token for row in rows for token in row.tolist() if isinstance(token, (int, np.integer))]
    most = max(ids, default=0)
    return tokenizer_for_ids(
        np.asarray(ids, np.int64), f"A {type(source).__name__} of ids up to {most:,}", _named(source)
    )


def _named(source: Any) -> tuple[list[int], list[str]]:
    """Ids with the names that the tokenizer itself gave them: of a fast one's output, its first row."""
    encodings = getattr(source, "encodings", None) or (
        [source] if hasattr(source, "tokens") and hasattr(source, "ids") else []
    )
    return (encodings[0].ids, encodings[0].tokens) if encodings else ([], [])


def _row(face: Tokenizer, place: int, ids: np.ndarray, mask: np.ndarray) -> Row:
    return Row(f"[{place}]", face.decode(ids), ~mask)


def _ids_and_mask(source: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Rows of ids and of what is no padding, from a BatchEncoding or anything like a list of ids, one or two deep."""
    if isinstance(source, Mapping) and "input_ids" not in source:
        raise _no_source(dict(source), "source")
    encoded = isinstance(source, Mapping) or hasattr(source, "input_ids")
    given = source["input_ids"] if isinstance(source, Mapping) else getattr(source, "input_ids", source)
    given = getattr(given, "ids", given)
    rows = _rows(given, "input_ids" if encoded else "ids")
    found = source.get("attention_mask") if isinstance(source, Mapping) else getattr(source, "attention_mask", None)
    if not encoded or found is None:
        return rows, [np.ones(len(row), bool) for row in rows]
    mask = [row.astype(bool) for row in _rows(found, "attention_mask")]
    for place, (row, kept) in enumerate(zip(rows, mask, strict=False)):
        if len(row) != len(kept):
            raise _ragged("attention_mask", place, len(kept), f"that of input_ids has {len(row)}")
    if len(mask) != len(rows):
        msg = f"attention_mask has {len(mask)} rows, input_ids {len(rows)}."
        hint = "Give the tokenizer's output as it is."
        raise InvalidValue(
            msg, hint=hint, name="attention_mask", value=f"{len(mask)} rows", allowed=f"{len(rows)} rows"
        )
    return rows, mask


def _rows(given: Any, name: str) -> list[np.ndarray]:
    """One row or several of one length; what is no id in them, the tokenizer's face names."""
    if hasattr(given, "shape"):
        array = to_numpy(given)
        if array.ndim not in (1, 2):
            msg = f"{name} has the shape {tuple(array.shape)}."
            hint = "Give (tokens,) or (rows, tokens)."
            raise InvalidValue(msg, hint=hint, name=name, value=str(array.shape), allowed="1 or 2 dimensions")
        return [array] if array.ndim == 1 else list(array)
    if not isinstance(given, (list, tuple)) or any(isinstance(row, (str, bytes)) for row in given):
        raise _no_source(given, name)
    deep = [isinstance(row, (list, tuple)) or getattr(row, "ndim", 0) == 1 for row in given]
    if not any(deep):
        return [np.asarray(given, dtype=object)]
    if not all(deep):
        raise _no_source(given[deep.index(False)], f"{name}[{deep.index(False)}]")
    for place, row in enumerate(given):
        if len(row) != len(given[0]):
            raise _ragged(name, place, len(row), f"the first has {len(given[0])}")
    return [to_numpy(row) if hasattr(row, "shape") else np.asarray(row, dtype=object) for row in given]


def _ragged(name: str, place: int, length: int, other: str) -> InvalidValue:
    msg = f"Row {place} of {name} has {length} ids, {other}: the rows of a batch are equally long."
    hint = "Encode with padding=True, or show one row."
    return InvalidValue(msg, hint=hint, name=f"{name}[{place}]", value=f"{length} ids", allowed=other)


def _no_source(given: Any, name: str) -> InvalidValue:
    shown = f"{type(given).__name__} {given!r:.60}"
    msg = f"A TokenView cannot be made from {shown}."
    hint = "It takes a session, a text, ids, or a tokenizer's output with input_ids."
    return InvalidValue(msg, hint=hint, name=name, value=shown, allowed="a session, a text or ids")
