"""Whether a tokenizer can be a model's: only what is certain is said.

A model may have more rows than its tokenizer has tokens, for they are padded, and a tokenizer more tokens than its model, for some were
added. Neither is refused.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import VocabulariesDiffer
from llmwidgets.language import say

if TYPE_CHECKING:
    from llmwidgets.tokenizers.face import Tokenizer

MOST_BEYOND = 0.02
"""Up to this share of a tokenizer's own tokens may lie beyond a model's rows: vocabularies are trimmed, too."""

_ENDS = ("bos_token_id", "eos_token_id", "pad_token_id")


def check_fit(face: Tokenizer, model: Any, name: str) -> None:
    """Raises VocabulariesDiffer for a tokenizer whose own tokens, added ones aside, lie beyond the model's rows; warns where it lacks the model's special tokens."""
    shape = tuple(getattr(getattr(model.get_input_embeddings(), "weight", None), "shape", ()))
    if len(shape) != 2:
        return
    rows, own = int(shape[0]), _own_tokens(face)
    if own - rows > MOST_BEYOND * own:
        msg = f"{face.name} is not the tokenizer of {name}: it has {own:,} tokens, and the model {rows:,}."
        hint = f"The ids from {rows:,} on have no row in the model. Give the model's own tokenizer: AutoTokenizer.from_pretrained(...)."
        raise VocabulariesDiffer(msg, hint=hint, name=face.name, model=name, tokens=own, rows=rows)
    if lacking := _lacking(face, model.config, rows):
        listed = ", ".join(f"{field} {token:,}" for field, token in lacking.items())
        warnings.warn(
            say(
                f"{face.name} may not be the tokenizer of {name}: the model's own {listed} is beyond its {face.size:,} tokens. "
                "Pieces and texts are then another model's. Give the model's own tokenizer."
            ),
            UserWarning,
            stacklevel=5,
        )


def _own_tokens(face: Tokenizer) -> int:
    """How many tokens a tokenizer was made with."""
    tokenizer = getattr(face, "tokenizer", None)
    try:
        own = getattr(tokenizer, "vocab_size", None)
    except Exception:  # noqa: BLE001 (a user's own class may raise whatever it likes)
        own = None
    return min(own, face.size) if isinstance(own, int) and own > 0 else face.size


def _lacking(face: Tokenizer, config: Any, rows: int) -> dict[str, int]:
    """The special tokens of a model's config that are rows of the model and no tokens of the tokenizer."""
    found: dict[str, int] = {}
    for field in _ENDS:
        told = getattr(config, field, None)
        for token in told if isinstance(told, (list, tuple)) else [told]:
            if isinstance(token, int) and not isinstance(token, bool) and face.size <= token < rows:
                found.setdefault(field, token)
    return found
