"""A notebook of given cells, run in a real JupyterLab in headless Chromium."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from chromium import FLAGS, find_chromium

# benchmarks/lab.py has the driver's name: load that one by its path
_spec = importlib.util.spec_from_file_location("lab_driver", ROOT / "tests" / "lab" / "lab.py")
assert _spec is not None
assert _spec.loader is not None
driver: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(driver)


@contextmanager
def opened(cells: Sequence[str], *arguments: str, files: Mapping[str, str] | None = None) -> Iterator[tuple[Any, Any]]:
    """The notebook, every cell run, and its page; `files` lie beside it, `arguments` go to the server."""
    folder = Path(tempfile.mkdtemp(prefix="llmwidgets-bench-"))
    for name, text in (files or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(made, folder / "bench.ipynb")
    server = driver.LabServer(folder, *arguments)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 1600})
            notebook = driver.Notebook(page, server, "bench.ipynb")
            notebook.run_all()
            yield notebook, page
            browser.close()
    finally:
        server.stop()
