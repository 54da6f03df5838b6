"""Which view shows a thing, by what it is and, for numbers, by what their shape fits. What fits several is asked about."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets import namespace
from llmwidgets.errors import Ambiguous, InvalidValue
from llmwidgets.finding import PADDING, known, open_sessions
from llmwidgets.logits import LogitsSession
from llmwidgets.session import ModelSession
from llmwidgets.stages.capabilities import Capabilities
from llmwidgets.stages.distribution import Distribution
from llmwidgets.stages.drawn import Drawn
from llmwidgets.stages.given import TOLERANCE
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.projection import Projection
from llmwidgets.stages.sampling import Filtered, Sampler
from llmwidgets.stages.tokens import Tokens
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.face import as_tokenizer, is_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

VIEWS = ("TokenView", "NextTokenBar", "EmbeddingMap", "SamplerSlider")
TOKENS, NEXT, MAP, SAMPLER = VIEWS
SESSION, MODEL, ITSELF, FIGURE, CARD = "session", "model", "itself", "figure", "card"

LONGEST_VECTOR = 20_000
"""Vectors of models are shorter (Llama 3 405B: 16,384), and vocabularies, but for the smallest, longer."""

VECTORS = ("last_hidden_state", "hidden_states", "embeddings", "text_embeds", "image_embeds", "pooler_output")
"""The fields of a model's output that hold vectors, the first that is there being meant."""

ALLOWED = (
    "a text, token ids, a tokenizer's or a model's output, logits, probabilities, vectors, an nn.Embedding, "
    "a GenerationConfig, a Sampler, a session, a model, a tokenizer, or a stage such as Tokens or Distribution"
)


def pick(x: Any, tokenizer: Any = None) -> str:
    """The name of the view that shows `x`, or how else it is shown. Raises Ambiguous, InvalidValue for what cannot be shown."""
    for recognises, view in _THINGS:
        if recognises(x):
            return view
    if is_output(x):
        return _of_output(x)
    found = numbers(x)
    if found is None:
        raise _refuse(x)
    return _of_numbers(x, found, tokenizer)


def field(x: Any, name: str) -> Any:
    """A field of a model's or a tokenizer's output; None where it has none."""
    return x.get(name) if isinstance(x, Mapping) else getattr(x, name, None)


def is_output(x: Any) -> bool:
    """Whether it is what a model or a tokenizer gave, or a dict like it."""
    return any(field(x, name) is not None for name in ("logits", "sequences", "input_ids", *VECTORS))


def is_chat(x: Any) -> bool:
    """Whether it is a conversation: dicts of `role` and `content`."""
    return _is_list(x) and all(isinstance(each, Mapping) and {"role", "content"} <= set(each) for each in x)


def is_config(x: Any) -> bool:
    """Whether it is a GenerationConfig of transformers."""
    return any(kind.__name__ == "GenerationConfig" for kind in type(x).__mro__)


# numbers


@dataclass(frozen=True)
class Numbers:
    """Numbers in whatever they are held. `kind` as NumPy's: "f" floating, "i" whole, "b" truth."""

    kind: str
    shape: tuple[int, ...]


def numbers(x: Any) -> Numbers | None:
    """What kind of numbers these are; None for what holds none."""
    if _is_tensor(x):
        kind = "f" if x.is_floating_point() else "c" if x.is_complex() else "b" if str(x.dtype) == "torch.bool" else "i"
        return Numbers(kind, tuple(x.shape))
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return _of_dtype(x.dtype, tuple(x.shape))
    if not _is_list(x):
        return None
    if hasattr(x[0], "shape") or _is_list(x[0]):
        # rows that differ in length are named by the view that refuses them
        row = numbers(x[0])
        return None if row is None else Numbers(row.kind, (len(x), *row.shape))
    array = np.asarray(x)
    return _of_dtype(array.dtype, array.shape)


def _of_dtype(dtype: Any, shape: tuple[int, ...]) -> Numbers | None:
    # an array of JAX in bfloat16 is of kind "V"
    kind = {"f": "f", "V": "f", "i": "i", "u": "i", "b": "b"}.get(getattr(dtype, "kind", ""))
    return None if kind is None else Numbers(kind, tuple(int(length) for length in shape))


def are_probabilities(x: Any) -> bool:
    """Whether the numbers are evidently probabilities: none below 0, and each row adds up to 1."""
    found = numbers(x)
    if found is None or found.kind != "f" or not 1 <= len(found.shape) <= 3 or found.shape[-1] < 2:
        return False
    if _is_tensor(x):
        torch = sys.modules["torch"]
        given = x.detach()
        return bool(given.min() >= 0) and bool(((given.sum(-1, dtype=torch.float32) - 1).abs() < TOLERANCE).all())
    array = np.asarray(x)
    return (
        array.dtype.kind == "f"
        and bool(array.min() >= 0)
        and bool((abs(array.sum(-1, dtype=float) - 1) < TOLERANCE).all())
    )


def _of_numbers(x: Any, found: Numbers, tokenizer: Any) -> str:
    name, shape = namespace.name_of(x), found.shape
    if 0 in shape:
        raise _refuse(x, f"{_described(x)} of shape {shape}, which holds no numbers")
    if found.kind == "i" and 1 <= len(shape) <= 2:
        return TOKENS
    if found.kind == "f" and len(shape) == 4 and isinstance(x, (tuple, list)):
        return MAP  # a model's hidden states, layer by layer
    if found.kind != "f" or not 1 <= len(shape) <= 3:
        kinds = {"b": "truth values", "i": "whole numbers", "f": "numbers"}
        raise _refuse(x, f"{_described(x)} of {kinds.get(found.kind, 'such numbers')} of shape {shape}")
    size = shape[-1]
    vocabularies, lengths = _fitting(size, tokenizer)
    if vocabularies and lengths:
        msg = f"The last axis of {name} {shape} is as long as the vocabulary of {vocabularies[0]} and as the vectors of {lengths[0]}."
        raise _ask(name, msg, NEXT, MAP)
    if len(shape) == 1:
        return _of_row(name, size, lengths)
    if vocabularies or (not lengths and are_probabilities(x)):
        return NEXT
    if lengths:
        return MAP
    if len(shape) == 3 or shape[0] == 1 or size > LONGEST_VECTOR:
        at_hand = ", ".join(map(str, known())) or "there is none"
        msg = f"The last axis of {name} {shape} fits no vocabulary at hand ({at_hand}), nor the vectors of a model."
        raise _ask(name, msg, NEXT, MAP)
    return MAP


def _of_row(name: str, size: int, lengths: list[str]) -> str:
    if lengths:
        msg = f"{name} is one vector of {size:,} numbers, as long as those of {lengths[0]}, and a map needs several."
        hint = f"Give several: show([{name}, ...]). Are they logits? show({name}, view={NEXT!r})"
        raise InvalidValue(msg, hint=hint, name="x", value=f"({size},)", allowed="vectors (n, d)")
    return NEXT


def _fitting(size: int, tokenizer: Any) -> tuple[list[str], list[str]]:
    """Whose vocabulary and whose vectors are that long."""
    models = {name: namespace.sizes(model) for name, model in namespace.models().items()}
    lengths = [str(each.info.name) for each in open_sessions() if each.info.dimensions == size]
    lengths += [name for name, found in models.items() if found is not None and found[1] == size]
    if tokenizer is not None:
        face = as_tokenizer(tokenizer)
        return ([face.name] if face.size <= size <= face.size * (1 + PADDING) else []), lengths
    vocabularies = [each.name for each in known() if each.fits(size)]
    vocabularies += [name for name, found in models.items() if found is not None and found[0] == size]
    return vocabularies, lengths


# outputs


def _of_output(x: Any) -> str:
    if field(x, "beam_indices") is not None:
        return TOKENS
    if field(x, "logits") is not None:
        return _of_logits(x)
    if field(x, "sequences") is not None and field(x, "scores") is None:
        return TOKENS
    if field(x, "sequences") is not None:
        name = namespace.name_of(x)
        msg = f"{name} holds the scores that generate's processors have left, not the model's logits."
        hint = (
            f"Show what was drawn from: show({name}.scores); or the tokens: show({name}.sequences); or the model's own "
            "distribution: generate(..., return_dict_in_generate=True, output_logits=True)."
        )
        raise Ambiguous(msg, hint=hint, name="x", value="scores without logits", allowed="logits, scores or sequences")
    return TOKENS if field(x, "input_ids") is not None else MAP


def _of_logits(x: Any) -> str:
    logits = field(x, "logits")
    found = numbers(logits)
    if found is None or type(x) is dict or isinstance(logits, (tuple, list)) or len(found.shape) == 3:
        return NEXT
    msg = (
        f"The logits of this {type(x).__name__} have the shape {found.shape}: they are of classes, not of a vocabulary."
    )
    hint = f"Show the numbers all the same: show({namespace.name_of(x)}.logits, view={NEXT!r})."
    raise InvalidValue(msg, hint=hint, name="x", value=str(found.shape), allowed="(batch, tokens, vocabulary)")


# things


def _is_vectors(x: Any) -> bool:
    """A module with one matrix, a data frame, word vectors, a dict of vectors."""
    if hasattr(x, "weight") and hasattr(x, "parameters"):
        return len(getattr(x.weight, "shape", ())) == 2
    if hasattr(x, "columns") and hasattr(x, "select_dtypes"):
        return True
    if hasattr(x, "vectors") and hasattr(x, "index_to_key"):
        return True
    return isinstance(x, Mapping) and bool(x) and all(_is_vector(value) for value in x.values())


def _is_vector(value: Any) -> bool:
    found = None if isinstance(value, str) else numbers(value)
    return found is not None and found.kind in "fi" and len(found.shape) == 1


def _is_encoding(x: Any) -> bool:
    """What a tokenizer of the tokenizers library gave."""
    return hasattr(type(x), "ids") and hasattr(type(x), "tokens") and hasattr(type(x), "offsets")


def _is_view(x: Any) -> bool:
    from llmwidgets.widgets.base import View
    from llmwidgets.widgets.stack import Stack

    return isinstance(x, (View, Stack))


def _is_text(x: Any) -> bool:
    return isinstance(x, (str, bytes, bytearray))


def _are_texts(x: Any) -> bool:
    if not (_is_list(x) and all(isinstance(each, str) for each in x)):
        return False
    name = namespace.name_of(x)
    hint = f"As texts: show(tokenizer({name}, padding=True)). As words on a map: EmbeddingMap(session, words={name})."
    msg = f"{name}, {len(x)} strings, can be texts or words."
    raise Ambiguous(msg, hint=hint, name="x", value=f"{x!r:.60}", allowed="one text")


_THINGS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (_is_view, ITSELF),
    (_is_text, TOKENS),
    (lambda x: isinstance(x, Tokens), TOKENS),
    (lambda x: isinstance(x, (Distribution, Filtered, Drawn, LogitsSession)), NEXT),
    (lambda x: isinstance(x, Table), MAP),
    (lambda x: isinstance(x, Projection), FIGURE),
    (lambda x: isinstance(x, Capabilities), CARD),
    (lambda x: isinstance(x, Sampler) or is_config(x), SAMPLER),
    (lambda x: isinstance(x, ModelSession), SESSION),
    (lambda x: isinstance(x, TextSession), TOKENS),
    (namespace.is_model, MODEL),
    (is_tokenizer, TOKENS),
    (_is_encoding, TOKENS),
    (is_chat, TOKENS),
    (_are_texts, TOKENS),
    (_is_vectors, MAP),
)


def _ask(name: str, message: str, *views: str) -> Ambiguous:
    """What is asked where several views fit."""
    hint = "Say which: " + " or ".join(f"show({name}, view={view!r})" for view in views) + "."
    return Ambiguous(message, hint=hint, name="view", value=name, allowed=", ".join(views))


def _refuse(x: Any, what: str = "") -> InvalidValue:
    shown = what or f"{_described(x)} {x!r:.60}"
    return InvalidValue(
        f"show cannot show {shown}.", hint=f"It takes {ALLOWED}.", name="x", value=shown, allowed=ALLOWED
    )


def _described(x: Any) -> str:
    return f"a {type(x).__name__}"


def _is_list(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes, bytearray)) and len(x) > 0


def _is_tensor(x: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)
