"""The built bundles in a real browser, without Jupyter: stub models stand in for the kernel's side.

A test mounts views, pushes what the kernel would push and reads what the page sent:

    harness.mount("token_view", content=content("a b", ["a", " b"]))
    harness.root.get_by_role("textbox").fill("a c")
    request = harness.wait_sent(1)[-1]
    harness.take(request, content=content("a c", ["a", " c"]))

All views of a test share one session (`harness.mount` again adds a view to the page). Any console error, uncaught
exception or request for something that is not a bundle fails the test.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from heard import HeardPage
from playwright.sync_api import FloatRect, Locator, Page, Route

from llmwidgets.catalogue import in_japanese

HERE = Path(__file__).parent
STATIC = HERE.parent.parent / "llmwidgets" / "static"
ORIGIN = "http://llmwidgets.test"
EMPTY = '<!doctype html><link rel="icon" href="data:,">'
JSON = dict[str, Any]


def array(values: Sequence[float], shape: Sequence[int] = (), dtype: Literal["float32", "int32"] = "float32") -> JSON:
    """An ArrayPayload of the values; one dimension where no shape is given."""
    packed = struct.pack(f"<{len(values)}{'f' if dtype == 'float32' else 'i'}", *values)
    return {"dtype": dtype, "shape": list(shape) or [len(values)], "data": base64.b64encode(packed).decode("ascii")}


def info(**changes: Any) -> JSON:
    """An InfoPayload, with changes."""
    return {
        "name": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "source": "hub",
        "device": "cpu",
        "dtype": "float32",
        "parameters": 134_515_008,
        "bytes": 538_060_032,
        "vocabulary": 49_152,
        "dimensions": 576,
        "context": 8192,
        "tokenizer": "GPT2Tokenizer",
        "can_predict": True,
        "predicts": "next",
        "mask": "",
        "can_embed": True,
        "can_edit": True,
        "rows": 1,
        "row": 0,
        "capabilities": None,
        **changes,
    }


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def small(values: Sequence[int]) -> JSON:
    """An ArrayPayload of whole numbers."""
    return array(values, dtype="int32")


def tokens(
    text: str = "",
    cuts: Sequence[str | bytes] | None = None,
    *,
    special: Sequence[int] = (),
    padding: Sequence[int] = (),
    ids: Sequence[int] | None = None,
    spans: Sequence[tuple[int, int]] | None = None,
    **changes: Any,
) -> JSON:
    """A TokensPayload for a text cut into tokens.

    Without `cuts`, a token a word with the space before it. A cut that is not whole UTF-8 becomes a token of bytes, and
    tokens that share a character share its span, as the kernel does. With `spans`, in UTF-16 units, the cuts need not make up the
    text: a tokenizer that changes it.
    """
    if cuts is None:
        words = text.replace("\n", " \n").split(" ")
        cuts = [word if i == 0 or word.startswith("\n") else " " + word for i, word in enumerate(words)] if text else []
    parts = [cut if isinstance(cut, bytes) else cut.encode() for cut in cuts]
    found = spans if spans is not None else _spans(text, parts)
    known = list(ids) if ids is not None else [100 + 7 * index for index in range(len(parts))]
    by_id = dict(zip(known, parts, strict=True))
    starts = [start for start, _ in found]
    return {
        "text": text,
        "ids": small(known),
        "steps": small([start - before for start, before in zip(starts, [0, *starts], strict=False)]),
        "widths": small([end - start for start, end in found]),
        "distinct": list(by_id),
        "pieces": [_piece(part)[0] for part in by_id.values()],
        "bytes": [_piece(part)[1] for part in by_id.values()],
        "special": list(special),
        "padding": list(padding),
        "exact": spans is None,
        "characters": len(text),
        "utf8_bytes": len(text.encode()),
        **changes,
    }


def _piece(part: bytes) -> tuple[str, str]:
    try:
        return part.decode(), ""
    except UnicodeDecodeError:
        return "", part.hex()


def _spans(text: str, parts: Sequence[bytes]) -> list[tuple[int, int]]:
    if b"".join(parts) != text.encode():
        raise ValueError(f"the cuts do not make up the text: {parts!r} is not {text!r}")
    # byte offset -> UTF-16 offset of the character that the byte belongs to, and of its end
    begins: list[int] = []
    finishes: list[int] = []
    units = 0
    for character in text:
        size = _units(character)
        for _ in character.encode():
            begins.append(units)
            finishes.append(units + size)
        units += size
    spans: list[tuple[int, int]] = []
    at = 0
    for part in parts:
        start = begins[at] if at < len(begins) else units
        at += len(part)
        spans.append((start, finishes[at - 1] if part else start))
    return spans


def content(text: str = "", cuts: Sequence[str | bytes] | None = None, **changes: Any) -> JSON:
    """A ContentPayload for a text cut into tokens; arguments as `tokens` has them, and the session's own fields."""
    held = tokens(text, cuts, **changes)
    return {
        **held,
        "revision": 1,
        "position": -1,
        "home": held["ids"]["shape"][0] - 1,
        "can_undo": False,
        "template": [],
        "add_special": None,
        "seen": {},
        **{name: value for name, value in changes.items() if name not in {"special", "padding", "ids", "spans"}},
    }


NEUTRAL: JSON = {
    "do_sample": True,
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.0,
    "typical_p": 1.0,
    "top_h": 0.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "repetition_penalty": 1.0,
    "seed": None,
}


def sampler(*, seen: JSON | None = None, own: JSON | None = None, origins: JSON | None = None, **changes: Any) -> JSON:
    """A SamplerState: every stage off, with changes to the sampler's fields; `own` are changes of the model's own settings.

    Where no `origins` are given, `own` stands in the model's generation_config.
    """
    known = origins if origins is not None else dict.fromkeys(own or {}, "generation_config")
    return {"sampler": {**NEUTRAL, **changes}, "own": {**NEUTRAL, **(own or {})}, "origins": known, "seen": seen or {}}


def status(state: str = "ready", **changes: Any) -> JSON:
    """A StatusPayload, with changes."""
    return {
        "state": state,
        "revision": 1,
        "generated": 0,
        "max_new_tokens": 0,
        "tokens_per_second": 0.0,
        "reason": "",
        "ended_by": "",
        "error": None,
        **changes,
    }


def error(code: str = "model_failed", message: str = "It failed.", hint: str = "Try again.", **values: Any) -> JSON:
    """An ErrorPayload."""
    said = {"message": in_japanese(message) or message, "hint": in_japanese(hint) or hint}
    return {"code": code, "message": message, "hint": hint, "ja": said, "values": values}


def box(locator: Locator) -> FloatRect:
    """Where an element is, in pixels. Raises ValueError for one that is not drawn."""
    rect = locator.bounding_box()
    if rect is None:
        raise ValueError(f"not drawn: {locator}")
    return rect


class Harness(HeardPage):
    """One page: a session's stub, the views mounted on it, and what they sent."""

    origin = ORIGIN

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.views: list[str] = []
        self._open = False

    def _serve(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" == ORIGIN:
            if address.path == "/":
                route.fulfill(path=HERE / "harness.html", content_type="text/html")
                return
            if address.path == "/empty":
                route.fulfill(body=EMPTY, content_type="text/html")
                return
            file = STATIC / Path(address.path).name
            if address.path == f"/static/{file.name}" and file.is_file():
                kind = "text/javascript" if file.suffix == ".js" else "text/css"
                route.fulfill(path=file, content_type=f"{kind}; charset=utf-8")
                return
        self.errors.append(f"asked for {route.request.url}")
        route.abort()

    def mount(
        self,
        name: str,
        *,
        store_state: JSON | None = None,
        view_state: JSON | None = None,
        options: JSON | None = None,
        theme: Literal["light", "dark"] = "light",
        width: int | None = 700,
        language: str = "en",
        shares_store: bool = True,
        **traits: Any,
    ) -> Locator:
        """Show a view and return its root element.

        `store_state` (or keyword arguments: `content=…`, `distribution=…`) are the session's traits, taken by the first
        mount; `view_state` the traits of the view's own model. `width` None fills the page. `shares_store` False is a
        host with one widget manager per output, where the view has to make a store of its own.
        """
        if not self._open:
            self.page.emulate_media(color_scheme=theme)
            self.page.goto(f"{ORIGIN}/")
            self.page.locator("body[data-ready]").wait_for()
            state = {
                "info": info(),
                "content": content(),
                "distribution": None,
                "paths": None,
                "draws": None,
                "sampler": sampler(),
                "status": status(),
                **(store_state or {}),
                **traits,
            }
            self.page.evaluate("state => window.harness.openSession(state)", state)
            self._open = True
        elif store_state or traits:
            raise ValueError("the session is open: push its traits with harness.set")
        self.page.evaluate("theme => { document.body.dataset.paper = theme }", theme)
        if width is not None:
            self.page.set_viewport_size({"width": width + 16, "height": 800})
        key = self.page.evaluate(
            "ask => window.harness.mount(ask)",
            {
                "name": name,
                "width": width,
                "sharesStore": shares_store,
                "language": language,
                "state": {
                    "store": "anywidget:session",
                    "options": {"language": language, **(options or {})},
                    **(view_state or {}),
                },
            },
        )
        self.views.append(str(key))
        root = self.root
        root.wait_for()
        return root

    def view(self, index: int = -1) -> Locator:
        """The root element of the view mounted as number `index`."""
        return self.page.locator(f"[data-view='{self.views[index]}'] > .llmw")

    @property
    def root(self) -> Locator:
        """The root element of the view mounted last."""
        return self.view()

    def _model(self, view: int | None) -> str:
        return "session" if view is None else self.views[view]

    def set(self, trait: str, value: Any, *, view: int | None = None) -> None:
        """Change a trait as the kernel does: the session's, or that of a view's own model."""
        ask = {"model": self._model(view), "trait": trait, "value": value}
        self.page.evaluate("({model, trait, value}) => window.harness.models[model].push(trait, value)", ask)

    def get(self, trait: str, *, view: int | None = None) -> Any:
        """A trait as the page holds it."""
        ask = {"model": self._model(view), "trait": trait}
        return self.page.evaluate("({model, trait}) => window.harness.models[model].get(trait)", ask)

    def message(self, message: JSON, *, view: int | None = None) -> None:
        """Send a custom message to the page."""
        ask = {"model": self._model(view), "message": message}
        self.page.evaluate("({model, message}) => window.harness.models[model].emit('msg:custom', message, [])", ask)

    def sent(self, *, view: int | None = None) -> list[JSON]:
        """Everything that the page has sent to the kernel, in order."""
        return list(self.page.evaluate("model => window.harness.models[model].sent", self._model(view)))

    def wait_sent(self, count: int, *, view: int | None = None) -> list[JSON]:
        """Wait until the page has sent `count` messages; all that it sent."""
        ask = [self._model(view), count]
        self.page.wait_for_function("([model, count]) => window.harness.models[model].sent.length >= count", arg=ask)
        return self.sent(view=view)

    def take(self, request: JSON, *, trait: str = "content", view: int | None = None, **traits: JSON) -> None:
        """Answer a request as the kernel does: the traits given, `seen` in `trait`, then the answer."""
        changed = traits.pop(trait, None) or self.get(trait, view=view)
        for name, value in traits.items():
            self.set(name, value, view=view)
        self.set(trait, {**changed, "seen": {**changed["seen"], request["client"]: request["rid"]}}, view=view)
        answer = {"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": None}
        self.message(answer, view=view)

    def refuse(self, request: JSON, why: JSON, *, view: int | None = None) -> None:
        """Refuse a request, with an ErrorPayload."""
        answer = {"rid": request["rid"], "client": request["client"], "ok": False, "error": why, "result": None}
        self.message(answer, view=view)

    def connect(self, connected: bool) -> None:
        """Mark the views as a host does when the kernel goes (False) or comes back."""
        self.page.evaluate("connected => window.harness.connect(connected)", connected)

    def close(self, index: int = -1) -> None:
        """Close a view: its signal aborts."""
        self.page.evaluate("index => window.harness.close(index)", range(len(self.views))[index])

    def listening(self, *, view: int | None = None) -> int:
        """How many callbacks are bound to a model."""
        return int(self.page.evaluate("model => window.harness.models[model].listening", self._model(view)))

    def wait_listening(self, count: int, *, view: int | None = None) -> None:
        """Wait until `count` callbacks are bound to a model: Preact cleans up after the next frame."""
        ask = [self._model(view), count]
        self.page.wait_for_function("([model, count]) => window.harness.models[model].listening === count", arg=ask)

    def overflows(self) -> bool:
        """Whether the page, or a part of a view that does not scroll by itself, is wider than its place."""
        return bool(self.page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"))
