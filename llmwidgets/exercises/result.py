"""What a check answers: whether it passed, what is right, what is not, and a hint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Literal

from llmwidgets.columns import aligned
from llmwidgets.exercises.words import Words

Kind = Literal["passed", "right", "wrong", "open", "case", "like", "hint"]
Status = Literal["passed", "failed", "open"]

_SIGNS: dict[Kind, str] = {
    "passed": "✓",
    "right": "✓",
    "wrong": "✗",
    "open": "…",
    "case": " ",
    "like": "→",
    "hint": "→",
}
_COLOURS: dict[Status, str] = {"passed": "#2e9e6b", "failed": "#d9822b", "open": "#8a8f98"}
"""Green, orange, grey: told apart by their signs as well, and seen on light and dark."""

_FRAME = (
    "border-left:4px solid {colour};padding:.4em 0 .4em .9em;margin:.3em 0;max-width:52em;line-height:1.55;"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);overflow-wrap:anywhere;color:inherit"
)
_LINE = "display:flex;gap:.6em;margin:.15em 0"
_SIGN = "flex:none;width:1.1em;text-align:center;font-weight:700"
_CODE = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:.93em"
_CASE = (
    "display:grid;grid-template-columns:max-content minmax(0,1fr);column-gap:1em;"
    "margin:.3em 0 .3em 1.7em;padding:.4em .7em;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.93em;"
    "font-family:var(--jp-code-font-family,ui-monospace,monospace);background:rgba(128,128,128,.14);border-radius:4px;"
    "color:inherit"
)


@dataclass(frozen=True)
class Remark:
    """One thing that is said about an answer; a case is told in lines of a label, a tab and a value."""

    kind: Kind
    words: Words


@dataclass(frozen=True)
class Result:
    """What `exercise.check(answer)` gives: true where the answer is right.

    `status` is "passed", "failed", or "open" for an answer that was not begun; `words` says all in the language of `set_language`, else in
    English. As a cell's last value it shows itself. For graders: `assert result, result.words`.

    >>> result = exercises.get("temperature").check(with_temperature)      # doctest: +SKIP
    >>> result.passed                                                      # doctest: +SKIP
    True
    """

    exercise: str
    status: Status
    remarks: tuple[Remark, ...]

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.status == "passed"

    @property
    def words(self) -> str:
        """All that is said, a line each."""
        return "\n".join(_in_text(remark) for remark in self.remarks)

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        lines = "".join(_in_html(remark) for remark in self.remarks)
        return f'<div role="status" style="{_FRAME.format(colour=_COLOURS[self.status])}">{lines}</div>'


def _in_text(remark: Remark) -> str:
    sign = _SIGNS[remark.kind]
    lines = _aligned(remark) if remark.kind == "case" else str(remark.words).splitlines()
    return "\n".join(f"{' ' if row else sign} {line}" for row, line in enumerate(lines))


def _rows(remark: Remark) -> list[tuple[str, str]]:
    """Label and value of each line; a line without a label goes on with the value above."""
    split = [line.partition("\t") for line in str(remark.words).splitlines()]
    return [(label, value) if tab else ("", label) for label, tab, value in split]


def _aligned(remark: Remark) -> list[str]:
    rows = _rows(remark)
    return aligned(rows) if any(label for label, _ in rows) else [value for _, value in rows]


def _in_html(remark: Remark) -> str:
    if remark.kind == "case":
        cells = "".join(f"<span>{escape(cell)}</span>" for row in _rows(remark) for cell in row)
        return f'<div style="{_CASE}">{cells}</div>'
    text = re.sub(r"`([^`]+)`", rf'<code style="{_CODE}">\1</code>', escape(str(remark.words)))
    sign = f'<span aria-hidden="true" style="{_SIGN}">{_SIGNS[remark.kind]}</span>'
    return f'<div style="{_LINE}">{sign}<span style="white-space:pre-wrap">{text}</span></div>'
