"""Fixtures for tests in a real browser: a page for each, which another has had before."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

# test folders are no packages, and pytest's importlib mode leaves sys.path alone
sys.path.insert(0, str(Path(__file__).parent))

from harness import STATIC, Harness
from pages import Pages


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def pages(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Pages]:
    pages = Pages(browser, request.session)
    yield pages
    pages.close()


@pytest.fixture
def own_page() -> None:
    """Asked for by a test that leaves in its page what outlasts another address, a clock of its own for example."""


@pytest.fixture
def harness(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Harness]:
    yield from _harness(pages, request, reduced_motion="reduce")


@pytest.fixture
def moving(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Harness]:
    """A harness whose page has no wish for stillness."""
    yield from _harness(pages, request, reduced_motion="no-preference")


def _harness(pages: Pages, request: pytest.FixtureRequest, **options: Any) -> Iterator[Harness]:
    if not (STATIC / "session.js").is_file():
        pytest.fail(f"no bundles in {STATIC}: build them with `make build`, or `npm run build` in js/")
    with pages.lend(own="own_page" in request.fixturenames, **options) as page:
        bench = Harness(page)
        yield bench
        bench.leave()
    assert bench.errors == []
