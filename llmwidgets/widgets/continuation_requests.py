"""What a ContinuationView's page may ask, checked. See requests.py."""

from __future__ import annotations

from typing import Any, get_args

from llmwidgets.stages.continuations import check_candidates, check_measure
from llmwidgets.tokenizers.face import check_text
from llmwidgets.widgets.continuation_payloads import ContinuationScale
from llmwidgets.widgets.requests import is_whole, refuse

MOST_PROMPT = 20_000
"""Characters of a prompt that is typed in the page."""
MOST_NEW_TOKENS = 200
SCALES = get_args(ContinuationScale)


def continuation_settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `continuation` request that are not null."""
    names = ("prompt", "follows", "candidates", "measure", "scale", "begin", "new_tokens")
    found = {name: message[name] for name in names if message.get(name) is not None}
    if "prompt" in found:
        prompt = check_text(found["prompt"])
        if len(prompt) > MOST_PROMPT:
            raise refuse("prompt", f"{len(prompt):,} characters", f"at most {MOST_PROMPT:,} characters")
    for name in ("follows", "begin"):
        if not isinstance(found.get(name, True), bool):
            raise refuse(name, f"{found[name]!r:.40}", "true or false")
    if "candidates" in found:
        if not isinstance(found["candidates"], list):
            raise refuse("candidates", type(found["candidates"]).__name__, "a list of strings")
        found["candidates"] = tuple(map(check_text, check_candidates(found["candidates"])))
    if "measure" in found:
        check_measure(found["measure"])
    if found.get("scale", SCALES[0]) not in SCALES:
        raise refuse("scale", f"{found['scale']!r:.40}", ", ".join(SCALES))
    if "new_tokens" in found and not (is_whole(found["new_tokens"]) and 0 <= found["new_tokens"] <= MOST_NEW_TOKENS):
        raise refuse("new_tokens", f"{found['new_tokens']!r:.40}", f"0 to {MOST_NEW_TOKENS}")
    return found
