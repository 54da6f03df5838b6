"""What travels between a notebook and a server: the same on both sides, and nothing that is run."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from llmwidgets import wire
from llmwidgets.errors import BadAnswer, InvalidValue, LLMWidgetsError, ServerFailed, TextTooLong


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int64])
def test_arrays_come_as_they_went(dtype):
    tensor = torch.arange(12).reshape(3, 4).to(dtype)
    arrays, facts = wire.unpack(wire.pack({"one": tensor[:, 1:3], "none": torch.empty(0)}, {"words": "むかし"}))
    assert arrays["one"].dtype == dtype
    assert torch.equal(arrays["one"], tensor[:, 1:3])
    assert arrays["none"].shape == (0,)
    assert facts == {"words": "むかし"}


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 8, b"\xff" * 40, pickle.dumps([1, 2]), wire.pack({"a": np.ones(9)})[:-4]]
)
def test_what_is_no_safetensors_is_refused(data):
    for unpack in (wire.unpack, wire.unpack_numbers):
        with pytest.raises(BadAnswer):
            unpack(data)


def test_texts_come_as_they_went():
    texts = [[1, 2, 3], [4], [5, 6]]
    for unpack in (wire.unpack, wire.unpack_numbers):
        arrays, _ = unpack(wire.pack(wire.pack_texts(texts)))
        assert wire.unpack_texts(arrays) == [(1, 2, 3), (4,), (5, 6)]


def test_the_door_reads_a_request_without_torch():
    """Its import takes seconds, for which the first student would wait."""
    code = (
        "import sys; from llmwidgets import wire; import llmwidgets.serving.front; "
        f"arrays, _ = wire.unpack_numbers({wire.pack({'ids': np.arange(3)})!r}); "
        "assert wire.ids_of(arrays, 'ids') == (0, 1, 2); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"ids": torch.ones(3)},
        {"ids": torch.ones(2, 2, dtype=torch.int64)},
        {"ids": torch.ones(3, dtype=torch.int64), "lengths": torch.tensor([1, 1])},
        {"ids": torch.ones(3, dtype=torch.int64), "lengths": torch.tensor([4, -1])},
    ],
)
def test_ids_that_are_none_are_refused(arrays):
    with pytest.raises(InvalidValue):
        wire.unpack_texts(arrays)


@pytest.mark.parametrize("place", [-1, 4, 1.0, True, "1", [1]])
def test_places_outside_the_text_are_refused(place):
    with pytest.raises(InvalidValue):
        wire.place_of({"scores_from": place}, "scores_from", 3)


def _kinds(kind):
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _kinds(child))]


@pytest.mark.parametrize("kind", [kind for kind in _kinds(LLMWidgetsError) if kind.__module__ == "llmwidgets.errors"])
def test_an_error_is_the_same_on_the_other_side(kind):
    error = kind("It happened.", hint="Do this.", tokens=3, name="名前", path=object)
    found = wire.unpack_error(wire.pack_error(error))
    assert type(found) is kind
    assert str(found) == str(error)
    assert found.values == {"tokens": 3, "name": "名前", "path": str(object)}


def test_an_unknown_error_is_the_servers():
    told = wire.pack_error(TextTooLong("Long.")).replace(b"text_too_long", b"from_the_future")
    assert type(wire.unpack_error(told)) is ServerFailed
    for data in (b"", b"[]", b"{}", b'{"error": 1}', b"Internal Server Error"):
        assert wire.unpack_error(data) is None


def test_a_label_is_one_short_line():
    assert wire.label_of("  Hanako\n\x00\u202e 花子 ") == "Hanako 花子"
    assert len(wire.label_of("x" * 1_000)) == wire.MOST_LABEL
