"""Nearest vectors: exact in every type, with ties by index, and refusals that name the place."""

import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics.pairwise import cosine_similarity

from llmwidgets.errors import InvalidValue
from llmwidgets.stages import neighbours as module
from llmwidgets.stages.neighbours import Table, cosine_similarities, grouped, neighbors

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.int8, torch.bool]


def exactly(table, vector, measure):
    """(n,) float32, worked out in float64."""
    rows, vector = np.asarray(table, np.float64), np.asarray(vector, np.float64)
    products = (rows * vector).sum(1)
    if measure == "cosine":
        lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
        products = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0).clip(-1, 1)
    return products.astype(np.float32)


def ranked(similar, k, leave_out=()):
    order = [int(place) for place in np.lexsort((np.arange(len(similar)), -similar)) if place not in leave_out][:k]
    return order, similar[order]


def agrees(found, similar, k, leave_out=()):
    order, values = ranked(similar, k, leave_out)
    assert [index for index, _ in found] == order
    np.testing.assert_allclose([value for _, value in found], values, rtol=1e-6, atol=1e-7)


@pytest.fixture(params=[1 << 23, 64], ids=["whole", "in small parts"])
def work(request, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", request.param)


@pytest.mark.parametrize("measure", ["cosine", "dot"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_nearest_in_any_type(dtype, measure, work):
    made = (torch.randn(211, 24, generator=torch.Generator().manual_seed(0)) * 3).to(dtype)
    table, exact = Table(made), made.double().numpy()
    assert len(table) == 211
    assert table.dimensions == 24
    np.testing.assert_allclose(table.norms, np.linalg.norm(exact, axis=1), rtol=1e-6)
    np.testing.assert_allclose(table.rows([3, 200, 3]), exact[[3, 200, 3]], rtol=1e-6)
    np.testing.assert_allclose(table.mean([1, 5, 9]), exact[[1, 5, 9]].mean(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(table.mean(range(211)), exact.mean(0), rtol=1e-5, atol=1e-6)
    vector = np.random.default_rng(0).normal(size=24)
    similar = exactly(exact, vector, measure)
    np.testing.assert_allclose(table.scores(vector, measure).numpy(), similar, rtol=1e-4, atol=1e-4)
    assert table.scores(vector, measure).dtype == torch.float32
    agrees(table.nearest(vector, 12, measure), similar, 12)
    agrees(table.nearest(vector, 12, measure, leave_out=[3, 3, 100]), similar, 12, {3, 100})
    asked = table.rows(range(0, 211, 30))
    indices, values = table.nearest_many(asked, 7, measure, leave_self=list(range(0, 211, 30)))
    for place, row in enumerate(range(0, 211, 30)):
        agrees(list(zip(indices[place], values[place], strict=True)), exactly(exact, exact[row], measure), 7, {row})
    indices, _ = table.nearest_many(asked, 7, measure)
    if measure == "cosine" and dtype is not torch.bool:
        assert indices[:, 0].tolist() == list(range(0, 211, 30))


@settings(max_examples=200, deadline=None)
@given(
    rows=hnp.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.sampled_from([0, 1, -1, 2, 0.5])
    ),
    k=st.integers(0, 35),
    measure=st.sampled_from(["cosine", "dot"]),
    data=st.data(),
)
def test_equal_ones_come_by_index(rows, k, measure, data):
    index = data.draw(st.integers(0, len(rows) - 1))
    left = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=4))
    table = Table(rows)
    similar = exactly(rows, rows[index], measure)
    agrees(table.nearest(rows[index], k, measure, leave_out=left), similar, k, left)
    indices, values = table.nearest_many(rows[[index]], k, measure, leave_self=[index])
    assert indices.shape == values.shape == (1, min(k, len(rows) - 1))
    assert indices[0].tolist() == ranked(similar, k, {index})[0]


def test_many_equal_rows_among_which_the_last_place_is_shared():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4001, 37)).astype(np.float32)
    rows[5::2] = rows[5]
    found = Table(rows).nearest(rows[5] + 1e-3 * rng.normal(size=37), 40)
    assert [index for index, _ in found] == list(range(5, 85, 2))
    assert len({value for _, value in found}) == 1


def test_what_rounding_in_float32_would_confuse():
    """Long rows whose products cancel: the order by one product in float32 is another than the true one."""
    rng = np.random.default_rng(1)
    vector = rng.normal(size=4096)
    vector /= np.linalg.norm(vector)
    aside = rng.normal(size=4096)
    aside -= aside @ vector * vector
    rows = (aside / np.linalg.norm(aside) + 1e-8 * rng.normal(size=(500, 4096))).astype(np.float32)
    similar = exactly(rows, vector, "cosine")
    rough = Table(rows).scores(vector).numpy()
    assert set(ranked(rough, 10)[0]) != set(ranked(similar, 10)[0])
    for measure in ("cosine", "dot"):
        found = Table(rows).nearest(vector, 10, measure)
        assert [index for index, _ in found] == ranked(exactly(rows, vector, measure), 10)[0]


def test_by_dot_product_a_long_row_does_not_hide_the_others():
    """The longest rows are those whose products may be wrong by most."""
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(500, 16)).astype(np.float32)
    rows[::5] *= 1e4
    vector = rng.normal(size=16)
    agrees(Table(rows).nearest(vector, 20, "dot"), exactly(rows, vector, "dot"), 20)
    vector = np.abs(vector)
    rows[::5] = -np.abs(rows[::5])
    agrees(Table(rows).nearest(vector, 20, "dot"), exactly(rows, vector, "dot"), 20)


def test_vectors_of_zeros_are_similar_to_nothing():
    table = Table(np.array([[1, 0], [0, 0], [-1, 0]], np.float32))
    assert table.nearest([0, 0], 3) == ((0, 0.0), (1, 0.0), (2, 0.0))
    assert table.nearest([1, 0], 3) == ((0, 1.0), (1, 0.0), (2, -1.0))
    assert table.norms.tolist() == [1, 0, 1]
    assert table.scores([1e-320, 0]).tolist() == [0, 0, 0]


def test_very_short_and_very_long_vectors():
    rows = np.array([[1e-25, 0], [3e-25, 4e-25], [1e15, 0], [0, 1e18]], np.float32)
    table = Table(rows)
    np.testing.assert_allclose(table.norms, [1e-25, 5e-25, 1e15, 1e18], rtol=1e-6)
    np.testing.assert_allclose(table.scores([1, 0]).numpy(), [1, 0.6, 1, 0], rtol=1e-5)


def test_memory_is_shared_and_nothing_is_written():
    rows = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    kept = rows.copy()
    rows.setflags(write=False)
    table = Table(rows)
    assert table.tensor.data_ptr() == rows.ctypes.data
    for measure in ("cosine", "dot"):
        table.nearest(rows[0], 5, measure, leave_out=[1, 2])
        table.nearest_many(rows, 3, measure, leave_self=range(20))
    table.rows([0])[:] = 7
    table.row(0)[:] = 7
    table.mean([0])[:] = 7
    assert (rows == kept).all()
    weight = torch.nn.Embedding(20, 4).weight
    assert Table(weight).tensor.data_ptr() == weight.data_ptr()
    assert not Table(weight).scores(rows[0]).requires_grad
    assert Table.of(table) is table


def test_arrays_that_torch_cannot_share():
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    for made in (
        rows[::-1],
        rows[:, ::-1],
        rows.astype(">f4"),
        rows.astype(np.longdouble),
        rows.astype(np.uint16),
        rows.tolist(),
    ):
        np.testing.assert_allclose(Table(made).rows(range(4)), np.asarray(made, np.float32))
    strided = np.zeros((8, 6), np.float32)[::2, ::2]
    assert Table(strided + 1).norms.shape == (4,)


def test_a_weight_that_is_changed_in_place_is_measured_again():
    weight = torch.nn.Embedding(5, 3).weight
    table = Table(weight)
    before = table.norms
    with torch.no_grad():
        weight *= 2
    np.testing.assert_allclose(table.norms, before * 2, rtol=1e-6)
    assert table.nearest(weight[2].detach(), 1)[0][0] == 2
    assert table.nearest(weight[2].detach(), 1)[0][1] == pytest.approx(1)
    with torch.no_grad():
        weight[3, 1] = torch.nan
    with pytest.raises(InvalidValue, match="nan in row 3, column 1"):
        table.nearest([1, 2, 3], 1)


def test_a_weight_made_in_inference_mode():
    with torch.inference_mode():
        weight = torch.eye(3)
    assert Table(weight).nearest([0, 1, 0], 1) == ((1, 1.0),)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_named(dtype, value, work):
    rows = torch.ones(40, 5, dtype=dtype)
    rows[33, 4] = rows[37, 1] = value
    with pytest.raises(InvalidValue, match=f"{value} in row 33, column 4"):
        Table(rows)


def test_too_long_for_float32():
    with pytest.raises(InvalidValue, match="row 1 is too long"):
        Table(np.array([[1.0], [1e200]]))
    with pytest.raises(InvalidValue, match="row 0 is too long"):
        Table(np.full((1, 4), 3e38, np.float32))


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(3),
        np.zeros((0, 3)),
        np.zeros((3, 0)),
        np.zeros((2, 2, 2)),
        np.zeros((2, 2), complex),
        torch.zeros(2, 2, dtype=torch.complex64),
        torch.eye(2).to_sparse(),
        [["a", "b"]],
        [[1, 2], [3]],
        [[None, 1]],
        3,
        None,
        "abc",
    ],
    ids=lambda value: str(getattr(value, "shape", value)),
)
def test_what_is_no_table(wrong):
    with pytest.raises(InvalidValue, match="Vectors"):
        Table(wrong)


@pytest.mark.parametrize(
    ("vector", "says"),
    [
        ([1, 2], r"shape \(2,\)"),
        ([], r"shape \(0,\)"),
        ([[1, 2, 3]], r"shape \(1, 3\)"),
        ([1, 2, np.nan], "NaN or infinite"),
        ([1, np.inf, 2], "NaN or infinite"),
        ([1, 1e200, 2], "NaN or infinite"),
        (["a", "b", "c"], "cannot be made of"),
    ],
)
def test_vectors_that_cannot_be_compared(vector, says):
    table = Table(np.eye(3))
    for ask in (table.scores, lambda vector: table.nearest(vector, 2), lambda vector: table.nearest_many([vector], 2)):
        with pytest.raises(InvalidValue, match=says):
            ask(vector)


def test_rows_that_are_not_there_and_other_measures():
    table = Table(np.eye(3))
    for ask in (
        lambda: table.row(3),
        lambda: table.rows([0, -1]),
        lambda: table.mean([7]),
        lambda: table.nearest([1, 0, 0], 1, leave_out=[3]),
        lambda: table.nearest_many(np.eye(3), 1, leave_self=[0, 1, 3]),
    ):
        with pytest.raises(InvalidValue, match="There is no row"):
            ask()
    with pytest.raises(InvalidValue, match="No vectors, no mean"):
        table.mean([])
    with pytest.raises(InvalidValue, match="2 entries for 3 vectors"):
        table.nearest_many(np.eye(3), 1, leave_self=[0, 1])
    for ask in (table.scores, lambda vector, measure: table.nearest(vector, 1, measure)):
        with pytest.raises(InvalidValue, match="measure cannot be 'euclid'"):
            ask([1, 0, 0], "euclid")


def test_nothing_asked_nothing_found():
    table = Table(np.eye(3))
    assert table.nearest([1, 0, 0], 0) == ()
    assert table.nearest([1, 0, 0], 5, leave_out=[0, 1, 2]) == ()
    indices, values = table.nearest_many(np.zeros((0, 3)), 2)
    assert indices.shape == values.shape == (0, 2)
    assert table.rows([]).shape == (0, 3)
    assert Table(np.ones((1, 3))).nearest_many(np.ones((1, 3)), 4, leave_self=[0])[0].shape == (1, 0)


def test_the_real_vocabulary(default_loaded):
    model, tokenizer = default_loaded
    weight = model.get_input_embeddings().weight
    table = Table(weight)
    king = tokenizer.encode(" king", add_special_tokens=False)
    vector = table.mean(king)
    for measure in ("cosine", "dot"):
        similar = exactly(weight.detach().double().numpy(), vector, measure)
        agrees(table.nearest(vector, 25, measure, leave_out=king), similar, 25, king)
    found = [tokenizer.decode([index]) for index, _ in table.nearest(vector, 5)]
    assert found[0] == " king"
    assert " queen" in found or " kings" in found


def test_a_table_is_asked_by_several_threads_at_once(background):
    table = Table(torch.randn(2000, 32, generator=torch.Generator().manual_seed(0)))
    alone = [table.nearest(table.row(place), 5) for place in range(8)]
    start = threading.Barrier(4)

    def ask(_):
        start.wait(60)
        return [table.nearest(table.row(place), 5) for place in range(8)]

    assert all(job.result() == alone for job in [background(ask, place) for place in range(4)])


# few points


def test_cosines_by_hand():
    vectors = np.array([[1, 0], [1, 1], [0, 0], [-2, 0]], np.float32)
    half = 2**-0.5
    expected = [[1, half, 0, -1], [half, 1, 0, -half], [0, 0, 0, 0], [-1, -half, 0, 1]]
    np.testing.assert_allclose(cosine_similarities(vectors), expected, atol=1e-6)
    assert [index for index, _ in neighbors(cosine_similarities(vectors), 0, 3)] == [1, 2, 3]
    assert cosine_similarities(np.zeros((0, 3), np.float32)).shape == (0, 0)


@settings(deadline=None)
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.floats(-8, 8, width=32)))
def test_cosines_are_scikit_learns(vectors):
    vectors[np.abs(vectors) < 1e-3] = 0
    np.testing.assert_allclose(cosine_similarities(vectors), cosine_similarity(vectors.astype(np.float64)), atol=1e-5)


def test_similar_ones_stand_together():
    rng = np.random.default_rng(0)
    groups = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 2])
    similar = cosine_similarities((np.eye(3, 8)[groups] + rng.normal(0, 0.05, (10, 8))).astype(np.float32))
    order = grouped(similar)
    assert sorted(order) == list(range(10))
    assert (np.diff(groups[list(order)]) != 0).sum() == 2
    line = cosine_similarities(
        np.array([[np.cos(angle), np.sin(angle)] for angle in np.array([3, 0, 2, 4, 1]) / 3], np.float32)
    )
    assert grouped(line) in {(1, 4, 2, 0, 3), (3, 0, 2, 4, 1)}


def test_an_order_of_hardly_any_or_all_the_same():
    for count in range(3):
        assert grouped(np.eye(count, dtype=np.float32)) == tuple(range(count))
    assert sorted(grouped(np.ones((5, 5), np.float32))) == list(range(5))
    assert sorted(grouped(np.zeros((4, 4), np.float32))) == list(range(4))
