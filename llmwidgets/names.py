"""Public names that an object has: a misspelt one is an error, and no new attribute that does nothing."""

from __future__ import annotations

from difflib import get_close_matches


class KnownNames:
    """Refuses to set a public attribute that its class does not have, with what was probably meant."""

    def __setattr__(self, name: str, value: object) -> None:
        kind = type(self)
        if not name.startswith("_") and not hasattr(kind, name):
            public = [known for known in dir(kind) if not known.startswith("_")]
            close = get_close_matches(name, public, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            msg = f"A {kind.__name__} has no {name!r} to set.{meant}"
            raise AttributeError(msg)
        super().__setattr__(name, value)
