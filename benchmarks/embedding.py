"""What a map's geometry costs: projecting a vocabulary beside scikit-learn's PCA, and neighbours beside the bare product."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import torch
from sklearn.decomposition import PCA

from llmwidgets import ModelSession
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.projection import project_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from llmwidgets.stages.neighbours import Measure

LARGE = (128_256, 2_048)
NEAREST = 10


def by_turns(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median milliseconds of both, whoever begins taking turns, the first two rounds left out."""
    times: tuple[list[float], list[float]] = ([], [])
    pair = list(zip((ours, theirs), times, strict=True))
    for place in range(rounds + 2):
        for job, spent in pair if place % 2 else pair[::-1]:
            started = time.perf_counter()
            job()
            if place >= 2:
                spent.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[0]), statistics.median(times[1])


def of_sklearn(matrix: np.ndarray, solver: str) -> np.ndarray:
    coordinates: np.ndarray = PCA(2, svd_solver=solver, random_state=0).fit_transform(matrix)
    return coordinates


def fastest(matrix: np.ndarray) -> str:
    """scikit-learn's solver that is fastest on this matrix, by the better of two times each."""
    times = {}
    for solver in ("covariance_eigh", "randomized", "arpack", "full"):
        spent = []
        for _ in range(2):
            started = time.perf_counter()
            of_sklearn(matrix, solver)
            spent.append(time.perf_counter() - started)
        times[solver] = min(spent)
    print("scikit-learn's solvers: " + ", ".join(f"{solver} {1000 * best:.0f} ms" for solver, best in times.items()))
    return min(times, key=lambda solver: times[solver])


def vocabulary() -> None:
    """The default model's whole vocabulary."""
    with ModelSession() as session:
        weight = session.model.get_input_embeddings().weight.detach().clone()
    matrix = weight.numpy()
    solver = fastest(matrix)
    ours, theirs = by_turns(lambda: project_table(weight), lambda: of_sklearn(matrix, solver), 15)
    table = Table(weight)
    known, again = by_turns(lambda: project_table(table), lambda: of_sklearn(matrix, solver), 15)
    print(
        f"{weight.shape[0]:,} x {weight.shape[1]} projected: {ours:.0f} ms, {ours / theirs:.2f} x scikit-learn ({solver}, {theirs:.0f} ms); "
        f"of a table that is checked already {known / again:.2f} x"
    )


def nearest(table: Table, measure: Measure) -> None:
    """Neighbours of one word, beside the product and top-k alone."""
    vector = table.row(777)
    bare = torch.from_numpy(vector)
    ours, theirs = by_turns(
        lambda: table.nearest(vector, NEAREST, measure, leave_out=[777]),
        lambda: torch.topk(table.tensor @ bare, NEAREST),
        25,
    )
    print(
        f"{NEAREST} nearest of {len(table):,} x {table.dimensions:,} by {measure}: {ours:.1f} ms, "
        f"{ours / theirs:.2f} x the product and top-k alone ({theirs:.1f} ms)"
    )


def large() -> None:
    """As large as Llama 3's."""
    tensor = torch.randn(LARGE, generator=torch.Generator().manual_seed(0)) * 0.02
    started = time.perf_counter()
    table = Table(tensor)
    print(f"{LARGE[0]:,} x {LARGE[1]:,} checked and measured: {1000 * (time.perf_counter() - started):.0f} ms")
    nearest(table, "cosine")
    nearest(table, "dot")
    started = time.perf_counter()
    project_table(table)
    print(f"{LARGE[0]:,} x {LARGE[1]:,} projected: {time.perf_counter() - started:.1f} s")


def main() -> None:
    vocabulary()
    large()


if __name__ == "__main__":
    main()
