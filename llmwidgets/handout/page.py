"""The page: one HTML file that asks for nothing. Its policy lets it run its own script and the bundles in it, and reach no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from llmwidgets.widgets.base import bundle

if TYPE_CHECKING:
    from jinja2 import Environment

    from llmwidgets.handout.saved import Saved

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Place:
    """Where a view goes: the id of its model, and the picture for where no script runs, as HTML with its text escaped."""

    model: str
    picture: str


def page(title: str, body: str | Markup, saved: Saved, *, headed: bool = True) -> str:
    """The whole file. `title` is a text, the page's first heading where it is `headed`; `body` is HTML that is safe, as `places` or the notebook's exporter makes it."""
    script = bundle("handout.js").replace("</script", "<\\/script")
    models = {"language": saved["language"], "models": saved["models"]}
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            title=title,
            headed=headed,
            language=saved["language"] or "en",
            policy=_policy(script),
            style=Markup(bundle("handout.css")),  # noqa: S704 (our own)
            body=Markup(body),  # noqa: S704 (see above)
            models=Markup(in_script(models)),  # noqa: S704 (see in_script)
            modules=[packed(text) for text in saved["modules"]],
            sheets=[packed(text) for text in saved["sheets"]],
            script=Markup(script),  # noqa: S704 (our own)
        )
    )


def places(found: list[Place]) -> Markup:
    """Views below each other."""
    return Markup(_templates().get_template("places.html.j2").render(places=found))  # noqa: S704 (pictures are escaped)


def in_script(value: Any) -> str:
    """JSON that nothing in it can lead out of a script element: ASCII, and no "<"."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def packed(text: str) -> str:
    """A text by gzip and base64, the same bytes for the same text."""
    return base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)).decode("ascii")


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
