"""Models and tokenizers by name or folder, loaded by transformers; what is loaded already is used again."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmwidgets.assets.reaching import reachable
from llmwidgets.engines.heads import class_for
from llmwidgets.errors import DamagedFile, GatedModel, ModelNotFound, NoNetwork, OutOfMemory
from llmwidgets.progress import Bar, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model with its tokenizer, and where it came from."""

    model: Any
    tokenizer: Any
    name: str
    source: str


_loaded: weakref.WeakValueDictionary[str, Loaded] = weakref.WeakValueDictionary()


def load(name: str | None = None, **kwargs: Any) -> Loaded:
    """The model `name` (a hub name or folder; None is the small default model), on the best device here.

    `kwargs` go to `from_pretrained` of AutoModelForCausalLM, of AutoModelForMaskedLM for BERT and its kin, or of AutoModel for such without
    a language-model head. Without `device_map` the model goes to CUDA (dtype of the
    checkpoint), else MPS, else the CPU in float32. Loaded before with the same arguments and still held by a session: the same
    one again. Raises ModelNotFound, GatedModel, NoNetwork, DamagedFile, OutOfMemory.
    """
    key = repr((name, sorted(kwargs.items(), key=lambda item: item[0])))
    found = _loaded.get(key)
    if found is None:
        found = _load_default(kwargs) if name is None else _load_named(name, kwargs)
        _loaded[key] = found
    return found


def load_tokenizer(name: str) -> Any:
    """The Hugging Face tokenizer of a model, by hub name or folder. Raises as `load` does."""
    with _in_words(name, name):
        where = _place_on_hub(name, {})
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(name, **where)


def _load_default(kwargs: dict[str, Any]) -> Loaded:
    from llmwidgets.assets import default_model

    bar = Bar()
    found = default_model(progress=bar)
    bar.close()
    return _load_from(str(found.path), found.name, found.source, kwargs)


def _load_named(name: str, kwargs: dict[str, Any]) -> Loaded:
    source = "folder" if _is_there(name) else "hub"
    return _load_from(name, Path(name).name if source == "folder" else name, source, kwargs)


def _load_from(place: str, name: str, source: str, kwargs: dict[str, Any]) -> Loaded:
    with _in_words(name, place):
        kwargs = kwargs | _place_on_hub(place, kwargs)
    import torch
    from transformers import AutoTokenizer

    device = _best_device(torch)
    options = {"dtype": torch.float32 if device == "cpu" else "auto"} | kwargs
    shared: dict[str, Any] = {
        key: kwargs[key]
        for key in ("revision", "token", "trust_remote_code", "cache_dir", "local_files_only")
        if key in kwargs
    }
    where = kwargs.get("device_map", device)
    say(f"loading {name} from {source} onto {where} …")
    with _in_words(name, place), _room_for(name, where):
        model = _class_for(place, kwargs, shared).from_pretrained(place, **options)
        tokenizer = AutoTokenizer.from_pretrained(place, **shared)
        if "device_map" not in kwargs:
            model = model.to(device)
    model.eval()
    size = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    say(
        f"{name}: {size / 1e6:,.0f} MB of weights on {model.device} ({str(model.dtype).removeprefix('torch.')}), from {source}"
    )
    return Loaded(model, tokenizer, name, source)


def _class_for(place: str, kwargs: dict[str, Any], shared: Mapping[str, Any]) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    if "gguf_file" in kwargs:
        return AutoModelForCausalLM
    return class_for(kwargs.get("config") or AutoConfig.from_pretrained(place, **shared))


def _best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@contextmanager
def _room_for(name: str, device: Any) -> Iterator[None]:
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        msg = f"There is no room for {name} on {device}."
        hint = "Take a smaller model, a smaller dtype, device_map='auto', or close other sessions."
        raise OutOfMemory(msg, hint=hint, device=str(device)) from error


def _place_on_hub(name: str, kwargs: dict[str, Any]) -> dict[str, bool]:
    """The arguments with which a name is looked for: in the cache alone where no hub answers.

    The hub's client asks again for most of a minute before it gives up, for each file. Raises NoNetwork where the name
    is not in the cache either, and what the client raises for a name that cannot be one.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined] # exported on first use

    if _is_there(name) or kwargs.get("local_files_only") or constants.HF_HUB_OFFLINE:
        return {}
    validate_repo_id(name)
    if reachable(constants.ENDPOINT):
        return {}
    folder = Path(kwargs.get("cache_dir") or constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"
    if not any(folder.glob("snapshots/*/*")):
        raise _no_network(name)
    return {"local_files_only": True}


def _is_there(name: str) -> bool:
    """Whether a folder or file has this name."""
    try:
        return Path(name).exists()
    except OSError:  # too long to be one
        return False


@contextmanager
def _in_words(name: str, place: str) -> Iterator[None]:
    """What transformers and the hub raise, as an error that says what to do next."""
    from httpx import TransportError
    from huggingface_hub import errors as hub
    from safetensors import SafetensorError

    try:
        yield
    except hub.GatedRepoError as error:
        raise _gated(name) from error
    except (hub.RepositoryNotFoundError, hub.RevisionNotFoundError, hub.HFValidationError) as error:
        raise _not_found(name) from error
    except SafetensorError as error:
        msg = f"A weights file of {name} is damaged: {error}."
        raise DamagedFile(msg, hint="Delete it from the cache and load again.", name=name) from error
    except TransportError as error:
        raise _no_network(name) from error
    except OSError as error:
        raise _from_os_error(name, place, error) from error


def _from_os_error(name: str, place: str, error: OSError) -> Exception:
    text = str(error).lower()
    if "gated" in text:
        return _gated(name)
    if _is_there(place):
        msg = f"The folder {place} holds no complete model: {str(error).splitlines()[0]}"
        return DamagedFile(msg, hint="Give a folder made by save_pretrained.", name=name)
    if any(
        sign in text for sign in ("couldn't connect", "connection", "offline", "local_files_only", "network", "resolve")
    ):
        return _no_network(name)
    return _not_found(name)


def _no_network(name: str) -> NoNetwork:
    msg = f"{name} is not on this machine, and the hub cannot be reached."
    return NoNetwork(msg, hint="Check the connection, or give a folder that holds the model.", name=name)


def _not_found(name: str) -> ModelNotFound:
    msg = f"There is no model {name!r} on the hub, and no such folder here."
    return ModelNotFound(msg, hint="Check its spelling (owner/name), or give a folder.", name=name)


def _gated(name: str) -> GatedModel:
    msg = f"{name} is gated: its owner must let your account in."
    return GatedModel(msg, hint=f"Ask on https://huggingface.co/{name}, then huggingface_hub.login().", name=name)
