"""What the page may ask, checked: types, ranges and sizes. Whatever else arrives is refused with InvalidValue."""

from __future__ import annotations

import re
from typing import Any

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.sampling import LIMITS

_CLIENT = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ACTIONS = ("step", "generate", "stop", "undo", "append", "whole")
COLORS = ("token", "length", "surprisal")
MOST_CLIENTS = 16
MOST_IDS = 1_000_000


def address(message: Any) -> tuple[str, int]:
    """Who asks, and the number of the request."""
    if not isinstance(message, dict):
        raise _refuse("message", type(message).__name__, "an object")
    client, rid = message.get("client"), message.get("rid")
    if not isinstance(client, str) or not _CLIENT.fullmatch(client):
        raise _refuse("client", repr(client)[:40], "a short name")
    if not isinstance(rid, int) or isinstance(rid, bool) or not 0 < rid < 2**53:
        raise _refuse("rid", repr(rid)[:40], "a number from 1")
    return client, rid


def settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `set` request that are not null: `text` str, `edit` as EditPayload, `ids` a list of int, `add_special` bool, `position` int, `sampler` a dict of known names."""
    names = ("text", "edit", "ids", "add_special", "position", "sampler")
    found = {name: message[name] for name in names if message.get(name) is not None}
    if not isinstance(found.get("text", ""), str):
        raise _refuse("text", type(found["text"]).__name__, "a string")
    if "edit" in found:
        _check_edit(found["edit"])
    if "ids" in found:
        _check_ids(found["ids"])
    if not isinstance(found.get("add_special", True), bool):
        raise _refuse("add_special", repr(found["add_special"])[:40], "true or false")
    if "position" in found and not _is_whole(found["position"]):
        raise _refuse("position", repr(found["position"])[:40], "a whole number")
    if "sampler" in found:
        found["sampler"] = _sampler_changes(found["sampler"])
    return found


def action(message: dict[str, Any]) -> tuple[str, int | None]:
    """The action in an `act` request, and its number: the token to append or the tokens to generate."""
    name = message.get("action")
    if name not in _ACTIONS:
        raise _refuse("action", repr(name)[:40], ", ".join(_ACTIONS))
    number = {"append": message.get("token"), "generate": message.get("max_new_tokens")}.get(name)
    if name in ("append", "generate") and not _is_whole(number):
        raise _refuse("token" if name == "append" else "max_new_tokens", repr(number)[:40], "a whole number")
    return name, number


def token_settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `tokens` request that are not null: `color_by` str, `selection` (row, start, end)."""
    found: dict[str, Any] = {}
    if (color_by := message.get("color_by")) is not None:
        if color_by not in COLORS:
            raise _refuse("color_by", repr(color_by)[:40], ", ".join(COLORS))
        found["color_by"] = color_by
    if (selection := message.get("selection")) is not None:
        places = [selection.get(name) for name in ("row", "start", "end")] if isinstance(selection, dict) else []
        if not places or not all(map(_is_whole, places)):
            raise _refuse("selection", repr(selection)[:80], "row, start and end as whole numbers")
        found["selection"] = tuple(places)
    return found


def words(message: dict[str, Any], most_characters: int) -> tuple[list[str], bool]:
    """The words and the switch in a `map` request."""
    found, shown = message.get("words"), message.get("show_tokens")
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise _refuse("words", type(found).__name__, "a list of strings")
    if sum(map(len, found)) > most_characters:
        raise _refuse("words", f"{sum(map(len, found)):,} characters", f"at most {most_characters:,} characters in all")
    if not isinstance(shown, bool):
        raise _refuse("show_tokens", repr(shown)[:40], "true or false")
    return found, shown


def remember(seen: dict[str, int], client: str, rid: int) -> dict[str, int]:
    """`seen` with this request; the clients that asked longest ago fall out."""
    others = {name: value for name, value in seen.items() if name != client}
    newest = list(others.items())[-(MOST_CLIENTS - 1) :]
    return dict([*newest, (client, max(rid, seen.get(client, 0)))])


def _sampler_changes(changes: Any) -> dict[str, Any]:
    if not isinstance(changes, dict) or not set(changes) <= {*LIMITS, "do_sample"}:
        raise _refuse("sampler", repr(changes)[:80], "the names of Sampler's settings")
    return dict(changes)


def _check_edit(edit: Any) -> None:
    places = [edit.get(name) for name in ("base", "start", "end")] if isinstance(edit, dict) else [None]
    if not all(map(_is_whole, places)) or not isinstance(edit.get("text"), str):
        raise _refuse("edit", repr(edit)[:80], "base, start and end as whole numbers, and text")


def _check_ids(ids: Any) -> None:
    if not isinstance(ids, list):
        raise _refuse("ids", type(ids).__name__, "a list of whole numbers")
    if len(ids) > MOST_IDS:
        raise _refuse("ids", f"{len(ids):,} of them", f"at most {MOST_IDS:,} of them")
    for place, token in enumerate(ids):
        if not _is_whole(token):
            raise _refuse(f"ids[{place}]", repr(token)[:40], "a whole number")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse(name: str, value: str, allowed: str) -> InvalidValue:
    return InvalidValue(
        f"{name} cannot be {value}.", hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed
    )
