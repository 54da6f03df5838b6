"""EmbeddingMap's scene alone in a real browser: js/testing/scene_harness.tsx, bundled for the tests and the benchmark."""

from __future__ import annotations

import base64
import math
import struct
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from heard import HeardPage
from playwright.sync_api import Locator, Page, Route

JS = Path(__file__).parents[2] / "js"
ORIGIN = "http://scene.test"
JSON = dict[str, Any]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>scene</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"><style>body { margin: 0; padding: 8px; background: #fff; }</style>
<body><script type="module" src="/scene.js"></script></body></html>"""
EMPTY = '<!doctype html><link rel="icon" href="data:,">'

LEVELS = {2: (0x3FFF, 0x3FFF), 3: (0x3FF, 0x1FF, 0x1FF)}
SHIFTS = {2: (0, 14), 3: (0, 10, 19)}


def build(folder: Path) -> Path:
    """Bundles the page's script and style into a folder."""
    entries = ["scene=testing/scene_harness.tsx", "style=widgets/embedding_map/style.css"]
    options = ["--bundle", "--format=esm", "--jsx=automatic", "--jsx-import-source=preact", "--log-level=warning"]
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    subprocess.run([esbuild, *entries, f"--outdir={folder}", *options], cwd=JS, check=True)
    return folder


def ground(places: Sequence[Sequence[float]], classes: Iterable[int] | None = None) -> JSON:
    """Points as the kernel packs them, with what it says about them. Every axis has some extent."""
    axes = len(places[0])
    low = [min(place[axis] for place in places) for axis in range(axes)]
    high = [max(place[axis] for place in places) for axis in range(axes)]
    kinds = list(classes) if classes is not None else [0] * len(places)
    packed = bytearray()
    for place, kind in zip(places, kinds, strict=True):
        word = kind << 28
        for value, least, most, levels, shift in zip(place, low, high, LEVELS[axes], SHIFTS[axes], strict=True):
            word |= round((value - least) / ((most - least) or 1) * levels) << shift
        packed += struct.pack("<I", word)
    payload = {"count": len(places), "axes": axes, "low": low, "high": high}
    return {"payload": payload, "points": base64.b64encode(packed).decode("ascii")}


def words(*labels: str) -> list[JSON]:
    """Points of the map that are words."""
    return [{"key": label, "label": label, "kind": "word", "description": f"word {label}"} for label in labels]


def inside(path: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a point lies in a polygon, by the sum of the angles under which it sees the edges."""
    angle = 0.0
    for (ax, ay), (bx, by) in zip(path, [*path[1:], path[0]], strict=True):
        turn = math.atan2(by - y, bx - x) - math.atan2(ay - y, ax - x)
        angle += (turn + math.pi) % (2 * math.pi) - math.pi
    return abs(angle) > math.pi


class ScenePage(HeardPage):
    """A page with scenes on it. Any console error or foreign request is kept in `errors`."""

    origin = ORIGIN

    def __init__(self, page: Page, folder: Path) -> None:
        self.folder = folder
        super().__init__(page)
        page.goto(f"{ORIGIN}/")
        page.locator("body[data-ready]").wait_for()

    def _serve(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path == "/empty":
            route.fulfill(body=EMPTY, content_type="text/html")
        elif path in {"/scene.js", "/style.css"}:
            route.fulfill(path=self.folder / path[1:])
        else:
            self.errors.append(f"asked for {route.request.url}")
            route.abort()

    def mount(self, **ask: Any) -> Locator:
        """Shows a scene and returns its root; what is asked is as SceneProps has it, with `width`, `theme` and `language`."""
        width = ask.get("width", 700)
        self.page.set_viewport_size({"width": width + 60, "height": 800})
        index = self.page.evaluate("ask => window.scenes.mount(ask)", ask)
        root = self.page.locator(".llmw").nth(index)
        root.locator(".llmw-overlay").wait_for()
        self.rest(root)
        return root

    def set(self, index: int = 0, **ask: Any) -> None:
        """Changes what a scene shows, and waits until it is painted."""
        self.page.evaluate("([index, ask]) => window.scenes.set(index, ask)", [index, ask])
        self.frame()

    def rest(self, root: Locator) -> None:
        """Waits until the picture neither moves nor has anything left to paint."""
        root.locator(".llmw-chart[data-moving='false']").wait_for()
        self.frame()

    def frame(self) -> None:
        """Waits for two frames: one in which what was asked is painted, and its end."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def pixels(self, root: Locator) -> list[tuple[float, float, tuple[int, int, int], int]]:
        """Where the canvas is painted: x and y of the middle of a pixel in the page, its colour, and its opacity (0 to 255)."""
        found = root.locator("canvas").evaluate(
            """canvas => {
                const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                const box = canvas.getBoundingClientRect();
                const grain = canvas.width / box.width;
                const found = [];
                for (let at = 0; at < data.length; at += 4) {
                    if (data[at + 3] === 0) continue;
                    const [column, row] = [(at / 4) % width, Math.floor(at / 4 / width)];
                    found.push([box.left + (column + 0.5) / grain, box.top + (row + 0.5) / grain, ...data.slice(at, at + 4)]);
                }
                return found;
            }"""
        )
        return [(x, y, (red, green, blue), alpha) for x, y, red, green, blue, alpha in found]

    def drag(self, path: Sequence[tuple[float, float]], *keys: str, steps: int = 4) -> None:
        """Pulls the mouse along a path, with keys held."""
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.move(*path[0])
        self.page.mouse.down()
        for place in path[1:]:
            self.page.mouse.move(*place, steps=steps)
        self.page.mouse.up()
        for key in keys:
            self.page.keyboard.up(key)
        self.frame()

    def calls(self, name: str) -> list[Any]:
        """The values of all calls of a handler, in order."""
        return [value for called, value in self.page.evaluate("window.scenes.calls") if called == name]
