"""CostView's Python side: what is measured, what is typed here and in the page, what travels, pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from dataclasses import replace as changed

import pytest
from kernel_page import matches, request, settle
from plotly.graph_objects import Figure

from llmwidgets import CostView, ModelSession, set_language
from llmwidgets.errors import InvalidValue
from llmwidgets.stages.cost import Prices, Workload
from llmwidgets.stages.cost_numbers import Measured
from llmwidgets.text import TextSession
from llmwidgets.widgets import cost_payloads, messages
from llmwidgets.widgets.cost_view import measured_of
from llmwidgets.widgets.cost_words import money

pytestmark = pytest.mark.usefixtures("page")
FAST = {"bought_tokens_per_second": 2_000, "rented_tokens_per_second": 2_000}


@pytest.fixture
def view(session):
    made = CostView(session)
    yield made
    made.close()


@pytest.fixture
def alone(monkeypatch):
    """A view where there is no session at all."""
    monkeypatch.setattr(ModelSession, "_current", None)
    made = CostView(prices=FAST)
    yield made
    made.close()


# what is measured


def test_tokens_and_speed_are_the_sessions(session, view):
    assert view.sources["bought_tokens_per_second"] == ""
    assert view.costs.bought.missing == ("bought_tokens_per_second",)
    read = len(session.tokens)
    generated = session.generate(5)
    settle(session)
    stats = session.stats
    assert view.workload.tokens_in == read
    assert view.workload.tokens_out == len(generated.tokens) == 5
    assert view.prices.bought_tokens_per_second == float(f"{stats.tokens_computed / stats.seconds:.3g}")
    assert view.prices.rented_tokens_per_second == view.prices.bought_tokens_per_second
    assert {view.sources[name] for name in ("tokens_in", "tokens_out", "rented_tokens_per_second")} == {"measured"}
    assert view.measured["tokens_computed"] == stats.tokens_computed
    assert view.measured["model"] == session.info.name
    assert view.measured["device"] == "cpu"


def test_a_token_that_someone_put_in_is_not_written_by_the_model(session):
    before = len(session.tokens)
    session.append(5)
    session.step()
    assert measured_of(session).tokens_in == before + 1
    assert measured_of(session).tokens_out == 1


def test_a_change_of_the_session_reaches_the_page(session, view, page):
    count = len(page.of(view, "update"))
    session.text = "The king"
    sent = [update["state"] for update in page.of(view, "update")[count:]]
    assert sent[-1]["measured"]["tokens_in"] == len(session.tokens)
    session.text = ""
    assert view.measured["tokens_in"] is None
    assert view.sources["tokens_in"] == "assumed"


def test_waiting_for_a_server_is_no_speed_of_a_gpu(session, monkeypatch):
    session.step()
    assert measured_of(session).tokens_per_second is not None
    away = changed(session.capabilities, address="http://server:8000")
    monkeypatch.setattr(type(session._engine), "capabilities", property(lambda _: away))
    found = measured_of(session)
    assert (found.tokens_per_second, found.model) == (None, session.info.name)


def test_a_text_alone_has_its_tokens_measured(byte_tokenizer):
    text = TextSession(byte_tokenizer, text="The king")
    view = CostView(text)
    assert view.workload.tokens_in == len(text.tokens)
    assert view.sources["tokens_out"] == "assumed"
    assert view.costs.bought.total is None
    view.close()


def test_without_any_session_what_is_typed_counts(alone):
    assert alone.measured == asdict(Measured())
    assert alone.costs.api.total == 408
    assert alone.sources["tokens_in"] == "assumed"
    assert "cheapest by the API, ¥408 a month" in repr(alone)
    alone.workload = {"students": 1_000}
    assert alone.costs.api.total == 10_200


def test_without_a_session_given_it_takes_the_newest(session):
    view = CostView()
    assert view.session is session
    view.close()


# what is typed in Python


def test_a_dict_changes_what_it_names(view):
    view.workload = {"students": 1_000, "tokens_in": 500}
    view.prices = {"api_in": 25, "currency": "€", "rented_hours": "always"}
    assert (view.workload.students, view.workload.tokens_in, view.workload.days) == (1_000, 500, 20)
    assert (view.prices.api_in, view.prices.currency, view.prices.rented_hours) == (25, "€", "always")
    assert view.sources["api_in"] == "typed"
    assert view.settings["values"] == {"students": 1_000, "tokens_in": 500, "api_in": 25}
    view.workload = {"tokens_in": None}
    assert view.sources["tokens_in"] == "measured"


def test_a_whole_value_types_only_what_differs(view):
    view.prices = view.prices.replace(api_out=99)
    view.workload = view.workload.replace(hours=2)
    assert view.settings["values"] == {"api_out": 99, "hours": 2}
    view.prices = Prices(api_in=1, api_out=2)
    assert view.sources["api_out"] == "typed"
    assert view.prices.bought_price == 400_000  # what has no number goes back to the example
    assert CostView(prices=Prices(api_in=1), examples=False).prices.api_out is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("workload", {"students": 0}, "students cannot be 0"),
        ("workload", {"studens": 5}, "no 'studens' in Workload"),
        ("workload", {"api_in": 5}, "no 'api_in' in Workload"),
        ("workload", {"students": 10, "days": "x"}, "days cannot be 'x'"),
        ("workload", 5, "Workload cannot be 5"),
        ("prices", Workload(), "Prices cannot be"),
        ("prices", {"currency": ""}, "currency cannot be"),
        ("prices", {"api_in": 3, "rented_hours": "never"}, "rented_hours cannot be"),
        ("examples", 1, "examples cannot be 1"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(view, name, value, said):
    before = view.settings
    with pytest.raises(InvalidValue, match=said):
        setattr(view, name, value)
    assert view.settings == before
    assert view.workload.students == 40


def test_a_view_that_is_refused_leaves_nothing_behind(session):
    with pytest.raises(InvalidValue):
        CostView(session, workload={"students": -1})
    listeners = len(session._listeners)
    CostView(session).close()
    assert len(session._listeners) == listeners


def test_misspelt_names_are_errors(view):
    with pytest.raises(AttributeError, match="prices"):
        view.price = {"api_in": 3}


def test_without_examples_prices_are_unknown(view):
    view.examples = False
    assert not view.settings["examples"]
    assert view.prices.api_in is None
    assert view.costs.cheapest is None
    assert "no cost is known" in repr(view)
    assert isinstance(view.figure(), Figure)
    assert "missing: api_in, api_out" in view._picture()


def test_the_label_follows_the_language(session):
    assert CostView(session).prices.currency == "¥"
    assert CostView(session, language="ja").prices.currency == "¥"
    assert CostView(session, language="en").prices.currency == "$"
    set_language("en")
    try:
        assert CostView(session).prices.currency == "$"
        assert CostView(session, prices={"currency": "kr"}).prices.currency == "kr"
    finally:
        set_language(None)


def test_costs_and_break_even_are_values(alone):
    alone.workload = {"students": 1_000}
    assert alone.costs.cheapest == "bought"
    pairs = {(pair.one, pair.other): pair for pair in alone.break_even}
    assert set(pairs) == {("bought", "rented"), ("bought", "api"), ("rented", "api")}
    crossing = pairs["bought", "api"].crossings[0]
    alone.workload = {"requests": crossing / (1_000 * 20)}
    assert alone.costs.bought.total == pytest.approx(alone.costs.api.total, rel=1e-9)


# the page


def test_the_page_types(view, page):
    answer = page.ask(view, request("cost", values={"students": 1_000, "api_in": 12.5}))
    assert answer["ok"]
    assert (view.workload.students, view.prices.api_in) == (1_000, 12.5)
    assert view.settings["seen"] == {"page-1": 7}
    page.ask(view, request("cost", currency="円", rented_hours="busy", examples=False, rid=8))
    assert (view.prices.currency, view.prices.rented_hours, view.examples) == ("円", "busy", False)
    assert view.workload.students == 1_000
    page.ask(view, request("cost", values={}, rid=9))
    assert view.sources["students"] == "assumed"


@pytest.mark.parametrize(
    "content",
    [
        request("cost", values=[]),
        request("cost", values={"studens": 1}),
        *(
            request("cost", values={"students": value})
            for value in (0, 1.5, "40", None, True, [], 10**400, float("nan"), float("inf"))
        ),
        request("cost", values={"api_in": -1}),
        request("cost", currency="x" * 9),
        request("cost", currency=["¥"]),
        request("cost", currency="\u202e"),
        request("cost", rented_hours="now"),
        request("cost", rented_hours=["busy"]),
        request("cost", examples=1),
        request("cost", values={"students": 5}, currency=""),
        request("set", text="x"),
    ],
    ids=lambda content: repr(content)[:70],
)
def test_whatever_else_is_asked_is_refused_and_answered(content, view, page):
    before = view.settings
    answer = page.ask(view, content)
    assert answer["ok"] is False
    assert answer["error"]["code"] == "invalid_value"
    assert view.settings == before
    assert page.ask(view, request("cost", values={"students": 3}))["ok"]
    assert view.workload.students == 3


def test_what_travels_has_the_types_that_the_page_reads(session, view, page):
    view.workload = {"students": 7}
    session.generate(3)
    settle(session)
    state = json.loads(json.dumps({"settings": view.settings, "measured": view.measured}))
    assert matches(state["settings"], cost_payloads.CostSettings)
    assert matches(state["measured"], cost_payloads.CostMeasured)
    assert matches(page.ask(view, request("nonsense")), messages.Answer)


def test_a_closed_session_leaves_what_it_measured(session, view):
    session.generate(3)
    settle(session)
    speed = view.prices.bought_tokens_per_second
    session.close()
    view.workload = {"students": 2}
    assert view.prices.bought_tokens_per_second == speed
    assert view.workload.tokens_out == 3


def test_a_closed_view_follows_no_more(session):
    view = CostView(session)
    view.close()
    before = view.measured
    session.text = "quite another text of many words"
    assert view.measured == before


# pictures


def test_the_figure_has_a_line_for_each_known_form(alone):
    alone.workload = {"students": 1_000}
    figure = alone.figure()
    named = {trace.name: trace for trace in figure.data}
    assert {"a bought GPU", "a rented GPU", "the API", "break-even"} == set(named)
    api = named["the API"]
    assert (api.x[0], api.y[0]) == (0, 0)
    assert api.y[-1] / api.x[-1] == pytest.approx(0.051)
    # 480,000 requests are what a GPU can do: a step
    bought = named["a bought GPU"]
    assert list(bought.y) == sorted(bought.y)
    crossings = [crossing for pair in alone.break_even for crossing in pair.crossings]
    assert set(named["break-even"].x) <= set(crossings)


def test_a_figure_with_thousands_of_steps_is_drawn(alone):
    alone.workload = {"students": 10_000_000}
    figure = alone.figure()
    assert all(len(trace.x) < 2_000 for trace in figure.data)


def test_the_line_ends_where_the_gpus_can_do_no_more(alone):
    alone.workload = {"students": 1_000}
    alone.prices = {"bought_gpus": 1, "bought_tokens_per_second": 900}
    bought = next(trace for trace in alone.figure().data if trace.name == "a bought GPU")
    assert max(bought.x) == 216_000


def test_hostile_labels_stay_text(alone):
    alone.prices = {"currency": "<b>x", "api_in": 3, "api_out": 4}
    assert "<b>x" not in alone._picture()
    assert "&lt;b&gt;x" in alone._picture()
    assert "<b>x" not in alone.figure().to_json()


def test_the_picture_says_what_is_cheapest_and_what_is_example(alone):
    picture = alone._picture()
    assert "cheapest by the API, ¥408 a month" in picture
    assert "examples of 2026-11" in picture
    assert "they never break even" in picture or "costs less up to" in picture
    assert "No currency is converted" in picture


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (0, "¥", "¥0"),
        (408, "¥", "¥408"),
        (81_341.57, "¥", "¥81,342"),
        (72.0, "¥", "¥72"),
        (12.346, "$", "$12.35"),
        (0.051, "€", "€0.051"),
        (1_200, "円", "1,200 円"),
        (1_200, "kr", "1,200 kr"),
        (999_999_999_999_999, "¥", "¥999,999,999,999,999"),
        (6.2e24, "¥", "¥6.2e24"),
    ],
)
def test_amounts(amount, currency, shown):
    assert money(amount, currency) == shown
