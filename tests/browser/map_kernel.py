"""What an EmbeddingMap's kernel would show and answer, for tests of its bundle. See map_payloads.py."""

from __future__ import annotations

import base64
import itertools
import math
import struct
from collections.abc import Sequence
from typing import Any, Literal

from harness import JSON, Harness, array, small
from playwright.sync_api import Locator

Places = dict[str, tuple[float, ...]]

# a word's place, and its cosine with each of the words
PLACES: Places = {
    "quick": (-1.0, 0.5),
    "fast": (-1.1, 0.6),
    "slow": (-1.3, 0.4),
    "king": (2.0, 1.4),
    "queen": (0.6, 0.4),
    "man": (0.7, -1.6),
    "woman": (0.1, -1.7),
}


def settings(**changes: Any) -> JSON:
    """A MapSettings of a session with a model, with changes."""
    return {
        "words": list(PLACES),
        "show": "words",
        "show_tokens": False,
        "ground": False,
        "method": "pca",
        "axes": 2,
        "layer": "input",
        "pooling": "mean",
        "leading_space": False,
        "measure": "cosine",
        "color_by": "kind",
        "expression": "",
        "can_type": True,
        "can_contexts": True,
        "can_tokens": True,
        "can_space": True,
        "layers": ["input", "last"],
        "poolings": ["mean", "lesson"],
        "methods": ["pca", "tsne"],
        "colors": ["kind", "script", "cluster", "norm"],
        "ground_kind": "vocabulary",
        "ground_count": 49_152,
        "dimensions": 576,
        "tied": True,
        "seen": {},
        **changes,
    }


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / ((math.hypot(*one) * math.hypot(*other)) or 1)


def map_of(places: Places, *, tokens: int = 0, **changes: Any) -> JSON:
    """A MapPayload: words at their places, the last `tokens` of them tokens of the text."""
    labels = list(places)
    count = len(labels) - tokens
    axes = len(next(iter(places.values()), (0, 0)))

    def nearest(point: int) -> list[list[float]]:
        others = [
            [index, cosine(places[labels[point]], places[label])]
            for index, label in enumerate(labels)
            if index != point
        ]
        return sorted(others, key=lambda each: -each[1])[:5]

    similarities = [cosine(places[one], places[other]) for one, other in itertools.product(labels[:count], repeat=2)]
    return {
        "labels": labels,
        "kinds": ["word"] * count + ["token"] * tokens,
        "ids": [[10 + index, 50 + index] for index in range(len(labels))],
        "pieces": [[label[:2], label[2:]] for label in labels],
        "norms": [math.hypot(*place) for place in places.values()],
        "coordinates": array([value for place in places.values() for value in place], (len(labels), axes)),
        "similarities": array(similarities, (count, count)),
        "order": list(range(count))[::-1],
        "nearest": [nearest(point) for point in range(len(labels))],
        "lost": [index % 3 for index in range(len(labels))],
        "counted": max(min(10, len(labels) - 1), 0),
        "variance": [0.34, 0.21, 0.1][:axes],
        "fitted": "points",
        "about": False,
        "error": None,
        **changes,
    }


def name(piece: str = "", token: int = -1, *, data: str = "", special: bool = False) -> JSON:
    """A NamePayload."""
    return {"id": token, "piece": piece, "bytes": data, "special": special}


def near(on: str, index: int, piece: str, value: float = 0.5, *, own: bool = False, data: str = "") -> JSON:
    """A NearPayload."""
    return {
        "on": on,
        "index": index,
        "name": name(piece, index if on == "ground" else -1, data=data),
        "value": value,
        "own": own,
    }


def ground_of(count: int = 400, *, axes: int = 2, number: int = 1, **changes: Any) -> JSON:
    """A GroundPayload whose points `buffer_of` makes."""
    return {
        "number": number,
        "kind": "vocabulary",
        "count": count,
        "axes": axes,
        "low": [-3.0, -2.5, -2.0][:axes],
        "high": [3.0, 2.5, 2.0][:axes],
        "classes": [
            {"key": "space", "count": count // 2, "low": None, "high": None},
            {"key": "letters", "count": count - count // 2 - 3, "low": None, "high": None},
            {"key": "special", "count": 3, "low": None, "high": None},
        ],
        "color_by": "kind",
        "scale": False,
        "lost": 8.94,
        "spread": 0.21,
        "sampled": 200,
        "counted": 10,
        "variance": [0.041, 0.028, 0.02][:axes],
        "method": "pca",
        "error": None,
        **changes,
    }


def buffer_of(count: int = 400, classes: int = 3) -> bytes:
    """Points with two axes on a sunflower, as a ground's buffer."""
    words = []
    for point in range(count):
        angle, radius = point * 2.399963, math.sqrt((point + 0.5) / count)
        x = round((0.5 + 0.5 * radius * math.cos(angle)) * 0x3FFF)
        y = round((0.5 + 0.5 * radius * math.sin(angle)) * 0x3FFF)
        words.append(x | y << 14 | (point % classes) << 28)
    return struct.pack(f"<{count}I", *words)


def contexts_of(pieces: Sequence[str], *, layers: int = 5, axes: int = 2, revision: int = 1, **changes: Any) -> JSON:
    """A ContextsPayload: tokens on a circle that turns from layer to layer; the same piece has the same id and begins at the same place."""
    ids = {piece: 300 + index for index, piece in enumerate(dict.fromkeys(pieces))}
    count = len(pieces)
    coordinates = []
    for layer in range(layers):
        for at, piece in enumerate(pieces):
            angle = 6.28 * (ids[piece] - 300) / len(ids) + layer * (0.1 + 0.15 * at / count)
            reach = 8000 + 9000 * layer / layers
            coordinates += [round(reach * math.cos(angle)), round(reach * math.sin(angle)), 500 * at][:axes]
    return {
        "revision": revision,
        "layers": layers,
        "tokens": count,
        "axes": axes,
        "names": [name(piece, ids[piece], special=piece.startswith("<")) for piece in pieces],
        "coordinates": packed(coordinates, (layers, count, axes), "int16"),
        "unit": 0.0001,
        "norms": array([1 + layer + at / 10 for layer in range(layers) for at in range(count)], (layers, count)),
        "lost": packed([(layer + at) % 4 for layer in range(layers) for at in range(count)], (layers, count), "int8"),
        "counted": min(10, count - 1),
        "variance": [0.22, 0.11, 0.05][:axes],
        "layer_variance": array([0.1 + 0.02 * layer for layer in range(layers) for _ in range(axes)], (layers, axes)),
        "dimensions": 576,
        "error": None,
        **changes,
    }


def packed(values: Sequence[int], shape: Sequence[int], dtype: Literal["int8", "int16"]) -> JSON:
    """An ArrayPayload of small numbers."""
    data = struct.pack(f"<{len(values)}{'b' if dtype == 'int8' else 'h'}", *values)
    return {"dtype": dtype, "shape": list(shape), "data": base64.b64encode(data).decode("ascii")}


def rows(values: Sequence[Sequence[float]], axes: int = 2) -> JSON:
    """An ArrayPayload of rows."""
    return array([value for row in values for value in row], (len(values), axes))


KING: JSON = {
    "expression": "king - man + woman",
    "terms": [
        {"sign": "+", "label": "king"},
        {"sign": "-", "label": "man"},
        {"sign": "+", "label": "woman"},
    ],
    "places": rows([PLACES["king"], PLACES["man"], PLACES["woman"]]),
    "sums": rows([(2.0, 1.4), (1.3, 1.5), (1.4, 1.3)]),
    "norm": 2.4,
    "nearest": [
        near("ground", 7, "king", 0.81, own=True),
        near("points", 4, "queen", 0.72),
        near("ground", 11, " prince", 0.61),
        near("ground", 12, "", 0.5, data="e381"),
        near("ground", 13, "Queen", 0.41),
    ],
    "error": None,
}


def look_of(on: str, index: int, piece: str, nearest: Sequence[JSON], **changes: Any) -> JSON:
    """A LookPayload."""
    return {
        "kind": "look",
        "on": on,
        "index": index,
        "layer": 0,
        "name": name(piece, index if on == "ground" else -1),
        "norm": 3.25,
        "nearest": list(nearest),
        "lost": 4,
        "counted": 10,
        **changes,
    }


def found_of(text: str, indices: Sequence[int], names: Sequence[str], **changes: Any) -> JSON:
    """A FoundPayload."""
    return {
        "kind": "found",
        "text": text,
        "total": len(indices),
        "indices": small(indices),
        "names": [name(piece, index) for index, piece in zip(indices, names, strict=False)],
        **changes,
    }


def chosen_of(points: Sequence[int] = (), ground: Sequence[int] = (), *, number: int = 1, **changes: Any) -> JSON:
    """A ChosenPayload of these points."""
    return {
        "count": len(points) + len(ground),
        "points": list(points),
        "ground": bits_of(ground) if ground else "",
        "number": number,
        "names": [name(f"w{index}") for index in points] + [name(f" g{index}", index) for index in ground],
        "nearest": [near("ground", 5, " mean", 0.9)],
        **changes,
    }


def bits_of(indices: Sequence[int], count: int = 400) -> str:
    """Points of the ground as they travel."""
    bits = bytearray(-(-count // 8))
    for index in indices:
        bits[index // 8] |= 1 << index % 8
    return base64.b64encode(bytes(bits)).decode("ascii")


def mount(harness: Harness, places: Places | None = None, **options: Any) -> Locator:
    """Show a map of words; `map` and `settings` change what the kernel shows, other keywords are `harness.mount`'s."""
    shown = PLACES if places is None else places
    changes = options.pop("map", {})
    words = list(shown)[: len(shown) - changes.get("tokens", 0)]
    state = {
        "settings": settings(**{"words": words, **options.pop("settings", {})}),
        "map": map_of(shown, **changes),
        **{trait: options.pop(trait, None) for trait in ("ground", "contexts", "arithmetic", "chosen")},
    }
    return harness.mount("embedding_map", view_state=state, **options)


def asked(harness: Harness, kind: str, *, view: int = 0) -> list[JSON]:
    """What the page has asked of a kind, in order."""
    return [request for request in harness.sent(view=view) if request["kind"] == kind]


def wait_asked(harness: Harness, kind: str, count: int = 1, *, view: int = 0) -> JSON:
    """Wait until the page has sent so many requests of a kind; the last of them."""
    harness.page.wait_for_function(
        "([view, kind, count]) => window.harness.models[view].sent.filter((each) => each.kind === kind).length >= count",
        arg=[harness.views[view], kind, count],
    )
    return asked(harness, kind, view=view)[-1]


def answer(harness: Harness, request: JSON, result: JSON | None, buffer: bytes | None = None, *, view: int = 0) -> None:
    """Answer a question as the kernel does, with the numbers that come with it."""
    message = {"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": result}
    harness.page.evaluate(
        """({view, message, buffer}) => {
            const buffers = [];
            if (buffer !== null) {
                const bytes = Uint8Array.from(atob(buffer), (character) => character.charCodeAt(0));
                buffers.push(new DataView(bytes.buffer));
            }
            window.harness.models[view].emit("msg:custom", message, buffers);
        }""",
        {
            "view": harness.views[view],
            "message": message,
            "buffer": None if buffer is None else base64.b64encode(buffer).decode("ascii"),
        },
    )


def take(harness: Harness, request: JSON, *, view: int = 0, **traits: Any) -> None:
    """Take a `map` request: what it asks for stands in the settings, the traits given change with it."""
    held = harness.get("settings", view=view)
    fields = {key: value for key, value in request.items() if key in held and key != "seen" and value is not None}
    harness.take(request, trait="settings", settings={**held, **fields}, view=view, **traits)


def with_ground(harness: Harness, count: int = 400, *, places: Places | None = None, **options: Any) -> Locator:
    """A map whose ground has arrived."""
    payload = ground_of(count, **options.pop("ground", {}))
    options["settings"] = {"ground": True, **options.get("settings", {})}
    options["map"] = {"fitted": "ground", **options.get("map", {})}
    root = mount(harness, places, ground=payload, **options)
    request = wait_asked(harness, "ground", view=-1)
    assert request["number"] == payload["number"]
    answer(harness, request, {"kind": "ground", "number": payload["number"]}, buffer_of(count), view=-1)
    root.locator("canvas[data-shown]").wait_for()
    return root
