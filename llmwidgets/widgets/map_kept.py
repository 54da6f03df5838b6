"""What an EmbeddingMap keeps of its ground in a page that is handed out."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.widgets.encode import piece_of

if TYPE_CHECKING:
    from llmwidgets.widgets.map_ground import Ground
    from llmwidgets.widgets.map_payloads import KeptGround, KeptNames
    from llmwidgets.widgets.map_space import Space

MOST_KEPT = 50_000
"""Points of one map: with their names about half a megabyte."""


def kept_payload(ground: Ground, space: Space) -> KeptGround:
    """All points with their names; of more than MOST_KEPT so many drawn at random, always the same, without names."""
    points = np.frombuffer(ground.packed, "<u4")
    names = ""
    if len(points) > MOST_KEPT:
        points = points[np.sort(np.random.default_rng(0).choice(len(points), MOST_KEPT, replace=False))]
    else:
        told = json.dumps(_names(space), separators=(",", ":"), ensure_ascii=False)
        names = base64.b64encode(gzip.compress(told.encode("utf-8"), mtime=0)).decode("ascii")
    data = base64.b64encode(points.tobytes()).decode("ascii")
    return {"number": ground.number, "count": len(points), "points": data, "names": names}


def _names(space: Space) -> KeptNames:
    names = space.names()
    spelled = [piece_of(name.data) for name in names]
    return {
        "pieces": [[part] if part else piece for piece, part in spelled],
        "special": [index for index, name in enumerate(names) if name.special],
        "tokens": space.ground_kind == "vocabulary",
    }
