"""A notebook that nbconvert made into HTML: its views live where the page can load html-manager, and are pictures where their state was not saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from executed import client
from lab import THREE_VIEWS, written
from nbconvert import HTMLExporter
from nbformat import NotebookNode, from_dict
from npm import ANYWIDGET, HTML_MANAGER, NPM, REQUIRE
from playwright.sync_api import Browser, Page, Route, expect

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADED = {
    r"require(\.min)?\.js$": REQUIRE,
    r"html-manager@[^/]+/dist/embed-amd\.js$": HTML_MANAGER,
    r"/anywidget@[^/]+/dist/index\.js$": ANYWIDGET,
}
"""What nbconvert's page and html-manager load from a network, and the files of those packages."""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """Run as `jupyter nbconvert --execute` runs it."""
    notebook = from_dict(written(THREE_VIEWS))
    client(notebook, tmp_path_factory.mktemp("run")).execute()
    return notebook


@pytest.fixture(scope="module")
def converted(executed: NotebookNode) -> str:
    if not NPM.is_dir():
        pytest.fail(f"no {NPM}: `make test` makes it")
    made, _ = HTMLExporter().from_notebook_node(executed)
    return made


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, locale="en-GB")
    yield context.new_page()
    context.close()


def open_page(page: Page, content: str, *, network: bool) -> None:
    """Opens it, with what it loads from a network, or without."""

    def answer(route: Route) -> None:
        url = route.request.url.partition("?")[0]
        if url == "http://saved.test/":
            return route.fulfill(content_type="text/html", body=content)
        for pattern, file in LOADED.items():
            if network and re.search(pattern, url):
                return route.fulfill(path=file, content_type="text/javascript")
        return route.abort()

    page.route("**/*", answer)
    page.goto("http://saved.test/")


def test_the_views_live(opened, converted):
    open_page(opened, converted, network=True)
    rows = opened.locator(".llmw-next-token-bar button.llmw-row")
    expect(rows.first).to_contain_text("Paris", timeout=60_000)
    expect(opened.locator(".llmw-token-view")).to_contain_text("4649")
    slider = opened.locator(".llmw-sampler-slider")
    expect(rows.nth(1)).not_to_contain_text("top_k")
    slider.get_by_role("switch", name="top_k").check()
    slider.get_by_role("textbox", name="top_k: value").fill("1")
    expect(rows.nth(1)).to_contain_text("top_k")
    expect(slider.get_by_role("button", name="Step", exact=True)).to_be_disabled()


def test_the_converted_page_has_pictures_where_no_state_was_saved(opened, executed):
    """nbconvert writes a view or its picture, never both: the view where the notebook has its state."""
    notebook = from_dict(executed)
    del notebook.metadata["widgets"]
    made, _ = HTMLExporter().from_notebook_node(notebook)
    open_page(opened, made, network=False)
    assert opened.locator("[class^=llmw-]").count() == 0
    expect(opened.get_by_text("Next token, entropy").first).to_be_visible()
    expect(opened.get_by_text("5 tokens, 24 characters").first).to_be_visible()
