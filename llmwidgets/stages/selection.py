"""A run of tokens that someone chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import listed, say

if TYPE_CHECKING:
    from llmwidgets.stages.tokens import Tokens


@dataclass(frozen=True, eq=False)
class Selection:
    """Tokens `start` to `end` (exclusive) of row `row`: their `ids` (k,) int64, the `text` that they touch and its `span` in characters."""

    row: int
    start: int
    end: int
    ids: np.ndarray
    text: str
    span: tuple[int, int]

    def __len__(self) -> int:
        return self.end - self.start

    def __repr__(self) -> str:
        told = repr(self.text), f"ids {self.ids.tolist()}", say(f"characters {self.span[0]} to {self.span[1]}")
        return f"Selection({listed(told)})"


def select(tokens: Tokens, start: int, end: int, row: int = 0) -> Selection:
    """The tokens from `start` to `end` (exclusive). Raises InvalidValue where there are none."""
    if not 0 <= start < end <= len(tokens):
        msg = f"Tokens {start} to {end} cannot be selected: there are {len(tokens)}."
        allowed = f"0 <= start < end <= {len(tokens)}"
        raise InvalidValue(
            msg,
            hint="Give (start, end), a slice or an index.",
            name="selection",
            value=f"({start}, {end})",
            allowed=allowed,
        )
    spans = tokens.spans[start:end]
    first, last = int(spans[:, 0].min()), int(spans[:, 1].max())
    return Selection(row, start, end, tokens.ids[start:end], tokens.text[first:last], (first, last))


def as_range(value: Any, count: int) -> tuple[int, int]:
    """(start, end) of an index, a (start, end), a slice or a range of step 1; negative numbers count from the end. Else InvalidValue."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        start = int(value) + (count if value < 0 else 0)
        return start, start + 1
    if isinstance(value, range):
        value = slice(value.start, value.stop, value.step)
    if isinstance(value, slice) and value.step in (None, 1):
        start, end, _ = value.indices(count)
        return start, end
    if (
        isinstance(value, (tuple, list))
        and len(value) == 2
        and all(isinstance(part, (int, np.integer)) for part in value)
    ):
        return (int(value[0]), int(value[1]))
    raise InvalidValue(
        f"The selection cannot be {value!r:.60}.",
        hint="Give (start, end), a slice, an index, or None.",
        name="selection",
        value=f"{value!r:.60}",
        allowed="(start, end), a slice, an index, None",
    )
