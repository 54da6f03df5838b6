"""How a file comes onto the disk: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from llmwidgets.errors import InvalidValue


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path of a file that can be written. Raises InvalidValue for a folder, and where there is no such folder."""
    target = Path(path)
    if target.is_dir() or not target.parent.is_dir():
        msg = f"{str(path)!r} cannot be written: {'it is a folder' if target.is_dir() else 'there is no such folder'}."
        raise InvalidValue(
            msg,
            hint="Name a file in a folder that exists.",
            name="path",
            value=repr(str(path)),
            allowed="a file's name",
        )
    return target


def write(path: str | os.PathLike[str], text: str) -> Path:
    """Writes a file at once: whoever reads it meanwhile has the old one. Raises InvalidValue for a name that cannot be one."""
    target = check_target(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
        # a temporary file is its owner's alone
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target
