"""Presenting: what a room can read of every view, and the two keys of whoever presents."""

from __future__ import annotations

import pytest
from harness import JSON, Harness, content
from playwright.sync_api import Locator, expect
from presented import VIEWS, states

WIDTH, HEIGHT = 1280, 720
LEAST_TOKEN, LEAST_TEXT, LEAST_CONTRAST = 28, 20, 7

READ = """root => {
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  const painted = new Map();
  const paint = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const numbers = (colour) => {
    if (!painted.has(colour)) painted.set(colour, paint(colour));
    return painted.get(colour);
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const seen = (element) => {
    for (let node = element; node !== root; node = node.parentElement) {
      const style = getComputedStyle(node);
      if (node.matches('.llmw-visually-hidden, .llmw-presenter, :disabled, [aria-disabled=true], option')) return false;
      if (style.visibility === 'hidden' || Number(style.opacity) < 0.5) return false;
    }
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement;
    // within a drawing a colour is painted on shapes, which no style tells
    if (!text.data.trim() || !seen(element) || element.closest('svg')) continue;
    const style = getComputedStyle(element);
    const under = ground(element);
    const [one, other] = [light(over(numbers(style.color), under)), light(under)];
    found.push({
      text: text.data.trim().slice(0, 40),
      of: element.className,
      size: Number.parseFloat(style.fontSize) * element.currentCSSZoom,
      contrast: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05),
    });
  }
  return found;
}"""


@pytest.fixture(scope="module")
def shown() -> dict[str, tuple[JSON, JSON]]:
    return states()


def mount(harness: Harness, name: str, state: tuple[JSON, JSON], **how) -> Locator:
    session, view = state
    root = harness.mount(name, store_state=session, view_state=view, width=None, **how)
    harness.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    return root


def present(harness: Harness) -> Locator:
    harness.root.locator(".llmw-present").click()
    expect(harness.root).to_have_attribute("data-presenting", "")
    return harness.root


def asked(harness: Harness) -> list[str]:
    return [each["action"] for each in harness.sent() if each["kind"] == "act"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", VIEWS)
def test_the_last_row_reads_every_view(harness, shown, name, theme):
    mount(harness, name, shown[name], theme=theme, language="ja" if theme == "dark" else "en")
    root = present(harness)
    found = root.evaluate(READ)
    assert len(found) > 5
    assert [each for each in found if each["size"] < LEAST_TEXT] == []
    assert [each for each in found if each["contrast"] < LEAST_CONTRAST] == []
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")


def test_tokens_are_at_least_28_pixels(harness, shown):
    mount(harness, "token_view", shown["token_view"])
    found = [each for each in present(harness).evaluate(READ) if "llmw-piece" in each["of"]]
    assert len(found) >= 5
    assert min(each["size"] for each in found) >= LEAST_TOKEN


def test_the_button_fills_the_screen_and_what_leads_out_leaves_it(harness):
    harness.mount("token_view", content=content("a b"))
    root = present(harness)
    harness.page.wait_for_function("() => document.fullscreenElement !== null")
    root.get_by_role("button", name="Leave").click()
    expect(root).not_to_have_attribute("data-presenting", "")
    harness.page.wait_for_function("() => document.fullscreenElement === null")
    expect(root.get_by_role("button", name="Present: large type")).to_be_visible()


def test_where_a_frame_forbids_the_whole_screen_the_view_is_large_in_its_place(harness):
    harness.mount("token_view", content=content("a b"), width=360)
    harness.page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new TypeError()) }")
    root = present(harness)
    assert root.evaluate("root => root.currentCSSZoom") == 2
    assert not harness.overflows()
    root.press("Escape")
    expect(root).not_to_have_attribute("data-presenting", "")


def test_r_leads_back_but_is_a_letter_where_one_types(harness):
    root = harness.mount("token_view", content=content("a b"))
    root.press("r")
    assert asked(harness) == []
    present(harness)
    assert asked(harness) == ["prepare"]
    root.press("r")
    assert asked(harness) == ["prepare", "reset"]
    root.get_by_role("textbox").press("r")
    harness.wait_sent(3)
    assert asked(harness) == ["prepare", "reset"]
    root.get_by_role("button", name="Start over").click()
    assert asked(harness) == ["prepare", "reset", "reset"]


def test_without_a_kernel_nothing_leads_back(harness):
    root = harness.mount("token_view", content=content("a b"))
    harness.connect(False)
    present(harness)
    expect(root.get_by_role("button", name="Start over")).to_be_disabled()


def test_a_view_within_a_presentation_is_large_from_the_start(harness):
    harness.mount("token_view", content=content("a b"))
    # a view looks for its place in the frame after it is there
    harness.page.evaluate("() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))")
    harness.page.evaluate("() => document.body.classList.add('llmwidgets-presentation')")
    harness.mount("capability_card")
    expect(harness.root).to_have_attribute("data-presenting", "")
    expect(harness.view(0)).not_to_have_attribute("data-presenting", "")
    # the kernel knows the moment at which it began; this page may be drawn when the text has moved on, or anew
    assert asked(harness) == []


def test_the_pointer_finds_its_place_in_large_type(harness, shown):
    root = mount(harness, "cost_view", shown["cost_view"])
    present(harness)
    plot = root.locator(".llmw-plot [tabindex='0']").first
    plot.scroll_into_view_if_needed()
    edge = plot.bounding_box()
    harness.page.mouse.move(edge["x"] + edge["width"] - 3, edge["y"] + edge["height"] / 2)
    at_right = plot.get_attribute("aria-valuetext")
    plot.press("End")
    assert plot.get_attribute("aria-valuetext") == at_right
