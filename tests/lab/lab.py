"""A real JupyterLab on loopback, and a notebook in it, driven as a user drives it."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
IPYKERNEL_6 = Path(sys.prefix) / "ipykernel-6"
"""Where `make test` puts the last ipykernel without subshells; the kernel of that name is this Python with it."""
IPYWIDGETS_7 = Path(sys.prefix) / "ipywidgets-7"
"""Likewise the ipywidgets that Colab has; the kernel of that name has both, as there."""
THREE_VIEWS = (
    "from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView",
    "session = ModelSession(text='The capital of France is')",
    "TokenView(session)",
    "NextTokenBar(session)",
    "SamplerSlider(session)",
)
"""Cells of a notebook that shows them."""
READY_WITHIN = 90.0
CELL_WITHIN = 120_000
NOTEBOOK_WITHIN = 240_000


class LabServer:
    """JupyterLab (or another `application` of its machinery, "notebook") over a folder, with a token of its own, on a free port; ended by its own process id."""

    def __init__(self, folder: Path, *arguments: str, application: str = "jupyterlab") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.folder = folder
        self.tree = "notebooks" if application == "notebook" else "lab/tree"
        settings = folder / ".settings"
        environment = os.environ | {
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
            "JUPYTER_PATH": str(settings),
        }
        add_kernel(settings, IPYKERNEL_6)
        add_kernel(settings, IPYWIDGETS_7, IPYKERNEL_6)
        news = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
        news.parent.mkdir(parents=True, exist_ok=True)
        news.write_text('{"fetchNews": "false"}')
        self.log = (folder / "server.log").open("wb")
        self.process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    application,
                    "--no-browser",
                    "--allow-root",
                    "--ip=127.0.0.1",
                    f"--port={self.port}",
                ),
                *(
                    "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.root_dir={folder}",
                ),
                *(
                    ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
                    if application == "jupyterlab"
                    else []
                ),
                *arguments,
            ],
            env=environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def api(self, method: str, path: str, content: object = None) -> Any:
        request = urllib.request.Request(
            self.url(f"api/{path}"),
            data=None if content is None else json.dumps(content).encode(),
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            body = response.read()
        return json.loads(body) if body else None

    def stop(self) -> None:
        for kernel in self.api("GET", "kernels"):
            self.api("DELETE", f"kernels/{kernel['id']}")
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def _wait(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while True:
            try:
                self.api("GET", "status")
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    self.log.flush()
                    raise RuntimeError((self.folder / "server.log").read_text()[-3000:]) from None
                # nothing announces the port: ask again
                self._pause()
            else:
                return

    def _pause(self) -> None:
        try:
            self.process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            return


def add_kernel(folder: Path, *packages: Path) -> None:
    """A kernel of the name of the first of `packages`: this Python, which finds those packages before its own."""
    name = packages[0].name
    spec = folder / "kernels" / name / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    # what the server itself was told stays: it finds this package's checkout
    path = os.pathsep.join([*map(str, packages), *filter(None, [os.environ.get("PYTHONPATH")])])
    spec.write_text(json.dumps({"argv": argv, "display_name": name, "language": "python", "env": {"PYTHONPATH": path}}))


def written(cells: Sequence[str]) -> dict[str, Any]:
    """A notebook of these cells."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return dict(notebook)


class Notebook:
    """One open notebook: its cells by the order in the file."""

    def __init__(self, page: Page, server: LabServer, name: str) -> None:
        self.page, self.server, self.name = page, server, name
        self.cells = json.loads((server.folder / name).read_text())["cells"]
        self.newest = page.locator(".jp-CodeCell").last
        self.open()

    def open(self) -> None:
        self.page.goto(self.server.url(f"{self.server.tree}/{self.name}") + "&reset")
        expect(self.page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=60_000)
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
            "data-status", "idle", timeout=60_000
        )
        self._wait_connected()

    def _wait_connected(self) -> None:
        """JupyterLab shows "idle" before its connection stands, and loses what is asked of the kernel then: wait until the server has it."""
        until = time.monotonic() + READY_WITHIN
        while True:
            found = [
                session["kernel"] for session in self.server.api("GET", "sessions") if session["path"] == self.name
            ]
            if found and found[0]["connections"] > 0 and found[0]["execution_state"] == "idle":
                return
            assert time.monotonic() < until, found
            self.page.wait_for_function("() => new Promise((resolve) => setTimeout(() => resolve(true), 100))")

    def cell(self, index: int) -> Locator:
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')

    def run_all(self) -> None:
        """Runs every cell; ends when the last has run, or one has failed."""
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(
            """() => {
              const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map((prompt) => prompt.textContent ?? '');
              const failed = document.querySelector('[data-mime-type="application/vnd.jupyter.error"]') !== null;
              return !prompts.some((text) => text.includes('*')) && (failed || /\\d/.test(prompts.at(-1) ?? ''));
            }""",
            timeout=NOTEBOOK_WITHIN,
        )
        self.wait_idle()

    def run_cell(self, index: int) -> None:
        """Runs one cell again."""
        self.cell(index).scroll_into_view_if_needed()
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.wait_idle()

    def menu(self, *path: str) -> None:
        self.page.get_by_role("menuitem", name=path[0], exact=True).click()
        # an item is followed by its shortcut
        self.page.get_by_role("menuitem", name=path[1]).first.click()

    def wait_idle(self, timeout: int = CELL_WITHIN) -> None:
        """Until every cell that was asked to run has run."""
        self.page.wait_for_function(
            """() => {
              const cells = [...document.querySelectorAll('.jp-InputPrompt')].map((prompt) => prompt.textContent ?? '');
              return !cells.some((text) => text.includes('*'));
            }""",
            timeout=timeout,
        )
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
            "data-status", "idle", timeout=timeout
        )

    def view(self, name: str, nth: int = 0) -> Locator:
        """The root of a view, scrolled into sight."""
        found = self.page.locator(f".llmw-{name}").nth(nth)
        found.scroll_into_view_if_needed()
        return found

    def run_code(self, code: str, *, wait: bool = True) -> None:
        """Types a new last cell and runs it."""
        # no mouse: while JupyterLab measures cells, the footer moves away from under it
        self.page.locator(".jp-Notebook-footer").dispatch_event("click")
        active = self.page.locator(".jp-CodeCell.jp-mod-active")
        # far below, a cell has no editor until it is in sight
        active.scroll_into_view_if_needed()
        # empty: the new cell is there. Which one it is says its index; the page may hold the cells in another order
        expect(active.locator(".cm-content")).to_have_text("", timeout=30_000)
        index = active.get_attribute("data-windowed-list-index")
        assert index is not None
        self.newest = self.cell(int(index))
        self.newest.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.wait_idle()

    def printed(self, label: str) -> str:
        """What the newest cell printed behind `label`."""
        line = self.newest.locator(".jp-OutputArea-output pre").last
        expect(line).to_contain_text(label)
        return line.inner_text().strip().removeprefix(label).strip()

    def expect_busy(self) -> None:
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute("data-status", "busy")

    @property
    def kernel(self) -> str:
        sessions = self.server.api("GET", "sessions")
        return next(session["kernel"]["id"] for session in sessions if session["path"] == self.name)

    def interrupt(self) -> None:
        self.server.api("POST", f"kernels/{self.kernel}/interrupt")

    def restart_kernel(self) -> None:
        self.menu("Kernel", "Restart Kernel…")
        self.page.get_by_role("button", name="Confirm Kernel Restart").click()
        self.wait_idle()
        self._wait_connected()

    def save(self) -> None:
        """Saves, and waits until the tab says so."""
        self.menu("File", "Save Notebook")
        expect(self.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current")).not_to_have_class(
            re.compile("jp-mod-dirty")
        )


def tracebacks(page: Page) -> Iterable[str]:
    """The errors that cells printed."""
    return page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]').all_inner_texts()


def percent(text: str) -> float:
    """The first percentage in a text, as a share."""
    found = re.search(r"([\d.]+)\s*%", text)
    assert found, text
    return float(found[1]) / 100
