"""Vectors in two or three dimensions, and what such a picture loses.

Not for neighbours: these are found in the full space (neighbours.py).
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.neighbours import Table

if TYPE_CHECKING:
    import torch

Method = Literal["pca", "tsne", "umap"]
NAMES: dict[Method, str] = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}

MOST_TSNE = 5_000
FEWEST = 4
"""Fewer points have no neighbourhoods that t-SNE or UMAP could keep."""
FEW = 500
"""Up to so many points a PCA in float64 costs nothing."""
WIDE = 1_000
"""Up to so many dimensions a covariance is the quicker way, as in scikit-learn."""
FAR, FAR_CENTRED = 1e2, 1e4
"""Where the mean's square is so many times the variance, float32 is wrong in the third digit: in a covariance of uncentred products, and in the mean itself."""
SAME = 1e-12
"""Of the mean's square: a variance below that is rounding."""
OVERSAMPLES = 10
ITERATIONS = 7
"""As in scikit-learn's randomised PCA of few components."""


@dataclass(frozen=True, eq=False)
class Projector:
    """What brings vectors into the picture. `fitted` is the estimator of scikit-learn or umap-learn itself, where there is one.

    A linear one (PCA) subtracts `mean` (d,) and takes the products with `components` (axes, d), of which each holds a share of the
    `variance` (axes,). The others have no components, and their variance is empty: their axes are no directions.
    """

    method: Method
    axes: int
    mean: np.ndarray
    components: np.ndarray | None
    variance: np.ndarray
    fitted: Any = None

    @property
    def linear(self) -> bool:
        """Whether sums and differences of vectors are sums and differences in the picture."""
        return self.components is not None

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Further vectors in the same picture, (m, d) to (m, axes) float32. Raises InvalidValue for t-SNE, which cannot."""
        vectors = np.asarray(vectors)
        if vectors.ndim != 2 or vectors.shape[1] != len(self.mean):
            raise InvalidValue(
                f"Vectors of the shape {vectors.shape} do not fit this projection.",
                hint=f"Give (m, {len(self.mean)}).",
                name="vectors",
                value=str(vectors.shape),
                allowed=f"(m, {len(self.mean)})",
            )
        if not len(vectors):
            return np.zeros((0, self.axes), np.float32)
        if self.components is not None:
            # row by row, in one order: a matrix product rounds one row otherwise than the same row among others
            placed: np.ndarray = np.einsum("md,ad->ma", vectors - self.mean, self.components, dtype=np.float64)
            return placed.astype(np.float32)
        if self.method == "tsne":
            raise InvalidValue(
                "t-SNE cannot place further points: it has no rule for them, only places for those that it was given.",
                hint="Fit again with the new points, or take PCA.",
                name="method",
                value="tsne",
                allowed="pca, umap",
            )
        if self.fitted is None:
            return np.zeros((len(vectors), self.axes), np.float32)
        return np.asarray(self.fitted.transform(np.asarray(vectors, np.float32)), np.float32)


@dataclass(frozen=True, eq=False)
class Projection:
    """A picture: `coordinates` (n, axes) float32, the share of `variance` (axes,) that each axis holds (empty for t-SNE and UMAP), and what made it."""

    coordinates: np.ndarray
    variance: np.ndarray
    projector: Projector
    method: Method


def installed_methods() -> tuple[Method, ...]:
    """The methods whose libraries are here; none is imported."""
    return ("pca", "tsne", "umap") if importlib.util.find_spec("umap") else ("pca", "tsne")


def project(vectors: np.ndarray, axes: int = 2, method: Method = "pca", *, seed: int = 0) -> Projection:
    """Few points, (n, d), in `axes` dimensions; the same points give the same picture.

    PCA: the sign of each axis is fixed (its largest coordinate is positive). Points that are all the same, or a single one, span no axis: they are
    all at 0, and so is the variance; likewise the axes beyond those that there are. t-SNE and UMAP begin with the places of PCA. Raises
    InvalidValue for fewer than four points of theirs, for more than 5,000 of t-SNE, and where umap-learn is not installed.
    """
    _check(len(vectors), method)
    if len(vectors):
        vectors = Table.of(vectors).tensor.cpu().double().numpy()
    linear = _pca(vectors, axes)
    return linear if method == "pca" else _bent(vectors, linear, method, seed)


def project_table(
    table: Any, axes: int = 2, method: Method = "pca", *, by: Literal["sklearn", "torch"] | None = None
) -> Projection:
    """Many points, a tensor or array (n, d) or a Table, of any real dtype; at most one copy of them in float32 is made.

    PCA is scikit-learn's on the CPU and is computed `by` torch on other devices: by the covariance up to 1,000 dimensions, else randomised.
    """
    table = Table.of(table)
    _check(len(table), method)
    if len(table) <= FEW:
        return project(table.tensor, axes, method)
    rank = min(axes, table.dimensions)
    if by is None:
        by = "sklearn" if table.tensor.device.type == "cpu" else "torch"
    found = _by_sklearn(table, rank) if by == "sklearn" else None
    linear = _placed(table, found or _by_torch(table, rank), axes)
    return linear if method == "pca" else _bent(_matrix(table), linear, method, seed=0)


def lost(full: np.ndarray, coordinates: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Of the nearest in the full space, `full` (m, k) of the points `points` (m,), so many are not among the k nearest in the picture: (m,) int.

    Distances in the picture are Euclidean. A point as near as the k-th there counts as one of them.
    """
    count, k = full.shape
    if not count or not k:
        return np.zeros(count, np.int64)
    from scipy.spatial import cKDTree

    places = np.asarray(coordinates, np.float64)
    here = places[points][:, None]
    # the point itself is among the nearest k + 1, or as far away as one of them
    _, near = cKDTree(places, balanced_tree=False, compact_nodes=False).query(here[:, 0], k=k + 1)
    reach = ((places[near] - here) ** 2).sum(axis=2).max(axis=1)
    apart = ((places[full] - here) ** 2).sum(axis=2)
    return np.asarray((apart > reach[:, None]).sum(axis=1), np.int64)


def _check(count: int, method: Method) -> None:
    """Whether a method can do so many points here."""
    if method not in NAMES:
        raise _refuse(f"method cannot be {method!r:.60}.", 'Take "pca", "tsne" or "umap".', method)
    if method == "pca":
        return
    if method not in installed_methods():
        raise _refuse(
            "UMAP needs umap-learn, which is not installed.",
            "Run: pip install umap-learn. PCA and t-SNE need nothing more.",
            method,
        )
    if count < FEWEST:
        raise _refuse(
            f"{NAMES[method]} needs at least {FEWEST} points; there are {count}.", "Take PCA, or add points.", method
        )
    if method == "tsne" and count > MOST_TSNE:
        raise _refuse(
            f"t-SNE of {count:,} points would take {_patience(count)}; at most {MOST_TSNE:,} are done.",
            "Take PCA or UMAP, or choose fewer points.",
            method,
        )


def _patience(count: int) -> str:
    """About how long t-SNE takes: some 5 ms a point on two cores, and little more than in proportion to their number."""
    minutes = max(1, round(count * 5e-3 / 60))
    return f"about {minutes} minutes" if minutes > 1 else "about a minute"


def _refuse(message: str, hint: str, method: Any) -> InvalidValue:
    return InvalidValue(message, hint=hint, name="method", value=method, allowed=", ".join(installed_methods()))


def _pca(vectors: np.ndarray, axes: int) -> Projection:
    """By scikit-learn with a full decomposition; `vectors` (n, d) float64."""
    count, size = vectors.shape if len(vectors) else (0, np.shape(vectors)[1] if np.ndim(vectors) == 2 else 0)
    mean = vectors.mean(axis=0) if count else np.zeros(size)
    rank = min(axes, count - 1, size)
    if rank <= 0 or _all_same(vectors):
        return _linear(np.zeros((count, 0)), mean, np.zeros((0, size)), np.zeros(0), axes=axes)
    from sklearn.decomposition import PCA

    pca = PCA(n_components=rank, svd_solver="full")
    coordinates = pca.fit_transform(vectors)
    return _linear(coordinates, mean, pca.components_, pca.explained_variance_ratio_, pca, axes=axes)


def _all_same(vectors: np.ndarray) -> bool:
    """Up to float32's rounding."""
    return bool(np.abs(vectors - vectors[0]).max() <= SAME**0.5 * np.abs(vectors).max())


def _linear(
    coordinates: np.ndarray,
    mean: np.ndarray,
    components: np.ndarray,
    variance: np.ndarray,
    fitted: Any = None,
    *,
    axes: int,
) -> Projection:
    """Signs fixed, and axes that there are not filled with zeros."""
    rank = coordinates.shape[1]
    extremes = coordinates[np.abs(coordinates).argmax(axis=0), np.arange(rank)] if rank else np.zeros(0)
    signs = np.where(extremes < 0, -1, 1)
    components = components * signs[:, None]
    if fitted is not None:
        fitted.components_ = components
    projector = Projector(
        "pca",
        axes,
        np.asarray(mean, np.float32),
        _filled(components, axes, 0),
        _filled(np.nan_to_num(variance), axes, 0),
        fitted,
    )
    return Projection(_filled(coordinates * signs, axes, 1), projector.variance, projector, "pca")


def _filled(values: np.ndarray, size: int, along: int) -> np.ndarray:
    """As float32, with zeros up to `size` along an axis."""
    width = [(0, 0)] * values.ndim
    width[along] = (0, size - values.shape[along])
    return np.pad(np.asarray(values, np.float32), width)


def _nonlinear(coordinates: np.ndarray, method: Method, mean: np.ndarray, fitted: Any = None) -> Projection:
    nothing = np.zeros(0, np.float32)
    projector = Projector(method, coordinates.shape[1], mean, None, nothing, fitted)
    return Projection(np.asarray(coordinates, np.float32), nothing, projector, method)


def _bent(vectors: np.ndarray, linear: Projection, method: Method, seed: int) -> Projection:
    """By t-SNE or UMAP, from the places of PCA on; points that are all the same stay at 0."""
    if not linear.variance.any():
        return _nonlinear(linear.coordinates, method, linear.projector.mean)
    return (_tsne if method == "tsne" else _umap)(vectors, linear, seed)


def _tsne(vectors: np.ndarray, linear: Projection, seed: int) -> Projection:
    from sklearn.manifold import TSNE

    # scikit-learn's init="pca" does this too, where there are as many dimensions as axes
    start = linear.coordinates / linear.coordinates[:, 0].std() * 1e-4
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    tsne = TSNE(linear.projector.axes, perplexity=perplexity, init=start, random_state=seed)
    return _nonlinear(tsne.fit_transform(vectors), "tsne", linear.projector.mean, tsne)


def _umap(vectors: np.ndarray, linear: Projection, seed: int) -> Projection:
    with warnings.catch_warnings():
        # its variant with a neural network is not used here
        warnings.filterwarnings("ignore", message="Tensorflow not installed", category=ImportWarning)
        from umap import UMAP

    # UMAP divides by the extent of each axis
    start = linear.coordinates if np.ptp(linear.coordinates, axis=0).all() else "random"
    # a fixed seed allows one thread only, and umap-learn warns where it is not told so
    reducer = UMAP(
        n_components=linear.projector.axes,
        n_neighbors=min(15, len(vectors) - 1),
        init=start,
        random_state=seed,
        n_jobs=1,
    )
    coordinates = reducer.fit_transform(np.asarray(vectors, np.float32))
    return _nonlinear(coordinates, "umap", linear.projector.mean, reducer)


@dataclass(frozen=True, eq=False)
class _Axes:
    """What a fit of many points finds: `mean` (d,), `components` (rank, d), the shares `variance` (rank,), and the estimator."""

    mean: torch.Tensor
    components: torch.Tensor
    variance: torch.Tensor
    fitted: Any = None


def _by_sklearn(table: Table, rank: int) -> _Axes | None:
    """None where the points are so far from 0 and so near each other that scikit-learn's sums are lost in float32's rounding."""
    import torch
    from sklearn import config_context
    from sklearn.decomposition import PCA

    matrix = _matrix(table)
    # it writes into a matrix that is not copied; the table has been looked through for NaN
    pca = PCA(rank, svd_solver="auto", copy=matrix.ctypes.data == table.tensor.data_ptr(), random_state=0)
    with config_context(assume_finite=True), np.errstate(invalid="ignore"):
        pca.fit(matrix)
        total = float(pca.explained_variance_.sum() / pca.explained_variance_ratio_.sum())
    far = FAR if pca._fit_svd_solver == "covariance_eigh" else FAR_CENTRED
    if not float(np.square(pca.mean_, dtype=np.float64).sum()) <= far * total:
        return None
    mean, components, variance = map(torch.from_numpy, (pca.mean_, pca.components_, pca.explained_variance_ratio_))
    return _Axes(mean, components, variance, pca)


def _by_torch(table: Table, rank: int) -> _Axes:
    import torch

    mean = torch.zeros(table.dimensions, device=table.tensor.device)
    for _, rows in table.chunks():
        mean += rows.sum(0).float() / len(table)
    components, held, total = (_covariance if table.dimensions <= WIDE else _randomised)(table, mean, rank)
    if float(total) <= SAME * len(table) * float(mean.square().sum()):
        return _Axes(mean, torch.zeros_like(components), torch.zeros_like(held))
    return _Axes(mean, components, held / total)


def _placed(table: Table, found: _Axes, axes: int) -> Projection:
    """Every point by the rule by which further ones will be placed, so that the same vector has the same place."""
    import torch

    device = table.tensor.device
    components = found.components.to(device)
    offset = components @ found.mean.to(device)
    coordinates = torch.cat([rows.float() @ components.T - offset for _, rows in table.chunks()])
    return _linear(
        coordinates.cpu().numpy(),
        found.mean.cpu().numpy(),
        found.components.numpy(),
        found.variance.numpy(),
        found.fitted,
        axes=axes,
    )


def _matrix(table: Table) -> np.ndarray:
    """The table as float32 in this machine's memory: shared where it is that already, else a copy."""
    return np.asarray(table.tensor.cpu().float().numpy())


def _covariance(table: Table, mean: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Components by the eigenvectors of the covariance, the squares along each, and all squares."""
    import torch

    scatter = torch.zeros((table.dimensions, table.dimensions), device=mean.device)
    for _, rows in table.chunks():
        centred = rows.float() - mean
        scatter.addmm_(centred.T, centred)
    # not every device has eigenvalues, or float64
    values, vectors = torch.linalg.eigh(scatter.cpu().double())
    return vectors[:, -rank:].flip(1).T.float(), values[-rank:].flip(0), values.sum()


def _randomised(table: Table, mean: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The same by subspace iteration, as in `torch.pca_lowrank`, which copies the centred matrix and draws from the global generator."""
    import torch

    width = min(rank + OVERSAMPLES, table.dimensions)
    basis = torch.randn(table.dimensions, width, generator=torch.Generator().manual_seed(0))
    for _ in range(ITERATIONS):
        basis = torch.linalg.qr(basis).Q.to(mean.device)
        product = torch.zeros_like(basis)
        for _, rows in table.chunks():
            centred = rows.float() - mean
            product.addmm_(centred.T, centred @ basis)
        basis = product.cpu()
    basis = torch.linalg.qr(basis).Q
    scatter, total = torch.zeros((width, width)), torch.zeros(())
    for _, rows in table.chunks():
        centred = rows.float() - mean
        seen = centred @ basis.to(mean.device)
        scatter += (seen.T @ seen).cpu()
        total += centred.square().sum().cpu()
    values, turns = torch.linalg.eigh(scatter)
    return (basis @ turns[:, -rank:].flip(1)).T, values[-rank:].flip(0), total
