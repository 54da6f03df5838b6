"""A notebook as one page, by nbconvert: its text, its code, what came of it, and the views where they stand."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import strip_files_prefix
from traitlets import default
from traitlets.config import Config

from llmwidgets.handout.clean import MATH, cleaned, with_math
from llmwidgets.handout.page import TEMPLATES, page
from llmwidgets.handout.saved import WIDGETS, can_show, saved
from llmwidgets.language import say
from llmwidgets.widgets.composed import VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbformat import NotebookNode

    from llmwidgets.handout.saved import States

PLOTLY = "application/vnd.plotly.v1+json"
PRIORITY = ["text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain"]


@dataclass(frozen=True)
class Converted:
    """The page, how many views live in it, and how many are there as pictures only, since the notebook holds no state of them."""

    html: str
    live: int
    pictures: int


def converted(notebook: NotebookNode, path: Path, *, code: bool = True, language: str = "") -> Converted:
    """A notebook, which lies at `path`, as a page; without its code where `code` is False."""
    states = states_in(notebook)
    shown = deepcopy(notebook)
    ids, pictures = [], 0
    for output in outputs_of(shown):
        data = output["data"]
        if PLOTLY in data:
            output["data"] = {"text/plain": say("A plotly figure, which this page cannot hold: see the notebook.")}
        elif VIEW in data and can_show(states, data[VIEW]["model_id"]):
            ids.append(data[VIEW]["model_id"])
        elif VIEW in data:
            # what brings no module of its own, such as a progress bar, is shown as its text
            pictures += data[VIEW]["model_id"] not in states
            del data[VIEW]
    exporter = Exporter(exclude_input=not code)
    body, _ = exporter.from_notebook_node(shown, {"metadata": {"name": path.stem, "path": str(path.parent)}})
    title = str(notebook.metadata.get("title", path.stem))
    return Converted(page(title, body, saved(states, ids, language), headed=False), len(ids), pictures)


def states_in(notebook: NotebookNode) -> States:
    """The widgets' states that a notebook holds; empty where it was saved without."""
    states: States = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    return states


def outputs_of(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    """The outputs that have data, from top to bottom."""
    for cell in notebook.cells:
        yield from (output for output in cell.get("outputs", ()) if "data" in output)


class Renderer(IPythonRenderer):
    """Markdown with its LaTeX set apart, to be drawn once the HTML around it is clean."""

    def block_math(self, body: str) -> str:
        """See IPythonRenderer."""
        return f'<div class="{MATH}">{escape(body)}</div>'

    def latex_environment(self, name: str, body: str) -> str:
        """See IPythonRenderer."""
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def inline_math(self, body: str) -> str:
        """See IPythonRenderer."""
        return f'<span class="{MATH}">{escape(body)}</span>'

    def _html_embed_images(self, html: str) -> str:
        """See IPythonRenderer, which closes what a part of HTML only opens: here the pictures alone are touched."""
        return re.sub(r"<img\b[^>]*>", lambda found: str(super(Renderer, self)._html_embed_images(found[0])), html)

    def block_mermaidjs(self, code: str) -> str:
        """See IPythonRenderer. There is nothing here to draw it."""
        return f"<pre>{escape(code)}</pre>"


class Exporter(HTMLExporter):
    """The cells of a notebook as clean HTML, for the body of a page."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return "handout"

    @default("extra_template_basedirs")
    def _template_folders(self) -> list[str]:
        return [str(TEMPLATES)]

    @property
    def default_config(self) -> Config:
        """See HTMLExporter."""
        own = {
            "NbConvertBase": {"display_data_priority": [VIEW, *PRIORITY]},
            "TagRemovePreprocessor": {
                "enabled": True,
                "remove_cell_tags": ["remove-cell"],
                "remove_input_tags": ["remove-input"],
                "remove_all_outputs_tags": ["remove-output"],
            },
        }
        config = Config(super().default_config)
        config.merge(Config(own))
        return config

    def default_filters(self) -> Any:
        """See HTMLExporter."""
        yield from super().default_filters()
        yield ("markdown2html", self.markdown2html)
        yield ("cleaned", cleaned)

    def markdown2html(self, context: Any, source: str) -> str:
        """See HTMLExporter."""
        renderer = Renderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=True,
            exclude_anchor_links=True,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
        )
        return with_math(cleaned(strip_files_prefix(MarkdownWithMath(renderer=renderer).render(source))))

    markdown2html.jinja_pass_arg = HTMLExporter.markdown2html.jinja_pass_arg  # type: ignore[attr-defined]
