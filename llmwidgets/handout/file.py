"""`llmwidgets export`: from a notebook's file to a page's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import nbformat

from llmwidgets.errors import NotebookFailed
from llmwidgets.files import write
from llmwidgets.handout.notebook import converted
from llmwidgets.handout.running import needs_running, run

if TYPE_CHECKING:
    from pathlib import Path


def export_notebook(
    source: Path, target: Path | None, *, execute: bool, code: bool = True, language: str = "", timeout: int = 600
) -> Path:
    """Writes the page of a notebook and tells what is in it. Raises NotebookFailed, InvalidValue."""
    notebook = _read(source)
    if execute or needs_running(notebook):
        why = "" if execute else " (it holds no outputs, or views without their state)"
        _tell(f"running {source.name}{why} …")
        notebook = run(notebook, source.resolve(), timeout)
    made = converted(notebook, source.resolve(), code=code, language=language)
    path = write(target or source.with_suffix(".html"), made.html)
    _tell(f"{path}: {path.stat().st_size / 1000:,.0f} kB, {made.live} live views")
    if made.pictures:
        _tell(f"{made.pictures} outputs are pictures only: the notebook holds no state of theirs. --execute makes it.")
    return path


def _read(source: Path) -> nbformat.NotebookNode:
    try:
        found: nbformat.NotebookNode = nbformat.read(source, as_version=4)
    except (OSError, ValueError) as error:  # what is no notebook is a ValueError too
        msg = f"{source} cannot be read as a notebook ({error})."
        raise NotebookFailed(msg, hint="Name an .ipynb file.", name=str(source)) from error
    return found


def _tell(words: str) -> None:
    sys.stderr.write(f"llmwidgets: {words}\n")
