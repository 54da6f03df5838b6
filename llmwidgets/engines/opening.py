"""What a session is opened with: a name, a folder, or a model and its tokenizer in hand. Loads torch and transformers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.loading import Loaded, load
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import InvalidValue, NoTokenizer
from llmwidgets.tokenizers.face import as_tokenizer
from llmwidgets.tokenizers.fitting import check_fit

if TYPE_CHECKING:
    from llmwidgets.engines.engine import Engine
    from llmwidgets.tokenizers.face import Tokenizer


@dataclass(frozen=True, eq=False)
class Opened:
    """What a session begins with: an engine, the face of its tokenizer, and what was loaded for it."""

    engine: Engine
    face: Tokenizer
    loaded: Loaded | None = None


def open_model(model: Any, tokenizer: Any, kwargs: dict[str, Any]) -> Opened:
    """The model with its tokenizer, an engine on it, and the tokenizer's face."""
    if isinstance(model, Opened):
        return model
    if model is None or isinstance(model, (str, Path)):
        loaded = load(None if model is None else str(model), **kwargs)
    else:
        if kwargs:
            name = next(iter(kwargs))
            msg = f"ModelSession(model, tokenizer) does not take {name!r}: the model is loaded already."
            raise InvalidValue(
                msg,
                hint="Give it to from_pretrained.",
                name=name,
                value=repr(kwargs[name]),
                allowed="no loading arguments",
            )
        if not hasattr(model, "get_input_embeddings"):
            msg = f"A {type(model).__name__} is no transformers model."
            raise InvalidValue(
                msg,
                hint="Give a model, a name or a folder.",
                name="model",
                value=type(model).__name__,
                allowed="a model",
            )
        if tokenizer is None:
            msg = f"{type(model).__name__} came without its tokenizer."
            raise NoTokenizer(msg, hint="ModelSession(model, tokenizer)")
        name = str(getattr(model.config, "name_or_path", "") or type(model).__name__)
        loaded = Loaded(model, tokenizer, name, "memory")
    face: Any = as_tokenizer(loaded.tokenizer if tokenizer is None else tokenizer)
    if tokenizer is not None:
        check_fit(face, loaded.model, loaded.name)
    return Opened(LocalEngine(loaded.model, name=loaded.name, source=loaded.source), face, loaded)
