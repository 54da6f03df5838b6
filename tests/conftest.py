"""What the test folders share: the browser (Playwright runs once in a process), and the kernel's side of widgets without a kernel."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

# test folders are no packages, and pytest's importlib mode leaves sys.path alone
sys.path.insert(0, str(Path(__file__).parent))

from chromium import FLAGS, find_shell
from kernel_page import page

from llmwidgets.language import heard_from_page, set_language

__all__ = ["browser", "page"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_shell(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", autouse=True)
def _quick_collections() -> None:
    """Closing a session collects garbage: a million objects of torch, transformers and what earlier modules brought need not be looked at each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_language_is_left() -> Iterator[None]:
    """What a test chose, or a page told, is one setting of the whole process."""
    yield
    set_language(None)
    heard_from_page("")
