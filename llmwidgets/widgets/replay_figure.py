"""The steps of a recording in words: as a plotly table and as plain HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from llmwidgets.language import say
from llmwidgets.recording.changes import changes
from llmwidgets.widgets.fallback import paragraph, table, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.recording.changes import Change
    from llmwidgets.recording.moments import Step

HEAD = ("step", "time", "what changed", "note")
MOST_ROWS = 200
"""Of a picture, which is saved with each output."""
REASONS = {
    "eos": "the end of its text",
    "length": "its length",
    "stop_text": "a stop text",
    "stopped": "the user",
    "context": "the model's context",
    "edited": "another text",
}
"""What ended a generation."""


def changes_of(steps: Sequence[Step]) -> list[tuple[Change, ...]]:
    """What each step changed."""
    return [changes(before, after) for before, after in zip((None, *steps), steps, strict=False)]


def in_words(change: Change) -> str:
    """A change, said in the language of now."""
    values: dict[str, Any] = dict(change.values)
    if change.what == "text":
        return _typed(str(values["added"]), int(values["removed"]))
    if change.what == "written":
        return _written(values)
    if change.what == "setting":
        return f"{values['name']} {_setting(values['before'])} → {_setting(values['after'])}"
    piece, index = visible(str(values.get("piece", ""))), values.get("index")
    said = {
        "begin": "the recording begins",
        "model": f"another model: {values.get('name')}",
        "template": "a chat template made the text",
        "tokens": f"the same characters in other tokens: {values.get('before')} → {values.get('after')}",
        "filled": f"token {index} filled: {piece}",
        "put": f"put in as token {index}: {piece}",
        "switched": "went another way",
        "special": "special tokens put around the text" if values.get("on") else "special tokens taken away",
        "row": f"text {values.get('row')} of the batch",
        "position": f"looked at token {index}: {piece}",
        "draws": "1 draw" if values.get("n") == 1 else f"{values.get('n', 0):,} draws",
        "error": "an error",
    }
    return say(said[change.what])


def clock(seconds: float) -> str:
    """Minutes and seconds: 1:05."""
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes}:{left:02}"


def headline(steps: Sequence[Step]) -> str:
    """How much there is."""
    return f"A recording of {len(steps):,} steps in {clock(steps[-1].seconds)}"


def picture_of(steps: Sequence[Step]) -> str:
    """The steps as a plain table: of very many the first."""
    shown = table(headline(steps), HEAD, _rows(steps[:MOST_ROWS]))
    left = len(steps) - MOST_ROWS
    return shown + paragraph(f"{left:,} further steps") if left > 0 else shown


def figure_of(steps: Sequence[Step]) -> Figure:
    """The steps as a plotly table."""
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import dress

    columns = list(zip(*_rows(steps), strict=True))
    cells = go.Table(
        columnwidth=[8, 10, 50, 40],
        header={"values": [f"<b>{say(title)}</b>" for title in HEAD], "align": "left", "fill_color": "#eef1f5"},
        cells={
            "values": [[escape(text, quote=False) for text in column] for column in columns],
            "align": "left",
            "height": 28,
        },
    )
    figure = dress(go.Figure(cells), headline(steps), height=160 + 34 * min(len(steps), 40))
    # a table keeps no room for axes
    return figure.update_layout(margin_b=10)


def _rows(steps: Sequence[Step]) -> Iterator[tuple[str, ...]]:
    for number, (step, found) in enumerate(zip(steps, changes_of(steps), strict=True), 1):
        notes = " / ".join(note.text for note in step.notes)
        yield str(number), clock(step.seconds), "; ".join(map(in_words, found)), notes


def _typed(added: str, removed: int) -> str:
    if not removed:
        return say(f"typed: {visible(added)}")
    gone = say("1 character removed" if removed == 1 else f"{removed:,} characters removed")
    return say(f"typed: {visible(added)}; {gone}") if added else gone


def _written(values: dict[str, Any]) -> str:
    piece, count = visible(str(values["piece"])), values["tokens"]
    if count == 1 and not values["reason"]:
        return say(f"drawn: {piece}")
    if not values["reason"]:
        return say(f"{count:,} tokens generated")
    return say(f"{count:,} tokens generated, ended by {REASONS[values['reason']]}")


def _setting(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "—", True: "✓", False: "✗"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
