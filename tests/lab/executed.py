"""Notebooks of the lesson run top to bottom without a browser, and what their cells said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat
from lab import NOTEBOOKS
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

VIEW = "application/vnd.jupyter.widget-view+json"


def prepared(name: str, *, replacing: Mapping[str, str] | None = None, without: Collection[str] = ()) -> NotebookNode:
    """A notebook with other lines instead of some, and without the cells of some tags."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not set(without) & set(cell.metadata.get("tags", ()))]
    for line, other in (replacing or {}).items():
        (found,) = [cell for cell in notebook.cells if cell.cell_type == "code" and line in cell.source]
        found.source = found.source.replace(line, other)
    return notebook


def execute_in_turn(
    notebooks: Sequence[NotebookNode], folder: Path, environment: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The code cells of each notebook by their ids, run in one kernel, which forgets all variables in between: torch is imported once."""
    together = new_notebook()
    found = []
    for notebook in notebooks:
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        found.append({cell["id"]: cell for cell in cells})
        together.cells += [*cells, new_code_cell("%reset -f")]
    client(together, folder).execute(env=dict(environment))
    return found


def client(notebook: NotebookNode, folder: Path) -> NotebookClient:
    return NotebookClient(notebook, timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}})


def said(cell: Any) -> str:
    """What a cell printed or returned, without how long it took."""
    parts = [
        output["text"] if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
        if output.get("name") != "stderr"
    ]
    return re.sub(r" in [\d.]+ s\b", "", "".join(parts))


def failed(cells: Mapping[str, Any]) -> dict[str, str]:
    """The errors of cells, by the cells' ids."""
    return {
        name: f"{output.ename}: {output.evalue}"
        for name, cell in cells.items()
        for output in cell.outputs
        if output.output_type == "error"
    }


def alarming(cells: Mapping[str, Any]) -> list[str]:
    """The cells that wrote to stderr, which a notebook shows on red as it does errors."""
    return [name for name, cell in cells.items() if any(output.get("name") == "stderr" for output in cell.outputs)]


def views(cells: Mapping[str, Any]) -> list[str]:
    """The cells that show a view; a bar of progress is none."""
    shown = [name for name, cell in cells.items() if any(VIEW in output.get("data", {}) for output in cell.outputs)]
    return [name for name in shown if name != "load"]
