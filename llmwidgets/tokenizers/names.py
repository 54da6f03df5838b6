"""What tokenizers are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def is_there(name: str) -> bool:
    """Whether a name is that of a file or folder here."""
    try:
        return Path(name).exists()
    except OSError:  # too long to be one
        return False


def short_name(name: str) -> str:
    """Of a folder the last part, else the name."""
    return Path(name).name if name and is_there(name) else name


def own_name(tokenizer: Any) -> str:
    """What a transformers tokenizer calls itself, or else its class."""
    return short_name(str(getattr(tokenizer, "name_or_path", "") or "")) or type(tokenizer).__name__
