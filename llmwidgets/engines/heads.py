"""What a model predicts, by its class and its configuration, and with which of transformers' classes one is loaded.

The library's own tables say which classes predict masked tokens. A BERT loaded with AutoModelForCausalLM is still an encoder: it looks at
both sides, unless its configuration makes a decoder of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.errors import DoesNotWrite

if TYPE_CHECKING:
    from llmwidgets.engines.engine import Predicts

_HEADS = ("ForMaskedLM", "WithLMHeadModel", "LMHeadModel", "ForCausalLM", "ForPreTraining")
"""How the classes are called whose weights hold a language-model head."""


def predicts_of(model: Any) -> Predicts:
    """What a model in hand predicts."""
    config = text_config(model.config)
    if getattr(config, "is_encoder_decoder", False) or model.get_output_embeddings() is None:
        return ""
    if _fills(model, config):
        return "masked"
    return "next" if model.can_generate() else ""


def class_for(config: Any) -> Any:
    """The class of transformers that loads a model of this configuration: for masked tokens, without a head, or else for the next token."""
    from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM

    masked, _ = _tables()
    own = getattr(config, "auto_map", None) or {}
    fills = config.model_type in masked or ("AutoModelForMaskedLM" in own and "AutoModelForCausalLM" not in own)
    if not fills or getattr(config, "is_encoder_decoder", False) or getattr(config, "is_decoder", False):
        return AutoModelForCausalLM
    written = config.architectures or ()
    # a head whose weights are not there would be made of random numbers
    return AutoModelForMaskedLM if not written or any(name.endswith(_HEADS) for name in written) else AutoModel


def text_config(config: Any) -> Any:
    """The part of a configuration that is of the text."""
    return config.get_text_config() if hasattr(config, "get_text_config") else config


def context_of(model: Any) -> int:
    """How many tokens a text may have; 0 where that is not said."""
    most = int(getattr(text_config(model.config), "max_position_embeddings", 0) or 0)
    # RoBERTa and its kin count places from behind the padding token's id on
    taken = (
        module.padding_idx + 1
        for name, module in model.named_modules()
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None
    )
    return max(most - next(taken, 0), 0)


def does_not_write(name: str) -> DoesNotWrite:
    """What is said to one who would have an encoder write."""
    msg = f"{name} is an encoder: it predicts a token inside a text, from both sides, and does not write on."
    hint = "Put its mask token into the text and choose what stands there; to write, load a model with AutoModelForCausalLM."
    return DoesNotWrite(msg, hint=hint, name=name)


def _fills(model: Any, config: Any) -> bool:
    """Whether its class predicts masked tokens, or is made for both and is no decoder here."""
    masked, causal = _tables()
    names = {kind.__name__ for kind in type(model).__mro__}
    if any(name.endswith("ForMaskedLM") or name in masked.values() for name in names):
        return True
    both = config.model_type in masked and bool(names & set(causal.values()))
    return both and not getattr(config, "is_decoder", False)


def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Transformers' own classes for masked tokens and for the next token, by kind of model."""
    from transformers.models.auto import modeling_auto as auto

    return dict(auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES), dict(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)
