"""The notebooks in both languages are what tools/notebooks.py makes of their sources, hold no outputs, and install nothing but in Colab."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path

import nbformat
import pytest
from ipython_shell import shell

__all__ = ["shell"]

ROOT = Path(__file__).parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("notebooks_tool", ROOT / "tools" / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = _tool()
NAMES = [path.stem for path in tool.sources()]


def saved(language: str, name: str):
    return json.loads((ROOT / "notebooks" / language / f"{name}.ipynb").read_text(encoding="utf-8"))


def test_the_notebooks_are_those_of_their_sources():
    stale = [str(path.relative_to(ROOT)) for path in tool.stale(tool.wanted())]
    assert not stale, "`make notebooks` writes them anew, also after a change of an exercise"


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_cells_and_neither_has_outputs(name):
    english, japanese = (saved(language, name) for language in ("en", "ja"))
    for notebook in (english, japanese):
        nbformat.validate(notebook)
        assert [cell["id"] for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")] == []
    shapes = [
        [(cell["id"], cell["cell_type"], cell["metadata"]) for cell in each["cells"]] for each in (english, japanese)
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", NAMES)
def test_the_code_differs_in_texts_only(name):
    """Comments and strings may be of the language; what is computed is the same."""
    for one, other in zip(*(saved(language, name)["cells"] for language in ("en", "ja")), strict=True):
        if one["cell_type"] == "code" and one["id"] != "setup":
            assert shape("".join(one["source"])) == shape("".join(other["source"])), one["id"]


def shape(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_text_is_in_both_languages(language):
    for path in tool.sources():
        for cell in tool.read(path):
            if cell.markdown:
                assert cell.text(language), f"{path.name}: {cell.name}"
                assert cell.text("en") != cell.text("ja"), f"{path.name}: {cell.name}"


def test_the_first_code_cell_installs_in_colab_only(shell, monkeypatch):
    setup = next(cell for cell in saved("ja", NAMES[0])["cells"] if cell["cell_type"] == "code")
    asked = []
    shell.register_magic_function(asked.append, "line", "pip")
    code = "".join(setup["source"])
    shell.run(code)
    assert asked == []
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    shell.run(code)
    assert len(asked) == 1
    assert "llmwidgets-" in asked[0]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\n", "line 1"),
        ("# %% a\n# %%b\n", "line 2"),
        ("# %% a\n# %% a\n", "more than one cell is named a"),
    ],
)
def test_a_source_that_is_none_is_named(tmp_path, source, told):
    path = tmp_path / "00_wrong.py"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(tool.SourceError, match=told):
        tool.read(path)


def test_a_mark_that_the_formatter_has_moved_is_named(tmp_path):
    path = tmp_path / "00_moved.py"
    path.write_text('# %% title [markdown]\n# # T\n\n# %% a\nprint(\n    "長い"\n)  # [ja]\n', encoding="utf-8")
    with pytest.raises(tool.SourceError, match="cell a, en"):
        tool.built(path, "en")
