"""Which engine an address has: a server of this project, or any that speaks as OpenAI's does."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from llmwidgets.engines.api.address import checked_address
from llmwidgets.engines.api.connecting import Options
from llmwidgets.engines.api.connecting import connect as connect_api
from llmwidgets.engines.api.servers import by_address
from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.engines.key import Key
    from llmwidgets.engines.opening import Opened

REMOTE_OPTIONS = ("student", "timeout", "retries")
"""What a server of this project takes."""


def connect(base_url: str, model: str | None, key: Key | None, tokenizer: Any, options: dict[str, Any]) -> Opened:
    """An engine on whatever answers there. Raises as ModelSession.connect does."""
    address = checked_address(base_url, api_version=options.get("api_version"))
    if by_address(address) is None and (root := _of_ours(address)):
        from llmwidgets.engines.remote.opening import open_remote

        given = {"model": model, "tokenizer": tokenizer, **options}
        _check({name: value for name, value in given.items() if value is not None}, REMOTE_OPTIONS, "llmwidgets serve")
        return open_remote(root, key, **options)
    _check(options, [field.name for field in fields(Options)], "connect")
    return connect_api(address, model, key, tokenizer, Options(**options))


def _of_ours(address: str) -> str:
    """Where a server of this project begins, which may be below a path of another's; "" where another answers there, or none."""
    from llmwidgets.engines.remote.link import is_llmwidgets_server

    parts = urlsplit(address)
    root = f"{parts.scheme}://{parts.netloc}"
    below = address.removesuffix("/").removesuffix("/v1")
    return next(filter(is_llmwidgets_server, dict.fromkeys((below, root))), "")


def _check(options: dict[str, Any], known: Sequence[str], who: str) -> None:
    if unknown := next((name for name in options if name not in known), None):
        allowed = ", ".join(known)
        msg = f"{who} has no option {unknown!r}."
        shown = f"{options[unknown]!r:.60}"
        hint = f"It takes {allowed}."
        if unknown in ("model", "tokenizer") and unknown not in known:
            hint = "It serves one model with its tokenizer: leave them away."
        raise InvalidValue(msg, hint=hint, name=unknown, value=shown, allowed=allowed)
