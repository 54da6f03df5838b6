"""The TypeScript twin of the payloads and of the values that both sides need: `python -m llmwidgets.widgets.typescript`, run by `make payloads`."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from llmwidgets.stages.cost import COST_LIMITS, NEEDS
from llmwidgets.stages.cost_numbers import ASSUMED, EXAMPLES, EXAMPLES_DATE, MEASURABLE
from llmwidgets.stages.sampling import LIMITS, ORDERS, Sampler
from llmwidgets.widgets import (
    beam_payloads,
    continuation_payloads,
    cost_payloads,
    map_payloads,
    messages,
    payloads,
    replay_payloads,
    strip_payloads,
)
from llmwidgets.widgets.payloads import SamplerPayload

WIDTH = 110
"""Characters in a line of TypeScript, as js/biome.json has it."""


def _typescript(hint: Any) -> str:
    simple = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
    if hint in simple:
        return simple[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in args)
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(_typescript(arg) for arg in args))
    if origin is list:
        inner = _typescript(args[0])
        return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
    if origin is tuple:
        return f"readonly [{', '.join(_typescript(arg) for arg in args)}]"
    if origin is dict:
        return f"Readonly<Record<string, {_typescript(args[1])}>>"
    return str(hint.__name__)


def _field(name: str, kind: str) -> list[str]:
    """A field as the linter writes it: a long choice has a line for each."""
    line = f"  readonly {name}: {kind};"
    if len(line) <= WIDTH or " | " not in kind:
        return [line]
    choices = [f"    | {choice}" for choice in kind.split(" | ")]
    return [f"  readonly {name}:", *choices[:-1], f"{choices[-1]};"]


def _listed(name: str, values: Iterable[str]) -> list[str]:
    """A list as the linter writes it."""
    quoted = [f'"{value}"' for value in values]
    line = f"  {name}: [{', '.join(quoted)}],"
    return [line] if len(line) <= WIDTH else [f"  {name}: [", *(f"    {value}," for value in quoted), "  ],"]


def _literal(value: float | bool | None) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.12g}"


def _declared() -> Iterator[type]:
    """The payloads of all rooms, in the order in which they are declared."""
    for room in (
        payloads,
        map_payloads,
        beam_payloads,
        strip_payloads,
        cost_payloads,
        continuation_payloads,
        replay_payloads,
        messages,
    ):
        for value in vars(room).values():
            if isinstance(value, type) and value.__module__ == room.__name__ and hasattr(value, "__total__"):
                yield value


def typescript() -> str:
    """js/session/payloads.ts, as text."""
    lines = [
        "// Generated from *payloads.py and messages.py of llmwidgets/widgets by `make payloads`: change it there."
    ]
    for payload in _declared():
        summary = (payload.__doc__ or "").splitlines()[0]
        lines += ["", f"/** {summary} */", f"export interface {payload.__name__} {{"]
        for name, hint in get_type_hints(payload).items():
            lines += _field(name, _typescript(hint))
        lines.append("}")
    lines += ["", "/** The values that a setting may have, both ends included. */", "export const LIMITS = {"]
    lines += [
        f"  {name}: {{ low: {limits.low:.12g}, high: {limits.high:.17g}, whole: {str(limits.whole).lower()} }},"
        for name, limits in LIMITS.items()
    ]
    lines += ["} as const;", "", "/** Every stage off. */", "export const NEUTRAL: SamplerPayload = {"]
    neutral = Sampler()
    lines += [f"  {name}: {_literal(getattr(neutral, name))}," for name in get_type_hints(SamplerPayload)]
    lines.append("};")
    lines += [
        "",
        "/** The stages that an engine has, in the order in which it runs them. */",
        "export const ORDERS = {",
    ]
    for order, stages in ORDERS.items():
        lines += _listed(order if order.isidentifier() else f'"{order}"', stages)
    lines.append("} as const;")
    return "\n".join([*lines, *_of_costs()]) + "\n"


def _of_costs() -> Iterator[str]:
    """What a cost is calculated from where nobody has typed it."""
    yield from ["", "/** The numbers of a cost, and the values that each may have. */", "export const COST_LIMITS = {"]
    for name, limits in COST_LIMITS.items():
        yield f"  {name}: {{ low: {limits.low:.12g}, high: {limits.high:.17g}, whole: {str(limits.whole).lower()} }},"
    yield from ["} as const;", "", "/** What has to be known of a form of execution. */", "export const COST_NEEDS = {"]
    for form, names in NEEDS.items():
        yield from _listed(form, names)
    yield from ["} as const;", "", "/** The numbers that a session measures. */"]
    yield from _constant("COST_MEASURED", MEASURABLE)
    yield from ["", "/** A workload that nobody has typed or measured. */", "export const COST_ASSUMED = {"]
    yield from (f"  {name}: {_literal(value)}," for name, value in ASSUMED.items())
    yield from ["} as const;", "", "/** When the example prices were written. */"]
    yield f'export const COST_EXAMPLES_DATE = "{EXAMPLES_DATE}";'
    yield from ["", "/** Example prices by label of the currency: nobody's offer. */", "export const COST_EXAMPLES = {"]
    for label, prices in EXAMPLES.items():
        yield f"  {label if label == '$' else repr(label)}: {{".replace("'", '"')
        yield from (f"    {name}: {_literal(value)}," for name, value in prices.items())
        yield "  },"
    yield "} as const;"


def _constant(name: str, values: Iterable[str]) -> list[str]:
    """A list of its own, as the linter writes it."""
    quoted = [f'"{value}"' for value in values]
    line = f"export const {name} = [{', '.join(quoted)}] as const;"
    return (
        [line]
        if len(line) <= WIDTH
        else [f"export const {name} = [", *(f"  {each}," for each in quoted), "] as const;"]
    )


if __name__ == "__main__":
    sys.stdout.write(typescript())
