"""What a notebook's HTML may hold in a page that is handed out: text, tables, lists and pictures. No script, no frame, nothing from elsewhere."""

from __future__ import annotations

from functools import cache

from bleach import Cleaner
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from bs4 import BeautifulSoup
from latex2mathml.converter import convert

MATH = "handout-math"
"""The class of an element whose text is LaTeX; a div stands by itself."""

TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
EVERYWHERE = ["class", "id", "lang", "dir", "title", "style", "role"]
ATTRIBUTES = {
    "*": EVERYWHERE,
    "a": ["href"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan", "align"],
    "th": ["colspan", "rowspan", "align", "scope"],
    "ol": ["start"],
    "details": ["open"],
}
STYLES = [*ALLOWED_CSS_PROPERTIES, "border-radius", "margin", "max-width", "min-width", "padding", "white-space"]
DROPPED = "script, style, iframe, object, embed, template, noscript, svg, math, form, input, textarea, select, button"


def cleaned(html: str) -> str:
    """HTML without what could run or be fetched; pictures from elsewhere become links."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(DROPPED):
        element.decompose()
    for image in soup.select("img"):
        source = str(image.get("src", ""))
        if not source.startswith("data:image/"):
            image.replace_with(_instead(soup, source, str(image.get("alt", ""))))
    return str(_cleaner().clean(str(soup)))


def with_math(html: str) -> str:
    """Clean HTML with its LaTeX as MathML, which browsers draw themselves. What is no LaTeX stays as it was typed."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(f".{MATH}"):
        text = element.get_text()
        try:
            drawn = convert(text, display="block" if element.name == "div" else "inline")
        except Exception:  # noqa: BLE001 (whatever a parser of LaTeX raises: the text is shown)
            element.name = "code"
            continue
        element.replace_with(BeautifulSoup(drawn, "html.parser"))
    return str(soup)


def _instead(soup: BeautifulSoup, source: str, words: str) -> object:
    if not source.startswith(("http://", "https://")):
        return soup.new_string(words or source)
    link = soup.new_tag("a", href=source)
    link.string = words or source
    return link


@cache
def _cleaner() -> Cleaner:
    styles = CSSSanitizer(allowed_css_properties=STYLES)
    return Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=styles,
        strip=True,
    )
