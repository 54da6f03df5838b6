"""A kernel with the ipywidgets that Colab has: what cells put out, and messages both ways, without a page."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

PACKAGES = Path(sys.prefix) / "ipywidgets-7"
"""Where `make test` puts it."""
VIEW = "application/vnd.jupyter.widget-view+json"
WITHIN = 120
OPEN = """\
from llmwidgets import (BeamTree, CapabilityCard, ContinuationView, CostView, EmbeddingMap, ModelSession, NextTokenBar, PipelineStrip,
    SamplerSlider, TokenView, present, show)
session = ModelSession(text="The capital of France is")
bar = NextTokenBar(session)"""
VIEWS = [
    "TokenView(session)",
    "bar",
    "SamplerSlider(session)",
    "EmbeddingMap(session, words=['quick', 'king'])",
    "PipelineStrip(session)",
    "BeamTree(session)",
    "ContinuationView(session, 'a b', [' c', ' d'])",
    "CostView(session)",
    "CapabilityCard(session)",
    "show(session)",
    "present(bar, dock=False)",
]


class Kernel:
    """A kernel and what its cells put out."""

    def __init__(self) -> None:
        # the folder of this package as well: a kernel starts elsewhere
        paths = [str(PACKAGES), str(Path(__file__).parents[2])]
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(WITHIN)

    def run(self, code: str) -> list[dict]:
        """Runs a cell; what it published, as messages. Fails where it raised."""
        seen: list[dict] = []
        reply = self.client.execute_interactive(code, timeout=WITHIN, output_hook=seen.append)
        assert reply["content"]["status"] == "ok", reply["content"]
        # IPython prints what goes wrong in a display, and goes on
        assert not [message for message in seen if message["msg_type"] == "error"], seen
        return seen

    def value(self, expression: str) -> object:
        """What an expression is, as JSON."""
        said = self.run(f"import json; print(json.dumps({expression}))")
        return json.loads("".join(m["content"]["text"] for m in said if m["msg_type"] == "stream"))

    def outputs(self, code: str) -> list[dict]:
        """The bundles that a cell displayed or had as its value."""
        kinds = {"display_data", "execute_result"}
        return [message["content"]["data"] for message in self.run(code) if message["msg_type"] in kinds]

    def ask(self, model: str, content: dict) -> list[dict]:
        """Sends a custom message as a page does; what comms published until the kernel was idle again."""
        data = {"method": "custom", "content": {"client": "page-1", "rid": 7, **content}}
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        self.client.shell_channel.send(message)
        seen = []
        while True:
            found = self.client.get_iopub_msg(timeout=WITHIN)
            if found["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if found["msg_type"] == "status" and found["content"]["execution_state"] == "idle":
                return seen
            if found["msg_type"] == "comm_msg":
                seen.append(found["content"])

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    if not PACKAGES.is_dir():
        pytest.fail(f"no ipywidgets 7 in {PACKAGES}: `make test` installs it")
    kernel = Kernel()
    kernel.run(OPEN)
    yield kernel
    kernel.stop()


def test_it_is_the_old_one(kernel):
    assert kernel.value("__import__('ipywidgets').__version__") == "7.7.1"


@pytest.mark.parametrize("view", VIEWS)
def test_an_output_has_the_view_for_a_page_and_its_picture(kernel, view):
    (data,) = kernel.outputs(view)
    assert data[VIEW]["model_id"]
    assert data["text/html"].startswith("<")
    assert not data["text/plain"].startswith("<")


def test_the_offer_to_watch_has_buttons_and_words(kernel):
    kernel.run("model, tokenizer = session.model, session.tokenizer")
    (offer,) = [found for found in kernel.outputs("%load_ext llmwidgets") if VIEW in found]
    assert "%llm_watch" in offer["text/html"]


def test_what_the_page_asks_is_done_and_answered(kernel):
    store = kernel.value("bar._store.model_id")
    kernel.run("session.text = 'The capital of France is'")
    published = kernel.ask(store, {"kind": "set", "text": "The capital of Japan is"})
    answers = [message["data"]["content"] for message in published if message["data"]["method"] == "custom"]
    assert [answer["error"] for answer in answers] == [None]
    assert kernel.value("session.text") == "The capital of Japan is"


def test_python_moves_the_page(kernel):
    store = kernel.value("bar._store.model_id")
    said = kernel.run("session.sampler = type(session.sampler)(temperature=0.5)")
    updates = [m["content"] for m in said if m["msg_type"] == "comm_msg" and m["content"]["comm_id"] == store]
    assert {"sampler"} <= {name for update in updates for name in update["data"].get("state", {})}


def test_a_models_own_calls_are_watched_until_they_are_not(kernel):
    kernel.run("model, tokenizer = session.model, session.tokenizer\nwatched = ModelSession.watch(model, tokenizer)")
    kernel.run("seen = TokenView(watched)\n_ = model(**tokenizer('hi there', return_tensors='pt'))")
    assert kernel.value("watched.text") == "hi there"
    kernel.run("watched.unwatch()\n_ = model(**tokenizer('and more', return_tensors='pt'))")
    assert kernel.value("watched.text") == "hi there"


def test_a_page_is_handed_out(kernel, tmp_path):
    kernel.run(f"_ = session.export({str(tmp_path / 'page.html')!r})")
    assert "llmw-" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_closed_view_has_its_picture_alone(kernel):
    (data,) = kernel.outputs("closing = TokenView(session); closing.close(); closing")
    assert VIEW not in data
    assert "text/html" in data
