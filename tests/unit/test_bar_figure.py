"""Two sides as one mirrored figure: which is which, and what a token is that only the other side has."""

from __future__ import annotations

import numpy as np
import pytest

from llmwidgets import NextTokenBar
from llmwidgets.logits import LogitsSession


def sides(session, against):
    return [trace.name for trace in NextTokenBar(session, against=against).figure().data]


def test_two_texts_of_one_model_are_told_apart_by_their_ends(session, page):
    """Both sides were once called by the model's name alone."""
    session.text = "the quick brown fox and the lazy dog"
    name = session.info.name
    assert sides(session, "The\n king ") == [f"{name} “…own fox and the lazy dog”", f"{name} “The⏎ king ”"]
    session.position = 0
    assert sides(session, "The <b>king")[0].startswith(f"{name} “t")
    assert sides(session, "The <b>king")[1] == f"{name} “The &lt;b&gt;king”"


def test_two_sides_that_look_the_same_are_told_apart_all_the_same(page):
    assert sides([0.0, 2.0], [2.0, 0.0]) == ["logits", "logits (the other)"]


def test_two_sides_with_names_keep_them(session, page):
    other = LogitsSession(session.distribution.logits, session.tokenizer)
    assert session.info.name != other.info.name
    assert sides(session, other) == [session.info.name, other.info.name]


@pytest.fixture
def rows(byte_tokenizer, bos_tokenizer, page):
    """Of two vocabularies: the second has a token of its own, and two ids that no tokenizer knows."""
    p, q = np.zeros(len(byte_tokenizer)), np.zeros(len(bos_tokenizer) + 2)
    q[[-1, -3]] = 4.0
    session, other = LogitsSession(p, byte_tokenizer), LogitsSession(q, bos_tokenizer)
    return NextTokenBar(session, against=other, k=200).figure().data[1].y, len(q)


def test_a_token_of_the_other_vocabulary_alone_is_shown_as_what_it_is(rows):
    labels, size = rows
    assert f"&lt;|begin|&gt;  {size - 3} of the other" in labels
    assert f"no token  {size - 1} of the other" in labels
    assert len(set(labels)) == len(labels)
