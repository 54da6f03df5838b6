"""The API reference has every public name, with what its docstring says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import llmwidgets

TOOL = Path(__file__).parents[2] / "tools" / "reference.py"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, "-W", "error", TOOL, folder], check=True, capture_output=True)
    assert (folder / "llmwidgets" / "exercises.html").is_file()
    return (folder / "llmwidgets.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", llmwidgets.__all__)
def test_each_public_name_is_there(page: str, name: str) -> None:
    assert f'id="{name}"' in page
    assert inspect.getdoc(getattr(llmwidgets, name))


def test_methods_are_there_with_their_docstrings(page: str) -> None:
    assert 'id="ModelSession.generate"' in page
    assert "streaming into every view" in page
    assert 'id="ModelSession.sampler"' in page
    assert 'id="LogitsSession.sample"' in page
    assert 'id="TokenView.trace"' in page
