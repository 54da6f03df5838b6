"""Running a notebook for a page: nbclient runs it, and a last cell of its own waits until the views have what they show."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from llmwidgets.errors import NotebookFailed
from llmwidgets.handout.notebook import outputs_of, states_in
from llmwidgets.widgets.composed import VIEW

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

SETTLE = "from llmwidgets.handout.settled import settle as _settle; _settle()"


def needs_running(notebook: NotebookNode) -> bool:
    """Whether a notebook was saved without outputs, or with views and without their state."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if code and not any(cell.get("outputs") for cell in code):
        return True
    return not states_in(notebook) and any(VIEW in output["data"] for output in outputs_of(notebook))


def run(notebook: NotebookNode, path: Path, timeout: int) -> NotebookNode:
    """The notebook with its outputs and its widgets' states, run from its own folder. Raises NotebookFailed."""
    notebook = deepcopy(notebook)
    notebook.cells.append(new_code_cell(SETTLE))
    client = NotebookClient(notebook, timeout=timeout, resources={"metadata": {"path": str(path.parent)}})
    try:
        done: NotebookNode = client.execute()
    except CellExecutionError as error:
        msg = f"A cell of {path.name} failed ({error.ename}: {error.evalue})."
        raise NotebookFailed(msg, hint="Run it in Jupyter, mend it, and export again.", name=path.name) from error
    done.cells.pop()
    return done
