"""A token pointed at in one view is marked in the others of its session."""

from harness import content
from playwright.sync_api import expect
from test_next_token_bar import distribution


def marked(root):
    return root.locator("[data-marked]")


def two_views(harness, **options):
    """TokenView with tokens 100, 10, 101, and NextTokenBar whose first bar is token 10."""
    text = content("a b a", ["a", " b", " a"], ids=[100, 10, 101])
    harness.mount("token_view", content=text, distribution=distribution(), **options)
    harness.mount("next_token_bar", **options)
    return harness.view(0), harness.view(1)


def test_a_bar_pointed_at_marks_its_token_in_the_text(harness):
    tokens, bars = two_views(harness)
    bars.locator(".llmw-row").first.hover()
    expect(marked(tokens)).to_have_count(1)
    assert marked(tokens).get_attribute("data-index") == "1"
    bars.locator(".llmw-title").hover()
    expect(marked(tokens)).to_have_count(0)
    # by keyboard as well
    bars.locator(".llmw-row").first.focus()
    expect(marked(tokens)).to_have_count(1)
    assert harness.sent() == []


def test_a_token_pointed_at_here_is_not_marked_here(harness):
    tokens, _ = two_views(harness)
    tokens.locator("[data-index='0']").hover()
    expect(tokens.locator(".llmw-detail")).to_contain_text("100")
    expect(marked(tokens)).to_have_count(0)


def test_a_view_that_goes_points_at_nothing(harness):
    tokens, bars = two_views(harness)
    bars.locator(".llmw-row").first.hover()
    expect(marked(tokens)).to_have_count(1)
    harness.close(1)
    expect(marked(tokens)).to_have_count(0)


def test_where_each_view_has_a_store_of_its_own_the_kernel_passes_it_on(harness):
    tokens, bars = two_views(harness, shares_store=False)
    bars.locator(".llmw-row").first.hover()
    request = harness.wait_sent(1)[-1]
    assert (request["kind"], request["ids"]) == ("point", [10])
    harness.set("pointed", [10])
    expect(marked(tokens)).to_have_count(1)
    harness.set("pointed", [])
    expect(marked(tokens)).to_have_count(0)
