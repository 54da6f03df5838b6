"""What a workload costs in each form of execution, and where two forms break even: by hand, and as properties."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.break_even import break_even, break_evens
from llmwidgets.stages.cost import COST_LIMITS, FORMS, Line, Prices, Workload, costs, exact, line
from llmwidgets.stages.cost_numbers import ASSUMED, EXAMPLES, Measured, Numbers, speed_of

CAMPUS = Workload(students=1_000, requests=10, days=20, tokens_in=500, tokens_out=300, hours=8, peak=3)
YEN = Prices(
    bought_price=480_000,
    bought_years=4,
    bought_watts=450,
    bought_idle_watts=30,
    bought_kwh_price=30,
    bought_tokens_per_second=2_000,
    rented_price=150,
    rented_tokens_per_second=2_000,
    api_in=30,
    api_out=120,
)

# by hand: 200,000 requests of 800 tokens are 80,000 s at 2,000 tokens/s, which is 22 h 13 min 20 s


def parts(cost):
    return {name: float(part) for name, part in cost.parts}


def test_a_bought_gpu_is_written_off_evenly_and_draws_its_power():
    cost = costs(CAMPUS, YEN).bought
    # 0.45 kW for 22.222 h are 10 kWh; 0.03 kW for the other 707.778 of 730 h are 21.2333 kWh
    assert parts(cost) == {"purchase": 10_000, "power": 300, "idle_power": 637}
    assert cost.exact == 10_937
    assert (cost.gpus, cost.needed, cost.enough) == (1, 1, True)
    assert cost.busy == Fraction(80_000, 730 * 3600)
    assert cost.upfront == 480_000
    assert cost.per_request == 10_937 / 200_000
    assert cost.per_million_tokens == 10_937 / 160


@pytest.mark.parametrize(("hours", "rent"), [("busy", Fraction(10_000, 3)), ("open", 24_000), ("always", 109_500)])
def test_a_rented_gpu_is_paid_while_it_computes_while_it_may_be_asked_or_always(hours, rent):
    cost = costs(CAMPUS, YEN.replace(rented_hours=hours)).rented
    assert cost.exact == rent
    assert (cost.gpus, cost.upfront) == (1, 0)


def test_an_api_is_paid_by_the_token():
    cost = costs(CAMPUS, YEN).api
    assert parts(cost) == {"tokens_in": 3_000, "tokens_out": 7_200}
    assert (cost.total, cost.gpus, cost.needed, cost.busy) == (10_200, None, None, None)


def test_a_class_of_forty_pays_least_to_an_api():
    found = costs(CAMPUS.replace(students=40), YEN)
    assert found.api.total == 408
    assert found.cheapest == "api"
    assert found["bought"].total == pytest.approx(10_000 + 12 + 0.03 * 30 * (730 - 80_000 / 3600 / 25))
    with pytest.raises(KeyError):
        found["own"]


def test_gpus_are_counted_for_the_busiest_moment():
    # 200,000 × 800 tokens in 160 h are 277.8 a second on the average, and 833.3 in the busiest moment
    assert CAMPUS.peak_tokens_per_second == pytest.approx(2500 / 3)
    for speed, needed in ((833, 2), (834, 1), (400, 3), (84, 10)):
        found = costs(CAMPUS, YEN.replace(bought_tokens_per_second=speed, rented_tokens_per_second=speed))
        assert found.bought.needed == found.bought.gpus == needed
        assert found.bought.parts[0] == ("purchase", 10_000 * needed)
        assert found.rented.exact == 24_000 * needed


def test_what_is_just_enough_is_enough():
    # 3 × 0.1 × 10 requests are 3, which need exactly 3 tokens/s: in binary fractions it would be a little more, and a fourth GPU
    load = Workload(students=3, requests=0.1, days=10, hours=0.1, tokens_in=600, tokens_out=600, peak=3)
    assert 3 * 0.1 * 10 > 3
    assert costs(load, YEN.replace(bought_tokens_per_second=1)).bought.needed == 3


def test_too_few_gpus_are_said_and_never_the_cheapest():
    found = costs(CAMPUS, YEN.replace(bought_tokens_per_second=100, bought_gpus=2, api_in=None))
    assert (found.bought.gpus, found.bought.needed, found.bought.enough) == (2, 9, False)
    assert found.bought.parts[0] == ("purchase", 20_000)
    assert found.cheapest == "rented"
    assert "2 GPUs of 9 needed" in repr(found.bought)
    assert found.payback("rented") is None


def test_more_gpus_than_needed_are_paid_as_well():
    assert costs(CAMPUS, YEN.replace(rented_gpus=4)).rented.exact == 96_000


def test_months_have_730_hours_at_most():
    load = CAMPUS.replace(days=31, hours=24)
    assert load.open_hours == 730
    assert (
        costs(load, YEN.replace(rented_hours="open")).rented.exact
        == costs(load, YEN.replace(rented_hours="always")).rented.exact
    )


def test_the_purchase_is_saved_by_what_the_other_form_would_have_cost():
    found = costs(CAMPUS, YEN)
    # 480,000 through 10,200 − 937 a month
    assert found.exact_payback("api") == Fraction(480_000, 9_263)
    assert found.payback("rented") == pytest.approx(480_000 / 23_063)
    assert costs(CAMPUS.replace(students=1), YEN).payback("api") is None  # power alone costs more
    assert costs(CAMPUS, YEN.replace(api_in=None)).payback("api") is None


@pytest.mark.parametrize("form", FORMS)
def test_a_form_without_its_numbers_is_unknown_and_says_which(form):
    found = costs(CAMPUS, Prices())[form]
    assert found.missing
    assert found.total is found.exact is found.per_request is found.per_million_tokens is None
    assert found.missing[0] in repr(found)
    assert line(form, CAMPUS, Prices()) is None
    assert costs(CAMPUS, Prices()).cheapest is None
    assert break_evens(CAMPUS, Prices()) == ()


def test_idle_power_need_not_be_given():
    assert parts(costs(CAMPUS, YEN.replace(bought_idle_watts=None)).bought)["idle_power"] == 0


def test_requests_without_tokens_cost_no_tokens():
    found = costs(CAMPUS.replace(tokens_in=0, tokens_out=0), YEN)
    assert (found.api.total, found.api.per_million_tokens, found.bought.needed) == (0, None, 1)
    assert all(pair.never for pair in break_evens(CAMPUS.replace(tokens_in=0, tokens_out=0), YEN))


# break-even by hand


def crossing(one, other, prices=YEN, load=CAMPUS):
    return break_even(line(one, load, prices), line(other, load, prices))


def test_bought_against_api():
    pair = crossing("bought", "api")
    # fixed 10,000 + 657 for idling; a request costs 0.0014 more power, and 0.051 at the API
    assert [stretch.start for stretch in pair.stretches] == [0, Fraction(10_657 * 10_000, 496)]
    assert [stretch.cheaper for stretch in pair.stretches] == ["api", "bought"]
    assert pair.settled
    assert not pair.never
    assert (pair.cheaper(214_858), pair.cheaper(214_859)) == ("api", "bought")
    assert "from 214,859 bought" in repr(pair)


def test_a_further_gpu_may_turn_the_order_back():
    # a GPU at 1,000 tokens/s does 240,000 requests; two cost twice as much, and are cheaper again only from 429,718 on
    prices = YEN.replace(bought_tokens_per_second=1_000, bought_watts=0, bought_idle_watts=0)
    pair = crossing("bought", "api", prices)
    first = Fraction(10_000_000, 51)
    assert [(stretch.start, stretch.cheaper) for stretch in pair.stretches] == [
        (0, "api"),
        (first, "bought"),
        (240_000, "api"),
        (2 * first, "bought"),
        (480_000, "api"),
        (3 * first, "bought"),
        (720_000, "api"),
        (4 * first, "bought"),
        (960_000, "api"),
        (5 * first, "bought"),
    ]
    assert pair.settled


def test_what_costs_more_for_each_gpu_never_breaks_even():
    pair = crossing("bought", "api", YEN.replace(bought_tokens_per_second=40))
    assert pair.never
    assert pair.stretches[0].cheaper == "api"
    assert pair.crossings == ()
    assert pair.cheaper(10**12) == "api"


def test_with_a_number_of_gpus_typed_the_comparison_ends_at_what_they_can_do():
    pair = crossing("bought", "api", YEN.replace(bought_gpus=2))
    assert pair.limit == 960_000
    assert pair.crossings == (pytest.approx(2 * 214_858.87, abs=0.1),)
    never = crossing("bought", "api", YEN.replace(bought_gpus=2, api_in=5, api_out=5))
    assert never.never
    assert never.limit == 960_000


def test_equal_costs_are_called_equal():
    prices = YEN.replace(rented_hours="busy", rented_price=36, api_in=5, api_out=5)
    pair = crossing("rented", "api", prices)  # 36 an hour at 7.2 M tokens an hour
    assert [stretch.cheaper for stretch in pair.stretches] == [None]
    assert pair.never
    assert pair.cheaper(1000) is None


def test_what_crosses_without_end_says_that_it_is_not_settled():
    # fully used a GPU costs as much as the API: the order turns with each of them
    load = CAMPUS.replace(peak=1, tokens_in=0, tokens_out=1_000)
    full = 160 * 3600 * 2_000 / 1_000
    api = 24_000 * 1_000 / full * 1.0001
    pair = crossing("rented", "api", YEN.replace(api_out=api, api_in=0), load)
    assert not pair.settled
    assert len(pair.stretches) > 100
    assert not pair.never


# as properties


def number(name, *, low=None, high=None):
    limits = COST_LIMITS[name]
    low, high = low if low is not None else limits.low, high if high is not None else limits.high
    if limits.whole:
        return st.integers(int(low), int(high))
    return st.decimals(Decimal(str(low)), Decimal(str(high)), places=3, allow_nan=False).map(float)


workloads = st.builds(
    Workload,
    students=number("students", high=100_000),
    requests=number("requests", low=0.01, high=100),
    tokens_in=number("tokens_in", high=5_000),
    tokens_out=number("tokens_out", high=5_000),
    days=number("days"),
    hours=number("hours"),
    peak=number("peak", high=20),
)
prices_ = st.builds(
    Prices,
    bought_price=number("bought_price", high=5_000_000),
    bought_years=number("bought_years"),
    bought_watts=number("bought_watts", high=1_000),
    bought_idle_watts=st.none() | number("bought_idle_watts", high=1_000),
    bought_kwh_price=number("bought_kwh_price", high=100),
    bought_tokens_per_second=number("bought_tokens_per_second", low=1, high=5_000),
    bought_gpus=st.none() | st.integers(1, 20),
    rented_price=number("rented_price", high=1_000),
    rented_hours=st.sampled_from(["busy", "open", "always"]),
    rented_tokens_per_second=number("rented_tokens_per_second", low=1, high=5_000),
    rented_gpus=st.none() | st.integers(1, 20),
    api_in=number("api_in", high=1_000),
    api_out=number("api_out", high=1_000),
)


@given(workloads, prices_)
def test_the_parts_are_what_the_line_says(workload, prices):
    found = costs(workload, prices)
    for form in FORMS:
        shown = line(form, workload, prices)
        assert found[form].exact == shown.at(workload.volume)
        if shown.step:
            assert found[form].enough == (shown.capacity is None or workload.volume <= shown.capacity)


@given(workloads, prices_, st.integers(2, 10))
def test_a_larger_class_never_pays_less(workload, prices, factor):
    assume((prices.bought_idle_watts or 0) <= prices.bought_watts)
    small, large = costs(workload, prices), costs(workload.replace(students=workload.students * factor), prices)
    for form in FORMS:
        assert large[form].exact >= small[form].exact


@given(workloads, prices_, st.integers(2, 5))
def test_prices_in_another_label_change_nothing_but_their_size(workload, prices, factor):
    scaled = {
        name: getattr(prices, name) * factor
        for name in ("bought_price", "bought_kwh_price", "rented_price", "api_in", "api_out")
    }
    before, after = costs(workload, prices), costs(workload, prices.replace(currency="kr", **scaled))
    for form in FORMS:
        assert after[form].total == pytest.approx(before[form].total * factor, rel=1e-9)


@settings(deadline=None)
@given(workloads, prices_, st.lists(st.fractions(0, 4), min_size=1, max_size=20))
def test_the_cheaper_form_is_the_cheaper_one_everywhere(workload, prices, places):
    for pair in break_evens(workload, prices):
        lines = {form: line(form, workload, prices) for form in (pair.one, pair.other)}
        starts = [stretch.start for stretch in pair.stretches]
        assert starts == sorted(set(starts))
        assert starts[0] == 0
        assert all(a.cheaper != b.cheaper for a, b in zip(pair.stretches, pair.stretches[1:], strict=False))
        end = pair.limit if pair.limit is not None else 4 * (starts[-1] or workload.volume)
        if not pair.settled:
            end = starts[-1]
        between = [(a + b) / 2 for a, b in zip(starts, [*starts[1:], end], strict=True) if a < b]
        for volume in [*between, *(place * end / 4 for place in places)]:
            if volume in starts or volume > end:
                continue
            one, other = lines[pair.one].at(volume), lines[pair.other].at(volume)
            said = [stretch for stretch in pair.stretches if stretch.start < volume or stretch.start == 0][-1].cheaper
            if one == other:
                continue  # where lines touch, a stretch goes on
            assert said == (pair.one if one < other else pair.other)


@given(workloads, prices_)
def test_at_a_crossing_both_cost_the_same_or_a_further_gpu_is_needed(workload, prices):
    for pair in break_evens(workload, prices):
        one, other = (line(form, workload, prices) for form in (pair.one, pair.other))
        for stretch in pair.stretches[1:]:
            same = one.at(stretch.start) == other.at(stretch.start)
            full = any(shown.step and (stretch.start * shown.step).denominator == 1 for shown in (one, other))
            assert same or full


def test_lines_that_meet_at_a_step_are_told_apart_behind_it():
    steps = Line("bought", Fraction(10), Fraction(0), Fraction(1, 100))
    flat = Line("api", Fraction(0), Fraction(1, 10), Fraction(0))
    pair = break_even(steps, flat)
    # 10 at 100 requests for both; behind it the second GPU
    assert [stretch.cheaper for stretch in pair.stretches] == ["api"]


# numbers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("students", 0),
        ("students", 1.5),
        ("students", "40"),
        ("students", True),
        ("days", 32),
        ("hours", math.nan),
        ("peak", 0.5),
        ("requests", math.inf),
        ("tokens_in", -1),
        ("tokens_out", None),
        ("requests", 10**400),
    ],
)
def test_a_workload_refuses_what_it_cannot_be(name, value):
    with pytest.raises(InvalidValue, match=name):
        Workload(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bought_years", 0),
        ("bought_price", -1),
        ("bought_gpus", 1.5),
        ("api_in", "30"),
        ("currency", ""),
        ("currency", "too long a label"),
        ("currency", "a\nb"),
        ("currency", 5),
        ("rented_hours", "sometimes"),
        ("rented_hours", None),
        ("bought_tokens_per_second", 0),
    ],
)
def test_prices_refuse_what_they_cannot_be(name, value):
    with pytest.raises(InvalidValue, match=name):
        Prices(**{name: value})


def test_numbers_of_numpy_are_taken():
    load = Workload(students=np.int32(40), requests=np.float64(0.1))
    assert (load.students, load.requests) == (40, 0.1)
    assert type(load.students) is int
    assert exact(load.requests) == Fraction(1, 10)


def test_where_a_number_comes_from():
    measured = Measured(tokens_in=12, tokens_out=64, tokens_per_second=14.2)
    numbers = Numbers({"students": 1_000, "api_in": 5}, measured)
    assert numbers.workload == Workload(students=1_000, tokens_in=12, tokens_out=64)
    assert numbers.prices.bought_tokens_per_second == numbers.prices.rented_tokens_per_second == 14.2
    assert {numbers.sources[name] for name in ("students", "api_in")} == {"typed"}
    assert {numbers.sources[name] for name in ("tokens_in", "tokens_out", "bought_tokens_per_second")} == {"measured"}
    assert {numbers.sources[name] for name in ("api_out", "rented_price", "bought_years")} == {"example"}
    assert {numbers.sources[name] for name in ("requests", "days", "hours", "peak")} == {"assumed"}
    assert numbers.sources["bought_gpus"] == ""


def test_without_examples_or_for_another_label_prices_are_unknown():
    for numbers in (Numbers({}, Measured(), examples=False), Numbers({}, Measured(), currency="円")):
        assert numbers.prices.api_in is None
        assert numbers.prices.bought_years is None
        assert numbers.workload == Workload()


def test_examples_are_within_their_limits_and_whole_sets():
    assert set(ASSUMED) <= set(COST_LIMITS)
    assert len({tuple(prices) for prices in EXAMPLES.values()}) == 1
    for label in EXAMPLES:
        found = costs(Workload(), Numbers({}, Measured(tokens_per_second=100.0), currency=label).prices)
        assert all(found[form].total is not None for form in FORMS)


def test_a_measured_speed_has_three_digits():
    assert speed_of(1_000, 70) == 14.3
    assert speed_of(0, 1) is speed_of(10, 0) is None


def test_a_measurement_outside_the_limits_is_none():
    assert Numbers({}, Measured(tokens_per_second=1e-9)).sources["bought_tokens_per_second"] == ""
