"""The views in marimo: a notebook without Jupyter, whose outputs are shadow roots and know nothing of each other."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import percent
from playwright.sync_api import Browser, Page, expect

APP = Path(__file__).with_name("marimo_app.py")
READY_WITHIN = 90.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`marimo run` on a free port, ended by its own process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("marimo")
    command = [sys.executable, "-m", "marimo", "run", str(APP), "--headless", "--no-token", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            found = f"http://127.0.0.1:{port}"
            _wait(f"{found}/health", process)
            yield found
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < until
            # nothing announces the port: ask again
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        else:
            return


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 1600}, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(address)
    page.locator(".llmw-sampler-slider").wait_for(timeout=120_000)
    yield page
    context.close()


def test_the_views_are_there_in_the_pages_own_theme(page: Page) -> None:
    for name in ("token-view", "next-token-bar", "sampler-slider"):
        expect(page.locator(f".llmw-{name}")).to_have_attribute("data-theme", "light")


def test_what_is_typed_in_one_view_moves_the_other(page: Page) -> None:
    page.get_by_role("textbox", name="Text", exact=True).fill("The capital of Japan is")
    expect(page.locator(".llmw-next-token-bar")).to_contain_text("Tokyo", timeout=60_000)


def test_a_slider_moves_the_bars(page: Page) -> None:
    bars = page.locator(".llmw-next-token-bar")
    tokyo = bars.get_by_role("button", name=re.compile("Tokyo"))
    before = percent(tokyo.inner_text())
    page.get_by_role("textbox", name="temperature: value").fill("0.5")
    expect(bars).to_contain_text("sampled")
    expect(tokyo).not_to_have_accessible_name(re.compile(rf"{before}"))


def test_a_step_is_drawn_by_the_kernel(page: Page) -> None:
    page.locator(".llmw-sampler-slider").get_by_role("button", name="Step").click()
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_value(
        re.compile(r"^The capital of Japan is\s*\S+")
    )
