"""Inputs that several notebooks draw: logits, ids, tiny random models, and the default model's tokenizer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.running import quiet

if TYPE_CHECKING:
    import numpy as np
    import torch

    from llmwidgets.tokenizers.face import Tokenizer

VOCABULARY = 24
"""Tokens of a tiny model."""


def tensor(*values: float) -> torch.Tensor:
    """These numbers, float32."""
    import torch

    return torch.tensor(values, dtype=torch.float32)


def normal(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """Logits or vectors of this shape, float32."""
    import torch

    return torch.tensor(rng.normal(0, 2, shape), dtype=torch.float32)


def ids(rng: np.random.Generator, tokens: int, vocabulary: int = VOCABULARY) -> torch.Tensor:
    """Token ids (1, tokens) int64."""
    import torch

    return torch.tensor(rng.integers(0, vocabulary, (1, tokens)), dtype=torch.int64)


def tiny_model(rng: np.random.Generator, **changes: Any) -> Any:
    """A Llama with random weights that answers within a millisecond. The student's random numbers stay as they were."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    ends = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    config = LlamaConfig(
        **{
            "vocab_size": VOCABULARY,
            "intermediate_size": 32,
            "max_position_embeddings": 64,
            "initializer_range": 0.5,
            **sizes,
            **ends,
            **changes,
        }
    )
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(int(rng.integers(2**31)))
        return LlamaForCausalLM(config).eval()


@cache
def default_tokenizer() -> Any:
    """The default model's tokenizer, without the model."""
    with quiet():
        from transformers import AutoTokenizer

        from llmwidgets.assets import default_model

        return AutoTokenizer.from_pretrained(str(default_model().path))


@cache
def default_face() -> Tokenizer:
    """The same tokenizer with exact bytes."""
    from llmwidgets.tokenizers.face import as_tokenizer

    return as_tokenizer(default_tokenizer())


def pieces(text: str) -> tuple[str, ...]:
    """The default tokenizer's tokens as text; a part of a character is spelt by its bytes."""
    return default_face().encode(text, special=False).pieces
