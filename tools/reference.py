"""Writes the API reference, made from the docstrings, as HTML: python tools/reference.py [FOLDER], dist/reference by default."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pdoc
import pdoc.doc
import pdoc.render

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = ("llmwidgets", "llmwidgets.exercises")
"""The modules whose public names a user imports."""


def members(found: pdoc.doc.Class) -> list[pdoc.doc.Doc[Any]]:
    """A class's members, and those that it has from classes of llmwidgets which have no page of their own."""
    return [member for member in found.members.values() if member.taken_from[0].partition(".")[0] == "llmwidgets"]


def write(folder: Path) -> list[Path]:
    """A page for each public module, and what leads to them. Returns the modules' pages."""
    pdoc.render.configure(docformat="markdown", footer_text="llmwidgets", include_undocumented=False)
    # pdoc leaves out what comes from a class that it does not show
    pdoc.doc.Class.own_members = property(members)  # type: ignore[assignment,method-assign]  # pdoc has no setting for it
    others = "|".join(name.removeprefix("llmwidgets.").replace(".", r"\.") for name in PUBLIC[1:])
    with warnings.catch_warnings():
        # annotations such as traitlets.Dict[str, Any] are for type checkers, and cannot be evaluated
        warnings.filterwarnings("ignore", message="Error parsing type annotation")
        pdoc.pdoc(*PUBLIC, rf"!llmwidgets\.(?!({others})$).*", output_directory=folder)
    return [folder / f"{name.replace('.', '/')}.html" for name in PUBLIC]


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "reference"
    for page in write(target):
        print(page)
