"""What llmwidgets says in English, found in its source: each sentence with {} where something is filled in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

MOST_FORMS = 40

SAID_FIRST = {
    "say": 0,
    "paragraph": 0,
    "chips": 0,
    "bars": 0,
    "table": 0,
    "dress": 1,
    "Ability": 3,
}
"""Functions whose argument at this place is said, as an error's first is."""


class Said(NamedTuple):
    """A sentence and where it is said; `fragment` where it is only a part of one."""

    place: str
    template: str
    fragment: bool


Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Source:
    """A file of the package."""

    path: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def calls(self) -> list[ast.Call]:
        """Every call in it."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]

    @cached_property
    def imports(self) -> set[str]:
        """The packages that it imports, also within functions."""
        modules = [node.module or "" for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        return {module.partition(".")[0] for module in modules}

    def is_within(self, node: ast.AST, functions: set[str]) -> bool:
        """Whether it stands in a call of one of these."""
        while (node := self.parents.get(node)) is not None:  # type: ignore[assignment]  # the walrus narrows
            if isinstance(node, ast.Call) and _name(node) in functions:
                return True
        return False

    def function_around(self, node: ast.AST) -> Function | None:
        """The function in which it stands."""
        while (node := self.parents.get(node)) is not None:  # type: ignore[assignment]  # the walrus narrows
            if isinstance(node, Function):
                return node
        return None

    def assigned(self, name: str, around: Function | None) -> list[ast.expr]:
        """What a name may hold: what is assigned to it in the function, else in the module."""
        for scope in (around, self.tree):
            if scope is not None and (found := list(_assigned_in(scope, name))):
                return found
        return []


class Maker(NamedTuple):
    """A function that says one of its arguments, and the argument's place."""

    function: str
    parameter: str
    index: int


def sources(package: Path) -> list[Source]:
    """Every file of a package."""
    return [
        Source(str(file.relative_to(package)), ast.parse(file.read_text("utf-8")))
        for file in sorted(package.rglob("*.py"))
    ]


def said_in(package: Path, errors: Iterable[str]) -> list[Said]:
    """Everything that errors of these names, pictures and notices say."""
    files, kinds = sources(package), set(errors)
    makers: dict[tuple[str, str], set[Maker]] = {}
    found: dict[tuple[str, bool], Said] = {}
    todo = [
        (file, call, expression, False) for file in files for call in file.calls for expression in _said_by(call, kinds)
    ]
    while todo:
        file, call, expression, passed_on = todo.pop()
        around = file.function_around(call)
        for said in _sentences(file, expression, around, fragment=passed_on):
            found.setdefault((said.template, said.fragment), said)
        if around is None:
            continue
        for maker in _parameters(file, expression, around):
            home = file.path if around.name.startswith("_") else ""
            if maker in makers.setdefault((home, around.name), set()):
                continue
            makers[home, around.name].add(maker)
            todo += [
                (other, made, argument, True)
                for other in (files if home == "" else [file])
                for made in other.calls
                if _name(made) == maker.function and (argument := _argument(made, maker, around)) is not None
            ]
    return sorted(found.values())


def normal(template: str) -> str:
    """A sentence without the names of what is filled in."""
    return re.sub(r"\{#?\w*\}", "{}", template)


def is_words(template: str) -> bool:
    """Whether it says something: letters, and no code that is the same in every language."""
    bare = template.replace("{}", "x")
    if not re.search(r"[A-Za-z]{2}", template.replace("{}", "")):
        return False
    if bare.startswith("%"):
        return False
    try:
        code = ast.parse(bare.strip())
    except SyntaxError:
        return True
    return not any(isinstance(node, (ast.Call, ast.Assign, ast.Constant, ast.Tuple)) for node in ast.walk(code))


SHOWN = {"title", "name", "text", "annotation_text", "ticktext", "subplot_titles", "labels"}
"""Arguments of plotly's whose words a reader sees."""


def unsaid_in(package: Path) -> list[str]:
    """Words that a picture shows and that are not handed to `say`: "file:line: 'words'"."""
    return [
        f"{file.path}:{words.lineno}: {template!r}"
        for file in sources(package)
        if "plotly" in file.imports
        for call in file.calls
        if isinstance(call.func, ast.Attribute)
        for keyword in call.keywords
        if keyword.arg in SHOWN
        for words in _shown_of(keyword.value)
        if not file.is_within(words, {"say", "label", "_token"})
        for template in _templates(file, words, None, [])
        if re.search(r"[A-Za-z]{2}", re.sub(r"%?\{[^}]*\}|<[^>]*>|\bms\b", "", template))
    ]


def _shown_of(value: ast.expr) -> Iterator[ast.expr]:
    """The strings in an argument that are no keys of a dict."""
    keys = {key for node in ast.walk(value) if isinstance(node, ast.Dict) for key in node.keys}
    inside = {part for node in ast.walk(value) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(value):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node not in keys and node not in inside:
            yield node


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _said_by(call: ast.Call, kinds: set[str]) -> Iterator[ast.expr]:
    name = _name(call)
    if name in kinds:
        yield from call.args[:1]
        yield from (keyword.value for keyword in call.keywords if keyword.arg in ("message", "hint"))
    elif name in SAID_FIRST and len(call.args) > SAID_FIRST[name]:
        yield call.args[SAID_FIRST[name]]
    if name == "table" and len(call.args) > 1:
        yield call.args[1]


def _sentences(file: Source, expression: ast.expr, around: Function | None, *, fragment: bool) -> Iterator[Said]:
    parts: list[ast.expr] = []
    place = f"{file.path}:{expression.lineno}"
    for template in _templates(file, expression, around, parts):
        if is_words(template) and (not fragment or " " in template.strip()):
            yield Said(place, template.strip() if fragment else template, fragment)
    done: list[ast.expr] = []
    while parts:
        part = parts.pop()
        if part in done:
            continue
        done.append(part)
        for held in [part] if not isinstance(part, ast.Name) else file.assigned(part.id, around):
            for template in _templates(file, held, around, parts):
                if " " in template.strip() and is_words(template):
                    yield Said(f"{file.path}:{held.lineno}", template.strip(), fragment=True)


def _templates(
    file: Source, node: ast.expr, around: Function | None, parts: list[ast.expr], within: frozenset[str] = frozenset()
) -> list[str]:
    """The sentences that an expression may be; what is filled in goes to `parts`."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else ["{}"]
    if isinstance(node, ast.JoinedStr):
        return _joined([_templates(file, value, around, parts, within) for value in node.values])
    if isinstance(node, ast.FormattedValue):
        if isinstance(node.value, (ast.Name, ast.IfExp, ast.BoolOp)) and node.conversion == -1:
            parts.append(node.value)
        return ["{}"]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([_templates(file, side, around, parts, within) for side in (node.left, node.right)])
    if (choices := _choices(node)) is not None:
        return [each for choice in choices for each in _templates(file, choice, around, parts, within)]
    if isinstance(node, ast.Name):
        held = [] if node.id in within else file.assigned(node.id, around)
        within |= {node.id}
        return [each for value in held for each in _templates(file, value, around, parts, within)] or ["{}"]
    return ["{}"]


def _choices(node: ast.expr) -> Sequence[ast.expr] | None:
    """Of an expression that is one of several, those; of a collection its items."""
    match node:
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BoolOp() | ast.Dict():
            return node.values
        case ast.Tuple() | ast.List():
            return node.elts
        case ast.Starred() | ast.Subscript():
            return [node.value]
        case ast.Call(func=ast.Attribute(attr="values")):
            return [node.func.value]
    return None


def _joined(sides: list[list[str]]) -> list[str]:
    found = [""]
    for side in sides:
        found = [before + after for before in found for after in side][:MOST_FORMS]
    return found


def _assigned_in(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    nodes = ast.iter_child_nodes(scope) if isinstance(scope, ast.Module) else ast.walk(scope)
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _bound(target, node.value, name)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            yield from _bound(node.target, node.value, name)


def _bound(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, held in zip(target.elts, value.elts, strict=True):
            yield from _bound(one, held, name)


def _parameters(file: Source, expression: ast.expr, around: Function) -> Iterator[Maker]:
    """The function's arguments that an expression says."""
    arguments = [*around.args.posonlyargs, *around.args.args, *around.args.kwonlyargs]
    names = [each.arg for each in arguments]
    for name in _names_in(file, expression, around, set()):
        if name in names:
            index = names.index(name)
            yield Maker(around.name, name, index if index < len(names) - len(around.args.kwonlyargs) else -1)


def _names_in(file: Source, expression: ast.expr, around: Function, seen: set[str]) -> Iterator[str]:
    """The names that an expression says as they are, and those that are held in them."""
    if isinstance(expression, ast.Name):
        if expression.id not in seen:
            seen.add(expression.id)
            yield expression.id
            for held in file.assigned(expression.id, around):
                yield from _names_in(file, held, around, seen)
    elif isinstance(expression, ast.FormattedValue):
        if expression.conversion == -1:
            yield from _names_in(file, expression.value, around, seen)
    elif isinstance(expression, (ast.JoinedStr, ast.BinOp, ast.IfExp, ast.BoolOp)):
        for child in ast.iter_child_nodes(expression):
            if isinstance(child, ast.expr):
                yield from _names_in(file, child, around, seen)


def _argument(call: ast.Call, maker: Maker, around: Function) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == maker.parameter:
            return keyword.value
    index = maker.index
    if around.args.args[:1] and around.args.args[0].arg in ("self", "cls") and isinstance(call.func, ast.Attribute):
        index -= 1
    return call.args[index] if 0 <= index < len(call.args) else None
