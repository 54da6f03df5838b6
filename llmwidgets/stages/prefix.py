"""How much two texts share from their beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def common_prefix(left: Sequence[int] | np.ndarray, right: Sequence[int] | np.ndarray) -> int:
    """How many ids two texts share from their beginning."""
    size = min(len(left), len(right))
    differs = np.flatnonzero(np.asarray(left[:size]) != np.asarray(right[:size]))
    return int(differs[0]) if differs.size else size
