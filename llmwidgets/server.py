"""A Jupyter server extension that sets TCP_NODELAY on each kernel websocket, and does nothing else.

Without it a small answer of the kernel waits in the server's socket until the browser has acknowledged the one before
(Nagle's algorithm meeting delayed acknowledgements), which is most of the time between a key and its effect in a view.

Installed with the package and enabled wherever a Jupyter server runs in the same environment. To switch it off, and on:

    jupyter server extension disable llmwidgets
    jupyter server extension enable llmwidgets

Where the server is built differently, a line in its log says so and the server goes on as without the extension.
This is no part of the widgets: they work without it, only later.
"""

import functools
import importlib
import logging
from collections.abc import Callable
from typing import Any

_PATCHED = "_llmwidgets_nodelay"
_HANDLER = ("jupyter_server.services.kernels.websocket", "KernelWebsocketHandler")
_log = logging.getLogger(__name__)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "llmwidgets.server"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    """Called by the Jupyter server as it starts."""
    log = getattr(server_app, "log", None) or _log
    module, name = _HANDLER
    try:
        handler = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        log.warning("llmwidgets: TCP_NODELAY stays unset on kernel websockets, since this server differs: %s", error)
        return
    set_nodelay_on_open(handler, log)


def set_nodelay_on_open(handler: Any, log: Any = _log) -> bool:
    """Make a websocket handler class set TCP_NODELAY when a connection opens. Returns whether the class now does.

    Calling it again changes nothing. A class without `open` is left as it is, with a warning in the log.
    """
    original: Callable[..., Any] | None = getattr(handler, "open", None)
    if not callable(original):
        log.warning("llmwidgets: TCP_NODELAY stays unset on kernel websockets: %r has no open()", handler)
        return False
    if getattr(original, _PATCHED, False):
        return True

    @functools.wraps(original)
    def open_without_delay(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            self.set_nodelay(True)
        except Exception as error:  # noqa: BLE001  # whatever fails here, the kernel must still be reached
            log.warning("llmwidgets: TCP_NODELAY stays unset on this kernel websocket: %r", error)
        return original(self, *args, **kwargs)

    setattr(open_without_delay, _PATCHED, True)
    try:
        handler.open = open_without_delay
    except (AttributeError, TypeError) as error:
        log.warning("llmwidgets: TCP_NODELAY stays unset on kernel websockets: %s", error)
        return False
    return True
