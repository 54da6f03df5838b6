"""See how a large language model works, inside the notebook: text, tokens, vectors, distribution, sample, text.

    from llmwidgets import ModelSession, TokenView, NextTokenBar, SamplerSlider, EmbeddingMap

The names are loaded when they are first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.language import set_language
    from llmwidgets.logits import LogitsSession
    from llmwidgets.presenting import present
    from llmwidgets.replaying import replay
    from llmwidgets.session import ModelSession
    from llmwidgets.showing import show
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.sampling import Sampler
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.widgets.beam_tree import BeamTree
    from llmwidgets.widgets.capability_card import CapabilityCard
    from llmwidgets.widgets.continuation_view import ContinuationView
    from llmwidgets.widgets.cost_view import CostView
    from llmwidgets.widgets.embedding_map import EmbeddingMap
    from llmwidgets.widgets.next_token_bar import NextTokenBar
    from llmwidgets.widgets.pipeline_strip import PipelineStrip
    from llmwidgets.widgets.replay_view import ReplayView
    from llmwidgets.widgets.sampler_slider import SamplerSlider
    from llmwidgets.widgets.token_view import TokenView

__version__ = "0.1.0"

_ROOMS = {
    "BeamTree": "widgets.beam_tree",
    "CapabilityCard": "widgets.capability_card",
    "ContinuationView": "widgets.continuation_view",
    "CostView": "widgets.cost_view",
    "Distribution": "stages.distribution",
    "EmbeddingMap": "widgets.embedding_map",
    "LLMWidgetsError": "errors",
    "LogitsSession": "logits",
    "ModelSession": "session",
    "NextTokenBar": "widgets.next_token_bar",
    "PipelineStrip": "widgets.pipeline_strip",
    "ReplayView": "widgets.replay_view",
    "Sampler": "stages.sampling",
    "SamplerSlider": "widgets.sampler_slider",
    "TokenView": "widgets.token_view",
    "Tokens": "stages.tokens",
    "_jupyter_server_extension_points": "server",
    "load_ipython_extension": "magics",
    "present": "presenting",
    "replay": "replaying",
    "set_language": "language",
    "show": "showing",
    "unload_ipython_extension": "magics",
}

__all__ = [
    "BeamTree",
    "CapabilityCard",
    "ContinuationView",
    "CostView",
    "Distribution",
    "EmbeddingMap",
    "LLMWidgetsError",
    "LogitsSession",
    "ModelSession",
    "NextTokenBar",
    "PipelineStrip",
    "ReplayView",
    "Sampler",
    "SamplerSlider",
    "TokenView",
    "Tokens",
    "present",
    "replay",
    "set_language",
    "show",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if "IPython" in sys.modules:
    # within IPython, so that a stage is shown as a view where it is a cell's last value
    from llmwidgets.displaying import follow_running

    follow_running()
