"""Fixtures for tests in a real browser: one browser for all of them, one page for each."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

# test folders are no packages, and pytest's importlib mode leaves sys.path alone
sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1]))

from chromium import FLAGS, find_chromium
from harness import STATIC, Harness


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if not (STATIC / "session.js").is_file():
        pytest.fail(f"no bundles in {STATIC}: build them with `make build`, or `npm run build` in js/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def harness(browser: Browser) -> Iterator[Harness]:
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    bench = Harness(page)
    yield bench
    context.close()
    assert bench.errors == []
