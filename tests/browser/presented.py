"""Every view as its kernel really shows it, of the default model: what a presentation shows to a room."""

from __future__ import annotations

import json
from typing import Any

from harness import JSON

from llmwidgets import (
    BeamTree,
    CapabilityCard,
    ContinuationView,
    CostView,
    EmbeddingMap,
    ModelSession,
    NextTokenBar,
    PipelineStrip,
    ReplayView,
    SamplerSlider,
    TokenView,
    replay,
)
from llmwidgets.recording.moments import Recording

VIEWS = {
    "token_view": TokenView,
    "next_token_bar": NextTokenBar,
    "sampler_slider": SamplerSlider,
    "embedding_map": EmbeddingMap,
    "pipeline_strip": PipelineStrip,
    "beam_tree": BeamTree,
    "cost_view": CostView,
    "capability_card": CapabilityCard,
    "continuation_view": lambda session: ContinuationView(session, candidates=[" Tokyo", " Paris"]),
    "replay_view": lambda session: ReplayView(replay(_class_of(session)).session),
}
TEXT = "The capital of Japan is"


def states() -> dict[str, tuple[JSON, JSON]]:
    """The traits of each view's session and of the view itself, by the view's name."""
    session = ModelSession(text=TEXT)
    watched = ModelSession.watch(session.model, session.tokenizer)
    try:
        found = {name: _shown(view, session) for name, view in VIEWS.items() if name != "beam_tree"}
        beams = BeamTree(watched)
        batch = session.tokenizer(TEXT, return_tensors="pt")
        session.model.generate(**batch, num_beams=3, max_new_tokens=4, do_sample=False)
        return {**found, "beam_tree": _traits(beams)}
    finally:
        watched.unwatch()
        session.close()


def _shown(view: Any, session: ModelSession) -> tuple[JSON, JSON]:
    made = view(session)
    # a call that views may show
    session.text = TEXT + " "
    session.text = TEXT
    _ = session.distribution
    session._worker.run(lambda: None)
    return _traits(made)


def _class_of(session: ModelSession) -> Recording:
    """A class of one step, with questions."""
    record = session.record()
    for question in ("Why Tokyo?", "なぜ東京ですか。"):
        record.note(question)
    record.stop()
    return Recording(record.steps)


def _traits(view: Any) -> tuple[JSON, JSON]:
    view._store.publish()
    return _plain(view._store), _plain(view)


def _plain(widget: Any) -> JSON:
    own = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
    own.pop("store", None)
    return json.loads(json.dumps(own, default=lambda _: None))
