"""Pictures as plain HTML, for where no page is alive: GitHub, mail, a printout. All text is escaped; styles are inline, since hosts strip sheets."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from llmwidgets.language import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TINTS = ("#d6e6fb", "#fde3bd", "#cdebe0", "#f7d5e3", "#e3daf6", "#eeeac0")
BLUE = "#1f5fd0"


def paragraph(text: str) -> str:
    """One paragraph, in the language of now as all that is said here."""
    return f"<p>{escape(say(text))}</p>"


def visible(text: str) -> str:
    """A token's text with its white space as signs and what prints nothing as its code point."""
    signs = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥"}
    shown = "".join(signs.get(character, character) for character in text)
    return "".join(character if character.isprintable() else f"U+{ord(character):04X}" for character in shown)


def chips(caption: str, pieces: Iterable[str]) -> str:
    """Coloured pieces in a row."""
    spans = " ".join(
        f'<code style="background:{TINTS[index % len(TINTS)]};color:#1a2029;padding:2px 4px;border-radius:4px">{escape(visible(piece))}</code>'
        for index, piece in enumerate(pieces)
    )
    return f'<p>{escape(say(caption))}</p><p style="line-height:2">{spans}</p>'


def bars(caption: str, rows: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars for shares between 0 and 1; each also as a number, so that it is read where colours are stripped."""
    most = max((value for _, value in rows), default=1.0) or 1.0
    body = "".join(
        f"<tr><td><code>{escape(label)}</code></td><td>{value:.2%}</td>"
        f'<td style="min-width:200px"><div style="background:{BLUE};color:{BLUE};width:{100 * value / most:.1f}%;height:1em"></div></td></tr>'
        for label, value in rows
    )
    return f"<table><caption>{escape(say(caption))}</caption><tbody>{body}</tbody></table>"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A plain table."""
    titles = "".join(f"<th>{escape(say(title))}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<table><caption>{escape(say(caption))}</caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    )
