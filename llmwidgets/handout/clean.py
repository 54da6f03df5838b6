"""What a notebook's HTML may hold in a page that is handed out: text, tables, lists and pictures. No script, no frame, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from html import unescape
from urllib.parse import urlsplit
from xml.etree.ElementTree import tostring

from bleach import Cleaner
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from bs4 import BeautifulSoup
from latex2mathml.converter import convert_to_element

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
SCHEMES = ("", "http", "https", "mailto")
"""Where a link may lead."""
OURS = "llmw-"
"""What the page's own ids begin with, by which its script finds what it runs."""
FROM_LATEX = ("href", "style", "class")
"""Attributes of a formula whose values are whatever was typed."""
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
    for link in soup.select("a[href]"):
        if _scheme(str(link["href"])) not in SCHEMES:
            del link["href"]
    for element in soup.select(f"[id^={OURS}]"):
        del element["id"]
    return str(_cleaner().clean(str(soup)))


def with_math(html: str) -> str:
    """Clean HTML with its LaTeX as MathML, which browsers draw themselves. What is no LaTeX stays as it was typed."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(f".{MATH}"):
        try:
            drawn = _mathml(element.get_text(), "block" if element.name == "div" else "inline")
        except Exception:  # noqa: BLE001 (whatever a parser of LaTeX raises: the text is shown)
            element.name = "code"
            continue
        element.replace_with(BeautifulSoup(drawn, "html.parser"))
    return str(soup)


def _mathml(latex: str, display: str) -> str:
    """A formula as MathML. The converter's own text leaves what was typed unescaped, so that it could be an element: its tree is written out here."""
    root = convert_to_element(latex, display=display)
    for node in root.iter():
        # its signs are written as entities
        node.text = unescape(node.text or "")
        for name in FROM_LATEX:
            node.attrib.pop(name, None)
    return tostring(root, encoding="unicode")


def _scheme(address: str) -> str:
    try:
        return urlsplit(address.strip()).scheme
    except ValueError:  # an address that is none
        return "none"


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
