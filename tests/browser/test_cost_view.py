"""CostView in the page: numbers with their sources, typing, the break-even as plot, table and words."""

from __future__ import annotations

import re

import pytest
from harness import error, info, status
from playwright.sync_api import expect

from llmwidgets.stages.cost import COST_LIMITS

pytestmark = pytest.mark.browser

NOTHING = {
    "tokens_in": None,
    "tokens_out": None,
    "tokens_per_second": None,
    "tokens_computed": 0,
    "seconds": 0.0,
    "model": "",
    "device": "",
}
MEASURED = {
    "tokens_in": 12,
    "tokens_out": 64,
    "tokens_per_second": 14.2,
    "tokens_computed": 128,
    "seconds": 9.01,
    "model": "SmolLM2",
    "device": "cpu",
}
FAST = {"bought_tokens_per_second": 2_000, "rented_tokens_per_second": 2_000}


def settings(*, values=None, **changes):
    """A CostSettings of yen and examples, with changes."""
    return {
        "values": values or {},
        "currency": "¥",
        "rented_hours": "open",
        "examples": True,
        "seen": {},
        **changes,
    }


def mount(harness, *, values=None, measured=None, language="en", options=None, changes=None, **more):
    state = {"settings": settings(values=values, **(changes or {})), "measured": measured or NOTHING}
    return harness.mount(
        "cost_view", view_state=state, language=language, options={"language": language, **(options or {})}, **more
    )


def card(view, kind):
    return view.locator(f".llmw-card[data-kind='{kind}']")


def amount(view, kind):
    return card(view, kind).locator(".llmw-amount")


def field(view, kind, name):
    return card(view, kind).get_by_role("textbox", name=re.compile(f"^{re.escape(name)},"))


def row(view, kind, name):
    return card(view, kind).locator(".llmw-number-row").filter(has=view.page.get_by_label(re.compile(f"^{name},")))


def slider(view):
    return view.get_by_role("slider", name=re.compile("Cost a month"))


def test_each_number_says_where_it_comes_from(harness):
    view = mount(harness, measured=MEASURED, values={"students": 100})
    expect(row(view, "workload", "Tokens in")).to_contain_text("measured")
    expect(field(view, "workload", "Tokens in")).to_have_attribute("placeholder", "12")
    expect(row(view, "bought", "Speed of a GPU")).to_contain_text("measured")
    expect(row(view, "api", "Price of input")).to_contain_text("example 2026-11")
    expect(row(view, "workload", "Requests of each")).to_contain_text("assumed")
    expect(row(view, "workload", "Students")).to_contain_text("typed")
    expect(field(view, "workload", "Students")).to_have_value("100")
    # 100 × 10 × 20 requests of 12 and 64 tokens
    expect(amount(view, "api")).to_have_text("¥161 a month")
    expect(view.locator(".llmw-assumptions")).to_contain_text("SmolLM2 on cpu, 128 tokens in 9.01 s, 14.2 tokens")
    expect(view.locator(".llmw-assumptions")).to_contain_text("none of the GPUs priced here")


def test_typing_changes_the_costs_at_once_and_is_sent(harness):
    view = mount(harness, values=FAST)
    expect(amount(view, "workload")).to_have_text("8,000 requests a month")
    expect(amount(view, "api")).to_have_text("¥408 a month")
    field(view, "workload", "Students").fill("1000")
    expect(amount(view, "workload")).to_have_text("200,000 requests a month")
    expect(amount(view, "api")).to_have_text("¥10,200 a month")
    expect(card(view, "bought").locator(".llmw-badge")).to_have_text("cheapest")
    # typed key by key or at once: what is sent last is whole
    sent = harness.wait_sent(1, view=0)[-1]
    assert sent["kind"] == "cost"
    assert sent["values"] == {**FAST, "students": 1000}
    assert sent["currency"] is sent["examples"] is sent["rented_hours"] is None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("１０００", "1,000"),
        ("1,000", "1,000"),
        ("４０万", "400,000"),
        ("¥400,000", "400,000"),
        ("1億円", "100,000,000"),
        (" 2 500.5 ", "2,500.5"),
        ("0,15", "0.15"),
        ("1e3", "1,000"),
        ("四十万円", "400,000"),
        ("40万", "400,000"),
        ("2,500 €", "2,500"),
    ],
)
def test_amounts_are_understood_as_they_are_written_in_japan(harness, typed, shown):
    view = mount(harness)
    price = field(view, "bought", "Price of a GPU")
    price.fill(typed)
    price.blur()
    expect(price).to_have_value(shown)
    expect(price).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("typed", ["400人", "４００ 名", "四百人", "400 students"])
def test_the_words_of_a_unit_may_stand_behind_a_number(harness, typed):
    view = mount(harness)
    students = field(view, "workload", "Students")
    students.fill(typed)
    expect(students).to_have_attribute("aria-invalid", "false")
    assert harness.wait_sent(1, view=0)[-1]["values"] == {"students": 400}


def test_what_is_not_understood_of_a_number_is_named(harness):
    view = mount(harness)
    students = field(view, "workload", "Students")
    students.fill("400 cats")
    expect(view.get_by_role("alert")).to_have_text(
        "“cats” is not understood here. Students takes a whole number, 1 to 100,000,000."
    )
    students.fill("400人")
    expect(view.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("typed", ["たくさん", "1,2,3", "-5", "0", "1.5"])
def test_nonsense_stays_in_the_field_and_is_refused_in_words(harness, typed):
    view = mount(harness)
    students = field(view, "workload", "Students")
    students.fill(typed)
    expect(view.get_by_role("alert")).to_contain_text("Students takes a whole number, 1 to 100,000,000")
    expect(students).to_have_attribute("aria-invalid", "true")
    students.blur()
    expect(students).to_have_value(typed)
    expect(amount(view, "api")).to_have_text("¥408 a month")
    assert harness.sent(view=0) == []


def test_nonsense_stays_whatever_the_session_measures_meanwhile(harness):
    view = mount(harness, measured=MEASURED)
    read = field(view, "workload", "Tokens in")
    read.fill("たくさん")
    harness.set("measured", {**MEASURED, "tokens_in": 99}, view=0)
    expect(read).to_have_attribute("placeholder", "99")
    expect(read).to_have_value("たくさん")


def test_what_was_typed_can_be_taken_back(harness):
    view = mount(harness, values={"students": 3})
    students = row(view, "workload", "Students")
    students.get_by_role("button", name="Students: back to 40").click()
    expect(amount(view, "workload")).to_have_text("8,000 requests a month")
    expect(students).to_contain_text("assumed")
    field(view, "workload", "Students").fill("5")
    expect(amount(view, "workload")).to_have_text("1,000 requests a month")
    field(view, "workload", "Students").fill("")
    expect(amount(view, "workload")).to_have_text("8,000 requests a month")


def test_an_unknown_speed_is_said_with_what_to_do(harness):
    view = mount(harness)
    expect(amount(view, "bought")).to_contain_text("unknown")
    expect(card(view, "bought")).to_contain_text("Not known: Speed of a GPU")
    expect(card(view, "bought")).to_contain_text("session.generate(64)")
    expect(view.locator(".llmw-pairs")).to_contain_text("Only forms whose numbers are all known")
    expect(view.locator(".llmw-verdict")).to_contain_text("Cheapest here: API")
    harness.set("measured", MEASURED, view=0)
    expect(card(view, "bought")).not_to_contain_text("Not known")
    expect(view.locator(".llmw-pairs li")).to_have_count(3)


def test_without_a_model_nobody_is_told_to_measure(harness):
    view = mount(harness, info=info(can_predict=False, device="", name="ids alone"))
    expect(card(view, "bought")).to_contain_text("Type what is missing to see the cost")
    expect(view.locator(".llmw-assumptions")).to_contain_text("No session: nothing is measured")


def test_a_server_is_no_measured_gpu(harness):
    measured = {**NOTHING, "tokens_in": 12, "tokens_out": 5, "model": "gpt-x"}
    view = mount(harness, measured=measured, info=info(device="", name="gpt-x"))
    expect(view.locator(".llmw-assumptions")).to_contain_text("gpt-x runs behind a server")


def test_example_prices_can_be_switched_off(harness):
    view = mount(harness, values=FAST)
    view.get_by_role("button", name="Example prices 2026-11").click()
    for kind in ("bought", "rented", "api"):
        expect(amount(view, kind)).to_contain_text("unknown")
    expect(view.locator(".llmw-nothing")).to_contain_text("type its numbers above")
    assert harness.wait_sent(1, view=0)[-1]["examples"] is False
    field(view, "api", "Price of input").fill("30")
    field(view, "api", "Price of output").fill("120")
    expect(amount(view, "api")).to_have_text("¥408 a month")
    expect(view.locator(".llmw-verdict")).to_contain_text("no other form can be compared")


def test_a_label_converts_nothing(harness):
    view = mount(harness, values={"api_in": 30, "api_out": 120, **FAST})
    view.get_by_role("radio", name="$").check()
    expect(amount(view, "api")).to_have_text("$408 a month")
    # an example is another label's own, no conversion
    expect(field(view, "bought", "Price of a GPU")).to_have_attribute("placeholder", "2,500")
    other = view.get_by_role("textbox", name="Another label for amounts")
    other.fill("円")
    other.press("Enter")
    expect(amount(view, "api")).to_have_text("408 円 a month")
    expect(field(view, "bought", "Price of a GPU")).to_have_attribute("placeholder", "unknown")
    expect(view.locator(".llmw-assumptions")).to_contain_text("円 is a label")
    assert harness.wait_sent(1, view=0)[0]["currency"] == "$"


def test_too_few_gpus_are_said_and_are_not_the_cheapest(harness):
    view = mount(harness, values={**FAST, "students": 1000, "bought_gpus": 1, "bought_tokens_per_second": 100})
    expect(card(view, "bought")).to_contain_text("GPUs: 1, and the busiest moment needs 9")
    expect(card(view, "bought").locator(".llmw-badge")).to_have_text("too few GPUs")
    expect(view.locator(".llmw-verdict")).to_contain_text("Cheapest here: API")
    expect(view.locator(".llmw-read[data-form='bought']")).to_contain_text("too few GPUs")
    expect(view.locator(".llmw-pairs li").nth(1)).to_have_text(
        "API costs less than Bought GPU up to 24,000 requests a month (120 students), all that the GPUs can do: "
        "within that they never break even."
    )
    field(view, "bought", "Speed of a GPU").fill("1000")
    expect(view.locator(".llmw-pairs li").nth(1)).to_contain_text("The GPUs that there are can do no more than 240,000")


def test_the_hours_of_a_rented_gpu_are_a_choice(harness):
    view = mount(harness, values=FAST)
    expect(amount(view, "rented")).to_have_text("¥24,000 a month")
    card(view, "rented").get_by_role("radio", name="all").check()
    expect(amount(view, "rented")).to_have_text("¥109,500 a month")
    expect(view.locator(".llmw-assumptions")).to_contain_text("around the clock, 730 hours")
    card(view, "rented").get_by_role("radio", name="computing").check()
    expect(amount(view, "rented")).to_have_text("¥133 a month")


def test_the_break_even_is_said_in_words_and_in_the_unit_chosen(harness):
    view = mount(harness, values={**FAST, "bought_price": 480_000, "bought_kwh_price": 30})
    words = view.locator(".llmw-pairs li").nth(1)
    expect(words).to_have_text(
        "API costs less up to 214,859 requests a month (1,074 students); above that, Bought GPU."
    )
    view.get_by_role("radio", name="students", exact=True).check()
    expect(words).to_have_text("API costs less up to 1,074 students; above that, Bought GPU.")
    view.get_by_role("radio", name="tokens", exact=True).check()
    expect(words).to_contain_text("172M tokens a month")
    field(view, "bought", "Speed of a GPU").fill("40")
    expect(words).to_have_text("API costs less than Bought GPU at any volume: they never break even.")


def test_the_mark_moves_by_key_and_reads_the_costs(harness):
    view = mount(harness, values={**FAST, "students": 1000})
    mark = slider(view)
    expect(mark).to_have_attribute("aria-valuetext", re.compile(r"200,000 requests a month.*API ¥10,200"))
    mark.focus()
    mark.press("End")
    expect(mark).to_have_attribute("aria-valuenow", "100")
    expect(mark).to_have_attribute("aria-valuetext", re.compile(r"588,235 requests a month.*API ¥30,000"))
    mark.press("ArrowLeft")
    expect(mark).to_have_attribute("aria-valuenow", "99")
    mark.press("Home")
    expect(mark).to_have_attribute("aria-valuetext", re.compile(r"^0 requests a month.*API ¥0$"))
    mark.press("Escape")
    expect(mark).to_have_attribute("aria-valuetext", re.compile("200,000"))


def test_the_range_is_zoomed(harness):
    view = mount(harness, values={**FAST, "students": 1000})
    mark = slider(view)
    view.get_by_role("button", name="Twice the range").click()
    mark.press("End")
    expect(mark).to_have_attribute("aria-valuetext", re.compile("^1,176,471 requests"))
    view.get_by_role("button", name="Fit").click()
    mark.press("End")
    expect(mark).to_have_attribute("aria-valuetext", re.compile("^588,235 requests"))


def test_the_table_says_what_the_plot_shows(harness):
    view = mount(harness, values={**FAST, "bought_price": 480_000, "bought_kwh_price": 30, "students": 1000})
    view.get_by_role("button", name="Table").click()
    rows = view.locator(".llmw-table tbody tr")
    here = view.locator(".llmw-table tr[data-what='here']")
    expect(here.locator("td")).to_have_text(["¥10,937", "¥24,000", "¥10,200"])
    crossing = view.locator(".llmw-table tr[data-what='crossing']").first
    expect(crossing.locator("td")).to_have_text(["¥10,958", "¥24,000", "¥10,958"])
    expect(rows.first.locator("td").last).to_have_text("¥0")


def test_lines_are_drawn_and_crossings_marked(harness):
    view = mount(harness, values={**FAST, "students": 1000})
    plot = view.locator(".llmw-plot-room")
    expect(plot.locator("path.llmw-line")).to_have_count(3)
    expect(plot.locator("circle.llmw-crossing")).not_to_have_count(0)
    assert not re.search("NaN|Infinity", plot.inner_html())


def test_it_goes_on_without_the_kernel(harness):
    view = mount(harness, values=FAST)
    harness.connect(False)
    expect(view.get_by_text("The kernel is gone. The calculation still works here")).to_be_visible()
    field(view, "workload", "Students").fill("1000")
    expect(amount(view, "api")).to_have_text("¥10,200 a month")
    expect(field(view, "workload", "Students")).to_have_value("1000")


def test_what_the_kernel_refuses_is_said(harness):
    view = mount(harness)
    field(view, "workload", "Students").fill("5")
    sent = harness.wait_sent(1, view=0)[-1]
    harness.refuse(sent, error("invalid_value", "students cannot be 5.", "It takes another."), view=0)
    expect(view.get_by_role("alert")).to_contain_text("students cannot be 5.")
    expect(amount(view, "workload")).to_have_text("8,000 requests a month")


def test_an_error_of_the_model_is_none_of_the_sum(harness):
    view = mount(harness, values=FAST, status=status("error", error=error("text_too_long")))
    expect(amount(view, "api")).to_have_text("¥408 a month")
    expect(view.locator(".llmw-notice-error")).to_have_count(0)


def test_the_result_is_announced(harness):
    view = mount(harness, values=FAST)
    said = view.locator(".llmw-visually-hidden[role='status']")
    expect(said).to_contain_text("Cheapest here: API, ¥408 a month")


def test_two_views_at_once_keep_their_own_numbers(harness):
    mount(harness, values={**FAST, "students": 1000})
    state = {"settings": settings(values=FAST), "measured": NOTHING}
    second = harness.mount("cost_view", view_state=state)
    expect(amount(harness.view(0), "workload")).to_have_text("200,000 requests a month")
    expect(amount(second, "workload")).to_have_text("8,000 requests a month")
    names = harness.page.evaluate("() => [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [320, 400, 700, 844, 1200])
def test_it_fits(harness, width, language):
    view = mount(harness, values={"students": 100_000}, measured=MEASURED, language=language, width=width)
    expect(view.locator(".llmw-card")).to_have_count(4)
    assert not harness.overflows()
    cut = view.evaluate(
        """root => [...root.querySelectorAll('.llmw-card, .llmw-plot, .llmw-pairs, .llmw-tools, .llmw-assumptions')]
            .filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => part.className)"""
    )
    assert cut == []
    room = "root => Math.min(...[...root.querySelectorAll('.llmw-number-name')].map((name) => name.clientWidth))"
    assert view.evaluate(room) >= 84


def test_it_speaks_japanese(harness):
    view = mount(harness, values={**FAST, "students": 1000}, language="ja")
    expect(view.locator(".llmw-title")).to_have_text("コストの見積もり")
    expect(view.locator(".llmw-verdict")).to_contain_text(
        "この利用量での最安は「購入 GPU」（月 ¥9,302）です。次は「API」"
    )
    english = re.compile(r"\b(requests|students|typed|example|cheapest|month)\b")
    assert not english.search(view.inner_text())


HUGE = {
    name: limits.low if name.endswith("_tokens_per_second") else limits.high
    for name, limits in COST_LIMITS.items()
    if not name.endswith("_gpus")
}


@pytest.mark.parametrize(("width", "language"), [(340, "ja"), (900, "en")])
def test_absurd_numbers_fit_and_are_readable(harness, width, language):
    view = mount(harness, values=HUGE, width=width, language=language)
    assert not harness.overflows()
    expect(amount(view, "api")).to_contain_text("¥6.2e24")
    expect(card(view, "bought")).to_contain_text("2.36e21")
    expect(view.locator(".llmw-pairs")).to_be_visible()


def test_a_part_of_a_request_is_not_none(harness):
    view = mount(harness, values={"students": 1, "requests": 0.01, "days": 0.1})
    expect(amount(view, "workload")).to_have_text("0.001 requests a month")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forms_and_words_can_be_told_from_the_surface(harness, theme):
    view = mount(harness, values=FAST, theme=theme)
    expect(view).to_have_attribute("data-theme", theme)
    ratios = view.evaluate(CONTRASTS)
    assert all(ratio >= 4.5 for ratio in ratios.values()), ratios


CONTRASTS = """root => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).slice(0, 3).map(Number);
  const brightness = (colour) => {
    const [red, green, blue] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [low, high] = [brightness(one), brightness(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const surface = getComputedStyle(root).backgroundColor;
  const found = {};
  for (const form of ["bought", "rented", "api"]) {
    const line = root.querySelector(`.llmw-plot-room path[data-form='${form}']`);
    found[form] = contrast(getComputedStyle(line).stroke, surface);
  }
  const badge = root.querySelector(".llmw-badge");
  const style = getComputedStyle(badge);
  found.badge = contrast(style.color, style.backgroundColor);
  for (const [name, part] of [["facts", ".llmw-card-facts"], ["source", ".llmw-source"]])
    found[name] = contrast(getComputedStyle(root.querySelector(part)).color, surface);
  return found;
}"""
