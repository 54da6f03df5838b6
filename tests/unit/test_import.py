"""What `import llmwidgets` loads, and which names it gives."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import llmwidgets

ROOT = Path(llmwidgets.__file__).parent
FLOORS = {
    "stages": {"arrays", "columns", "errors", "language", "numbers"},
    "tokenizers": {"stages", "errors", "language"},
    "engines": {
        "stages",
        "tokenizers",
        "arrays",
        "assets",
        "errors",
        "language",
        "memory",
        "numbers",
        "progress",
        "wire",
    },
}
"""What the modules of a floor may load, besides their own."""
SESSIONS = ("text", "prediction", "generating", "answering", "session", "standing", "logits", "watching", "recording")
VIEWS = {"widgets", "handout", "exercises", "serving", "showing", "presenting", "magics", "cli"}

HEAVY = ("torch", "transformers", "plotly", "sklearn", "tiktoken", "anywidget", "ipywidgets", "numpy", "traitlets")


def in_a_fresh_python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_import_loads_nothing_heavy():
    code = (
        "import json, sys, llmwidgets; llmwidgets.__version__; dir(llmwidgets); print(json.dumps(sorted(sys.modules)))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(in_a_fresh_python(code))}
    assert loaded.isdisjoint(HEAVY)


def test_errors_and_the_language_load_nothing_heavy():
    code = (
        "import json, sys; from llmwidgets import LLMWidgetsError, set_language; print(json.dumps(sorted(sys.modules)))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(in_a_fresh_python(code))}
    assert loaded.isdisjoint(HEAVY)


def test_the_views_classes_load_no_model_library():
    code = """
import json, sys
from llmwidgets import ModelSession, TokenView, NextTokenBar, SamplerSlider, EmbeddingMap, Sampler, show
print(json.dumps(sorted(sys.modules)))"""
    loaded = {name.partition(".")[0] for name in json.loads(in_a_fresh_python(code))}
    assert loaded.isdisjoint({"torch", "transformers", "plotly", "sklearn", "tiktoken"})


def test_every_public_name_is_there():
    code = """
import llmwidgets
for name in llmwidgets.__all__:
    scope = {}
    exec(f"from llmwidgets import {name}", scope)
    assert scope[name] is getattr(llmwidgets, name) and scope[name].__doc__, name
exec("from llmwidgets import *", scope := {})
assert set(llmwidgets.__all__) <= set(scope)"""
    in_a_fresh_python(code)


def test_dir_lists_the_public_names_before_they_are_loaded():
    code = (
        "import llmwidgets; assert set(llmwidgets.__all__) <= set(dir(llmwidgets)) and '__version__' in dir(llmwidgets)"
    )
    in_a_fresh_python(code)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="TokenVeiw"):
        llmwidgets.TokenVeiw  # noqa: B018 (the access is the test)
    with pytest.raises(ImportError):
        from llmwidgets import TokenVeiw  # noqa: F401


def loaded_by(floor):
    """The parts of the package that a floor's modules import as they are loaded, by file."""
    files = [ROOT / f"{floor}.py"] if (ROOT / f"{floor}.py").is_file() else (ROOT / floor).rglob("*.py")
    found = {}
    for file in files:
        modules = [
            module
            for node in ast.parse(file.read_text("utf-8")).body
            if isinstance(node, ast.ImportFrom) and node.module
            for module in (
                [f"llmwidgets.{each.name}" for each in node.names] if node.module == "llmwidgets" else [node.module]
            )
        ]
        names = {module.split(".")[1] for module in modules if module.startswith("llmwidgets.")}
        found[str(file.relative_to(ROOT))] = names - {floor}
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_run_one_way(floor):
    found = loaded_by(floor)
    assert found
    assert {file: names - FLOORS[floor] for file, names in found.items() if names - FLOORS[floor]} == {}


@pytest.mark.parametrize("floor", SESSIONS)
def test_no_session_loads_a_view(floor):
    found = loaded_by(floor)
    assert found
    assert {file: names & VIEWS for file, names in found.items() if names & VIEWS} == {}
