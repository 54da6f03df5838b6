"""How a notebook begins with a server of llmwidgets."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import httpx

from llmwidgets import wire
from llmwidgets.engines.key import Key, found_key, hidden
from llmwidgets.engines.opening import Opened
from llmwidgets.engines.remote.about import about_of, tokenizer_of
from llmwidgets.engines.remote.engine import RemoteEngine
from llmwidgets.engines.remote.link import Link, Manners
from llmwidgets.engines.requests import CONNECT_WITHIN, is_loopback

TOKEN = "LLMWIDGETS_TOKEN"  # noqa: S105 (the name of a variable)

if TYPE_CHECKING:
    from typing import Any


def is_llmwidgets_server(url: str, timeout: float = CONNECT_WITHIN) -> bool:
    """Whether `llmwidgets serve` answers at an address. False where nobody does. Needs no token."""
    try:
        with httpx.Client(timeout=timeout, trust_env=not is_loopback(url)) as client:
            answer = client.get(f"{url.rstrip('/')}/healthz")
            found: Any = json.loads(answer.content) if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False
    return isinstance(found, dict) and found.get("server") == wire.SERVER


def open_remote(
    url: str, token: str | Key | None = None, *, student: str = "", timeout: float = 60.0, retries: int = 4
) -> Opened:
    """An engine on the model that a server holds, and its tokenizer's face.

    `token`: the class's, None for the environment's LLMWIDGETS_TOKEN. `student`: the label by which one is shown to the class and
    limited; else a chance one. Raises ServerUnreachable, ServerBusy, ServerFailed, KeyRefused, BadAnswer.
    """
    label = wire.label_of(student) or f"guest-{secrets.token_hex(3)}"
    # a traceback that shows variables shows this one
    token = found_key(hidden(token), (TOKEN,))
    link = Link(url.rstrip("/"), token, label, Manners(timeout, retries))
    try:
        about = about_of(link.get("/model"), link.url)
        return Opened(RemoteEngine(link, about), tokenizer_of(about))
    except BaseException:
        link.close()
        raise
