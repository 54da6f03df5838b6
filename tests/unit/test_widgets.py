"""The views' Python side: what travels to the page, what the page may ask, pictures and figures."""

from __future__ import annotations

import gc
import html.parser
import json
import logging
import re
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from ipywidgets.embed import embed_data
from kernel_page import decoded, matches, request, settle
from plotly.graph_objects import Figure

import llmwidgets
from llmwidgets import (
    BeamTree,
    CapabilityCard,
    ContinuationView,
    CostView,
    EmbeddingMap,
    ModelSession,
    NextTokenBar,
    PipelineStrip,
    ReplayView,
    Sampler,
    SamplerSlider,
    TokenView,
    replay,
    set_language,
)
from llmwidgets.arrays import encode
from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.language import heard_from_page, language_now
from llmwidgets.recording.moments import Recording
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.served import ServedTokenizer
from llmwidgets.widgets import base, map_payloads, messages, payloads
from llmwidgets.widgets.stack import Stack
from llmwidgets.widgets.store import SessionStore, store_for
from llmwidgets.widgets.typescript import typescript

ROOT = Path(__file__).parents[2]
PATIENCE = 60
pytestmark = pytest.mark.usefixtures("page")
HOSTILE = "<script>alert('x')</script> <b>&amp;\" onload=x %{x} </td>"


VIEWS = [
    TokenView,
    NextTokenBar,
    SamplerSlider,
    ContinuationView,
    EmbeddingMap,
    BeamTree,
    PipelineStrip,
    CapabilityCard,
    CostView,
    ReplayView,
]


@pytest.fixture(params=VIEWS, ids=lambda view: view.__name__)
def view(request, session):
    """Each view of a session of one's own text."""
    made = request.param(replayed(session) if request.param is ReplayView else session)
    yield made
    made.close()


def replayed(session):
    """A session's class of one moment, shown again."""
    return replay(Recording(session.record().steps)).session


def test_these_are_all_views():
    public = [getattr(llmwidgets, name) for name in llmwidgets.__all__]
    assert {each for each in public if isinstance(each, type) and issubclass(each, base.View)} == set(VIEWS)


# what is saved


def test_a_view_is_saved_with_its_session(view):
    view.get_state(drop_defaults=True)
    view._store.get_state(drop_defaults=True)
    embedded = embed_data(views=[view])
    states = json.loads(json.dumps(embedded["manager_state"]))["state"]
    assert states[view.model_id]["state"]["store"] == f"anywidget:{view._store.model_id}"
    saved = states[view._store.model_id]["state"]
    assert saved["content"]["text"] == view.session.text
    assert embedded["view_specs"][0]["model_id"] == view.model_id


OVERRIDDEN = {"_esm", "_css", "_repr_mimebundle_", "_send", "_should_send_property"}
"""What is meant to take the place of a private name of ipywidgets' or anywidget's."""


OF_TRAITLETS = {
    "_all_trait_default_generators",
    "_descriptors",
    "_instance_inits",
    "_static_immutable_initial_values",
    "_trait_default_generators",
    "_traits",
}
"""What traitlets itself puts into every class."""


def theirs(kind):
    """The private names of what ipywidgets, anywidget and traitlets have in a class."""
    bases = [each for each in kind.__mro__ if not each.__module__.startswith("llmwidgets.")]
    return {name for each in bases for name in vars(each) if name.startswith("_") and not name.endswith("__")}


@pytest.mark.parametrize("kind", [*VIEWS, SessionStore, Stack], ids=lambda kind: kind.__name__)
def test_no_widget_takes_a_private_name_of_its_base(kind):
    ours = {name for each in kind.__mro__ if each.__module__.startswith("llmwidgets.") for name in vars(each)}
    assert (ours & theirs(kind)) - OF_TRAITLETS - OVERRIDDEN == set()


def test_nothing_that_it_holds_hides_a_method(view, session):
    for widget in (view, store_for(session)):
        assert [name for name in vars(widget) if callable(getattr(type(widget), name, None))] == []


# what travels


def test_the_pages_types_are_the_kernels():
    assert (ROOT / "js" / "session" / "payloads.ts").read_text(encoding="utf-8") == typescript()


def test_what_travels_has_the_types_that_the_page_reads(session, page):
    session.text = "The 犬 <|endoftext|> 𠮷"
    NextTokenBar(session)
    _ = session.distribution
    settle(session)
    shown = EmbeddingMap(session, words=["king", "queen", "man"], show_tokens=True)
    session.text = "x" * 2000  # too long: an error is among the states
    settle(session)
    state = json.loads(json.dumps(store_for(session).get_state()))
    assert matches(state["info"], payloads.InfoPayload)
    assert matches(state["content"], payloads.ContentPayload)
    assert matches(state["sampler"], payloads.SamplerState)
    assert matches(state["status"], payloads.StatusPayload)
    assert state["status"]["error"]["code"] == "text_too_long"
    session.text = "The king"
    settle(session)
    state = json.loads(json.dumps(store_for(session).get_state()))
    assert matches(state["distribution"], payloads.DistributionPayload)
    assert state["distribution"]["revision"] == state["content"]["revision"] == session.state.revision
    assert matches(json.loads(json.dumps(shown.map)), map_payloads.MapPayload)
    answer = page.ask(shown, request("nonsense"))
    assert matches(answer, messages.Answer)


def test_the_distribution_that_travels_is_the_sessions(session):
    NextTokenBar(session)
    distribution = session.distribution
    settle(session)
    sent = store_for(session).distribution
    ids = decoded(sent["ids"])
    assert ids.tolist() == [candidate.id for candidate in distribution.top(len(ids))]
    assert np.array_equal(decoded(sent["logits"]), distribution.logits[ids])
    assert sent["log_sum"] == distribution.log_sum
    assert sent["entropy"] == distribution.entropy
    assert sent["vocabulary"] == len(distribution.logits)
    context = {int(ids[index]) for index in sent["context"]}
    assert context == set(session.state.prefix)
    assert [int(ids[index]) for index in sent["special"]] == [0]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(6, dtype=np.int64).reshape(2, 3),
        np.arange(6, dtype=">f4")[::2],
        np.zeros((0, 3), np.float64),
        np.array(3.5, np.float16),
        [[1, 2], [3, 4]],
    ],
)
def test_arrays_travel_whole(values):
    payload = encode(values)
    assert np.array_equal(decoded(payload), np.asarray(values))
    assert matches(payload, payloads.ArrayPayload)


def test_words_are_no_arrays():
    with pytest.raises(TypeError, match="cannot travel"):
        encode(["a"])


# in step


def test_all_views_of_a_session_point_at_one_store(session):
    views = [TokenView(session), NextTokenBar(session), SamplerSlider(session), EmbeddingMap(session)]
    assert {id(view.store) for view in views} == {id(store_for(session))}
    state = views[0].get_state()
    assert store_for(session).comm.comm_id in json.dumps(state["store"], default=str)


def test_a_view_without_a_session_takes_the_newest(session):
    assert TokenView().session is session


def test_every_change_reaches_the_page(session, page):
    store = store_for(session)
    NextTokenBar(session)
    settle(session)
    session.text = "The king"
    settle(session)
    assert store.content["text"] == "The king"
    assert store.distribution["revision"] == session.state.revision
    session.position = 0
    assert store.content["position"] == 0
    session.sampler = Sampler(temperature=0.5)
    assert store.sampler["sampler"]["temperature"] == 0.5
    settle(session)
    assert store.status["state"] == "ready"
    assert any("content" in update["state"] for update in page.of(store, "update"))


def test_one_forward_for_one_view_or_twelve(session):
    views = [kind(session) for kind in (TokenView, NextTokenBar, SamplerSlider, EmbeddingMap)]
    _ = session.distribution
    settle(session)
    costs = []
    for text in ("The king and a man", "The queen and a woman"):
        before = session.stats.forwards
        session.text = text
        settle(session)
        for view in views:
            repr(view), view._repr_mimebundle_(), view.figure()
        costs.append(session.stats.forwards - before)
        views += [kind(session) for kind in (TokenView, NextTokenBar, SamplerSlider, EmbeddingMap) for _ in range(2)]
        settle(session)
    assert costs == [1, 1]
    assert len(views) > 12


def test_a_change_of_the_sampler_costs_no_forward_and_does_not_send_the_text(session, page):
    NextTokenBar(session)
    settle(session)
    before, count = session.stats.forwards, len(page.of(store_for(session), "update"))
    session.sampler = Sampler(temperature=0.3)
    assert session.stats.forwards == before
    new = page.of(store_for(session), "update")[count:]
    assert new
    assert all("content" not in update["state"] and "distribution" not in update["state"] for update in new)


def test_bytes_sent_are_counted(session):
    store_for(session)
    before = session.stats.bytes_sent
    session.text = "x" * 100
    assert session.stats.bytes_sent - before > 100


def test_closing_the_last_view_ends_the_forward_passes(session):
    views = [NextTokenBar(session), SamplerSlider(session), TokenView(session)]
    settle(session)
    for closed, expected in zip([*views[:2], None], [1, 0, 0], strict=True):
        if closed is not None:
            closed.close()
            closed.close()  # twice counts once
        before = session.stats.forwards
        session.text = f"{session.text} x"
        settle(session)
        assert session.stats.forwards - before == expected


def test_a_closed_map_follows_no_more(session):
    shown = EmbeddingMap(session, words=["king"], show_tokens=True)
    shown.close()
    labels = shown.labels
    session.text = "quite another text"
    assert shown.labels == labels


# what the page may ask


def test_the_page_sets_text_position_and_sampler(session, page):
    store = store_for(session)
    answer = page.ask(store, request("set", text="The king", position=None, sampler=None))
    assert answer == {"rid": 7, "client": "page-1", "ok": True, "error": None, "result": None}
    assert session.text == "The king"
    assert store.content["seen"] == {"page-1": 7}
    page.ask(store, request("set", position=0, rid=8))
    assert session.position == 0
    page.ask(store, request("set", sampler={"temperature": 0.25, "top_k": 4, "seed": 9, "do_sample": True}, rid=9))
    assert session.sampler == Sampler(temperature=0.25, top_k=4, seed=9)
    page.ask(store, request("set", sampler={"seed": None}, rid=10))
    assert session.sampler.seed is None
    assert store.sampler["seen"] == {"page-1": 10}


def test_the_page_acts(session, page):
    store = store_for(session)
    count = len(session.tokens)
    assert page.ask(store, request("act", action="append", token=5))["ok"]
    assert session.tokens.ids[-1] == 5
    assert page.ask(store, request("act", action="step"))["ok"]
    settle(session)
    assert len(session.tokens) == count + 2
    assert page.ask(store, request("act", action="generate", max_new_tokens=3))["ok"]
    settle(session)
    assert len(session.tokens) == count + 5
    assert page.ask(store, request("act", action="undo"))["ok"]
    assert len(session.tokens) == count + 2
    assert page.ask(store, request("act", action="stop"))["ok"]


def test_the_page_stops_a_generation(session, page, gate):
    store = store_for(session)
    page.ask(store, request("act", action="generate", max_new_tokens=1000))
    gate.wait_until_entered()
    gate.let_one_pass()
    gate.wait_until_entered()
    assert store.status["state"] == "generating"
    page.ask(store, request("act", action="stop"))
    gate.open()
    settle(session)
    assert store.status["state"] == "ready"
    assert store.status["reason"] == "stopped"


HUGE = 10**30
BAD_REQUESTS = [
    None,
    [],
    "set",
    3,
    {},
    {"kind": "set"},
    {"kind": "set", "client": "page-1"},
    {"kind": "set", "client": "", "rid": 1},
    {"kind": "set", "client": "x" * 65, "rid": 1},
    {"kind": "set", "client": "<b>", "rid": 1},
    {"kind": "set", "client": ["a"], "rid": 1},
    {"kind": "set", "client": 5, "rid": 1},
    *(request("set", rid=rid, text="hacked") for rid in (0, -1, 1.5, "1", None, True, 2**53, HUGE)),
    request("nonsense"),
    request(None),
    request(["set"]),
    request("set", text=5),
    request("set", text=["a"]),
    request("set", text="x" * 1_000_001),
    request("set", text="\ud800"),
    *(request("set", position=position) for position in (1.5, "1", True, [], HUGE, -HUGE, float("nan"), 10**6)),
    *(request("set", sampler=sampler) for sampler in ([], "x", 5, {"temprature": 1}, {"__class__": 1}, {"0": 1})),
    *(
        request("set", sampler={"temperature": value})
        for value in ("1", None, True, [], {}, -1, HUGE, 10**400, float("nan"), float("inf"))
    ),
    request("set", sampler={"top_k": 1.5}),
    request("set", sampler={"do_sample": 1}),
    request("set", sampler={"seed": 2**53}),
    request("act"),
    request("act", action="close"),
    request("act", action="__class__"),
    request("act", action=["step"]),
    request("act", action={"step": 1}),
    *(request("act", action="append", token=token) for token in (None, -1, 1.5, "5", True, HUGE, 10**6)),
    *(request("act", action="generate", max_new_tokens=n) for n in (None, 0, -1, 1.5, "5", True, HUGE)),
]


@pytest.mark.parametrize("content", BAD_REQUESTS, ids=lambda content: repr(content)[:60])
def test_whatever_else_is_asked_is_refused_and_answered(content, session, page):
    store = store_for(session)
    before, sampler = session.state, session.sampler
    answer = page.ask(store, content)
    assert answer["ok"] is False
    assert answer["error"]["code"] in {"invalid_value", "too_many_characters"}
    assert answer["error"]["message"]
    assert len(json.dumps(answer)) < 2000
    assert session.state is before
    assert session.sampler == sampler
    assert page.ask(store, request("set", text="still alive"))["ok"]
    assert session.text == "still alive"


@pytest.mark.parametrize(
    "content",
    [
        request("map", words="king", show_tokens=False),
        request("map", words=[1], show_tokens=False),
        request("map", words=["king"], show_tokens=1),
        request("map", words=["x" * 20_001], show_tokens=False),
        request("map", words=[f"w{index}" for index in range(101)], show_tokens=False),
        request("map", words=["\ud800"], show_tokens=False),
        request("set", text="x"),
    ],
    ids=lambda content: repr(content)[:60],
)
def test_whatever_else_a_map_is_asked_is_refused_and_answered(content, session, page):
    shown = EmbeddingMap(session, words=["king"])
    answer = page.ask(shown, content)
    assert answer["ok"] is False
    assert answer["error"]["code"] == "invalid_value"
    assert shown.words == ("king",)
    assert page.ask(shown, request("map", words=["queen"], show_tokens=True))["ok"]
    assert shown.words == ("queen",)
    assert shown.show_tokens
    assert shown.settings["seen"] == {"page-1": 7}


def test_a_failure_that_nobody_foresaw_is_answered_too(session, page, monkeypatch, caplog):
    def fail():
        msg = "not foreseen"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(session, "undo", fail)
    with caplog.at_level(logging.CRITICAL, logger="llmwidgets"):
        answer = page.ask(store_for(session), request("act", action="undo"))
    assert answer["ok"] is False
    assert "not foreseen" in answer["error"]["message"]


def test_a_text_that_a_tokenizer_fails_on_stays_in_the_page(page, caplog):
    """The page was told that its text had been taken, and dropped it: only this package's own errors counted as failures."""

    def ask(_path, body):
        if len(body["content"]) > 1:
            raise ZeroDivisionError
        return {"tokens": [1] * len(body["content"])}

    session = TextSession(ServedTokenizer("mine", ask, {0: b"a", 1: b"b"}, 2))
    store = store_for(session)
    with caplog.at_level(logging.CRITICAL, logger="llmwidgets"):
        assert page.ask(store, request("set", text="typed"))["error"]["code"] == "model_failed"
    session.text = "b"
    assert store.content["seen"] == {}


def test_what_the_page_sets_is_dropped(view, session, page):
    for widget in (view, store_for(session)):
        before = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
        hostile = {
            "content": {"text": "hacked"},
            "options": {"k": 10**9},
            "map": {},
            "status": None,
            "_esm": "alert(1)",
        }
        page.deliver(widget, {"method": "update", "state": hostile, "buffer_paths": []})
        after = widget.get_state()
        assert {name: after[name] for name in before} == before
        assert after["_esm"] == "export default {};\n"


def test_many_pages_are_remembered_and_no_more_than_needed(session, page):
    store = store_for(session)
    for index in range(40):
        page.ask(store, {"kind": "set", "client": f"page-{index}", "rid": index + 1, "position": index % 2})
    assert len(store.content["seen"]) == 16
    assert store.content["seen"]["page-39"] == 40
    page.ask(store, {"kind": "set", "client": "page-39", "rid": 3, "position": 0})
    assert store.content["seen"]["page-39"] == 40


def test_the_page_asks_on_another_thread_while_a_cell_waits(session, page, gate, background):
    """JupyterLab sends widget messages over a subshell: they arrive while the cell runs."""
    store = store_for(session)
    cell = background(lambda: session.distribution)
    gate.wait_until_entered()
    answer = background(page.ask, store, request("set", text="from the page", sampler={"temperature": 0.5}))
    assert answer.result(PATIENCE)["ok"]
    assert store.content["text"] == "from the page"
    gate.open()
    assert cell.result(PATIENCE) is session.distribution
    assert store.sampler["sampler"]["temperature"] == 0.5


def test_two_pages_and_a_cell_at_once(session, page, background):
    store, shown = store_for(session), EmbeddingMap(session, words=["king"], show_tokens=True)
    NextTokenBar(session)
    start = threading.Barrier(3)

    def ask(name):
        start.wait(PATIENCE)
        for index in range(20):
            content = {
                "kind": "set",
                "client": name,
                "rid": index + 1,
                "text": f"{name} {index}",
                "sampler": {"top_k": index},
            }
            page.deliver(store, {"method": "custom", "content": content})

    askers = [background(ask, name) for name in ("one", "two")]
    start.wait(PATIENCE)
    for index in range(10):
        session.text = f"cell {index}"
        assert session.distribution.logits.size
    for asker in askers:
        asker.result(PATIENCE)
    session.text = "the end"
    settle(session)
    answers = [data["content"] for data in page.of(store, "custom")]
    assert len(answers) == 40
    assert all(answer["ok"] for answer in answers)
    assert store.content["text"] == "the end"
    assert store.content["seen"] == {"one": 20, "two": 20}
    assert store.distribution["revision"] == store.status["revision"] == session.state.revision
    assert set(shown.labels[1:]) == set(session.tokens.pieces)


def test_a_view_closed_during_a_forward(session, gate):
    bar = NextTokenBar(session)
    gate.wait_until_entered()
    bar.close()
    gate.open()
    settle(session)
    assert session.distribution.logits.size


# a session that is gone


def test_views_of_a_closed_session_say_so(session, page):
    views = [kind(session) for kind in (TokenView, NextTokenBar, SamplerSlider, EmbeddingMap)]
    session.text = "The king"
    session.close()
    store = store_for(session)
    assert store.status["state"] == "closed"
    assert store.content["text"] == "The king"
    answer = page.ask(store, request("set", text="x"))
    assert (answer["ok"], answer["error"]["code"]) == (False, "session_closed")
    answer = page.ask(views[3], request("map", words=["man"], show_tokens=False))
    assert (answer["ok"], answer["error"]["code"]) == (False, "session_closed")
    for view in views:
        data, _ = view._repr_mimebundle_()
        assert data["text/html"]
        assert repr(view)
    for view in views:
        view.close()


def test_views_of_a_collected_session_say_so(build, byte_tokenizer, page):
    session = ModelSession(build(), byte_tokenizer, text="The king")
    views = [kind(session) for kind in (TokenView, NextTokenBar, SamplerSlider, EmbeddingMap)]
    settle(session)
    found, store = weakref.ref(session), store_for(session)
    with ModelSession(build(), byte_tokenizer):
        pass
    ModelSession._current = None
    del session
    gc.collect()
    assert found() is None
    assert store.status["state"] == "closed"
    answer = page.ask(store, request("act", action="step"))
    assert (answer["ok"], answer["error"]["code"]) == (False, "session_closed")
    for view in views:
        with pytest.raises(SessionClosed, match="gone"):
            _ = view.session
        data, _ = view._repr_mimebundle_()
        assert "gone" in data["text/html"] or view.name == "embedding_map"
        assert repr(view)
        assert "gone" in repr(view) or view.name == "embedding_map"
        view.close()


def test_a_view_needs_a_session():
    ModelSession._current = None
    with pytest.raises(SessionClosed):
        NextTokenBar()
    for wrong in ("text", TextSession("gpt-4o")):
        with pytest.raises(
            InvalidValue, match=f"{type(wrong).__name__}.*ModelSession|ModelSession, not {type(wrong).__name__}"
        ):
            NextTokenBar(wrong)


def test_a_view_keeps_no_model(build, byte_tokenizer):
    model = build()
    session = ModelSession(model, byte_tokenizer, text="The king")
    views = [kind(session) for kind in (TokenView, NextTokenBar, SamplerSlider, EmbeddingMap)]
    _ = session.distribution
    found = weakref.ref(model)
    del model
    session.close()
    gc.collect()
    assert found() is None
    assert len(views) == 4


# options


def test_unknown_options_are_refused(session):
    for kind in (TokenView, NextTokenBar, SamplerSlider, EmbeddingMap):
        with pytest.raises(TypeError, match="wrods"):
            kind(session, wrods=["king"])


@pytest.mark.parametrize("k", [0, 201, -1, 1.5, "5", True, None])
def test_other_numbers_of_bars_are_refused(k, session):
    with pytest.raises(InvalidValue, match="k cannot"):
        NextTokenBar(session, k=k)


def test_languages(session):
    assert TokenView(session).options["language"] == ""
    assert TokenView(session, language="ja").options["language"] == "ja"
    set_language("ja")
    try:
        assert NextTokenBar(session, k=3).options == {"language": "ja"}
        assert TokenView(session, language="en").options["language"] == "en"
    finally:
        set_language(None)
    for wrong in ("fr", 5, ["en"]):
        with pytest.raises(InvalidValue, match="language"):
            set_language(wrong)
        with pytest.raises(InvalidValue, match="language"):
            TokenView(session, language=wrong)


def test_open_views_follow_the_language_that_is_chosen_later(session):
    view, own = TokenView(session), NextTokenBar(session, k=3, language="en")
    settle(session)
    try:
        set_language("ja")
        assert (view.options["language"], own.options["language"]) == ("ja", "en")
        assert "トークン" in view._repr_mimebundle_()[0]["text/html"]
        assert "エントロピー" in NextTokenBar(session).figure().layout.title.text
        assert "entropy" in own.figure().layout.title.text
        view.close()
        set_language("en")
        assert view.options["language"] == "ja"
    finally:
        set_language(None)


def test_the_page_tells_its_language_with_what_it_asks(session):
    view = TokenView(session)
    try:
        for told, spoken in (("ja", "ja"), ("fr", "ja"), (None, "ja"), ("en", "en")):
            view._answer(view, {"kind": "nothing", "client": "page-1", "rid": 1, "language": told}, None)
            assert language_now() == spoken
    finally:
        heard_from_page("")


def test_what_a_view_is_given_wrong_leaves_no_view_behind(session):
    settle(session)
    before = session.stats.forwards
    for wrong in (lambda: NextTokenBar(session, language="fr"), lambda: NextTokenBar(session, k=0)):
        with pytest.raises(InvalidValue):
            wrong()
    session.text = "The king"
    settle(session)
    assert session.stats.forwards == before


def test_a_missing_bundle_says_what_to_do(session, monkeypatch, tmp_path):
    monkeypatch.setattr(base, "STATIC", tmp_path / "nowhere")
    base.bundle.cache_clear()
    with pytest.raises(FileNotFoundError, match="make build"):
        TokenView(session)


# pictures


class Reader(html.parser.HTMLParser):
    """Tags, attributes and text as a browser would find them."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.names, self.text = [], [], ""
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names += [name for name, _ in attrs]

    def handle_data(self, data):
        self.text += data


PLAIN = {"p", "code", "table", "caption", "tbody", "thead", "tr", "td", "th", "div"}


@pytest.fixture
def hostile(build):
    """A session whose words, tokens and text are all hostile."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["[UNK]", *dict.fromkeys(HOSTILE.split()), "king", "\u202e", "<img", "src=x>"]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]")
    with ModelSession(build("llama", len(words)), made, text=HOSTILE) as session:
        yield session


def all_views(session, words):
    return [
        TokenView(session),
        NextTokenBar(session, k=5),
        SamplerSlider(session),
        EmbeddingMap(session, words=words, show_tokens=True),
    ]


def test_a_picture_is_plain_html_and_text_is_text(hostile):
    hostile.sampler = Sampler(top_k=2, temperature=0.5)
    for view in all_views(hostile, [HOSTILE, "king", "<img src=x>"]):
        data, metadata = view._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        assert data["text/plain"] == repr(view)
        assert isinstance(metadata, dict)
        found = Reader(data["text/html"])
        assert set(found.tags) <= PLAIN, view
        assert set(found.names) <= {"style"}, view
        assert "<script" not in data["text/html"]
        assert "\u202e" not in data["text/html"]
    text = Reader(all_views(hostile, [HOSTILE])[0]._repr_mimebundle_()[0]["text/html"]).text
    assert "<script>alert('x')</script>" in text


def strings_of(value):
    """All strings of a figure's JSON."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in strings_of(item)]
    if isinstance(value, list):
        return [found for item in value for found in strings_of(item)]
    return [value] if isinstance(value, str) else []


def test_figures_are_plotlys_and_text_is_no_markup(hostile):
    for view in all_views(hostile, [HOSTILE, "king"]):
        figure = view.figure()
        assert isinstance(figure, Figure)
        shown = figure.to_dict()
        del shown["layout"]["template"]
        strings = strings_of(json.loads(json.dumps(shown, default=lambda array: array.tolist())))
        marked = [text for text in strings if re.search(r"<[^>]*>", text)]
        assert set(marked) <= {"%{text}<br>id %{customdata}<extra></extra>"}, view
        if view.name != "sampler_slider":
            assert any("&lt;script&gt;" in text for text in strings)


def test_figures_hold_the_numbers(session):
    session.sampler = Sampler(top_k=3, seed=1)
    top = session.distribution.top(4)
    figure = NextTokenBar(session, k=4).figure()
    raw, kept = figure.data
    assert list(raw.x[:4]) == [candidate.probability for candidate in top]
    assert sum(raw.x) == pytest.approx(1)
    assert sum(kept.x) == pytest.approx(1)
    assert kept.x[3] == 0
    assert kept.x[4] == pytest.approx(0, abs=1e-6)
    assert "416 other tokens" in raw.y[4]
    tokens, mass = SamplerSlider(session).figure().data
    assert (list(tokens.y), list(tokens.text)) == (["vocabulary", "top_k"], ["420", "3"])
    assert list(mass.x) == pytest.approx([1, sum(candidate.probability for candidate in top[:3])], rel=1e-5)
    pieces = TokenView(session).figure().data[0]
    assert [text.replace("␣", " ") for text in pieces.text] == list(session.tokens.pieces)
    assert list(pieces.customdata) == session.tokens.ids.tolist()


def test_pictures_of_a_long_text_are_small_and_say_so(session):
    session.text = "ab " * 20_000
    view = TokenView(session)
    picture = view._repr_mimebundle_()[0]["text/html"]
    assert len(picture) < 200_000
    assert f"{len(session.tokens):,} tokens" in picture
    assert "the first 500 tokens" in picture
    figure = view.figure()
    assert len(figure.data[0].text) == len(figure.layout.shapes) == 500
    assert "the first 500 tokens" in figure.layout.title.text


@pytest.mark.parametrize("words", [None, 3, [1, 2], ["king", None], b"king", {"king": 1}, ["\ud800"]])
def test_words_that_are_none_are_refused_in_words(session, words, monkeypatch):
    swallowed = []
    monkeypatch.setattr("sys.unraisablehook", swallowed.append)
    with pytest.raises(InvalidValue, match=r"words cannot be|lone surrogate"):
        EmbeddingMap(session, words=words)
    gc.collect()
    assert swallowed == []
    view = EmbeddingMap(session, words=["king"])
    with pytest.raises(InvalidValue):
        view.words = words
    assert view.words == ("king",)


def test_pictures_of_nothing(session):
    session.text = ""
    for view in all_views(session, []):
        data, _ = view._repr_mimebundle_()
        assert data["text/html"].startswith("<")
        assert repr(view)
    assert isinstance(TokenView(session).figure(), Figure)
    assert isinstance(EmbeddingMap(session).figure(), Figure)
    assert "empty" in NextTokenBar(session)._repr_mimebundle_()[0]["text/html"]


def test_an_encoder_is_shown_as_far_as_it_goes(build, wordpiece_tokenizer):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer, text="The king") as session:
        views = all_views(session, ["king", "queen"])
        settle(session)
        assert store_for(session).info["can_predict"] is False
        assert store_for(session).status["error"]["code"] == "not_a_causal_model"
        assert "encoder" in views[1]._repr_mimebundle_()[0]["text/html"]
        assert views[3].map["labels"][:2] == ["king", "queen"]


def test_reprs_can_be_read(session):
    session.text = "The king"
    session.sampler = Sampler(temperature=0.5, top_k=3)
    assert repr(TokenView(session)).startswith("TokenView(Tokens(")
    assert "entropy" in repr(NextTokenBar(session, k=3))
    assert repr(SamplerSlider(session)) == "SamplerSlider(temperature=0.5, top_k=3)"
    assert repr(EmbeddingMap(session, words=["king", "man"])) == "EmbeddingMap(2 points: king, man)"


def test_views_hand_out_what_they_show(session):
    assert TokenView(session).tokens is session.tokens
    assert NextTokenBar(session).distribution is session.distribution
    assert SamplerSlider(session).sampler is session.sampler
    session.sampler = Sampler(top_k=2)
    assert len(SamplerSlider(session).filtered.kept) == 2
