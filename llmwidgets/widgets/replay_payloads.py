"""What a ReplayView shows to the page, field by field; payloads.py says how js/session/payloads.ts comes from it."""

from __future__ import annotations

from typing import TypedDict

from llmwidgets.recording.changes import What


class StepChange(TypedDict):
    """One thing that a step changed; `values` as Change in recording/changes.py has them."""

    what: What
    values: dict[str, str | float | bool | None]


class StepPayload(TypedDict):
    """A step of a recording: `seconds` after the begin, what it changed, and the remarks that were made at it."""

    seconds: float
    changes: list[StepChange]
    notes: list[str]


class KeptMoments(TypedDict):
    """Steps that a page which is handed out can show, `count` of them from the step `first` on.

    `packed`: gzip, base64, of a line of JSON for each: by trait of the session's store what is another than in the line before, all without revisions.
    """

    first: int
    count: int
    packed: str


class ReplaySettings(TypedDict):
    """Which step is shown, from 0."""

    step: int
    seen: dict[str, int]
