"""Pictures of vectors: scikit-learn and umap-learn as the measure, and nothing that is NaN."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kernel_page import matches
from plotly.graph_objects import Figure
from sklearn.decomposition import PCA

from llmwidgets import EmbeddingMap
from llmwidgets.errors import InvalidValue
from llmwidgets.stages import neighbours, projection
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.projection import MOST_TSNE, installed_methods, lost, project, project_table
from llmwidgets.widgets.map_payloads import MapPayload, MapSettings

METHODS = ["pca", "tsne", "umap"]


def cloud(count, size, seed=0, dtype=np.float32):
    """Points whose axes are well apart, away from 0."""
    rng = np.random.default_rng(seed)
    turned = np.linalg.qr(rng.normal(size=(size, size)))[0]
    return (rng.normal(size=(count, size)) * 0.7 ** np.arange(size) @ turned + rng.normal(size=size)).astype(dtype)


def legacy_state():
    return np.random.get_state()[1].tobytes()  # noqa: NPY002 (what scikit-learn would draw from)


def same_up_to_signs(found, expected, atol):
    signs = np.sign((found * expected).sum(0))
    np.testing.assert_allclose(found * signs, expected, atol=atol)


def extremes(coordinates):
    return coordinates[np.abs(coordinates).argmax(0), np.arange(coordinates.shape[1])]


def of_sklearn(vectors, axes):
    pca = PCA(axes, svd_solver="full")
    return pca.fit_transform(np.asarray(vectors, np.float64)), pca


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_few_points_by_pca(dtype, axes):
    vectors = cloud(12, 40, dtype=dtype)
    found = project(vectors, axes)
    expected, pca = of_sklearn(vectors, axes)
    assert found.coordinates.dtype == np.float32
    assert found.coordinates.shape == (12, axes)
    same_up_to_signs(found.coordinates, expected, 1e-5)
    np.testing.assert_allclose(found.variance, pca.explained_variance_ratio_, atol=1e-6)
    assert (extremes(found.coordinates) > 0).all()
    projector = found.projector
    assert (projector.method, projector.axes, projector.linear) == ("pca", axes, True)
    np.testing.assert_allclose(projector.transform(vectors), found.coordinates, atol=1e-4)
    np.testing.assert_allclose(projector.fitted.transform(vectors.astype(np.float64)), found.coordinates, atol=1e-4)
    assert (project(vectors, axes).coordinates == found.coordinates).all()
    turned = project(-vectors, axes)
    assert (extremes(turned.coordinates) > 0).all()


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(0, 6), st.integers(1, 4)),
        elements=st.sampled_from([0, 1, -1, 1e-30, 1e15, 0.1]),
    ),
    st.integers(2, 3),
)
def test_no_picture_of_few_points_holds_nan(vectors, axes):
    found = project(vectors, axes)
    assert found.coordinates.shape == (len(vectors), axes)
    assert np.isfinite(found.coordinates).all()
    assert np.isfinite(found.variance).all()
    assert 0 <= found.variance.sum() <= 1 + 1e-6
    if len(vectors):
        assert np.isfinite(found.projector.transform(vectors)).all()


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((0, 5), np.float32),
        np.ones((1, 5), np.float32),
        np.ones((4, 5), np.float32),
        np.zeros((4, 5), np.float32),
        np.full((600, 5), 0.1, np.float32),
        np.zeros((600, 5), np.float32),
    ],
    ids=["none", "one", "four equal", "zeros", "many equal", "many zeros"],
)
def test_equal_points_span_no_axis(vectors):
    makers = [project] if len(vectors) < 1 else [project, project_table, lambda rows: project_table(rows, by="torch")]
    for make in makers:
        found = make(vectors)
        assert found.coordinates.shape == (len(vectors), 2)
        assert not found.coordinates.any()
        assert found.variance.tolist() == [0, 0]
        assert not found.projector.transform(np.ones((2, 5), np.float32)).any()


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_equal_points_stay_together_by_the_other_methods(method):
    found = project(np.ones((6, 5), np.float32), 3, method)
    assert not found.coordinates.any()
    assert found.coordinates.shape == (6, 3)
    assert found.variance.shape == (0,)


def test_two_words_and_axes_that_there_are_not():
    found = project(np.array([[1, 0, 0], [0, 1, 0]], np.float32), 3)
    np.testing.assert_allclose(np.abs(found.coordinates), [[0.5**0.5, 0, 0]] * 2, atol=1e-6)
    np.testing.assert_allclose(found.variance, [1, 0, 0], atol=1e-6)
    assert found.projector.components.shape == (3, 3)
    assert project(np.arange(5.0)[:, None], 2).variance.tolist() == [1, 0]
    assert project(np.array([[1, 0], [1, 0], [0, 1]], np.float32)).variance.tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize("method", ["tsne", "umap"])
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize(("count", "size"), [(4, 9), (5, 1), (7, 2), (40, 9)])
def test_the_other_methods_on_few_points(method, axes, count, size):
    vectors = cloud(count, size)
    found = project(vectors, axes, method)
    assert found.coordinates.dtype == np.float32
    assert found.coordinates.shape == (count, axes)
    assert np.isfinite(found.coordinates).all()
    assert len(np.unique(found.coordinates, axis=0)) == count
    assert (found.variance.shape, found.method, found.projector.linear) == ((0,), method, False)
    assert (project(vectors, axes, method).coordinates == found.coordinates).all()


@pytest.mark.parametrize("method", METHODS)
def test_groups_stay_groups(method):
    groups = np.repeat([0, 1, 2], 20)
    vectors = (np.eye(3, 30) * 5)[groups] + np.random.default_rng(0).normal(0, 0.3, (60, 30))
    places = project(vectors, 2, method).coordinates
    apart = ((places[:, None] - places) ** 2).sum(-1)
    np.fill_diagonal(apart, np.inf)
    assert (groups[apart.argmin(1)] == groups).all()


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("axes", [2, 3])
def test_umap_in_a_map(session, axes):
    words = ["quick", "fast", "slow", "king", "queen", "man", "woman"]
    shown = EmbeddingMap(session, words=words, method="umap", axes=axes)
    assert shown.projection.coordinates.shape == (7, axes)
    assert shown.projection.method == "umap"
    assert isinstance(shown.figure(), Figure)
    for payload, kind in ((shown.settings, MapSettings), (shown.map, MapPayload)):
        assert matches(json.loads(json.dumps(payload)), kind)


def test_umap_places_further_points_and_t_sne_does_not():
    vectors = cloud(40, 9)
    found = project(vectors, 2, "umap").projector
    places = found.transform(vectors[:3] + 1e-3)
    assert places.dtype == np.float32
    np.testing.assert_allclose(places, found.fitted.transform(vectors[:3] + 1e-3), atol=0.5)
    assert found.transform(vectors[:0]).shape == (0, 2)
    with pytest.raises(InvalidValue, match=r"t-SNE cannot place further points.*PCA"):
        project(vectors, 2, "tsne").projector.transform(vectors)
    for method in METHODS:
        for wrong in (vectors[0], vectors[:, :8], np.zeros((0, 3))):
            with pytest.raises(InvalidValue, match="do not fit"):
                project(vectors, 2, method).projector.transform(wrong)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_too_few_points_for_the_other_methods(method):
    for count in (0, 1, 3):
        with pytest.raises(InvalidValue, match=r"needs at least 4 points.*PCA"):
            project(np.eye(max(count, 1), 5)[:count], 2, method)
    with pytest.raises(InvalidValue, match="needs at least 4 points"):
        project_table(np.eye(3), 2, method)


def test_too_many_points_for_t_sne_are_refused_with_the_time_that_they_would_take():
    rows = np.zeros((MOST_TSNE + 1, 2), np.float32)
    for make in (project, project_table):
        with pytest.raises(InvalidValue, match=r"5,001 points would take about a minute.*UMAP"):
            make(rows, 2, "tsne")
    with pytest.raises(InvalidValue, match=r"about \d+ minutes"):
        project_table(np.zeros((60_000, 2), np.float32), 2, "tsne")


def test_where_umap_learn_is_not_installed(monkeypatch):
    assert installed_methods() == ("pca", "tsne", "umap")
    monkeypatch.setattr(projection.importlib.util, "find_spec", lambda name: None)
    assert installed_methods() == ("pca", "tsne")
    with pytest.raises(InvalidValue, match="pip install umap-learn") as caught:
        project(cloud(9, 4), 2, "umap")
    assert caught.value.values["allowed"] == "pca, tsne"
    with pytest.raises(InvalidValue, match="method cannot be 'isomap'"):
        project(cloud(9, 4), 2, "isomap")


def test_methods_are_listed_without_loading_them():
    code = """
import sys
from llmwidgets.stages.projection import installed_methods
from llmwidgets.stages import arithmetic, contexts, kinds, neighbours, pooling
assert "umap" in installed_methods()
assert not {"umap", "numba", "sklearn", "scipy", "torch", "pandas", "regex"} & set(sys.modules)"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_not_finite_is_named():
    vectors = cloud(9, 4)
    vectors[7, 2] = np.nan
    for make in (project, project_table):
        with pytest.raises(InvalidValue, match="nan in row 7, column 2"):
            make(vectors)


# many points


@pytest.fixture(params=[1 << 23, 4096], ids=["whole", "in small parts"])
def work(request, monkeypatch):
    monkeypatch.setattr(neighbours, "CHUNK", request.param)


@pytest.mark.parametrize("by", ["sklearn", "torch"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("count", "size"), [(3000, 20), (700, 100), (520, 1010)])
def test_many_points_by_pca(by, dtype, count, size, work):
    vectors = torch.from_numpy(cloud(count, size)).to(dtype)
    kept = vectors.clone()
    found = project_table(vectors, 3, by=by)
    expected, pca = of_sklearn(vectors.double().numpy(), 3)
    same_up_to_signs(found.coordinates, expected, 2e-3)
    np.testing.assert_allclose(found.variance, pca.explained_variance_ratio_, atol=1e-4)
    assert (extremes(found.coordinates) > 0).all()
    assert (found.coordinates.dtype, found.variance.dtype) == (np.float32, np.float32)
    assert torch.equal(vectors, kept)
    rows = vectors[:40].float().numpy()
    np.testing.assert_allclose(found.projector.transform(rows), found.coordinates[:40], atol=1e-5)
    np.testing.assert_allclose(found.projector.mean, vectors.double().mean(0), atol=1e-5)
    assert found.projector.components.shape == (3, size)
    assert (project_table(vectors, 3, by=by).coordinates == found.coordinates).all()
    if by != "torch":
        np.testing.assert_allclose(found.projector.fitted.transform(rows), found.coordinates[:40], atol=1e-5)


@pytest.mark.parametrize("size", [60, 1200])
def test_torch_finds_what_scikit_learn_finds(size):
    vectors = cloud(1500, size)
    ours, theirs = (project_table(vectors, by=by) for by in ("torch", "sklearn"))
    np.testing.assert_allclose(ours.coordinates, theirs.coordinates, atol=1e-3)
    np.testing.assert_allclose(ours.projector.components, theirs.projector.components, atol=1e-3)
    np.testing.assert_allclose(ours.variance, theirs.variance, atol=1e-4)


def test_scikit_learn_does_it_on_the_processor():
    for size in (60, 1010):
        assert isinstance(project_table(cloud(700, size)).projector.fitted, PCA)


def test_arrays_of_any_kind_make_the_same_picture():
    vectors = np.round(cloud(800, 6) * 4).astype(np.float32)
    expected = project_table(vectors).coordinates
    read_only = vectors.copy()
    read_only.setflags(write=False)
    for made in (read_only, vectors.astype(np.int16), vectors.tolist(), Table(vectors), torch.from_numpy(vectors)):
        np.testing.assert_allclose(project_table(made).coordinates, expected, atol=1e-4)


@pytest.mark.parametrize("distance", [3, 9, 30, 1000])
@pytest.mark.parametrize("size", [20, 1200])
def test_points_far_from_zero_keep_their_shape(distance, size):
    """scikit-learn takes the covariance from uncentred float32 products: far from 0 nothing but rounding is left of it."""
    vectors = cloud(6000 if size == 20 else 600, size)
    spread = np.sqrt(((vectors - vectors.mean(0)) ** 2).sum(1).mean())
    vectors += np.float32(distance * spread / np.sqrt(size))
    found = project_table(vectors)
    expected, pca = of_sklearn(vectors, 2)
    same_up_to_signs(found.coordinates, expected, 0.01 * spread)
    np.testing.assert_allclose(found.variance, pca.explained_variance_ratio_, atol=3e-3)


def test_the_random_numbers_of_others_stay_theirs():
    states = torch.get_rng_state(), legacy_state()
    project_table(cloud(600, 1100), by="torch")
    project_table(cloud(600, 1100), by="sklearn")
    for method in METHODS:
        project(cloud(9, 4), 2, method)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert legacy_state() == states[1]


def test_umap_of_many_points_and_t_sne_of_some():
    vectors = cloud(700, 12)
    for method in ("umap", "tsne"):
        found = project_table(vectors, 2, method)
        assert found.coordinates.shape == (700, 2)
        assert np.isfinite(found.coordinates).all()
        assert found.method == method


def test_the_real_vocabulary(default_loaded):
    weight = default_loaded[0].get_input_embeddings().weight
    found = project_table(weight)
    exact = weight.detach().double().numpy()
    pca = PCA(2, svd_solver="covariance_eigh")
    same_up_to_signs(found.coordinates, pca.fit_transform(exact), 1e-3)
    np.testing.assert_allclose(found.variance, pca.explained_variance_ratio_, atol=1e-4)
    same_up_to_signs(project_table(weight, by="torch").coordinates, found.coordinates, 1e-3)


# what is lost


def lost_by_hand(full, coordinates, points):
    counts = []
    for row, point in zip(full, points, strict=True):
        apart = ((coordinates.astype(np.float64) - coordinates[point].astype(np.float64)) ** 2).sum(1)
        others = np.sort(np.delete(apart, point))
        counts.append(sum(apart[other] > others[len(row) - 1] for other in row))
    return counts


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(
        np.float32, st.tuples(st.integers(2, 25), st.integers(1, 3)), elements=st.sampled_from([0, 1, 2, 3, 0.1, -5])
    ),
    st.data(),
)
def test_what_is_lost_is_counted_exactly_and_ties_are_not(coordinates, data):
    count = len(coordinates)
    k = data.draw(st.integers(1, count - 1))
    points = data.draw(st.lists(st.integers(0, count - 1), max_size=5))
    others = [[place for place in range(count) if place != point] for point in points]
    full = np.array([data.draw(st.permutations(row))[:k] for row in others], np.int64).reshape(len(points), k)
    found = lost(full, coordinates, np.array(points, np.int64))
    assert found.tolist() == lost_by_hand(full, coordinates, points)


def test_nothing_is_lost_where_the_picture_is_the_space():
    vectors = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    points = np.arange(400)
    apart = ((vectors[:, None].astype(np.float64) - vectors) ** 2).sum(-1)
    np.fill_diagonal(apart, np.inf)
    full = np.argsort(apart, axis=1, kind="stable")[:, :10]
    assert not lost(full, vectors, points).any()
    assert lost(full, vectors[::-1], points).mean() > 9
    assert not lost(full, np.zeros((400, 2)), points).any()
    assert lost(full[:, :0], vectors, points).tolist() == [0] * 400
    assert lost(full[:0], vectors, points[:0]).tolist() == []
