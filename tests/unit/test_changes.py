"""Long texts travel once and then by their changes: what the page makes of these is what the whole content says."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_page import request

from llmwidgets import ModelSession, TokenView
from llmwidgets.errors import InvalidValue
from llmwidgets.state import State
from llmwidgets.tokenizers import as_tokenizer
from llmwidgets.widgets import changes
from llmwidgets.widgets.changes import Sent, change_payload, edited
from llmwidgets.widgets.encode import content_payload
from llmwidgets.widgets.store import store_for

TEXTS = st.text(st.sampled_from("ab \n犬が😀😁🈀é\u0301"), max_size=30)
PLACE = {"add_special": None, "can_undo": False, "seen": {"page-1": 3}}


def numbers(payload):
    kind = np.dtype(payload["dtype"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(payload["data"]), kind).astype(np.int64)


def units(text):
    return text.encode("utf-16-le")


class Reader:
    """What a page holds: the content, and what changes make of it."""

    def __init__(self, content):
        self.starts = np.cumsum(numbers(content["steps"]))
        self.ends = self.starts + numbers(content["widths"])
        self.ids = numbers(content["ids"])
        self.text = content["text"]
        self.pieces = dict(zip(content["distinct"], zip(content["pieces"], content["bytes"], strict=True), strict=True))
        self.rest = {
            name: content[name] for name in ("special", "exact", "characters", "utf8_bytes", "revision", "seen")
        }

    def take(self, change):
        assert change["base"] == self.rest["revision"]
        old = units(self.text)
        new = old[: 2 * change["start"]] + units(change["text"]) + old[2 * change["end"] :]
        moved = (len(new) - len(old)) // 2
        first, last = change["first"], change["last"]
        self.text = new.decode("utf-16-le")
        self.ids = np.concatenate([self.ids[:first], numbers(change["ids"]), self.ids[last:]])
        self.starts = np.concatenate([self.starts[:first], numbers(change["starts"]), self.starts[last:] + moved])
        self.ends = np.concatenate([self.ends[:first], numbers(change["ends"]), self.ends[last:] + moved])
        self.pieces |= dict(zip(change["distinct"], zip(change["pieces"], change["bytes"], strict=True), strict=True))
        self.rest = {name: change[name] for name in self.rest}

    def assert_is(self, content):
        other = Reader(content)
        assert self.text == other.text
        for name in ("ids", "starts", "ends"):
            assert getattr(self, name).tolist() == getattr(other, name).tolist()
        assert {token: self.pieces[token] for token in other.pieces} == other.pieces
        assert self.rest == other.rest


def tokenizers(byte_tokenizer, wordpiece_tokenizer, sentencepiece_tokenizer):
    return [as_tokenizer(each) for each in (byte_tokenizer, wordpiece_tokenizer, sentencepiece_tokenizer)]


@settings(max_examples=150, deadline=None)
@example(texts=["😀", "🈀", "😁"], head="a", tail="b")
@given(texts=st.lists(TEXTS, min_size=2, max_size=4), head=TEXTS, tail=TEXTS)
def test_changes_lead_to_the_whole(texts, head, tail, byte_tokenizer, wordpiece_tokenizer, sentencepiece_tokenizer):
    for tokenizer in tokenizers(byte_tokenizer, wordpiece_tokenizer, sentencepiece_tokenizer):
        states = [State(index, tokenizer.encode(head + text + tail)) for index, text in enumerate(texts)]
        reader, before = Reader(content_payload(states[0], **PLACE)), Sent.of(states[0])
        for state in states[1:]:
            after = Sent.of(state)
            change = json.loads(json.dumps(change_payload(before, after, state, **PLACE), ensure_ascii=False).encode())
            reader.take(change)
            reader.assert_is(content_payload(state, **PLACE))
            before = after


def test_a_change_in_the_middle_is_small(byte_tokenizer):
    tokenizer = as_tokenizer(byte_tokenizer)
    states = [
        State(index, tokenizer.encode("The king 犬 " * 500 + middle + " saw a man" * 500))
        for index, middle in enumerate(["", "queen"])
    ]
    change = change_payload(Sent.of(states[0]), Sent.of(states[1]), states[1], **PLACE)
    assert change["text"] == "queen"
    assert len(numbers(change["ids"])) < 10


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, other=TEXTS)
def test_edits_are_applied_as_the_page_means_them(text, other):
    old, new = units(text), units(other)
    start = 0
    while start < min(len(old), len(new)) and old[start : start + 2] == new[start : start + 2]:
        start += 2
    if start and 0xD8 <= old[start - 1] < 0xDC:
        start -= 2
    edit = {"base": 0, "start": start // 2, "end": len(old) // 2, "text": new[start:].decode("utf-16-le")}
    assert edited(text, edit) == other


@pytest.mark.parametrize("edit", [(2, 1, ""), (-1, 0, ""), (0, 99, ""), (1, 2, ""), (0, 0, "\ud83d")])
def test_other_edits_are_refused(edit):
    start, end, text = edit
    with pytest.raises(InvalidValue, match="edit"):
        edited("😀a", {"base": 0, "start": start, "end": end, "text": text})


# the store


@pytest.fixture
def long(monkeypatch, page):
    """Every text counts as long."""
    monkeypatch.setattr("llmwidgets.widgets.store.LONG", 1)
    return page


def traits(page, store):
    return [data["state"] for data in page.of(store, "update")]


def test_a_long_text_is_sent_once(long, session):
    store = store_for(session)
    reader = Reader(store.content)
    for text in ("The quick brown fox", "The quick 犬 fox", "犬"):
        before = len(traits(long, store))
        session.text = text
        session.position = 0
        news = traits(long, store)[before:]
        assert not any("content" in state for state in news)
        for state in news:
            reader.take(state["change"])
        reader.assert_is(store.get_state()["content"])
        assert reader.text == text
    assert changes.LONG > 1000


def test_generated_tokens_are_changes_too(long, session, monkeypatch):
    monkeypatch.setattr("llmwidgets.generating.FRAMES_PER_SECOND", 1e9)
    store = store_for(session)
    reader, before = Reader(store.content), len(traits(long, store))
    session.generate(4)
    for state in traits(long, store)[before:]:
        assert "content" not in state
        if "change" in state:
            reader.take(state["change"])
    assert reader.ids.tolist() == session.tokens.ids.tolist()


def test_the_page_edits_a_long_text(long, session):
    store = store_for(session)
    session.text = "The 😀 king"
    edit = {"base": session.state.revision, "start": 4, "end": 6, "text": "犬"}
    answer = long.ask(store, request("set", edit=edit))
    assert (answer["ok"], session.text) == (True, "The 犬 king")
    assert store.change["seen"] == {"page-1": 7}
    again = long.ask(store, request("set", edit=edit))
    assert again["error"]["code"] == "outdated"
    assert session.text == "The 犬 king"


@pytest.mark.parametrize(
    "edit",
    [
        3,
        {},
        {"base": 0, "start": 0, "end": 0},
        {"base": "0", "start": 0, "end": 0, "text": ""},
        {"base": 0, "start": 0.5, "end": 1, "text": ""},
    ],
)
def test_edits_that_are_none_are_refused(edit, long, session):
    before = session.text
    assert not long.ask(store_for(session), request("set", edit=edit))["ok"]
    assert session.text == before


def test_the_whole_is_sent_when_it_is_asked_for(long, session):
    store = store_for(session)
    session.text = "The king"
    before = len(traits(long, store))
    assert long.ask(store, request("act", action="whole"))["ok"]
    sent = traits(long, store)[before:]
    assert [state["content"]["text"] for state in sent if "content" in state] == ["The king"]


def test_a_page_that_opens_later_gets_the_whole(long, session):
    store = store_for(session)
    session.text = "The king"
    session.text = "The king and"
    state = store.get_state()
    assert state["content"]["text"] == "The king and"
    assert state["content"]["revision"] == session.state.revision
    # bringing it up to date has told nobody
    assert not any("content" in update for update in traits(long, store))


def test_a_short_text_after_a_long_one_is_sent_whole(session, page, monkeypatch):
    monkeypatch.setattr("llmwidgets.widgets.store.LONG", 4)
    store = store_for(session)
    session.text = "one two three four five six"
    session.text = "a"
    assert store.content["text"] == "a"
    session.text = "one two three four five six"
    assert store.content["text"] == session.text
    before = session.state.revision
    session.text = "one two three four five six seven"
    assert store.change["base"] == before


def test_nothing_is_sent_where_nothing_changed(long, session):
    store = store_for(session)
    session.text = "The king"
    before = len(traits(long, store))
    store.publish()
    session.sampler = session.sampler.replace(top_k=5)
    assert all(set(state) == {"sampler"} for state in traits(long, store)[before:])


def test_a_view_of_a_long_text(long, model, byte_tokenizer):
    with ModelSession(model, byte_tokenizer, text="The king") as made:
        view = TokenView(made)
        made.text = "The king and the queen"
        assert view.tokens.text == made.text
        assert "queen" in view._repr_mimebundle_()[0]["text/html"]
