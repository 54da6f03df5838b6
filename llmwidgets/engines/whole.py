"""What engines share that have the whole distribution, so that the session draws from it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.engines.engine import MOST_ATTENDING, Info, Prediction
from llmwidgets.stages.capabilities import Ability, Capabilities

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    import torch

    from llmwidgets.stages.capabilities import AbilityName
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

    def logits_at(self, ids: Sequence[int], place: int) -> torch.Tensor:
        """Logits of the token at `place`, which sees all others, (vocabulary,) float32: an encoder's."""
        raise NotImplementedError

    def predict(self, ids: Sequence[int], reply: int | None = None) -> Prediction:
        """See Engine."""
        del reply
        return Prediction(self.logits(ids))

    def predict_at(self, ids: Sequence[int], place: int) -> Prediction:
        """See Engine."""
        return Prediction(self.logits_at(ids, place))

    def write(
        self, ids: Sequence[int], sampler: Sampler, most: int, stop: threading.Event, reply: int | None = None
    ) -> None:
        """See Engine. The session draws."""
        del ids, sampler, most, stop, reply

    @property
    def served_vectors(self) -> None:
        """See Engine. They are made here."""
        return

    def embed_words(self, words: Sequence[str]) -> None:
        """See Engine."""
        del words

    def outdated(self) -> None:
        """See Engine. A pass is not left half-way."""

    def reachable(self) -> bool:
        """See Engine."""
        return True


def whole_capabilities(info: Info, server: str, address: str = "") -> Capabilities:
    """What there is of a model whose numbers are all at hand."""
    abilities = [Ability("tokens", "exact", "whole.tokens", "The model's own tokenizer."), *_predicting(info)]
    abilities += [
        Ability("embeddings", "exact", "whole.embeddings", "The input embeddings of the whole vocabulary."),
        Ability(
            "word_vectors",
            "exact",
            "whole.word_vectors",
            "Made here, of input embeddings or of the last hidden states.",
        ),
        Ability("hidden_states", "exact", "whole.hidden_states", "Of every layer."),
        _attending(info),
        Ability("calls", "exact", "whole.calls", "Each call of the model, stage by stage."),
    ]
    return Capabilities(server, address, info.name, tuple(abilities))


def _attending(info: Info) -> Ability:
    if not info.attends:
        return Ability("attentions", "absent", "whole.attentions.absent", "It has no attention weights to give.")
    detail = f"Of every layer and head, for the first {MOST_ATTENDING} tokens."
    return Ability("attentions", "exact", "whole.attentions", detail, {"most": MOST_ATTENDING})


_SAMPLING = Ability("sampling", "exact", "whole.sampling", "Every setting, by transformers' own classes.")


def _predicting(info: Info) -> tuple[Ability, ...]:
    """What follows from a distribution."""
    if info.predicts == "next":
        return (
            Ability("distribution", "exact", "whole.distribution", "All logits."),
            Ability("surprisals", "exact", "whole.surprisals", "Of every token of the text."),
            Ability("writing", "exact", "whole.writing", "The session draws from the whole distribution."),
            _SAMPLING,
        )
    if info.predicts == "masked":
        at = "All logits of the token at any place, which is masked and seen from both sides."
        turns = "Of every token of the text, each masked in turn."
        silent = "It is an encoder: it fills places of a text and does not write on."
        return (
            Ability("distribution", "exact", "masked.distribution", at),
            Ability("surprisals", "exact", "masked.surprisals", turns),
            Ability("writing", "absent", "masked.writing", silent),
            _SAMPLING,
        )
    said = "It is an encoder without a language-model head: it predicts no token."
    names: tuple[AbilityName, ...] = ("distribution", "surprisals", "writing", "sampling")
    return tuple(Ability(name, "absent", "encoder", said) for name in names)
