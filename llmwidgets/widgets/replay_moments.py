"""The steps of a recording for a page that is handed out: what its views show of each, as much as fits. js/widgets/replay_view/moments.ts reads it."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from llmwidgets.recording.session import ReplaySession
from llmwidgets.widgets import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmwidgets.recording.moments import Recording
    from llmwidgets.widgets.replay_payloads import KeptMoments

MOST_BYTES = 400_000
"""Of base64: what is left for them where a page of four views is to stay below 1 MB."""
GZIP = 31
"""zlib's way of saying so."""


def kept_moments(recording: Recording, shown: int) -> KeptMoments | None:
    """As many steps as fit: from the first on, or where the one that is shown would not be among them, those around it. None where no other fits."""
    found = _kept(recording, 0)
    for first in (shown - found["count"] // 2, shown):
        if not 0 <= shown - found["first"] < found["count"]:
            found = _kept(recording, first)
    return found if found["count"] == len(recording) or found["count"] > 1 else None


def _kept(recording: Recording, first: int) -> KeptMoments:
    packing, held, count = zlib.compressobj(9, wbits=GZIP), bytearray(), 0
    for line in _lines(ReplaySession(recording), first):
        trial = packing.copy()
        added = packing.compress(line)
        size = len(held) + len(added) + len(packing.copy().flush())
        if size * 4 / 3 > MOST_BYTES:
            packing = trial
            break
        held += added
        count += 1
    held += packing.flush()
    return {"first": first, "count": count, "packed": base64.b64encode(bytes(held)).decode("ascii")}


def told(session: ReplaySession, vocabulary: encode.Vocabulary) -> dict[str, Any]:
    """All that the store of a session tells the page."""
    state, outcome, drawn = session.state, session.outcome, session.drawn
    distribution, summary = outcome.distribution, outcome.summary
    found: dict[str, Any] = {
        "info": encode.info_payload(session),
        "content": encode.content_payload(
            state, add_special=state.add_special if session.face.adds_special else None, can_undo=False, seen={}
        ),
        "sampler": encode.sampler_state(session.sampler, session.own_sampler, session.sampler_origins, {}),
        "status": encode.status_payload(session.status),
        "paths": encode.paths_payload(state),
        "distribution": None,
        "draws": None if drawn is None else encode.draws_payload(drawn, vocabulary, session.step),
    }
    if distribution is not None and summary is not None:
        found["distribution"] = encode.distribution_payload(
            distribution, vocabulary, revision=state.revision, summary=summary, came=state.came
        )
    return found


def _lines(session: ReplaySession, first: int) -> Iterator[bytes]:
    """A line of JSON for each step: the traits that are others than in the line before."""
    before: dict[str, Any] = {}
    known: tuple[int, encode.Vocabulary] | None = None
    for step in range(first, len(session.steps)):
        session.step = step
        if known is None or known[0] != id(session.face):
            known = id(session.face), encode.Vocabulary.of(session)
        now = {name: _without_revision(value) for name, value in told(session, known[1]).items()}
        news = {name: value for name, value in now.items() if name not in before or before[name] != value}
        before = now
        yield json.dumps(news, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _without_revision(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """The page counts anew, for a step may be looked at again and again."""
    return None if value is None else {name: part for name, part in value.items() if name != "revision"}
