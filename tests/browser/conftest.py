"""Fixtures for tests in a real browser: one page for each."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

# test folders are no packages, and pytest's importlib mode leaves sys.path alone
sys.path.insert(0, str(Path(__file__).parent))

from harness import STATIC, Harness


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def harness(browser: Browser) -> Iterator[Harness]:
    if not (STATIC / "session.js").is_file():
        pytest.fail(f"no bundles in {STATIC}: build them with `make build`, or `npm run build` in js/")
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    bench = Harness(page)
    yield bench
    context.close()
    assert bench.errors == []
