"""Pages that tests use one after another: opening a page takes as much of the processor's time as all that a test does on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

SIZE = {"width": 1280, "height": 720}
Key = tuple[tuple[str, Any], ...]


class Pages:
    """A module's pages, one for each of the browser's settings that are asked for."""

    def __init__(self, browser: Browser, tests: pytest.Session) -> None:
        self._browser, self._tests = browser, tests
        self._idle: dict[Key, Page] = {}

    def close(self) -> None:
        """Closes them."""
        for page in self._idle.values():
            page.context.close()

    @contextmanager
    def lend(self, *, own: bool = False, script: Path | None = None, **options: Any) -> Iterator[Page]:
        """A page of a context with `options` that runs `script` wherever it goes. Whoever borrows it takes along what he bound to it.

        It is used again unless the test failed, or it is to be its `own`: one that changes what no other address changes back.
        """
        key = (("script", script), *sorted(options.items()))
        page = None if own else self._idle.pop(key, None)
        page = page or self._open(script, options)
        failed = self._tests.testsfailed
        yield page
        if own or self._tests.testsfailed > failed:
            page.context.close()
        else:
            _reset(page, options)
            self._idle[key] = page

    def _open(self, script: Path | None, options: dict[str, Any]) -> Page:
        context = self._browser.new_context(locale="en-GB", viewport=SIZE, **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(10_000)
        if script is not None:
            page.add_init_script(path=script)
        return page


def _reset(page: Page, options: dict[str, Any]) -> None:
    """As it was opened."""
    page.mouse.up()
    page.mouse.move(0, 0)
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion=options["reduced_motion"])
    page.context.clear_permissions()
