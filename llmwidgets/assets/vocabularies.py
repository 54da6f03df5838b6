"""The vocabularies of tiktoken: from its own caches or ours, from where it fetches them, or out of a registry package."""

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmwidgets.assets.folders import Progress, cache_directory, sha256_of, silent
from llmwidgets.assets.package import fetch_from_package
from llmwidgets.assets.reaching import reachable
from llmwidgets.errors import InvalidValue, NoNetwork

if TYPE_CHECKING:
    import tiktoken

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
    say = progress or silent
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
