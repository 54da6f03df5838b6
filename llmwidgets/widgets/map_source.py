"""What an EmbeddingMap is made from: a session, vectors with labels, a data frame, or a function that turns words into vectors."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.session import ModelSession
from llmwidgets.stages.neighbours import Table
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.face import as_tokenizer, padded_bytes
from llmwidgets.tokenizers.nameless import NamelessTokenizer
from llmwidgets.widgets.map_ground import GroundMaker, check_values
from llmwidgets.widgets.map_space import GivenSpace, Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.vectors import WordVectors

MOST_FEW = 100
"""Up to so many given vectors are points with labels, like words; more are the ground."""
MOST_POINTS = 2_000_000
ALLOWED = "a ModelSession, vectors (n, d), a data frame, a dict, or encode="


@dataclass(frozen=True, eq=False)
class Source:
    """The session that a map shows, and what is given beside it: `space` None where the session's model is the space.

    `few`: the given vectors are few enough to be points themselves. `own`: the session was made for this map.
    """

    session: TextSession
    maker: GroundMaker
    space: GivenSpace | None = None
    few: bool = False
    own: bool = False


_makers: weakref.WeakKeyDictionary[WordVectors, GroundMaker] = weakref.WeakKeyDictionary()


def maker_of(session: ModelSession) -> GroundMaker:
    """What has been worked out of the vocabulary of a session's model, which ends with that model."""
    return _makers.setdefault(session.word_vectors, GroundMaker())


def open_source(source: Any, *, labels: Any, tokenizer: Any, encode: Any, values: Any) -> Source:
    """What is behind `source`: see EmbeddingMap. Raises InvalidValue for what is no such thing."""
    if encode is not None and not callable(encode):
        shown = f"{encode!r:.60}"
        msg = f"encode cannot be {shown}."
        hint = "Give a function from a list of strings to vectors: encode=model.encode."
        raise InvalidValue(msg, hint=hint, name="encode", value=shown, allowed="a function")
    if source is None and encode is not None:
        _only("labels", labels, "vectors")
        _only("values", values, "vectors")
        return Source(_nameless(), GroundMaker(), GivenSpace(None, (), encode, ground=False), own=True)
    if source is None or isinstance(source, TextSession):
        return _of_session(source, labels=labels, tokenizer=tokenizer, encode=encode, values=values)
    return _of_vectors(source, labels=labels, tokenizer=tokenizer, encode=encode, values=values)


def _of_session(source: TextSession | None, *, labels: Any, tokenizer: Any, encode: Any, values: Any) -> Source:
    session = ModelSession.current() if source is None else source
    if not isinstance(session, ModelSession):
        msg = (
            f"An EmbeddingMap needs a ModelSession, not {type(session).__name__}: without a model there are no vectors."
        )
        hint = "session = ModelSession(model, tokenizer)"
        raise InvalidValue(msg, hint=hint, name="session", value=type(session).__name__, allowed=ALLOWED)
    _only("labels", labels, "vectors")
    _only("tokenizer", tokenizer, "vectors")
    _only("encode", encode, "vectors or stands alone")
    if values is not None:
        return Source(session, GroundMaker(check_values(values, len(session.embeddings))))
    return Source(session, maker_of(session))


def _of_vectors(
    source: Any, *, labels: Any, tokenizer: Any, encode: Callable[[list[str]], Any] | None, values: Any
) -> Source:
    vectors, found = _read(source, labels)
    table = Table(vectors)
    if len(table) > MOST_POINTS:
        msg = f"{len(table):,} points are more than a map can show."
        hint = f"Show at most {MOST_POINTS:,}: a sample, such as vectors[::10]."
        raise InvalidValue(msg, hint=hint, name="vectors", value=len(table), allowed=f"<= {MOST_POINTS:,} points")
    few = len(table) <= MOST_FEW and values is None
    session = TextSession(NamelessTokenizer() if tokenizer is None else tokenizer)
    names = _names(found, tokenizer, len(table))
    maker = GroundMaker(check_values(values, len(table)))
    return Source(session, maker, GivenSpace(table, names, encode, ground=not few), few=few, own=True)


def _read(source: Any, labels: Any) -> tuple[Any, Any]:
    """Vectors, and labels where the source brings its own."""
    if hasattr(source, "get_input_embeddings"):
        msg = f"An EmbeddingMap cannot be made from a {type(source).__name__} alone: its words need a tokenizer."
        hint = "Make a session of it: EmbeddingMap(ModelSession(model, tokenizer))."
        raise InvalidValue(msg, hint=hint, name="source", value=type(source).__name__, allowed=ALLOWED)
    if hasattr(source, "columns") and hasattr(source, "select_dtypes"):
        return _read_frame(source, labels)
    if isinstance(source, Mapping):
        _only("labels", labels, "vectors without labels of their own")
        return _stacked(list(source.values())), [str(key) for key in source]
    if hasattr(source, "vectors") and hasattr(source, "index_to_key"):
        return source.vectors, source.index_to_key if labels is None else labels
    if hasattr(source, "weight") and hasattr(source, "parameters"):
        return source.weight, labels
    if isinstance(source, (str, bytes)) or not (isinstance(source, Sequence) or hasattr(source, "shape")):
        shown = f"{type(source).__name__} {source!r:.60}"
        msg = f"An EmbeddingMap cannot be made from {shown}."
        raise InvalidValue(msg, hint=f"It takes {ALLOWED}.", name="source", value=shown, allowed=ALLOWED)
    if _holds_vectors(source):
        index = getattr(source, "index", None)
        if labels is None and isinstance(index, Iterable):
            labels = [str(label) for label in index]
        return _stacked(list(source)), labels
    return (source if hasattr(source, "shape") else _stacked(source)), labels


def _read_frame(frame: Any, labels: Any) -> tuple[Any, Any]:
    """The numeric columns are the vectors. The labels: a column named by `labels`, given ones, the only column of text, or the index."""
    columns = [column for column in frame.columns if _holds_vectors(frame[column])]
    if len(columns) == 1:
        return _read_column(frame, columns[0], labels)
    others = [column for column in frame.columns if column not in frame.select_dtypes("number").columns]
    if isinstance(labels, str):
        if labels not in frame.columns:
            names = ", ".join(map(repr, list(frame.columns)[:8]))
            msg = f"The data frame has no column {labels!r}."
            raise InvalidValue(
                msg, hint=f"It has {names}.", name="labels", value=repr(labels), allowed="one of its columns"
            )
        numbers = frame.drop(columns=[labels]).select_dtypes("number")
        return numbers.to_numpy(), [str(label) for label in frame[labels]]
    numbers = frame.select_dtypes("number").to_numpy()
    if labels is not None:
        return numbers, labels
    column = frame[others[0]] if len(others) == 1 else frame.index
    return numbers, [str(label) for label in column]


def _read_column(frame: Any, column: Any, labels: Any) -> tuple[Any, Any]:
    """A column that holds a whole vector in each row; the labels as in `_read_frame`."""
    vectors, rest = _stacked(list(frame[column])), frame.drop(columns=[column])
    if labels is not None and not isinstance(labels, str):
        return vectors, labels
    if isinstance(labels, str):
        return vectors, _read_frame(rest, labels)[1]
    return vectors, [str(label) for label in (rest.iloc[:, 0] if rest.shape[1] == 1 else frame.index)]


def _holds_vectors(column: Any) -> bool:
    """Whether a column, a Series or an array of objects has lists or arrays in it instead of numbers."""
    return (
        getattr(getattr(column, "dtype", None), "kind", "") == "O"
        and len(column) > 0
        and all(hasattr(row, "__len__") and not isinstance(row, str) for row in column)
    )


def _stacked(rows: Sequence[Any]) -> np.ndarray:
    """Rows as one array. Raises InvalidValue where their lengths differ or one is no vector."""
    from llmwidgets.arrays import to_numpy

    arrays = [to_numpy(row) for row in rows]
    for place, array in enumerate(arrays):
        if array.ndim != 1 or len(array) != len(arrays[0]):
            msg = f"Vector {place} has the shape {array.shape}; the first has {arrays[0].shape}."
            hint = "Vectors of one map are equally long lists of numbers: (n, d)."
            raise InvalidValue(
                msg, hint=hint, name=f"vectors[{place}]", value=str(array.shape), allowed=str(arrays[0].shape)
            )
    return np.stack(arrays) if arrays else np.empty((0, 0), np.float32)


def _names(labels: Any, tokenizer: Any, count: int) -> tuple[Name, ...]:
    if labels is None and tokenizer is not None:
        face = as_tokenizer(tokenizer)
        return tuple(Name(padded_bytes(face, token), token, face.is_special(token)) for token in range(count))
    if labels is None:
        return tuple(Name(str(index).encode()) for index in range(count))
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__len__"):
        shown = f"{labels!r:.60}"
        msg = f"labels cannot be {shown}."
        raise InvalidValue(
            msg, hint="Give a list of strings, one a vector.", name="labels", value=shown, allowed="strings"
        )
    if len(labels) != count:
        msg = f"There are {len(labels):,} labels for {count:,} vectors."
        hint = "Give one label a vector, in the same order."
        raise InvalidValue(msg, hint=hint, name="labels", value=f"{len(labels)} labels", allowed=f"{count} labels")
    return tuple(Name(str(label).encode("utf-8", "replace")) for label in labels)


def _nameless() -> TextSession:
    return TextSession(NamelessTokenizer())


def _only(name: str, value: Any, what: str) -> None:
    if value is None:
        return
    msg = f"{name}= belongs to {what}."
    hint = f"Leave it away, or give vectors: EmbeddingMap(vectors, {name}=...)."
    raise InvalidValue(msg, hint=hint, name=name, value=f"{value!r:.60}", allowed="none")
