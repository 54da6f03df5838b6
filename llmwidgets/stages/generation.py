"""What of a model's generation_config bears on the next token: which settings it brings, and which arguments of `generate` silence it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Origin = Literal["generation_config", "transformers"]
"""Where a setting comes from: the model's own generation_config, or what transformers takes where that says nothing."""

LIBRARY_DEFAULTS: dict[str, float | int] = {"top_k": 50}
"""What `generate` sets where neither its arguments nor the generation_config say anything, and that is not neutral."""

# an argument of None wins over the generation_config; inside a GenerationConfig it would inherit
_SILENCED: dict[str, Any] = {
    # other ways of decoding
    "num_beams": 1,
    "num_beam_groups": None,
    "diversity_penalty": None,
    "constraints": None,
    "force_words_ids": None,
    "penalty_alpha": None,
    "dola_layers": None,
    "use_mtp": None,
    "prompt_lookup_num_tokens": None,
    "assistant_early_exit": None,
    "token_healing": False,
    # other processors of the logits
    "guidance_scale": None,
    "sequence_bias": None,
    "encoder_repetition_penalty": None,
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "bad_words_ids": None,
    "min_length": 0,
    "min_new_tokens": None,
    "forced_bos_token_id": None,
    "forced_eos_token_id": None,
    "remove_invalid_values": False,
    "exponential_decay_length_penalty": None,
    "suppress_tokens": None,
    "begin_suppress_tokens": None,
    "watermarking_config": None,
    "renormalize_logits": False,
}


@cache
def silencing_arguments() -> dict[str, Any]:
    """Arguments for `generate` that switch off what no Sampler holds; those that the installed transformers knows."""
    from transformers import GenerationConfig

    # an argument that it does not know would go to the model, which refuses it
    config = GenerationConfig()
    return {name: value for name, value in _SILENCED.items() if hasattr(config, name)}


def inherited(model: Any, names: Iterable[str], *, defaults: bool) -> dict[str, tuple[Any, Origin]]:
    """For each of `names` that is set, its value and where it comes from; `defaults` with transformers' own."""
    config = getattr(model, "generation_config", None)
    found: dict[str, tuple[Any, Origin]] = {}
    for name in names:
        value = getattr(config, name, None)
        if value is not None:
            found[name] = (value, "generation_config")
        elif defaults and config is not None and name in LIBRARY_DEFAULTS:
            found[name] = (LIBRARY_DEFAULTS[name], "transformers")
    return found
