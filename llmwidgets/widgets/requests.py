"""What the page may ask, checked: types, ranges and sizes. Whatever else arrives is refused with InvalidValue."""

from __future__ import annotations

import re
from typing import Any, cast, get_args

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.sampling import LIMITS, Order

_CLIENT = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ACTIONS: dict[str, tuple[str, ...]] = {
    "step": (),
    "generate": ("max_new_tokens", "stop"),
    "stop": (),
    "undo": (),
    "append": ("token",),
    "whole": (),
    "draw": ("n",),
    "fill": ("index", "token", "revision"),
    "fork": ("index", "token", "revision"),
    "switch": ("fork", "revision"),
    "row": ("row",),
    "prepare": (),
    "reset": (),
}
"""What the page may ask to be done once, and with which fields."""
MOST_STOP_TEXTS = 20
MOST_STOP_CHARACTERS = 1_000
MEASURES = ("probability", "log_probability", "logit", "rank")
SCALES = ("linear", "log")
MOST_BARS = 200
MOST_TYPED = 2_000
COLORS = ("token", "length", "surprisal", "attention")
MOST_CLIENTS = 16
MOST_IDS = 1_000_000
MOST_POINTED = 1_000


def address(message: Any) -> tuple[str, int]:
    """Who asks, and the number of the request."""
    if not isinstance(message, dict):
        raise refuse("message", type(message).__name__, "an object")
    client, rid = message.get("client"), message.get("rid")
    if not isinstance(client, str) or not _CLIENT.fullmatch(client):
        raise refuse("client", repr(client)[:40], "a short name")
    if not isinstance(rid, int) or isinstance(rid, bool) or not 0 < rid < 2**53:
        raise refuse("rid", repr(rid)[:40], "a number from 1")
    return client, rid


def language(message: dict[str, Any]) -> str:
    """The page's own language, "en" or "ja"; "" where it tells none of these."""
    told = message.get("language")
    return told if told in ("en", "ja") else ""


def settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `set` request that are not null: `text` str, `edit` as EditPayload, `ids` a list of int, `add_special` bool, `position` int, `sampler` a dict of known names."""
    names = ("text", "edit", "ids", "add_special", "position", "sampler")
    found = {name: message[name] for name in names if message.get(name) is not None}
    if not isinstance(found.get("text", ""), str):
        raise refuse("text", type(found["text"]).__name__, "a string")
    if "edit" in found:
        _check_edit(found["edit"])
    if "ids" in found:
        _check_ids(found["ids"])
    if not isinstance(found.get("add_special", True), bool):
        raise refuse("add_special", repr(found["add_special"])[:40], "true or false")
    if "position" in found and not is_whole(found["position"]):
        raise refuse("position", repr(found["position"])[:40], "a whole number")
    if "sampler" in found:
        found["sampler"] = sampler_changes(found["sampler"])
    return found


def action(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The action in an `act` request, and its arguments: whole numbers, and for `stop` a list of texts."""
    name = message.get("action")
    if not isinstance(name, str) or name not in _ACTIONS:
        raise refuse("action", repr(name)[:40], ", ".join(_ACTIONS))
    return name, {field: _argument(field, message.get(field)) for field in _ACTIONS[name]}


def _argument(name: str, value: Any) -> Any:
    if name == "stop":
        return _stop_texts([] if value is None else value)
    if not is_whole(value):
        raise refuse(name, repr(value)[:40], "a whole number")
    return value


def _stop_texts(texts: Any) -> list[str]:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise refuse("stop", repr(texts)[:40], "a list of strings")
    if len(texts) > MOST_STOP_TEXTS or sum(map(len, texts)) > MOST_STOP_CHARACTERS:
        allowed = f"at most {MOST_STOP_TEXTS} of {MOST_STOP_CHARACTERS:,} characters in all"
        raise refuse("stop", f"{len(texts):,} texts", allowed)
    return texts


def chain_question(message: dict[str, Any]) -> tuple[dict[str, Any], Order]:
    """The sampler's settings and the order in an `exact` request."""
    order = message.get("order")
    if order not in get_args(Order):
        raise refuse("order", repr(order)[:40], ", ".join(get_args(Order)))
    return sampler_changes(message.get("sampler")), cast("Order", order)


def index(message: dict[str, Any]) -> int:
    """The place in an `alternatives` request."""
    return int(_argument("index", message.get("index")))


def bar_settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `bar` request that are not null: `k` int, `measure` and `scale` str."""
    found: dict[str, Any] = {}
    if (k := message.get("k")) is not None:
        if not is_whole(k) or not 1 <= k <= MOST_BARS:
            raise refuse("k", repr(k)[:40], f"1 to {MOST_BARS}")
        found["k"] = k
    for name, allowed in (("measure", MEASURES), ("scale", SCALES)):
        if (value := message.get(name)) is not None:
            if value not in allowed:
                raise refuse(name, repr(value)[:40], ", ".join(allowed))
            found[name] = value
    return found


def revision(message: dict[str, Any]) -> int:
    """The revision that a request is about."""
    return int(_argument("revision", message.get("revision")))


def step(message: dict[str, Any]) -> int:
    """The step of a recording that a request asks for."""
    return int(_argument("step", message.get("step")))


def typed(message: dict[str, Any], most: int = MOST_TYPED) -> str:
    """The text of a request in which someone typed one."""
    text = message.get("text")
    if not isinstance(text, str):
        raise refuse("text", type(text).__name__, "a string")
    if len(text) > most:
        raise refuse("text", f"{len(text):,} characters", f"at most {most:,} characters")
    return text


def guess(message: dict[str, Any]) -> str | int:
    """A guess: a token's id, or a text."""
    token = message.get("token")
    return typed(message) if token is None else int(_argument("token", token))


def token_settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `tokens` request that are not null: `color_by` str, `selection` (row, start, end)."""
    found: dict[str, Any] = {}
    if (color_by := message.get("color_by")) is not None:
        if color_by not in COLORS:
            raise refuse("color_by", repr(color_by)[:40], ", ".join(COLORS))
        found["color_by"] = color_by
    if (selection := message.get("selection")) is not None:
        places = [selection.get(name) for name in ("row", "start", "end")] if isinstance(selection, dict) else []
        if not places or not all(map(is_whole, places)):
            raise refuse("selection", repr(selection)[:80], "row, start and end as whole numbers")
        found["selection"] = tuple(places)
    return found


def pointed(message: dict[str, Any]) -> list[int]:
    """The ids in a `point` request."""
    ids = message.get("ids")
    _check_ids(ids, MOST_POINTED)
    return list(cast("list[int]", ids))


def remember(seen: dict[str, int], client: str, rid: int) -> dict[str, int]:
    """`seen` with this request; the clients that asked longest ago fall out."""
    others = {name: value for name, value in seen.items() if name != client}
    newest = list(others.items())[-(MOST_CLIENTS - 1) :]
    return dict([*newest, (client, max(rid, seen.get(client, 0)))])


def sampler_changes(changes: Any) -> dict[str, Any]:
    """Settings of the sampler by name; their values are the Sampler's to check."""
    if not isinstance(changes, dict) or not set(changes) <= {*LIMITS, "do_sample"}:
        raise refuse("sampler", repr(changes)[:80], "the names of Sampler's settings")
    return dict(changes)


def _check_edit(edit: Any) -> None:
    places = [edit.get(name) for name in ("base", "start", "end")] if isinstance(edit, dict) else [None]
    if not all(map(is_whole, places)) or not isinstance(edit.get("text"), str):
        raise refuse("edit", repr(edit)[:80], "base, start and end as whole numbers, and text")


def _check_ids(ids: Any, most: int = MOST_IDS) -> None:
    if not isinstance(ids, list):
        raise refuse("ids", type(ids).__name__, "a list of whole numbers")
    if len(ids) > most:
        raise refuse("ids", f"{len(ids):,} of them", f"at most {most:,} of them")
    for place, token in enumerate(ids):
        if not is_whole(token):
            raise refuse(f"ids[{place}]", repr(token)[:40], "a whole number")


def is_whole(value: Any) -> bool:
    """Whether it is an int and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def refuse(name: str, value: str, allowed: str) -> InvalidValue:
    """The error for a value that the page may not send."""
    return InvalidValue(
        f"{name} cannot be {value}.", hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed
    )
