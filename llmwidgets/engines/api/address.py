"""The address of a server: what it may be, and what is made of it."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from llmwidgets.engines.api.servers import AZURE, by_address
from llmwidgets.engines.requests import is_loopback
from llmwidgets.errors import InvalidValue
from llmwidgets.language import say

if TYPE_CHECKING:
    from urllib.parse import SplitResult

HIDDEN = "an address with more in it than may be shown"

_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)(/|$)")
"""In the address of one deployment, as Azure's portal shows it."""


def checked_address(base_url: Any, *, api_version: str | None = None) -> str:
    """The base URL with its path, which is /v1 where none is given. Warns where a key would travel unencrypted to another machine. Raises InvalidValue."""
    parts = _split(base_url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or _port(parts) is None:
        raise _none(base_url)
    if parts.username or parts.password:
        msg = "base_url holds a user name or a password, which would be shown."
        raise InvalidValue(msg, hint="Give it as api_key.", name="base_url", value="(hidden)", allowed="an address")
    if found := _DEPLOYMENT.search(parts.path):
        raise _of_deployment(parts, unquote(found[1]), api_version)
    if parts.query or parts.fragment:
        raise _none(base_url)
    if parts.scheme == "http" and not is_loopback(parts.geturl()):
        warnings.warn(
            say(f"{parts.hostname} is reached by http: your texts and your key can be read on the way. Use https."),
            UserWarning,
            stacklevel=5,
        )
    path = parts.path.rstrip("/")
    if api_version is not None:
        # the library adds it
        path = path.removesuffix("/openai")
    elif not path:
        path = "/openai/v1" if by_address(parts.geturl()) is AZURE else "/v1"
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/", "", ""))


def _split(base_url: Any) -> SplitResult | None:
    try:
        return urlsplit(base_url.strip()) if isinstance(base_url, str) else None
    except ValueError:
        return None


def _port(parts: SplitResult) -> int | None:
    """The port, 0 where none is given; None where there can be no such one."""
    try:
        return parts.port or 0
    except ValueError:
        return None


def _none(base_url: Any) -> InvalidValue:
    """What is said of an address that is none. A secret may stand before @ and behind ?, and is not said."""
    shown = f"{base_url!r:.80}"
    if isinstance(base_url, str) and any(mark in base_url for mark in "@?#"):
        shown = HIDDEN
    msg = f"base_url cannot be {shown}."
    hint = 'Give an address such as "https://api.openai.com/v1" or "http://localhost:8080/v1".'
    return InvalidValue(msg, hint=hint, name="base_url", value=shown, allowed="an http or https address")


def _of_deployment(parts: SplitResult, name: str, api_version: str | None) -> InvalidValue:
    version = api_version or next(iter(parse_qs(parts.query).get("api-version", [])), "...")
    host = f"{parts.scheme}://{parts.netloc}"
    msg = f"base_url is the address of one deployment, {name!r:.60}."
    hint = f'Give its server, name and version: connect("{host}", "{name:.60}", api_version="{version:.40}").'
    return InvalidValue(msg, hint=hint, name="base_url", value=host, allowed="a server's address")
