"""Which engine an address has."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.api.connecting import Options
from llmwidgets.engines.api.connecting import connect as connect_api
from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from llmwidgets.engines.api.key import Key
    from llmwidgets.engines.opening import Opened


def connect(base_url: str, model: str | None, key: Key | None, tokenizer: Any, options: dict[str, Any]) -> Opened:
    """An engine on whatever answers there. Raises as ModelSession.connect does."""
    known = [field.name for field in fields(Options)]
    if unknown := next((name for name in options if name not in known), None):
        allowed = ", ".join(known)
        msg = f"connect has no option {unknown!r}."
        raise InvalidValue(
            msg, hint=f"It takes {allowed}.", name=unknown, value=repr(options[unknown]), allowed=allowed
        )
    return connect_api(base_url, model, key, tokenizer, Options(**options))
