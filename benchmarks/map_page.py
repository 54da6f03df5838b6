"""What many points cost in the page: EmbeddingMap's scene in headless Chromium with software rendering, beside other scatter plots.

The others show the same points in the same run: regl-scatterplot, with which jupyter-scatter paints (WebGL; installed by npm into a temporary
folder), and plotly's scattergl. Each gets the same gestures: the mouse pulls the picture around for some seconds, then the wheel zooms in and out, with
an event in each frame that the browser grants, and these frames are counted. First paint: from the arrival of the data in the page to the end of
the frame that shows it.
"""

from __future__ import annotations

import base64
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from chromium import FLAGS, find_chromium
from scene_harness import JS, ScenePage, build, words

SECONDS = 4
SIZE = (700, 476)
COUNTS = (49_152, 200_000)
CLASSES = 6
RIVAL = ("regl-scatterplot@1.16.0", "regl@2.1.1", "pub-sub-es@3.0.0")
# WebGL without a graphics card
SOFTWARE = ["--enable-unsafe-swiftshader", "--use-angle=swiftshader"]

# an event in each frame, as fast as any hand can ask, and more in than out; the button is really held down by then
GESTURE = """async ({ kind, x, y, seconds }) => {
  const frames = [];
  let started = null, last = null;
  await new Promise((resolve) => {
    const step = (now) => {
      started ??= now;
      if (last !== null) frames.push(now - last);
      last = now;
      const passed = (now - started) / 1000;
      if (passed > seconds) return resolve();
      const pull = kind === 'pull';
      const clientX = pull ? x + 120 * Math.sin(4 * passed) : x;
      const clientY = pull ? y + 80 * Math.sin(6 * passed) : y;
      const init = { bubbles: true, cancelable: true, view: window, clientX, clientY, buttons: pull ? 1 : 0 };
      const target = document.elementFromPoint(clientX, clientY) ?? document.body;
      if (pull) {
        target.dispatchEvent(new PointerEvent('pointermove', { ...init, pointerId: 1, pointerType: 'mouse', isPrimary: true }));
        target.dispatchEvent(new MouseEvent('mousemove', init));
      } else {
        target.dispatchEvent(new WheelEvent('wheel', { ...init, deltaY: passed % 2 < 1.2 ? -20 : 20 }));
      }
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  return frames;
}"""

# how long the search for the point under the pointer keeps a frame busy
HOVER = """async ([x, y]) => {
  const chart = document.querySelector('.llmw-chart');
  const ask = window.requestAnimationFrame;
  const spent = [];
  for (let turn = 0; turn < 60; turn++) {
    const found = [];
    window.requestAnimationFrame = (callback) => found.push(callback);
    const [clientX, clientY] = [x + 5 * turn, y + 3 * turn];
    chart.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX, clientY }));
    window.requestAnimationFrame = ask;
    const started = performance.now();
    for (const callback of found) for (let again = 0; again < 20; again++) callback(started);
    spent.push((performance.now() - started) / 20);
    await new Promise((done) => ask(done));
  }
  return spent;
}"""

PLOTLY = """async ({ x, y, kinds, size }) => {
  const read = (text, Kind) => new Kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const [xs, ys, classes] = [read(x, Float32Array), read(y, Float32Array), read(kinds, Uint8Array)];
  const palette = ['#7585b9', '#d55e00', '#359561', '#6e0237', '#ba9cef', '#f1961d'];
  const started = performance.now();
  const traces = palette.map((color, kind) => {
    const of = (values) => values.filter((_, index) => classes[index] === kind);
    return { type: 'scattergl', mode: 'markers', x: of(xs), y: of(ys), marker: { size: 2, color } };
  });
  const layout = { width: size[0], height: size[1], dragmode: 'pan', showlegend: false, hovermode: 'closest' };
  await Plotly.newPlot(document.querySelector('#plot'), traces, layout, { scrollZoom: true });
  await new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done();
    channel.port2.postMessage(null);
  }));
  return performance.now() - started;
}"""

REGL = """async ({ x, y, kinds, size }) => {
  const read = (text, Kind) => new Kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const [xs, ys, classes] = [read(x, Float32Array), read(y, Float32Array), read(kinds, Uint8Array)];
  const most = Math.max(...[xs, ys].map((values) => values.reduce((top, value) => Math.max(top, Math.abs(value)), 0)));
  const canvas = document.querySelector('#plot');
  const plot = createScatterplot({ canvas, width: size[0], height: size[1], pointSize: 2, colorBy: 'valueA' });
  plot.set({ pointColor: ['#7585b9', '#d55e00', '#359561', '#6e0237', '#ba9cef', '#f1961d'] });
  const started = performance.now();
  await plot.draw({ x: xs.map((each) => each / most), y: ys.map((each) => each / most), z: Array.from(classes) });
  await new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done();
    channel.port2.postMessage(null);
  }));
  return performance.now() - started;
}"""

Points = tuple[np.ndarray, np.ndarray]
Run = Callable[[Page, Points], dict[str, float]]


def cloud(count: int) -> Points:
    """Points in some crowds, in two dimensions and float32, and the class of each."""
    luck = np.random.default_rng(0)
    centres = luck.normal(size=(CLASSES, 2)) * 1.2
    kinds = luck.choice(CLASSES, size=count, p=[0.4, 0.25, 0.15, 0.1, 0.06, 0.04]).astype(np.uint8)
    return (centres[kinds] + luck.normal(size=(count, 2)) * 0.8).astype(np.float32), kinds


def packed(places: np.ndarray, kinds: np.ndarray) -> dict[str, Any]:
    """The ground as it travels: 14 bits an axis and 4 for the class."""
    low, high = places.min(0), places.max(0)
    levels = np.rint((places - low) / (high - low) * 0x3FFF).astype(np.uint32)
    bits = levels[:, 0] | levels[:, 1] << np.uint32(14) | kinds.astype(np.uint32) << np.uint32(28)
    payload = {"count": len(places), "axes": 2, "low": low.tolist(), "high": high.tolist()}
    return {"payload": payload, "points": text(bits)}


def text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def frames(page: Page, kind: str, x: float, y: float) -> float:
    """Frames a second while a gesture is made at this place."""
    seen = page.evaluate(GESTURE, {"kind": kind, "x": x, "y": y, "seconds": SECONDS})[1:]
    return 1000 / statistics.fmean(seen)


def gestures(page: Page, left: float, top: float) -> dict[str, float]:
    """Frames a second while the picture at this place is pulled around, and while it is zoomed in and out."""
    x, y = left + SIZE[0] / 2, top + SIZE[1] / 2
    page.mouse.click(x + 151, y - 133)
    before = page.screenshot()
    page.mouse.move(x, y)
    page.mouse.down()
    panning = frames(page, "pull", x, y)
    page.mouse.up()
    pulled = page.screenshot()
    zooming = frames(page, "zoom", x, y)
    if len({before, pulled, page.screenshot()}) < 3:
        raise ValueError("the picture did not follow the gestures")
    return {"panning, frames a second": panning, "zooming, frames a second": zooming}


def ours(page: Page, points: Points, folder: Path) -> dict[str, float]:
    places, kinds = points
    scene = ScenePage(page, folder)
    labels = [f"word{index}" for index in range(20)]
    root = scene.mount(
        points=words(*labels), coordinates=places[:20].ravel().tolist(), classCount=CLASSES, width=SIZE[0] + 34
    )
    ground = packed(places, kinds)
    first = page.evaluate("ground => window.scenes.time(0, ground)", ground)
    area = root.locator(".llmw-chart").bounding_box()
    if area is None:
        raise ValueError("the scene is not drawn")
    hover = page.evaluate(HOVER, [area["x"] + 300, area["y"] + 200])
    moved = gestures(page, area["x"], area["y"])
    return {
        "first paint, ms": first,
        **moved,
        "point under the pointer, ms": statistics.median(hover),
        "bytes a point": len(base64.b64decode(ground["points"])) / len(places),
    }


def other(page: Page, points: Points, script: Path, element: str, show: str) -> dict[str, float]:
    places, kinds = points
    body = f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body style="margin:8px">{element}'

    def serve(route: Route) -> None:
        route.fulfill(body=body, content_type="text/html")

    page.route("**/*", serve)
    page.goto("http://plot.test/")
    page.add_script_tag(path=script)
    ask = {"x": text(places[:, 0]), "y": text(places[:, 1]), "kinds": text(kinds), "size": SIZE}
    first = page.evaluate(show, ask)
    return {"first paint, ms": first, **gestures(page, 8, 8)}


def rival(folder: Path) -> Path | None:
    """regl-scatterplot as one script; None where npm cannot bring it."""
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({"private": True}))
    brought = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", *RIVAL], cwd=folder, check=False, capture_output=True
    )
    if brought.returncode != 0:
        return None
    (folder / "entry.js").write_text("import create from 'regl-scatterplot'; window.createScatterplot = create;")
    made = folder / "bundle.js"
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    subprocess.run([esbuild, "entry.js", "--bundle", f"--outfile={made}", "--log-level=error"], cwd=folder, check=True)
    return made


def told(name: str, browser: Browser, run: Run, points: Points) -> None:
    print(f"  {name}:", flush=True)
    page = browser.new_page(viewport={"width": 800, "height": 640})
    page.set_default_timeout(120_000)
    for label, value in run(page, points).items():
        print(f"    {label}: {value:,.1f}", flush=True)
    page.close()


def main() -> None:
    """Prints the figures of each plot for each number of points."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = build(Path(scratch) / "scene")
        runs: dict[str, Run] = {"EmbeddingMap": partial(ours, folder=folder)}
        script = rival(Path(scratch) / "rival")
        if script is None:
            print("regl-scatterplot (jupyter-scatter): npm could not bring it")
        else:
            canvas = f'<canvas id="plot" style="width:{SIZE[0]}px;height:{SIZE[1]}px"></canvas>'
            runs["regl-scatterplot (jupyter-scatter)"] = partial(other, script=script, element=canvas, show=REGL)
        plotly = Path(files("plotly") / "package_data" / "plotly.min.js")
        runs["plotly scattergl"] = partial(other, script=plotly, element='<div id="plot"></div>', show=PLOTLY)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *SOFTWARE])
        for count in COUNTS:
            points = cloud(count)
            print(f"{count:,} points, {SIZE[0]} x {SIZE[1]} pixels:")
            for name, run in runs.items():
                told(name, browser, run, points)
        browser.close()


if __name__ == "__main__":
    main()
