"""BeamTree in the page: the tree, what is said of each node, the ranking, and the keyboard."""

from __future__ import annotations

import itertools
import re

import pytest
from harness import array, box, info, small, status
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

KINDS = [
    {"state": "continued", "why": "", "ended_by": "", "leads_to": "running"},
    {"state": "running", "why": "", "ended_by": "", "leads_to": "running"},
    {"state": "ended", "why": "", "ended_by": "eos", "leads_to": "ended"},
    {"state": "pruned", "why": "outscored", "ended_by": "", "leads_to": ""},
    {"state": "pruned", "why": "not_kept", "ended_by": "", "leads_to": ""},
    {"state": "pruned", "why": "not_drawn", "ended_by": "", "leads_to": ""},
    {"state": "pruned", "why": "not_counted", "ended_by": "length", "leads_to": ""},
    {"state": "pruned", "why": "not_better", "ended_by": "stop", "leads_to": ""},
    {"state": "pruned", "why": "replaced", "ended_by": "eos", "leads_to": ""},
    {"state": "pruned", "why": "full", "ended_by": "", "leads_to": ""},
    {"state": "pruned", "why": "settled", "ended_by": "", "leads_to": ""},
    {"state": "continued", "why": "", "ended_by": "", "leads_to": ""},
]
CONTINUED, RUNNING, ENDED, OUTSCORED, NOT_KEPT = range(5)
NAN = float("nan")


def node(token, parent=-1, kind=RUNNING, log_prob=-1.0, gained=-1.0, index=-1, decided=0, rank=0, score=NAN, bar=NAN):
    """(token, parent, kind, ...) as the columns of the payload have it."""
    return {
        "ids": token,
        "parents": parent,
        "kinds": kind,
        "log_probs": log_prob,
        "gained": gained,
        "indices": index,
        "decided": decided,
        "ranks": rank,
        "scores": score,
        "bars": bar,
    }


def beam(text, score=-0.5, *, step=1, place=0, index=-1, ended_by="", **changes):
    return {
        "text": text,
        "cut": False,
        "tokens": 2,
        "log_prob": 2 * score,
        "score": score,
        "step": step,
        "place": place,
        "index": index,
        "ended_by": ended_by,
        **changes,
    }


PIECES = {0: " the", 1: " a", 2: b"\xe3\x81", 3: "犬", 4: "<b>x</b>", 5: "<end>"}
FIRST = [
    node(0, kind=CONTINUED, index=0, log_prob=-0.5, gained=-0.5, decided=1),
    node(1, kind=OUTSCORED, index=1, log_prob=-1.5, gained=-1.5, decided=1, rank=3, score=-3.25, bar=-2.5),
    node(4, kind=NOT_KEPT, log_prob=-4, gained=-4, rank=3, score=-4, bar=-1.5),
]
SECOND = [
    node(3, 0, RUNNING, -1.5, -1.0, index=0),
    node(2, 0, RUNNING, -2.5, -2.0, index=1),
    node(5, 0, ENDED, -2.6, -2.1, rank=1, score=-1.3),
    node(0, 1, NOT_KEPT, -3.25, -1.75, rank=3, score=-3.25, bar=-2.5),
]


def tree(*columns, **changes):
    """A BeamTreePayload of columns of nodes."""
    columns = columns or (FIRST, SECOND)
    nodes = [one for column in columns for one in column]
    wholes = {
        name: small([one[name] for one in nodes]) for name in ("ids", "parents", "indices", "kinds", "decided", "ranks")
    }
    reals = {name: array([one[name] for one in nodes]) for name in ("log_probs", "gained", "scores", "bars")}
    parts = [PIECES.get(token, f" w{token}") for token in sorted({one["ids"] for one in nodes})]
    return {
        "number": 1,
        "row": 0,
        "rows": 1,
        "step": len(columns),
        "first": 0,
        "num_beams": 2,
        "length_penalty": 1.0,
        "early_stopping": "false",
        "do_sample": False,
        "num_return_sequences": 1,
        "state": "running",
        "over": "",
        "counts": [len(column) for column in columns],
        **wholes,
        **reals,
        "kind": KINDS,
        "distinct": sorted({one["ids"] for one in nodes}),
        "pieces": [part if isinstance(part, str) else "" for part in parts],
        "bytes": ["" if isinstance(part, str) else part.hex() for part in parts],
        "special": [],
        "running": [
            beam(" the犬", -0.75, index=0),
            beam(" the", -1.25, place=1, index=1),
        ],
        "finished": [beam(" the<end>", -1.3, place=2, ended_by="eos")],
        **changes,
    }


def long_tree(step, first=0, **changes):
    """One beam of so many steps, the first of them shown at `first`."""
    columns = [
        [node(at % 7, 0 if at else -1, CONTINUED if at < step - 1 else RUNNING, index=0)] for at in range(first, step)
    ]
    live = [beam(" the", step=step - 1, index=0)]
    return tree(*columns, **{"step": step, "first": first, "running": live, "finished": [], **changes})


def mount(harness, shown, **options):
    return harness.mount("beam_tree", view_state={"tree": shown}, **options)


def nodes(view):
    return view.locator(".llmw-node")


def of(view, key):
    return view.locator(f"[data-key='{key}']")


def test_the_live_the_ended_and_the_pruned_are_in_the_tree(harness):
    view = mount(harness, tree())
    expect(nodes(view)).to_have_count(5)
    expect(view.locator(".llmw-node[data-state='running']")).to_have_text(["犬36.8%", "E3 8113.5%"])
    expect(view.locator(".llmw-node[data-state='ended']")).to_have_text(re.compile("<end>−1.300"))
    expect(view.locator(".llmw-node[data-state='pruned']")).to_have_text(re.compile("␣a22.3%"))
    expect(view.locator(".llmw-lines path")).to_have_count(5)
    assert not harness.overflows()


def test_children_stand_right_of_their_parents_and_lines_do_not_cross(harness):
    view = mount(harness, tree())
    parent = box(of(view, "0.0"))
    children = [box(of(view, f"1.{place}")) for place in range(3)]
    assert all(child["x"] > parent["x"] + parent["width"] for child in children)
    assert [child["y"] for child in children] == sorted(child["y"] for child in children)
    assert all(after["y"] - before["y"] >= before["height"] for before, after in itertools.pairwise(children))


def test_candidates_are_shown_on_demand_with_why_they_were_not_kept(harness):
    view = mount(harness, tree())
    expect(of(view, "0.2")).to_have_count(0)
    view.get_by_role("button", name="Candidates", exact=True).click()
    expect(nodes(view)).to_have_count(7)
    # text of a model is text
    expect(of(view, "0.2")).to_contain_text("<b>x</b>")
    of(view, "0.2").hover()
    expect(view.locator(".llmw-fate")).to_have_text(
        "Considered, not kept: rank 3 with −4.000; the last one kept has −1.500."
    )


REASONS = {
    1: "Live, as row 3 of the model's batch.",
    2: "Finished by an end token: score −0.750, rank 2 of the finished beams.",
    3: "Pruned in step 2: its best continuation had rank 2 with −0.750; the last one kept has −0.500.",
    5: "Pruned in step 2: no continuation of it was drawn.",
    6: "Ended by the length limit, not counted: candidate number 2 of its step, and only the first 2 count.",
    7: "Ended by a stopping criterion with score −0.750, not taken: 2 beams had finished with −0.500 or more.",
    8: "Finished by an end token with score −0.750; replaced in step 2, since when the finished beams have −0.500 or more.",
    9: "Dropped at the end: 2 beams had finished, and early_stopping is True.",
    10: "Dropped at the end: the best live beam had −0.750 in sight, and the worst finished one has −0.500.",
    11: "Beams went on from it; all of them were pruned later.",
}


@pytest.mark.parametrize("kind", REASONS)
def test_why_is_said_in_words(harness, kind):
    shown = [node(0, kind=kind, index=3, decided=1, rank=2, score=-0.75, bar=-0.5)]
    view = mount(harness, tree(shown, running=[], finished=[]))
    of(view, "0.0").focus()
    expect(view.locator(".llmw-fate")).to_have_text(REASONS[kind])
    expect(of(view, "0.0")).to_have_attribute("aria-label", f"Step 1: ␣the, 36.8%. {REASONS[kind]}")


def test_a_beam_without_candidates_says_so(harness):
    view = mount(harness, tree([node(0, kind=OUTSCORED, decided=1, bar=-2)], running=[], finished=[]))
    of(view, "0.0").focus()
    expect(view.locator(".llmw-fate")).to_have_text(
        "Pruned in step 2: none of its unfinished continuations was among the candidates; the last one kept has −2.000."
    )


def test_the_keyboard_goes_through_the_tree(harness):
    view = mount(harness, tree())
    # it begins at the best beam, and one Tab leads into the tree
    expect(view.locator(".llmw-node[tabindex='0']")).to_have_attribute("data-key", "1.0")
    of(view, "1.0").focus()
    for key, at in (
        ("ArrowDown", "1.1"),
        ("ArrowDown", "1.2"),
        ("ArrowDown", "1.2"),
        ("ArrowLeft", "0.0"),
        ("ArrowRight", "1.0"),
        ("Home", "0.0"),
        ("ArrowDown", "0.1"),
        ("ArrowRight", "0.1"),
        ("End", "1.0"),
    ):
        harness.page.keyboard.press(key)
        expect(of(view, at)).to_be_focused()
    expect(view.locator(".llmw-node[tabindex='0']")).to_have_count(1)
    harness.page.keyboard.press("ArrowLeft")
    expect(view.locator(".llmw-detail")).to_contain_text("log-probability −0.500")


def test_the_ranking_has_text_sum_score_and_bar(harness):
    view = mount(harness, tree())
    live = view.locator("[data-kind='live'] tbody tr")
    expect(live).to_have_count(2)
    expect(live.first).to_contain_text("the犬")
    expect(live.first).to_contain_text("−1.500")
    expect(live.first).to_contain_text("−0.750")
    widths = [box(view.locator(f"[data-kind='live'] tr:nth-child({row}) .llmw-bar"))["width"] for row in (1, 2)]
    assert widths[0] > widths[1] > 0
    finished = view.locator("[data-kind='finished'] tbody tr")
    expect(finished).to_contain_text("an end token")
    expect(view.locator(".llmw-returned")).to_have_count(0)


def test_what_generate_returns_is_marked_when_the_search_is_over(harness):
    done = [beam(" the<end>", -1.3, place=2, ended_by="eos"), beam(" a", -1.4, place=1, ended_by="length")]
    view = mount(harness, tree(state="done", over="full", early_stopping="true", running=[], finished=done))
    expect(view.locator("[data-kind='live']")).to_have_count(0)
    expect(view.locator("[data-kind='finished'] tr", has=harness.page.locator(".llmw-returned"))).to_have_count(1)
    expect(view.locator(".llmw-settings")).to_contain_text("over: 2 beams have finished, and early_stopping is True")


def test_a_beam_pointed_at_in_the_ranking_is_brought_out_in_the_tree(harness):
    view = mount(harness, tree())
    view.locator("[data-kind='finished'] tbody tr").hover()
    expect(view.locator(".llmw-node[data-lit='true']")).to_have_count(2)
    expect(of(view, "1.2")).to_have_attribute("data-lit", "true")
    expect(of(view, "1.0")).to_have_css("opacity", "0.3")
    view.locator(".llmw-title").hover()
    expect(view.locator(".llmw-node[data-lit='true']")).to_have_count(0)


def test_the_newest_step_stays_in_sight_unless_one_looks_elsewhere(harness):
    view = mount(harness, long_tree(12), width=500)
    scroll = view.locator(".llmw-scroll")
    expect(of(view, "11.0")).to_be_in_viewport()
    harness.set("tree", long_tree(20), view=-1)
    expect(of(view, "19.0")).to_be_in_viewport()
    at = "box => [box.scrollLeft, box.scrollWidth - box.clientWidth]"
    place, most = scroll.evaluate(at)
    assert place == most > 0
    scroll.evaluate("box => { box.scrollLeft = 400 }")
    newest = view.get_by_role("button", name="Newest step")
    newest.wait_for()
    before = box(of(view, "4.0"))["x"]
    harness.set("tree", long_tree(24, first=2), view=-1)
    expect(of(view, "23.0")).to_have_count(1)
    # columns have left at the beginning, and what was in sight stays where it was
    assert box(of(view, "4.0"))["x"] == pytest.approx(before, abs=1)
    expect(view.locator(".llmw-earlier")).to_have_text("2 earlier steps are not shown")
    newest.click()
    expect(of(view, "23.0")).to_be_in_viewport()
    expect(newest).to_have_count(0)


def test_nothing_moves_while_the_tree_grows(harness):
    view = mount(harness, tree(FIRST))
    before = [box(of(view, f"0.{place}"))["y"] for place in range(2)]
    harness.set("tree", tree(), view=-1)
    expect(of(view, "1.0")).to_have_count(1)
    assert [box(of(view, f"0.{place}"))["y"] for place in range(2)] == before


def test_another_search_begins_at_its_own_best_beam(harness):
    view = mount(harness, tree())
    of(view, "0.1").focus()
    harness.set("tree", tree(number=2), view=-1)
    expect(view.locator(".llmw-node[tabindex='0']")).to_have_attribute("data-key", "1.0")


def test_the_table_has_every_node_and_number(harness):
    view = mount(harness, tree())
    view.get_by_role("button", name="Table", exact=True).click()
    rows = view.locator(".llmw-table-scroll tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.nth(2)).to_contain_text("犬")
    expect(rows.nth(2)).to_contain_text("−1.500")
    expect(rows.nth(1)).to_contain_text("its best continuation had rank 3 with −3.250")


def test_a_row_of_a_batch_is_chosen(harness):
    view = mount(harness, tree(rows=3), info=info(rows=3))
    view.locator(".llmw-row-chooser select").select_option("2")
    sent = harness.wait_sent(1)[-1]
    assert (sent["action"], sent["row"]) == ("row", 1)


def test_before_the_first_search_it_says_what_to_run(harness):
    view = mount(harness, None)
    expect(view.locator("code")).to_have_text("model.generate(**inputs, num_beams=4)")
    expect(view.locator("button:not(.llmw-present)")).to_have_count(0)
    harness.set("tree", tree(), view=-1)
    expect(nodes(view)).to_have_count(5)


def test_a_closed_session_keeps_the_tree_and_says_so(harness):
    view = mount(harness, tree(rows=2), info=info(rows=2))
    harness.set("status", status("closed"))
    expect(view.get_by_text("This session is closed")).to_be_visible()
    expect(nodes(view)).to_have_count(5)
    expect(view.locator(".llmw-row-chooser select")).to_be_disabled()


def test_it_speaks_japanese_and_reads_out_how_far_it_is(harness):
    view = mount(harness, tree(do_sample=True), language="ja")
    expect(view.locator(".llmw-title")).to_have_text("ビームサンプリング")
    of(view, "0.1").focus()
    expect(view.locator(".llmw-fate")).to_contain_text("ステップ 2 で枝刈り")
    expect(view.locator(".llmw-visually-hidden[role='status']")).to_have_text(
        "ステップ 2：探索中 2 本、完了 1 本。最良：␣the犬、スコア −0.750。"
    )
    assert not re.search(r"\b(fate|why|by|state|over|settings)\.\w", view.inner_text())


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_narrow_and_wide_places(harness, width, theme):
    long = [beam(" word" * 80, place=0, index=0, cut=True), beam("語" * 200, place=1, index=1)]
    view = mount(harness, tree(running=long), width=width, theme=theme)
    assert not harness.overflows()
    # the end of a long text is what is seen
    text, cell = box(view.locator("bdi").first), box(view.locator(".llmw-beam-text").first)
    assert text["x"] + text["width"] <= cell["x"] + cell["width"] + 1
    assert view.evaluate("root => root.scrollWidth <= root.clientWidth")


@pytest.mark.parametrize("width", [248, 320, 400])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_said_of_a_ranked_beam_stands_on_no_other(harness, width, language):
    ends = ["eos", "length", "stop"]
    done = [beam(" the quick fox jumps", -0.5 - at, ended_by=end, index=at) for at, end in enumerate(ends)]
    view = mount(harness, tree(finished=done, state="done", num_return_sequences=2), width=width, language=language)
    for row in view.locator(".llmw-ranking tbody tr").all():
        score = box(row.locator(".llmw-score"))
        for said in row.locator(".llmw-beam-text, .llmw-by, .llmw-returned").all():
            assert box(said)["x"] + box(said)["width"] <= score["x"] + 1
    assert not harness.overflows()


def test_a_closed_view_lets_go_of_its_models(harness):
    mount(harness, tree())
    harness.close()
    harness.wait_listening(0, view=0)
