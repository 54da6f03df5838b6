"""Whether a host can be reached, said soon."""

import ssl
import threading
import urllib.error
import urllib.request

REACHABLE_WITHIN = 5.0
"""Seconds after which a host counts as out of reach."""


def reachable(url: str, seconds: float = REACHABLE_WITHIN) -> bool:
    """Whether the host of `url` answers HTTP within so many seconds, name look-up included.

    A thread of its own asks: a name server that is silent holds the caller up for longer than any timeout of a socket.
    """
    answered = threading.Event()

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")  # noqa: S310  # https addresses written in this file
            with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310
                answered.set()
        except urllib.error.HTTPError:
            answered.set()
        except urllib.error.URLError as error:
            # the clients that fetch may trust certificates that urllib does not know
            if isinstance(error.reason, ssl.SSLError):
                answered.set()
        except (OSError, ValueError):
            pass

    asking = threading.Thread(target=ask, name="llmwidgets-reachable", daemon=True)
    asking.start()
    asking.join(seconds)
    return answered.is_set()
