"""A notebook's page whose outputs are frames that share nothing, as Colab's, over a real kernel of a Jupyter server."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING

from npm import ANYWIDGET, HTML_MANAGER, REQUIRE
from playwright.sync_api import FrameLocator, Locator, Page, Route

if TYPE_CHECKING:
    from lab import LabServer

HERE = Path(__file__).parent
FILES = {
    "/require.js": REQUIRE,
    "/html-manager.js": HTML_MANAGER,
    "/anywidget.js": ANYWIDGET,
    "/output.js": HERE / "colab_output.js",
}
OUTPUT = """<!doctype html><link rel="icon" href="data:,"><body>
<script src="/require.js"></script><script src="/html-manager.js"></script><script src="/output.js"></script>"""


class Colab:
    """One open notebook. A cell is a name; `output` is what its frame shows."""

    def __init__(self, page: Page, server: LabServer, kernel: str) -> None:
        self.page = page
        self.failed: list[str] = []
        page.on("pageerror", lambda error: self.failed.append(str(error)))
        self.kernel = server.api("POST", "kernels", {"name": kernel})["id"]
        settings = html.escape(json.dumps({"id": self.kernel, "token": server.token}))
        body = f"""<!doctype html><link rel="icon" href="data:,"><style>iframe {{ width: 620px; height: 640px }}</style>
            <body data-kernel="{settings}"><script type="module">{(HERE / "colab_page.js").read_text()}</script>"""
        self.address = server.url("colab")
        # a page that the test fulfils counts as come from elsewhere, which would have to ask before it speaks with this machine
        page.context.grant_permissions(["local-network-access"])
        page.route(self.address, lambda route: route.fulfill(content_type="text/html", body=body))
        page.route("https://output-*.test/**", self._output)
        self.open()

    def open(self) -> None:
        self.page.goto(self.address)
        self.page.locator("body[data-ready]").wait_for(state="attached", timeout=60_000)

    def run(self, cell: str, code: str) -> list[list[str]]:
        """Runs a cell; what it put out, as kind and text. Fails where it raised."""
        outputs = self.page.evaluate("([cell, code]) => window.colab.run(cell, code)", [cell, code])
        assert not [text for kind, text in outputs if kind == "error"], outputs
        return outputs

    def output(self, cell: str) -> FrameLocator:
        return self.page.frame_locator(f"#{cell} iframe")

    def view(self, cell: str, name: str) -> Locator:
        """The root of a cell's view."""
        return self.output(cell).locator(f".llmw-{name}")

    @staticmethod
    def _output(route: Route) -> None:
        path = "/" + route.request.url.split("/", 3)[3]
        if path == "/":
            route.fulfill(content_type="text/html", body=OUTPUT)
        elif path in FILES:
            route.fulfill(path=FILES[path], content_type="text/javascript")
        else:
            route.abort()
