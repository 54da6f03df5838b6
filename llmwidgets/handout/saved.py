"""The states of widgets, as a notebook saves them, made into what a hand-out's page reads: js/handout/saved.ts is its mirror image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDGETS = "application/vnd.jupyter.widget-state+json"
DIRECTIONS = {"HBoxModel": "row", "VBoxModel": "column", "BoxModel": "row"}

States = dict[str, dict[str, Any]]
"""By the model's id: model_name, model_module, state, and buffers in base64, as ipywidgets and nbclient write them."""


class Saved(TypedDict):
    """What a page reads; `modules` and `sheets` are what its models count through."""

    language: str
    models: dict[str, dict[str, Any]]
    modules: list[str]
    sheets: list[str]


def saved(states: Mapping[str, Mapping[str, Any]], shown: Iterable[str], language: str = "") -> Saved:
    """What the page needs for the models `shown`, which are ids for which `can_show` holds. Each bundle is there once."""
    modules: dict[str, int] = {}
    sheets: dict[str, int] = {}
    models: dict[str, dict[str, Any]] = {}
    waiting = list(shown)
    while waiting:
        name = waiting.pop()
        if name in models or name not in states:
            continue
        found = states[name]
        state = found["state"]
        if _is_box(found):
            children = _children(found)
            models[name] = {"kind": "box", "direction": DIRECTIONS[_name(found)], "children": children}
            waiting += children
            continue
        code, style = state["_esm"], state.get("_css") or ""
        models[name] = {
            "kind": "widget",
            "module": modules.setdefault(code, len(modules)),
            "sheet": sheets.setdefault(style, len(sheets)) if style else -1,
            "state": {key: value for key, value in state.items() if not key.startswith("_")},
            "buffers": [{"path": part["path"], "data": part["data"]} for part in found.get("buffers", ())],
        }
        waiting += references(state)
    return {"language": language, "models": models, "modules": list(modules), "sheets": list(sheets)}


def can_show(states: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    """Whether a page can draw this model: an anywidget with a module in its state, or a box of such."""
    found = states.get(name)
    if found is None:
        return False
    if _is_box(found):
        return all(can_show(states, child) for child in _children(found))
    code = found["state"].get("_esm")
    return isinstance(code, str) and bool(code) and not code.startswith(("http://", "https://"))


def references(state: Mapping[str, Any]) -> list[str]:
    """The ids of the models that a state points at, as anywidget's WidgetTrait writes them."""
    prefix = "anywidget:"
    return [
        value.removeprefix(prefix) for value in state.values() if isinstance(value, str) and value.startswith(prefix)
    ]


def _name(found: Mapping[str, Any]) -> str:
    return str(found.get("model_name", ""))


def _is_box(found: Mapping[str, Any]) -> bool:
    return found.get("model_module") == "@jupyter-widgets/controls" and _name(found) in DIRECTIONS


def _children(found: Mapping[str, Any]) -> list[str]:
    return [str(child).removeprefix("IPY_MODEL_") for child in found["state"].get("children", ())]
