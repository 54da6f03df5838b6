"""What engines share that have the whole distribution, so that the session draws from it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.engines.engine import Info, Prediction
from llmwidgets.stages.capabilities import Ability, Capabilities

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    import torch

    from llmwidgets.stages.sampling import Sampler


class WholeEngine:
    """See Engine. Whoever is one gives `logits`, and this the rest that follows from them."""

    info: Info

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """See Engine."""
        raise NotImplementedError

    @property
    def capabilities(self) -> Capabilities:
        """See Engine."""
        return whole_capabilities(self.info, "transformers")

    @property
    def model(self) -> Any:
        """See Engine."""
        raise NotImplementedError

    @property
    def generation_config(self) -> Any:
        """See Engine."""
        return getattr(self.model, "generation_config", None)

    def predict(self, ids: Sequence[int], reply: int | None = None) -> Prediction:
        """See Engine."""
        del reply
        return Prediction(self.logits(ids))

    def write(
        self, ids: Sequence[int], sampler: Sampler, most: int, stop: threading.Event, reply: int | None = None
    ) -> None:
        """See Engine. The session draws."""
        del ids, sampler, most, stop, reply

    def outdated(self) -> None:
        """See Engine. A pass is not left half-way."""


def whole_capabilities(info: Info, server: str, address: str = "") -> Capabilities:
    """What there is of a model whose numbers are all at hand."""
    predicts = info.can_predict
    encoder = "It is an encoder: it predicts no next token."
    said = {
        "distribution": "All logits.",
        "surprisals": "Of every token of the text.",
        "writing": "The session draws from the whole distribution.",
        "sampling": "Every setting, by transformers' own classes.",
    }
    abilities = [Ability("tokens", "exact", "whole.tokens", "The model's own tokenizer.")]
    abilities += [
        Ability(name, "exact", f"whole.{name}", said[name]) if predicts else Ability(name, "absent", "encoder", encoder)
        for name in ("distribution", "surprisals", "writing", "sampling")
    ]
    abilities += [
        Ability("embeddings", "exact", "whole.embeddings", "The input embeddings of the whole vocabulary."),
        Ability("hidden_states", "exact", "whole.hidden_states", "Of every layer."),
        Ability("calls", "exact", "whole.calls", "Each call of the model, stage by stage."),
    ]
    return Capabilities(server, address, info.name, tuple(abilities))
