"""How a notebook begins with a server of llmwidgets."""

from __future__ import annotations

import secrets

from llmwidgets import wire
from llmwidgets.engines.key import KEY_FOR_ANY, Key, found_key, hidden
from llmwidgets.engines.opening import Opened
from llmwidgets.engines.remote.about import about_of, tokenizer_of
from llmwidgets.engines.remote.engine import RemoteEngine
from llmwidgets.engines.remote.link import Link, Manners

TOKEN = "LLMWIDGETS_TOKEN"  # noqa: S105 (the name of a variable)


def open_remote(
    url: str, token: str | Key | None = None, *, student: str = "", timeout: float = 60.0, retries: int = 4
) -> Opened:
    """An engine on the model that a server holds, and its tokenizer's face.

    `token`: the class's, None for the environment's LLMWIDGETS_TOKEN or LLMWIDGETS_API_KEY. `student`: the label by which one is shown to the class and
    limited; else a chance one. Raises ServerUnreachable, ServerBusy, ServerFailed, KeyRefused, BadAnswer.
    """
    label = wire.label_of(student) or f"guest-{secrets.token_hex(3)}"
    # a traceback that shows variables shows this one
    token = found_key(hidden(token), (TOKEN, KEY_FOR_ANY))
    link = Link(url.rstrip("/"), token, label, Manners(timeout, retries))
    try:
        about = about_of(link.get("/model"), link.url)
        return Opened(RemoteEngine(link, about), tokenizer_of(about))
    except BaseException:
        link.close()
        raise
