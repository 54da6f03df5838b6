"""A recording as JSON. What several steps share is written once, and a text as the change of the one before. reading.py is its mirror image."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

import llmwidgets
from llmwidgets.recording.packing import pack_bytes, pack_floats, pack_whole
from llmwidgets.recording.room import MOST_NAME, MOST_SAID
from llmwidgets.recording.scrub import plain_name, scrubbed_error
from llmwidgets.stages.tokens import UNKNOWN
from llmwidgets.tokenizers.face import padded_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.recording.moments import Held, KeptDraws, Recording, Step
    from llmwidgets.stages.choices import Choice, Ending, Fork
    from llmwidgets.stages.kept import Kept
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.tokenizers.face import Tokenizer

MAGIC = "recording"
VERSION = 1
_HALVES = re.compile("[\ud800-\udfff]")


def written(recording: Recording) -> str:
    """The file's text."""
    return json.dumps(_Writer().file(recording), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class _Pool:
    """Values in the order in which they were first seen, each written once."""

    def __init__(self, write: Callable[[Any], Any]) -> None:
        self._write = write
        self._places: dict[Hashable, int] = {}
        self._alive: list[Any] = []
        self.items: list[Any] = []

    def place(self, value: Any, key: Hashable = None) -> int:
        """Where a value stands."""
        key = id(value) if key is None else key
        if key not in self._places:
            item = self._write(value)
            self._places[key] = len(self.items)
            self._alive.append(value)  # an id is one's own as long as one lives
            self.items.append(item)
        return self._places[key]


class _Vocabulary:
    """The tokens of one tokenizer that occur, as rows of (id, bytes, special): what the tokenizer says of an id stands first."""

    def __init__(self, face: Tokenizer) -> None:
        self._face = face
        self._places: dict[tuple[int, bytes, bool], int] = {}
        self._known: set[int] = set()

    def know(self, ids: Sequence[int]) -> None:
        """Ids of a distribution."""
        for token in ids:
            if token not in self._known and token >= 0:
                self._known.add(token)
                self._add(token, padded_bytes(self._face, token), self._face.is_special(token))

    def rows(self, tokens: Tokens) -> np.ndarray:
        """The row of each token of a text."""
        ids, special = tokens.ids.tolist(), tokens.special.tolist()
        self.know(ids)
        return np.asarray(list(map(self._add, ids, tokens.token_bytes, special)), np.int64)

    def _add(self, token: int, part: bytes, special: bool) -> int:
        return self._places.setdefault((token, part, bool(special)), len(self._places))

    def json(self) -> dict[str, Any]:
        """As columns."""
        rows = list(self._places)
        return {
            "ids": pack_whole([token for token, _, _ in rows]),
            "lengths": pack_whole([len(part) for _, part, _ in rows]),
            "bytes": pack_bytes(b"".join(part for _, part, _ in rows)),
            "special": pack_whole([place for place, row in enumerate(rows) if row[2]]),
        }


class _Writer:
    def __init__(self) -> None:
        self._vocabularies: dict[int, _Vocabulary] = {}
        self._before: tuple[int, np.ndarray, str] = (-1, np.empty((3, 0), np.int64), "")
        self._holds: list[Held] = []
        self._texts = _Pool(self._text)
        self._choices = _Pool(lambda choice: choice)
        self._forks = _Pool(self._fork)
        self._distributions = _Pool(self._distribution)
        self._draws = _Pool(self._drawn)
        self._scores = _Pool(pack_floats)
        self._errors = _Pool(_error)
        self._samplers = _Pool(asdict)
        self._now: tuple[int, _Vocabulary] | None = None
        self._told: set[tuple[int, int]] = set()

    def file(self, recording: Recording) -> dict[str, Any]:
        """All of it."""
        steps = [self._step(step) for step in recording.steps]
        return {
            "llmwidgets": MAGIC,
            "version": VERSION,
            "writer": llmwidgets.__version__,
            "models": [self._model(held) for held in self._holds],
            "texts": self._texts.items,
            "choices": _columns(self._choices.items),
            "forks": self._forks.items,
            "distributions": self._distributions.items,
            "draws": self._draws.items,
            "scores": self._scores.items,
            "samplers": self._samplers.items,
            "errors": self._errors.items,
            "steps": steps,
        }

    def _step(self, step: Step) -> dict[str, Any]:
        state, status = step.state, step.status
        model = self._model_of(step.held)
        found: dict[str, Any] = {
            "seconds": round(step.seconds, 3),
            "model": model,
            "text": self._place_of(state.tokens),
            "position": state.position,
            "add_special": state.add_special,
            "sampler": self._samplers.place(step.sampler, step.sampler),
        }
        optional = {
            "template": [list(span) for span in state.template],
            "choices": self._runs(state.choices),
            "forks": [self._forks.place(fork) for fork in state.forks],
            "ending": _ending(state.ending) if state.ending.reason else [],
            "written": [status.generated, status.reason, status.ended_by[:MOST_SAID]] if status.reason else [],
            "row": step.row,
            "notes": [[round(note.seconds, 3), _writable(note.text)] for note in step.notes],
        }
        pooled = {
            "distribution": (self._distributions, step.kept),
            # draws of a distribution that came too late can be shown beside none
            "draws": (self._draws, None if step.kept is None else step.draws),
            "scores": (self._scores, step.scores),
            "error": (self._errors, step.error),
        }
        found |= {name: value for name, value in optional.items() if value}
        return found | {name: pool.place(value) for name, (pool, value) in pooled.items() if value is not None}

    def _model_of(self, held: Held) -> int:
        place = next((at for at, known in enumerate(self._holds) if known.same(held)), len(self._holds))
        if place == len(self._holds):
            self._holds.append(held)
        vocabulary = self._vocabularies.setdefault(id(held.face), _Vocabulary(held.face))
        self._now = place, vocabulary
        return place

    def _model(self, held: Held) -> dict[str, Any]:
        info, face = asdict(held.info), held.face
        return {
            "kind": held.kind,
            "info": {**info, "name": _name(held.info.name), "source": _name(held.info.source)},
            "tokenizer": _name(held.tokenizer),
            "size": face.size,
            "adds_special": face.adds_special,
            "mask": face.mask if held.info.predicts == "masked" else None,
            "own": asdict(held.own),
            "origins": dict(held.origins),
            "tokens": self._vocabularies[id(face)].json(),
        }

    def _place_of(self, tokens: Tokens) -> int:
        model, _ = self._here
        return self._texts.place(tokens, (model, id(tokens)))

    @property
    def _here(self) -> tuple[int, _Vocabulary]:
        assert self._now is not None  # noqa: S101 (a step begins with its model)
        return self._now

    def _text(self, tokens: Tokens) -> dict[str, Any]:
        """A text as the change of the one written before: `head` and `tail` tokens and characters stay, what is between them is here."""
        model, vocabulary = self._here
        starts, ends = tokens.spans[:, 0], tokens.spans[:, 1]
        columns = np.stack([vocabulary.rows(tokens), np.diff(starts, prepend=0), ends - starts])
        known, before, text = self._before if self._before[0] == model else (model, np.empty((3, 0), np.int64), "")
        head, tail = _same(before, columns)
        first, last = _same_characters(text, tokens.text)
        self._before = (model, columns, tokens.text)
        middle = columns[:, head : columns.shape[1] - tail]
        return {
            "model": known,
            "head": head,
            "tail": tail,
            "rows": pack_whole(middle[0]),
            "steps": pack_whole(middle[1]),
            "widths": pack_whole(middle[2]),
            "first": first,
            "last": last,
            "text": _writable(tokens.text[first : len(tokens.text) - last]),
        }

    def _runs(self, choices: Sequence[Choice]) -> list[list[int]]:
        """The places of choices as [first, number] of those that follow each other."""
        runs: list[list[int]] = []
        for choice in choices:
            place = self._choices.place(choice)
            if (known := (self._here[0], place)) not in self._told:
                self._told.add(known)
                self._here[1].know([choice.token, *choice.ids.tolist()])
            if runs and sum(runs[-1]) == place:
                runs[-1][1] += 1
            else:
                runs.append([place, 1])
        return runs

    def _fork(self, fork: Fork) -> dict[str, Any]:
        return {
            "text": self._place_of(fork.tokens),
            "choices": self._runs(fork.choices),
            "ending": _ending(fork.ending),
            "at": fork.at,
        }

    def _distribution(self, kept: Kept) -> dict[str, Any]:
        summary = kept.summary
        self._here[1].know(summary.ids.tolist())
        found: dict[str, Any] = {
            "form": kept.form,
            "vocabulary": kept.vocabulary,
            "position": kept.position,
            "ids": pack_whole(summary.ids),
            "logits": pack_floats(summary.logits),
        }
        if kept.form == "returned":
            return found | {"rest": kept.rest, "fill": None if kept.fill == -np.inf else kept.fill}
        if kept.form == "whole":
            return found
        return found | {
            "top": kept.top,
            "context": pack_whole(summary.context),
            "tail_counts": pack_whole(summary.tail_counts),
            "tail_logits": pack_floats(summary.tail_logits),
            "tail_variances": pack_floats(summary.tail_variances),
            "masked": summary.masked,
            "log_sum": kept.log_sum,
            "entropy": kept.entropy,
            "came": None if kept.came is None else _came(*kept.came),
        }

    def _drawn(self, draws: KeptDraws) -> dict[str, Any]:
        self._here[1].know([token for token in draws.ids.tolist() if token != UNKNOWN])
        return {
            "ids": pack_whole(draws.ids),
            "counts": pack_whole(draws.counts),
            "probabilities": pack_floats(draws.probabilities),
            "order": pack_whole(draws.order),
            "sampler": self._samplers.place(draws.sampler, draws.sampler),
            "device": draws.device,
            "rest": draws.rest,
        }


def _columns(choices: Sequence[Choice]) -> dict[str, Any]:
    """All choices, a column for each of their fields."""
    none = np.empty(0)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([none, *(getattr(choice, name) for choice in choices)])

    return {
        "index": pack_whole([choice.index for choice in choices]),
        "token": pack_whole([choice.token for choice in choices]),
        "how": pack_whole([HOW.index(choice.how) for choice in choices]),
        "probability": pack_floats([choice.probability for choice in choices], double=True),
        "drawn_with": pack_floats([choice.drawn_with for choice in choices], double=True),
        "counts": pack_whole([len(choice.ids) for choice in choices]),
        "ids": pack_whole(joined("ids").astype(np.int64)),
        "logits": pack_floats(joined("logits")),
        "ranks": pack_whole(joined("ranks").astype(np.int64)),
        "probabilities": pack_floats(joined("probabilities")),
        "after_sampler": pack_floats(joined("after_sampler")),
    }


HOW = ("drawn", "greedy", "forced")


def _came(token: int, logit: float, rank: int) -> list[float | None]:
    """A token's place; its logit is null where it is ruled out (-inf)."""
    return [token, None if logit == -np.inf else logit, rank]


def _ending(ending: Ending) -> list[str]:
    return [ending.reason, ending.by[:MOST_SAID]]


def _name(name: str) -> str:
    return plain_name(name)[:MOST_NAME]


def _error(error: LLMWidgetsError) -> dict[str, Any]:
    said = scrubbed_error(error)
    values = {name: value for name, value in said.values.items() if _is_plain(value)}
    return {
        "code": said.code,
        "message": _said(said.message),
        "hint": _said(said.hint),
        "values": {name: _said(value) if isinstance(value, str) else value for name, value in values.items()},
    }


def _is_plain(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return isinstance(value, str)
    return abs(value) < 2**53


def _said(text: str) -> str:
    """What an error says, as much as is read again: some quote all that a server sent."""
    return _writable(text if len(text) <= MOST_SAID else text[: MOST_SAID - 1] + "…")


def _writable(text: str) -> str:
    """The text with each lone half of a surrogate pair, which no file can hold, as U+FFFD."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def _same(before: np.ndarray, after: np.ndarray) -> tuple[int, int]:
    """How many columns stay at the beginning, and how many of the others at the end."""
    most = min(before.shape[1], after.shape[1])
    differs = np.flatnonzero((before[:, :most] != after[:, :most]).any(axis=0))
    head = int(differs[0]) if differs.size else most
    left = most - head
    if left == 0:
        return head, 0
    differs = np.flatnonzero((before[:, -left:] != after[:, -left:]).any(axis=0))
    return head, left - 1 - int(differs[-1]) if differs.size else left


def _same_characters(before: str, after: str) -> tuple[int, int]:
    points = [np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")[None] for text in (before, after)]
    return _same(*points)
