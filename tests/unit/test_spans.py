"""Marks in a text that is edited: they stay with their characters."""

from hypothesis import given
from hypothesis import strategies as st

from llmwidgets.stages.spans import kept_spans


def test_marks_before_and_behind_stay():
    assert kept_spans("<u>Hi</u>", "<u>Hello</u>", [(0, 3), (5, 9)]) == ((0, 3), (8, 12))


def test_what_is_replaced_is_cut_out():
    assert kept_spans("abcdef", "abXef", [(1, 5)]) == ((1, 2), (3, 4))
    assert kept_spans("abcdef", "", [(1, 5)]) == ()
    assert kept_spans("abc", "abc", [(0, 2)]) == ((0, 2),)
    assert kept_spans("aa", "aaa", [(0, 2)]) == ((0, 2),)


@given(
    head=st.text(max_size=8),
    old=st.text(max_size=4),
    new=st.text(max_size=4),
    tail=st.text(max_size=8),
    marks=st.data(),
)
def test_marked_characters_are_the_same_characters(head, old, new, tail, marks):
    before, after = head + old + tail, head + new + tail
    start = marks.draw(st.integers(0, len(before)))
    span = (start, marks.draw(st.integers(start, len(before))))
    kept = kept_spans(before, after, [span])
    written = "".join(after[start:end] for start, end in kept)
    assert len(written) <= span[1] - span[0]
    assert all(0 <= start < end <= len(after) for start, end in kept)
    if span[1] <= len(head):
        assert written == before[span[0] : span[1]]
    assert set(written) <= set(before[span[0] : span[1]])
