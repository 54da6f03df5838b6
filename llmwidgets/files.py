"""How a file comes onto the disk: whole, or not at all."""

from __future__ import annotations

import itertools
import os
import secrets
from pathlib import Path

from llmwidgets.errors import InvalidValue


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path of a file that can be written. Raises InvalidValue for a folder, and where there is no such folder."""
    target = Path(path)
    try:
        if not target.is_dir() and target.parent.is_dir():
            return target
        reason = "it is a folder" if target.is_dir() else "there is no such folder"
    except OSError as error:  # a name that is too long
        raise _unwritable(path, error) from error
    raise InvalidValue(
        f"{str(path)!r} cannot be written: {reason}.",
        hint="Name a file in a folder that exists.",
        name="path",
        value=repr(str(path)),
        allowed="a file's name",
    )


def write(path: str | os.PathLike[str], text: str) -> Path:
    """Writes a file at once: whoever reads it meanwhile has the old one. Raises InvalidValue where it cannot be written."""
    target = check_target(path)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        try:
            with beside.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise _unwritable(path, error) from error
    return target


def make_way(target: Path) -> Path | None:
    """What is there under a name gets another: lesson.json becomes lesson-1.json. Returns that; None where nothing was there. Raises InvalidValue."""
    if not target.exists():
        return None
    names = (target.with_name(f"{target.stem}-{number}{target.suffix}") for number in itertools.count(1))
    free = next(name for name in names if not name.exists())
    try:
        return target.rename(free)
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(path: str | os.PathLike[str], error: OSError | ValueError) -> InvalidValue:
    reason = getattr(error, "strerror", None) or str(error)
    return InvalidValue(
        f"{str(path)!r} cannot be written: {reason}.",
        hint="Make room there, or name a file in another folder.",
        name="path",
        value=repr(str(path)),
        allowed="a file's name",
    )
