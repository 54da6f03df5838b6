"""The browser of the tests: the machine's own Chromium, headless, without background traffic."""

from __future__ import annotations

import shutil

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_shell() -> str:
    """Chromium without its windows, toolbars and profiles, where it is installed: a page opens in a third of the processor's time."""
    return shutil.which("chromium-headless-shell") or find_chromium()


def find_chromium() -> str:
    """The program's path; the test fails with what to do where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.fail("no Chromium on the PATH: `make test` installs it where that is allowed")
    return program
