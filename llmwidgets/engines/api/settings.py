"""The sampler's settings in a server's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.errors import NotOffered
from llmwidgets.stages.sampling import Sampler

if TYPE_CHECKING:
    from llmwidgets.engines.api.servers import Server

_NEUTRAL = Sampler()
_ALL_FIELDS = (
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "top_h",
    "epsilon_cutoff",
    "eta_cutoff",
    "repetition_penalty",
)


def unknown_settings(server: Server) -> tuple[str, ...]:
    """The sampler's fields that a server has no name for."""
    return tuple(name for name in _ALL_FIELDS if name not in server.settings)


def settings_of(server: Server, sampler: Sampler) -> dict[str, Any]:
    """What a request says so that the server draws by this sampler; neutral settings too, for a server's own are not.

    Raises NotOffered, which names each setting that is on and that the server does not have.
    """
    lacking = [
        f"{name}={getattr(sampler, name)!r}"
        for name in unknown_settings(server)
        if not sampler.greedy and getattr(sampler, name) != getattr(_NEUTRAL, name)
    ]
    if lacking:
        known = ", ".join(server.settings)
        named = ", ".join(lacking)
        msg = f"{server.name} does not draw by {named}: it has no such setting."
        hint = f"Put it back to neutral; {server.name} takes {known}."
        raise NotOffered(msg, hint=hint, what=named, server=server.name, known=known)
    asked: dict[str, Any] = {theirs: getattr(sampler, ours) for ours, theirs in server.settings.items()}
    if "top_k" in asked:
        # everywhere -1 keeps all; 0 not
        asked["top_k"] = sampler.top_k or -1
    if sampler.greedy:
        asked["temperature"] = 0
    if sampler.seed is not None:
        asked["seed"] = sampler.seed
    return asked
