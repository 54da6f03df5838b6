"""Classes by which points are coloured."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from llmwidgets.errors import InvalidValue
from llmwidgets.stages import kinds as module
from llmwidgets.stages.kinds import KINDS, categories, clusters, kinds, levels, scripts
from llmwidgets.stages.neighbours import Table
from llmwidgets.tokenizers.face import as_tokenizer


def kind_of(text, special=False):
    data = text.encode() if isinstance(text, str) else text
    return KINDS[kinds([data], [special])[0]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (" king", "space"),
        (" むかし", "space"),
        ("\tif", "space"),
        ("king", "letters"),
        ("'s", "letters"),
        ("2nd", "letters"),
        ("王", "letters"),
        ("ー", "letters"),
        ("\u093e", "letters"),
        ("7", "digits"),
        (" 12.5", "digits"),
        ("２０", "digits"),
        ("½", "digits"),
        ("!", "punctuation"),
        (" (", "punctuation"),
        ("、", "punctuation"),
        ("👍🏽", "punctuation"),
        ("€", "punctuation"),
        ("\x00", "punctuation"),
        (" ", "whitespace"),
        ("\n\n\t", "whitespace"),
        ("\u3000", "whitespace"),
        (b"\xe3\x81", "bytes"),
        (b" \xff", "bytes"),
        (b"\xed\xa0\x80", "bytes"),
        (None, "unnamed"),
        (b"", "unnamed"),
    ],
)
def test_the_kind_of_a_token(text, kind):
    assert kind_of(text) == kind
    assert kind_of(text, special=True) == "special"


@given(st.lists(st.none() | st.binary(max_size=5), max_size=8))
def test_every_token_has_a_kind_and_a_script(tokens):
    found = kinds(tokens, [False] * len(tokens))
    assert found.dtype == np.int8
    assert ((found >= 0) & (found < len(KINDS))).all()
    codes, keys = scripts(tokens, [False] * len(tokens))
    assert codes.dtype == np.int8
    assert set(codes.tolist()) == set(range(len(keys)))


def test_lists_of_different_lengths_are_refused():
    for classify in (kinds, scripts):
        with pytest.raises(ValueError, match="shorter"):
            classify([b"a", b"b"], [False])


def scripts_of(*texts, special=None):
    tokens = [text.encode() if isinstance(text, str) else text for text in texts]
    codes, keys = scripts(tokens, special or [False] * len(tokens))
    return [keys[code] for code in codes]


def test_the_script_of_a_tokens_letters():
    assert scripts_of(" king", "мир", "世界", "カー", "食べる", "12", "👍🏽", " ", None, b"\xe3\x81", "abя", "ꙮ𐎠𐎠") == [
        "Latin",
        "Cyrillic",
        "Han",
        "Japanese",
        "Japanese",
        *["none"] * 5,
        "Latin",
        "other",
    ]
    assert scripts_of("<|end|>", "a", special=[True, False]) == ["none", "Latin"]
    assert scripts_of() == []


def test_keys_come_by_frequency_and_the_rest_is_other():
    letters = "aябअকગਕகకคກខမཀაԱ한"
    names = [letter for place, letter in enumerate(letters) for _ in range(30 - place)]
    codes, keys = scripts([name.encode() for name in names], [False] * len(names))
    assert len(keys) == 16
    assert keys[0] == "Cyrillic"
    assert keys[-1] == "other"
    counts = np.bincount(codes)[:-1]
    assert (np.diff(counts) <= 0).all()
    codes, keys = categories([*"aabbbc", None, math.nan, np.nan, 3])
    assert keys == ("b", "none", "a", "c", "3")
    assert [keys[code] for code in codes] == [*"aabbbc", "none", "none", "none", "3"]
    codes, keys = categories([str(value) for value in range(17)])
    assert keys == (*(str(value) for value in range(15)), "other")
    assert codes.tolist() == [*range(15), 15, 15]
    codes, keys = categories(["other", "other", "a"])
    assert [keys[code] for code in codes] == ["other", "other", "a"]
    assert keys[-1] == "other"
    assert len(categories([str(value) for value in range(15)])[1]) == 15
    assert categories([])[1] == ()


def test_categories_of_a_pandas_column():
    import pandas as pd

    codes, keys = categories(pd.Series(["x", None, "y", "x"], dtype="category"))
    assert [keys[code] for code in codes] == ["x", "none", "y", "x"]
    codes, keys = categories(pd.array([True, pd.NA, True]))
    assert [keys[code] for code in codes] == ["True", "none", "True"]
    codes, keys = categories(["nan", float("nan"), np.float32("nan"), pd.NaT])
    assert [keys[code] for code in codes] == ["nan", "none", "none", "none"]


def test_directions_fall_into_clusters_numbered_by_size():
    rng = np.random.default_rng(0)
    centres = np.eye(4, 32) * [[1], [5], [50], [0.1]]
    truth = np.repeat([2, 0, 3, 1], [400, 300, 200, 100])
    lengths = rng.uniform(0.1, 10, (1000, 1))
    rows = (centres[truth] * (1 + rng.normal(0, 0.01, (1000, 32)))) * lengths
    order = rng.permutation(1000)
    found = clusters(rows[order].astype(np.float32), 4)
    assert found.dtype == np.int8
    expected = np.array([{2: 0, 0: 1, 3: 2, 1: 3}[place] for place in truth])[order]
    assert (found == expected).all()
    assert (clusters(torch.from_numpy(rows[order]).half(), 4) == expected).all()


def test_clusters_are_the_same_each_time_and_each_row_goes_to_the_nearest(monkeypatch):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(3000, 8)).astype(np.float32)
    monkeypatch.setattr(module, "SAMPLE", 500)
    one, other = clusters(Table(rows), 5), clusters(rows, 5)
    assert (one == other).all()
    assert (np.diff(np.bincount(one)) <= 0).all()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    means = np.stack([unit[one == place].mean(0) for place in range(5)])
    within = ((unit - means[one]) ** 2).sum(1).mean()
    assert within < 0.8 * ((unit - unit.mean(0)) ** 2).sum(1).mean()


def test_clusters_of_hardly_any_points():
    assert clusters(np.ones((1, 4)), 12).tolist() == [0]
    assert set(clusters(np.zeros((20, 4)), 3).tolist()) == {0}
    assert sorted(clusters(np.eye(3), 12).tolist()) == [0, 1, 2]


def test_steps_of_a_value():
    values = np.concatenate([np.linspace(0, 100, 1001), [-1e6, 1e6]])
    codes, edges = levels(values, 10)
    assert codes.dtype == np.int8
    assert edges[0] == -1e6
    assert edges[-1] == 1e6
    assert np.allclose(np.diff(edges[1:-1]), np.diff(edges[1:-1])[0])
    assert codes[-2:].tolist() == [0, 9]
    assert (np.bincount(codes)[1:-1] > 80).all()


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e9, 1e9)), st.integers(1, 16))
def test_every_value_lies_in_its_step(values, bins):
    codes, edges = levels(values, bins)
    assert len(edges) <= bins + 1
    assert (edges[codes] <= values).all()
    assert (values <= edges[codes + 1]).all()
    assert edges[0] == values.min()
    assert edges[-1] == values.max()


def test_values_that_are_no_steps():
    codes, edges = levels([3.5] * 4)
    assert codes.tolist() == [0] * 4
    assert edges.tolist() == [3.5, 3.5]
    codes, edges = levels([0.0] * 999 + [8.0], 4)
    assert codes[-1] == 3
    assert edges.tolist() == [0, 2, 4, 6, 8]
    assert len(levels([])[0]) == 0
    assert levels(torch.tensor([1, 2], dtype=torch.bfloat16))[0].tolist() == [0, 11]
    for wrong in (np.nan, np.inf, -np.inf):
        with pytest.raises(InvalidValue, match="in row 2"):
            levels([0, 1, wrong, np.nan])
    for wrong in (["a", "b"], [[1, 2], [3, 4]], [1j]):
        with pytest.raises(InvalidValue):
            levels(wrong)


@pytest.fixture(scope="module")
def real_tokens(default_loaded):
    face = as_tokenizer(default_loaded[1])
    return [face.token_bytes(index) for index in range(49_152)]


def test_the_real_vocabulary(real_tokens):
    special = [data is not None and data.startswith(b"<|") for data in real_tokens]
    found = np.bincount(kinds(real_tokens, special), minlength=len(KINDS))
    counts = dict(zip(KINDS, found.tolist(), strict=True))
    assert counts["space"] > 20_000
    assert counts["letters"] > 10_000
    assert counts["bytes"] > 100
    assert counts["digits"] >= 10
    _, keys = scripts(real_tokens, special)
    assert keys[:2] == ("Latin", "none")
    assert "Japanese" in keys
