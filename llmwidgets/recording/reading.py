"""A recording from JSON that anybody may have written: sizes bounded, every number checked, what is wrong named by its place."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import numpy as np

from llmwidgets import errors
from llmwidgets.engines.engine import Info, Predicts
from llmwidgets.errors import DamagedFile, InvalidValue, LLMWidgetsError
from llmwidgets.recording.moments import Held, KeptDraws, Kind, Note, Recording, Step
from llmwidgets.recording.parts import Part
from llmwidgets.recording.room import (
    MOST_CHARACTERS_TOLD,
    MOST_CHOICES,
    MOST_MODELS,
    MOST_NAME,
    MOST_NOTE,
    MOST_SAID,
    MOST_STEPS,
    MOST_TEXTS,
    MOST_TOKENS,
)
from llmwidgets.recording.tokenizer import RecordedTokenizer
from llmwidgets.recording.writing import HOW, MAGIC, VERSION
from llmwidgets.stages.choices import MOST_FORKS, Choice, Ending, Fork, Reason
from llmwidgets.stages.distribution import BINS, HEAD, Summary
from llmwidgets.stages.generation import Origin
from llmwidgets.stages.kept import Form, Kept
from llmwidgets.stages.sampling import Sampler
from llmwidgets.stages.tokens import UNKNOWN, Tokens
from llmwidgets.state import State, Status
from llmwidgets.tokenizers.checks import MOST_CHARACTERS

if TYPE_CHECKING:
    import os

MOST_BYTES = 400_000_000
MOST_VOCABULARY = 4_000_000
MOST_DRAWS = 1_000_000
MOST_NOTES = 10_000
LARGEST = 1e30
WHOLE = 2**53


def read(path: str | os.PathLike[str]) -> Recording:
    """The recording in a file. Raises DamagedFile, which names the place and what is wrong there, and InvalidValue where there is no such file."""
    file = Path(path)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Part(None, file.name).damaged(f"a file of more than {MOST_BYTES:,} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Part(None, file.name).damaged("what is no text") from error
    except OSError as error:
        msg = f"{str(path)!r} cannot be read as a recording: {error.strerror or error}."
        raise InvalidValue(
            msg,
            hint='Name a file that record.save("lesson.json") wrote.',
            name="path",
            value=repr(str(path)),
            allowed="a file",
        ) from error
    return parsed(text, file.name)


def parsed(text: str, name: str = "recording") -> Recording:
    """The recording in a file's text. Raises DamagedFile."""
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Part(None, name).damaged("what is no JSON") from error
    whole = Part(found, name)
    if not isinstance(found, dict) or found.get("llmwidgets") != MAGIC:
        raise whole.damaged("no recording of llmwidgets")
    version = whole.key("version").integer(1, WHOLE)
    if version != VERSION:
        msg = f"{name} is a recording of version {version}, and this llmwidgets reads version {VERSION}."
        raise DamagedFile(msg, hint="Install a newer llmwidgets.", name=name, version=version)
    return _Reader(whole).recording()


@dataclass(frozen=True, eq=False)
class _Table:
    """The tokens of a model by row: ids, bytes, special."""

    held: Held
    ids: np.ndarray
    parts: np.ndarray
    special: np.ndarray


class _Reader:
    def __init__(self, whole: Part) -> None:
        self._whole = whole
        self._places = 0
        self._tables = [_table(part) for part in whole.key("models").items(MOST_MODELS)]
        self._samplers = [_sampler(part) for part in whole.key("samplers").items(MOST_STEPS)]
        self._texts = self._read_texts(whole.key("texts").items(MOST_TEXTS))
        self._choices = _choices(whole.key("choices"))
        self._forks = [self._fork(part) for part in whole.key("forks").items(MOST_STEPS)]
        self._distributions = [_kept(part) for part in whole.key("distributions").items(MOST_STEPS)]
        self._draws = [self._drawn(part) for part in whole.key("draws").items(MOST_STEPS)]
        self._scores = [part.floats(MOST_TOKENS, nan=True) for part in whole.key("scores").items(MOST_STEPS)]
        self._errors = [_error(part) for part in whole.key("errors").items(MOST_STEPS)]

    def recording(self) -> Recording:
        parts = self._whole.key("steps").items(MOST_STEPS)
        if not parts:
            raise self._whole.key("steps").damaged("no step")
        return Recording(tuple(map(self._step, parts)), self._whole.key("writer").text(MOST_NAME))

    # texts

    def _read_texts(self, parts: list[Part]) -> list[tuple[int, Tokens]]:
        found: list[tuple[int, Tokens]] = []
        columns, total, characters = np.empty((3, 0), np.int64), 0, 0
        for part in parts:
            model = part.key("model").integer(0, len(self._tables) - 1)
            text = ""
            if found and found[-1][0] == model:
                text = found[-1][1].text
            else:
                columns = np.empty((3, 0), np.int64)
            columns = _columns(part, columns, len(self._tables[model].ids))
            total += columns.shape[1]
            if total > MOST_TOKENS:
                raise part.damaged(f"more than {MOST_TOKENS:,} tokens in all texts")
            text = _text(part, text)
            characters += len(text)
            if characters > MOST_CHARACTERS_TOLD:
                raise part.damaged(f"more than {MOST_CHARACTERS_TOLD:,} characters in all texts")
            found.append((model, self._tokens(part, model, columns, text)))
        return found

    def _tokens(self, part: Part, model: int, columns: np.ndarray, text: str) -> Tokens:
        table, rows = self._tables[model], columns[0]
        starts = np.cumsum(columns[1])
        spans = np.stack([starts, starts + columns[2]], axis=1)
        if spans.size and not (int(spans.min()) >= 0 and int(spans.max()) <= len(text)):
            raise part.damaged("tokens that lie outside of the text")
        return Tokens(text, table.ids[rows], tuple(table.parts[rows].tolist()), spans, table.special[rows])

    def _place(self, part: Part, among: list[Any]) -> Any:
        return among[part.integer(0, len(among) - 1)]

    def _optional(self, part: Part, among: list[Any]) -> Any:
        return None if part.is_null else self._place(part, among)

    def _made(self, part: Part, count: int) -> tuple[Choice, ...]:
        """The choices of runs, by place in a text of so many tokens."""
        runs: list[range] = []
        total = 0
        for run in part.items(MOST_CHOICES, optional=True):
            first, number = run.tuple(2)
            start = first.integer(0, len(self._choices) - 1)
            runs.append(range(start, start + number.integer(1, len(self._choices) - start)))
            total += len(runs[-1])
            if total > count:
                raise part.damaged("more choices than tokens")
        self._places += total
        if self._places > MOST_TOKENS:
            raise part.damaged(f"more than {MOST_TOKENS:,} choices in all steps")
        found = tuple(self._choices[at] for at in chain.from_iterable(runs))
        places = [choice.index for choice in found]
        if any(after <= before for before, after in pairwise(places)) or (places and places[-1] >= count):
            raise part.damaged("choices out of order")
        return found

    def _fork(self, part: Part) -> Fork:
        _, tokens = self._place(part.key("text"), self._texts)
        at = part.key("at").integer(0, len(tokens))
        return Fork(tokens, self._made(part.key("choices"), len(tokens)), _ending(part.key("ending")), at)

    # steps

    def _step(self, part: Part) -> Step:
        table: _Table = self._place(part.key("model"), self._tables)
        _, tokens = self._place(part.key("text"), self._texts)
        count = len(tokens)
        ending = Ending() if part.key("ending").is_null else _ending(part.key("ending"))
        forks = part.key("forks").items(MOST_FORKS, optional=True)
        state = State(
            0,
            tokens,
            part.key("position").integer(-1, max(count - 1, -1)),
            part.key("add_special").flag(),
            tuple(_span(span, len(tokens.text)) for span in part.key("template").items(MOST_STEPS, optional=True)),
            self._made(part.key("choices"), count),
            tuple(self._place(fork, self._forks) for fork in forks),
            ending,
            table.held.face.mask,
        )
        kept: Kept | None = self._optional(part.key("distribution"), self._distributions)
        draws: KeptDraws | None = self._optional(part.key("draws"), self._draws)
        scores: np.ndarray | None = self._optional(part.key("scores"), self._scores)
        if kept is not None and kept.position >= count:
            raise part.key("distribution").damaged("the distribution of another text")
        if scores is not None and len(scores) != count:
            raise part.key("scores").damaged("the surprisals of another text")
        if draws is not None and (kept is None or int(draws.ids.max()) >= kept.vocabulary):
            raise part.key("draws").damaged("the draws of another distribution")
        return Step(
            part.key("seconds").number(0, 1e9),
            table.held,
            state,
            self._place(part.key("sampler"), self._samplers),
            _status(part.key("written")),
            kept,
            draws,
            scores,
            self._optional(part.key("error"), self._errors),
            0 if part.key("row").is_null else part.key("row").integer(0, WHOLE),
            tuple(map(_note, part.key("notes").items(MOST_NOTES, optional=True))),
        )

    def _drawn(self, part: Part) -> KeptDraws:
        ids = part.key("ids").integers(MOST_DRAWS, UNKNOWN, MOST_VOCABULARY - 1)
        counts = part.key("counts").integers(MOST_DRAWS, 1, MOST_DRAWS)
        probabilities = part.key("probabilities").floats(MOST_DRAWS, low=0, high=1.001)
        if not ids.size or not ids.size == counts.size == probabilities.size == np.unique(ids).size:
            raise part.damaged("draws that do not fit each other")
        order = part.key("order").integers(MOST_DRAWS, 0, ids.size - 1)
        total = int(counts.sum())
        if total > MOST_DRAWS or (order.size and not np.array_equal(np.bincount(order, minlength=ids.size), counts)):
            raise part.damaged("draws that do not fit each other")
        return KeptDraws(
            ids,
            counts,
            probabilities.astype(np.float32),
            order,
            self._place(part.key("sampler"), self._samplers),
            part.key("device").text(MOST_NAME),
            part.key("rest").number(0, 1.001),
        )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _table(part: Part) -> _Table:
    size = part.key("size").integer(0, MOST_VOCABULARY)
    tokens = part.key("tokens")
    # an id of -1 is a token that was not told
    ids = tokens.key("ids").integers(MOST_VOCABULARY, UNKNOWN, MOST_VOCABULARY - 1)
    lengths = tokens.key("lengths").integers(MOST_VOCABULARY, 0, MOST_CHARACTERS)
    if ids.size != lengths.size:
        raise tokens.damaged("another number of lengths than of tokens")
    special_places = tokens.key("special").integers(MOST_VOCABULARY, 0, max(0, ids.size - 1))
    total = int(lengths.sum())
    data = tokens.key("bytes").bytes(min(total, MOST_BYTES))
    if len(data) != total or (special_places.size and not ids.size):
        raise tokens.key("bytes").damaged("another number of bytes than the tokens have")
    edges = [0, *np.cumsum(lengths).tolist()]
    parts = np.empty(ids.size, object)
    parts[:] = [data[start:end] for start, end in pairwise(edges)]
    special = np.zeros(ids.size, bool)
    special[special_places] = True
    first: dict[int, int] = {}
    for row, token in enumerate(ids.tolist()):
        first.setdefault(token, row)
    known = {token: parts[row] for token, row in first.items() if 0 <= token < size}
    marked = frozenset(token for token, row in first.items() if special[row])
    mask = part.key("mask")
    face = RecordedTokenizer(
        part.key("tokenizer").text(MOST_NAME),
        size,
        known,
        marked,
        adds_special=part.key("adds_special").flag(),
        mask=None if mask.is_null else mask.integer(0, MOST_VOCABULARY),
    )
    origins = {name: value.one_of(get_args(Origin)) for name, value in part.key("origins").keys(50).items()}
    held = Held(
        part.key("kind").one_of(get_args(Kind)),  # type: ignore[arg-type]  # checked
        _info(part.key("info")),
        face.name,
        face,
        _sampler(part.key("own")),
        origins,  # type: ignore[arg-type]  # checked
    )
    return _Table(held, ids, parts, special)


def _info(part: Part) -> Info:
    def text(name: str) -> str:
        return part.key(name).text(MOST_NAME)

    def count(name: str) -> int:
        return part.key(name).integer(0, WHOLE)

    tied = part.key("tied")
    return Info(
        text("name"),
        text("source"),
        text("device"),
        text("dtype"),
        count("parameters"),
        count("bytes"),
        count("vocabulary"),
        count("dimensions"),
        count("context"),
        part.key("predicts").one_of(get_args(Predicts)),  # type: ignore[arg-type]  # checked
        part.key("can_embed").flag(),
        count("layers"),
        None if tied.is_null else tied.flag(),
        text("runs_on"),
        attends=False,
    )


def _sampler(part: Part) -> Sampler:
    known = {each.name for each in fields(Sampler)}
    given = part.keys(50)
    for name, value in given.items():
        if name not in known:
            raise value.damaged("an unknown setting")
    values = {name: value.flag() if name == "do_sample" else _setting(value) for name, value in given.items()}
    try:
        return Sampler(**values)  # type: ignore[arg-type]  # checked by the sampler itself
    except InvalidValue as error:
        raise part.key(str(error.values.get("name", ""))).damaged("a setting out of its range") from error


def _setting(part: Part) -> float | None:
    if part.is_null:
        return None
    found = part.number(-1e16, 1e16)
    return int(found) if found.is_integer() else found


def _columns(part: Part, before: np.ndarray, rows: int) -> np.ndarray:
    """The tokens of a text: rows of the table, steps of their starts, widths; what stays from the text before, and what is new."""
    count = before.shape[1]
    head = part.key("head").integer(0, count)
    tail = part.key("tail").integer(0, count - head)
    new = [
        part.key("rows").integers(MOST_CHARACTERS, 0, rows - 1),
        part.key("steps").integers(MOST_CHARACTERS, -MOST_CHARACTERS, MOST_CHARACTERS),
        part.key("widths").integers(MOST_CHARACTERS, 0, MOST_CHARACTERS),
    ]
    if len({column.size for column in new}) > 1:
        raise part.damaged("columns of different lengths")
    return np.concatenate([before[:, :head], np.stack(new), before[:, count - tail :]], axis=1)


def _text(part: Part, before: str) -> str:
    first = part.key("first").integer(0, len(before))
    last = part.key("last").integer(0, len(before) - first)
    found = before[:first] + part.key("text").text(MOST_CHARACTERS) + before[len(before) - last :]
    if len(found) > MOST_CHARACTERS:
        raise part.key("text").damaged(f"a text of more than {MOST_CHARACTERS:,} characters")
    return found


def _choices(part: Part) -> list[Choice]:
    index = part.key("index").integers(MOST_CHOICES, 0, MOST_CHARACTERS)
    count = index.size
    token = part.key("token").integers(MOST_CHOICES, 0, MOST_VOCABULARY - 1)
    how = part.key("how").integers(MOST_CHOICES, 0, len(HOW) - 1)
    probability = part.key("probability").floats(MOST_CHOICES, low=0, high=1.001, nan=True)
    drawn_with = part.key("drawn_with").floats(MOST_CHOICES, low=0, high=1.001, nan=True)
    counts = part.key("counts").integers(MOST_CHOICES, 0, 100)
    most = 100 * count
    ids = part.key("ids").integers(most, 0, MOST_VOCABULARY - 1)
    logits = part.key("logits").floats(most, high=LARGEST)
    ranks = part.key("ranks").integers(most, 0, MOST_VOCABULARY)
    probabilities = part.key("probabilities").floats(most, low=0, high=1.001, nan=True)
    after = part.key("after_sampler").floats(most, low=0, high=1.001, nan=True)
    if len({column.size for column in (index, token, how, probability, drawn_with, counts)}) > 1:
        raise part.damaged("columns of different lengths")
    if {int(counts.sum())} != {column.size for column in (ids, logits, ranks, probabilities, after)}:
        raise part.damaged("columns of different lengths")
    edges = [0, *np.cumsum(counts).tolist()]
    rows = zip(index.tolist(), token.tolist(), how.tolist(), probability.tolist(), drawn_with.tolist(), strict=True)
    return [
        Choice(
            *row[:2],
            HOW[row[2]],  # type: ignore[arg-type]  # one of them
            *row[3:],
            ids[start:end],
            logits[start:end],
            ranks[start:end],
            probabilities[start:end],
            after[start:end],
        )
        for row, start, end in zip(rows, edges, edges[1:], strict=False)
    ]


def _kept(part: Part) -> Kept:
    form = part.key("form").one_of(get_args(Form))
    vocabulary = part.key("vocabulary").integer(1, MOST_VOCABULARY)
    position = part.key("position").integer(-1, MOST_CHARACTERS)
    most = HEAD + MOST_CHARACTERS
    ids = part.key("ids").integers(min(most, vocabulary), 0, vocabulary - 1)
    logits = part.key("logits").floats(most, high=LARGEST).astype(np.float32)
    if not ids.size or ids.size != logits.size or np.unique(ids).size != ids.size:
        raise part.damaged("tokens that do not fit their logits")
    if (logits[1:] > logits[:-1]).any() or not np.isfinite(logits[0]):
        raise part.key("logits").damaged("logits that are not in order")
    none = np.empty(0, np.int32)
    bare = Summary(ids.astype(np.int32), logits, none, none, none.astype(np.float32), none.astype(np.float32), 0)
    if form == "whole":
        return Kept("whole", vocabulary, position, bare, ids.size)
    if form == "returned":
        fill = part.key("fill")
        value = -math.inf if fill.is_null else fill.number(-LARGEST, float(logits[-1]))
        if logits[0] > 1e-3:
            raise part.key("logits").damaged(f"numbers outside of {-LARGEST:g} to {0:g}")
        return Kept("returned", vocabulary, position, bare, ids.size, rest=part.key("rest").number(0, 1), fill=value)
    return _short(part, vocabulary, position, bare)


def _short(part: Part, vocabulary: int, position: int, bare: Summary) -> Kept:
    counts = part.key("tail_counts").integers(BINS + 1, 1, vocabulary)
    means = part.key("tail_logits").floats(BINS + 1, low=-3.5e38, high=LARGEST).astype(np.float32)
    variances = part.key("tail_variances").floats(BINS + 1, low=0, high=3.5e38).astype(np.float32)
    context = part.key("context").integers(bare.ids.size, 0, bare.ids.size - 1)
    masked = part.key("masked").integer(0, vocabulary)
    if not counts.size or not counts.size == means.size == variances.size:
        raise part.damaged("columns of different lengths")
    if bare.ids.size + int(counts.sum()) + masked != vocabulary:
        raise part.key("tail_counts").damaged("another number of tokens than the vocabulary has")
    top = part.key("top").integer(1, bare.ids.size)
    highest = float(bare.logits[0])
    log_sum = part.key("log_sum").number(highest, highest + math.log(vocabulary) + 1)
    entropy = part.key("entropy").number(0, math.log(vocabulary) + 1)
    summary = Summary(
        bare.ids, bare.logits, context.astype(np.int32), counts.astype(np.int32), means, variances, masked
    )
    told = part.key("came")
    came = None
    if not told.is_null:
        token, logit, rank = told.tuple(3)
        place = -math.inf if logit.is_null else logit.number(-LARGEST, LARGEST)
        came = token.integer(0, vocabulary - 1), place, rank.integer(1, vocabulary)
    return Kept("short", vocabulary, position, summary, top, log_sum, entropy, came=came)


def _span(part: Part, length: int) -> tuple[int, int]:
    start, end = part.tuple(2)
    first = start.integer(0, length)
    return first, end.integer(first, length)


def _ending(part: Part) -> Ending:
    reason, by = part.tuple(2)
    return Ending(reason.one_of(get_args(Reason)), by.text(MOST_SAID))  # type: ignore[arg-type]  # checked


def _status(part: Part) -> Status:
    if part.is_null:
        return Status("ready", 0)
    generated, reason, by = part.tuple(3)
    count = generated.integer(0, WHOLE)
    return Status("ready", 0, count, 0, 0.0, reason.one_of(get_args(Reason)), by.text(MOST_SAID))  # type: ignore[arg-type]  # checked


def _note(part: Part) -> Note:
    seconds, text = part.tuple(2)
    return Note(seconds.number(0, 1e9), text.text(MOST_NOTE))


def _error(part: Part) -> LLMWidgetsError:
    kinds = {
        each.code: each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, LLMWidgetsError)
    }
    kind = kinds.get(part.key("code").text(MOST_NAME), LLMWidgetsError)
    values: dict[str, object] = {}
    for name, value in part.key("values").keys(50).items():
        if name not in {"message", "hint", "self"}:
            values[name] = value.text(MOST_SAID) if value.is_text else value.number(-WHOLE, WHOLE)
    return kind(part.key("message").text(MOST_SAID), hint=part.key("hint").text(MOST_SAID), **values)
