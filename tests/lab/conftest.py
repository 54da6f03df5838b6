"""Fixtures for tests in a real JupyterLab: one server for all, one notebook page for each module."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

# test folders are no packages, and pytest's importlib mode leaves sys.path alone
sys.path.insert(0, str(Path(__file__).parent))

from lab import NOTEBOOKS, LabServer, Notebook, written

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    folder = tmp_path_factory.mktemp("lab")
    server = LabServer(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    # kept for whoever reads a failure: pytest prints the folder with --basetemp
    page.screenshot(path=tmp_path_factory.mktemp("picture") / "last.png")
    context.close()


@pytest.fixture(scope="module")
def notebook(page: Page, server: LabServer, request: pytest.FixtureRequest) -> Notebook:
    """The module's CELLS, or the notebook that it names as NOTEBOOK, or the pipeline's in English, in a copy of its own, every cell run.

    A module's KERNEL names the kernel that it runs with.
    """
    module = request.module
    name = f"{module.__name__.rpartition('.')[2]}.ipynb"
    if hasattr(module, "CELLS"):
        content = written(module.CELLS)
    else:
        content = json.loads(
            (NOTEBOOKS / getattr(module, "NOTEBOOK", "en/03_pipeline.ipynb")).read_text(encoding="utf-8")
        )
    if hasattr(module, "KERNEL"):
        content["metadata"]["kernelspec"] = {"name": module.KERNEL, "display_name": module.KERNEL, "language": "python"}
    (server.folder / name).write_text(json.dumps(content), encoding="utf-8")
    notebook = Notebook(page, server, name)
    notebook.run_all()
    return notebook
