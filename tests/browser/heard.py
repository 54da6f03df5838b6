"""A page whose requests a test answers itself, and of which it hears what goes wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod

from playwright.sync_api import ConsoleMessage, Error, Page, Route


class HeardPage(ABC):
    """A page at `origin`. Any console error is kept in `errors`, and whatever `_serve` adds to them."""

    origin: str

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", self._on_failure)
        page.route("**/*", self._serve)

    def leave(self) -> None:
        """Empties the page, which ends all that is going on in it, and hears no more of it."""
        self.page.goto(f"{self.origin}/empty")
        self.page.unroute("**/*", self._serve)
        self.page.remove_listener("console", self._on_console)
        self.page.remove_listener("pageerror", self._on_failure)

    @abstractmethod
    def _serve(self, route: Route) -> None:
        """Answers a request."""

    def _on_failure(self, failure: Error) -> None:
        self.errors.append(f"uncaught: {failure}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text}")
