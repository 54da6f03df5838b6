"""A notebook that was saved with its widgets' state, opened again in a JupyterLab: its views live though no cell was run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from lab import THREE_VIEWS, LabServer, Notebook, tracebacks
from playwright.sync_api import expect

from llmwidgets.handout.notebook import converted
from llmwidgets.handout.running import needs_running

if TYPE_CHECKING:
    from collections.abc import Iterator

CELLS = THREE_VIEWS


@pytest.fixture(scope="module", autouse=True)
def _saves_state(server: LabServer) -> Iterator[None]:
    """As who chose "Save Widget State Automatically" in the menu of settings."""
    chosen = server.folder / ".settings" / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    chosen.parent.mkdir(parents=True, exist_ok=True)
    chosen.write_text('{"saveState": true}')
    yield
    chosen.unlink()


@pytest.fixture(scope="module")
def saved(_saves_state: None, notebook: Notebook) -> Notebook:
    """Run, saved, its kernel ended, and opened again without running anything."""
    expect(notebook.page.locator(".llmw-next-token-bar button.llmw-row").first).to_contain_text("Paris")
    notebook.save()
    for kernel in notebook.server.api("GET", "kernels"):
        notebook.server.api("DELETE", f"kernels/{kernel['id']}")
    notebook.open()
    return notebook


@pytest.fixture(scope="module")
def content(saved: Notebook) -> nbformat.NotebookNode:
    """The file that was saved."""
    return nbformat.read(saved.server.folder / saved.name, as_version=4)


def test_every_output_has_its_picture_for_readers_without_widgets(content):
    shown = [output["data"] for cell in content.cells[2:] for output in cell.outputs if output.output_type != "stream"]
    assert len(shown) == 3
    for data in shown:
        assert "application/vnd.jupyter.widget-view+json" in data
        assert "<script" not in data["text/html"]
        assert data["text/plain"]
    assert "Paris" in shown[1]["text/html"]


def test_the_views_live_though_nothing_was_run(saved):
    rows = saved.page.locator(".llmw-next-token-bar button.llmw-row")
    expect(rows.first).to_contain_text("Paris")
    expect(saved.page.locator(".llmw-token-view")).to_contain_text("4649")
    expect(rows.nth(1)).not_to_contain_text("top_k")
    saved.view("sampler-slider").get_by_role("switch", name="top_k").check()
    field = saved.view("sampler-slider").get_by_role("textbox", name="top_k: value")
    field.fill("1")
    expect(rows.nth(1)).to_contain_text("top_k")
    expect(saved.view("sampler-slider").get_by_role("button", name="Step", exact=True)).to_be_disabled()
    assert list(tracebacks(saved.page)) == []


def test_the_file_is_a_hand_out_without_being_run(content, saved):
    made = converted(content, saved.server.folder / saved.name)
    assert (made.live, made.pictures) == (3, 0)
    assert not needs_running(content)
