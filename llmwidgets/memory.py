"""Too little memory, said in one way."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llmwidgets.errors import OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def room_on(device: str, hint: str) -> Iterator[None]:
    """Raises OutOfMemory with a hint where what is done finds no room on the device."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        # the frames hold everything that was in the way
        traceback.clear_frames(error.__traceback__)
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()
        raise OutOfMemory(f"There is no room left on {device}.", hint=hint, device=device) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch's or Python's says that memory is full."""
    torch = sys.modules.get("torch")
    of_torch = torch is not None and isinstance(error, torch.OutOfMemoryError)
    return of_torch or isinstance(error, MemoryError) or "can't allocate memory" in str(error)
