"""Makes the pictures in docs/ and the gallery that shows them, in a real JupyterLab: python docs/gallery.py [NAME ...]."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
for folder in ("tests", "tests/lab"):
    sys.path.insert(0, str(ROOT / folder))

import nbformat
from chromium import FLAGS, find_chromium
from lab import LabServer, Notebook, written
from playwright.sync_api import Locator, Page, expect, sync_playwright

SCALE = 1.5
OPEN = """\
from llmwidgets import *
from llmwidgets.session import ModelSession
session = ModelSession()"""


@dataclass(frozen=True)
class Picture:
    """A view as a cell shows it. `view`: its CSS name; `before`: what else is run first; `until`: what must be there in it."""

    name: str
    caption: str
    view: str
    code: str
    before: str = ""
    dark: bool = False
    until: str = "*"


PICTURES = (
    Picture(
        "token-view",
        "TokenView: Japanese text, characters over the bytes of their tokens",
        "token-view",
        "TokenView(session, language='ja')",
        before="session.text = 'むかしむかし、あるところに、おじいさんとおばあさんがいました。'",
        dark=True,
    ),
    Picture(
        "token-compare",
        "TokenView: one text as three tokenizers cut it",
        "token-view",
        "TokenView('Once upon a time, an old man and an old woman lived in a village.\\nむかしむかし、あるところに、おじいさんとおばあさんがいました。',"
        " compare=['gpt-4o', 'gpt-4', session.tokenizer])",
    ),
    Picture(
        "continuation-view",
        "ContinuationView: which continuation is natural, token by token",
        "continuation-view",
        "ContinuationView(session, prompt='Once upon a time, there was', candidates=[' a little girl who lived', ' a student who loved ramen', ' a bitter cup of coffee'])",
    ),
    Picture(
        "next-token-bar",
        "NextTokenBar: the most probable next tokens",
        "next-token-bar",
        "NextTokenBar(session)",
        before="session.text = 'The capital of France is'",
    ),
    Picture(
        "two-contexts",
        "NextTokenBar: two contexts side by side, and how far apart they are",
        "next-token-bar",
        "NextTokenBar(session, against='The capital of Japan is')",
        before="session.text = 'The capital of France is'",
    ),
    Picture(
        "sampler-slider",
        "SamplerSlider: what each stage of the sampler leaves",
        "sampler-slider",
        "SamplerSlider(session)",
        before="session.text = 'The capital of France is'\nsession.sampler = Sampler(temperature=1.2, top_k=50, top_p=0.9, seed=1)",
    ),
    Picture(
        "embedding-map",
        "EmbeddingMap: words, with their similarities",
        "embedding-map",
        "EmbeddingMap(session, words=['quick', 'fast', 'slow', 'king', 'queen', 'man', 'woman'], leading_space=True)",
    ),
    Picture(
        "embedding-vocabulary",
        "EmbeddingMap: the same words on the whole vocabulary",
        "embedding-map",
        "EmbeddingMap(session, words=['king', 'queen', 'man', 'woman'], vocabulary=True, leading_space=True)",
    ),
    Picture(
        "embedding-contexts",
        "EmbeddingMap: one word in two contexts, layer by layer",
        "embedding-map",
        "EmbeddingMap(session, show='contexts')",
        before="session.text = 'She sat on the bank of the river. He took his money to the bank.'",
        dark=True,
        until="canvas",
    ),
    Picture(
        "pipeline-strip",
        "PipelineStrip: the last call of the model, its blocks unfolded",
        "pipeline-strip",
        "PipelineStrip(session)",
        before="session.text = 'The capital of France is'",
    ),
    Picture(
        "beam-tree",
        "BeamTree: beam search of the user's own model.generate",
        "beam-tree",
        "BeamTree(watched)",
        before="watched = ModelSession.watch(session.model, session.tokenizer)\n"
        "inputs = session.tokenizer('The capital of France is', return_tensors='pt')",
    ),
    Picture(
        "cost-view",
        "CostView: the same work bought, rented and behind an API",
        "cost-view",
        "CostView(session)",
        before="session.text = 'The capital of France is'\n_ = session.generate(32)",
    ),
    Picture(
        "replay-view",
        "ReplayView: a recorded class, step by step, with a student's question",
        "replay-view",
        "player = replay(record.save('class.json'))\nplayer.step = 2\nplayer.views[0]",
        before="record = session.record()\nsession.text = 'The capital of France is'\n"
        "session.sampler = Sampler(temperature=0.7, seed=1)\nrecord.note('What happens if T → 0?')\n_ = session.generate(12)\nrecord.stop()",
    ),
    Picture("capability-card", "CapabilityCard: what the engine gives", "capability-card", "CapabilityCard(session)"),
)
AFTER = {
    "pipeline-strip": "session.generate(8)",
    "beam-tree": "_ = session.model.generate(**inputs, max_new_tokens=8, num_beams=4, do_sample=False)",
}
"""What is run once the view is there."""


PAINT = """dark => {
  document.documentElement.style.setProperty("--jp-layout-color0", dark ? "#111111" : "#ffffff");
  document.body.dataset.jpThemeLight = String(!dark);
}"""
"""JupyterLab's ground, from which views take their theme."""


def take(notebook: Notebook, picture: Picture) -> None:
    """Shows the view in a new cell, and writes its picture."""
    page = notebook.page
    page.evaluate(PAINT, picture.dark)
    if picture.before:
        notebook.run_code(picture.before)
    notebook.run_code(picture.code)
    cell = notebook.newest
    if after := AFTER.get(picture.name):
        notebook.run_code(after)
    root = cell.locator(f".llmw-{picture.view}")
    root.scroll_into_view_if_needed()
    expect(root).to_be_visible()
    expect(root.locator(picture.until).first).to_be_attached(timeout=60_000)
    _settle(page, root)
    root.screenshot(path=DOCS / f"{picture.name}.png")


def _settle(page: Page, root: Locator) -> None:
    """Until the view waits for nothing and nothing moves: the same picture twice."""
    expect(root.locator("[aria-busy=true]")).to_have_count(0, timeout=60_000)
    last = b""
    while (now := root.screenshot()) != last:
        last = now
        page.wait_for_timeout(300)


def gallery() -> str:
    """docs/gallery.md."""
    shown = "\n\n".join(f"**{each.caption}**\n\n![{each.caption}]({each.name}.png)" for each in PICTURES)
    return f"# Gallery\n\nMade by `make gallery`, in JupyterLab with SmolLM2-135M.\n\n{shown}\n"


def main() -> None:
    """Takes the pictures that are named, or all, and writes the page that shows them."""
    wanted = [each for each in PICTURES if each.name in sys.argv[1:]] or PICTURES
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        nbformat.write(nbformat.from_dict(written([OPEN])), Path(folder) / "gallery.ipynb")
        server = LabServer(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            size = {"width": 1180, "height": 2600}
            context = browser.new_context(
                viewport=size, device_scale_factor=SCALE, locale="en-GB", reduced_motion="reduce"
            )
            notebook = Notebook(context.new_page(), server, "gallery.ipynb")
            notebook.run_all()
            for picture in wanted:
                take(notebook, picture)
                print(picture.name, flush=True)
            browser.close()
        finally:
            server.stop()
    (DOCS / "gallery.md").write_text(gallery(), encoding="utf-8")


if __name__ == "__main__":
    main()
