"""Folders that are whole or absent: made under another name, hashed, and renamed; and the one in which all of them lie."""

import contextlib
import hashlib
import json
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from llmwidgets.errors import DamagedFile

Progress = Callable[[str, int, int], None]
"""Called with a sentence on what is done, the bytes done, and the bytes in all (0 where that is unknown)."""

MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1


def silent(_sentence: str, _done: int, _total: int) -> None:
    """Tells nothing of the progress."""


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
        if folder.is_dir() and damage_of(folder) is None:
            return False
        for left in folder.parent.glob(f".{folder.name}.part-*"):
            shutil.rmtree(left, ignore_errors=True)  # of a process that was killed: the lock is ours
        with tempfile.TemporaryDirectory(
            prefix=f".{folder.name}.part-", dir=folder.parent, ignore_cleanup_errors=True
        ) as name:
            made = Path(name) / "made"
            made.mkdir()
            build(made)
            if damage := damage_of(made):
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


def damage_of(folder: Path, *, verify: bool = False) -> str | None:
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
