"""Views in pages of other hosts' shapes."""

from __future__ import annotations

import pytest
from harness import ORIGIN, content, info, sampler, status
from playwright.sync_api import FrameLocator, expect


@pytest.mark.parametrize(
    ("ground", "theme"),
    [
        ("color(srgb 1 1 1)", "light"),
        ("color(srgb 0.1 0.1 0.1)", "dark"),
        ("oklch(0.2 0.02 260)", "dark"),
        ("oklch(0.97 0 0)", "light"),
        ("color-mix(in oklab, white, black 80%)", "dark"),
        ("rgb(0 0 0 / 0.2)", "light"),
    ],
)
def test_the_theme_is_that_of_the_ground_however_its_colour_is_written(harness, ground, theme):
    root = harness.mount("token_view", content=content("one two"))
    harness.page.evaluate("ground => { document.body.style.background = ground }", ground)
    expect(root).to_have_attribute("data-theme", theme)


VS_CODE = {"vscode-light": "#ffffff", "vscode-dark": "#1f1f1f", "vscode-high-contrast": "#000000"}


def in_a_webview(page, kind: str) -> FrameLocator:
    """The harness in a frame without the page's rights, as VS Code's webviews are, its body marked as theirs."""
    page.route(
        "http://editor.test/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<!doctype html><link rel="icon" href="data:,"><iframe sandbox="allow-scripts allow-same-origin" src="{ORIGIN}/" '
            'style="width: 620px; height: 700px; border: 0"></iframe>',
        ),
    )
    page.goto("http://editor.test/")
    page.frame_locator("iframe").locator("body[data-ready]").wait_for()
    frame = page.frames[1]
    frame.evaluate(
        """([kind, ground]) => {
          document.body.className = kind;
          document.body.dataset.vscodeThemeKind = kind;
          document.body.style.background = ground;
        }""",
        [kind, VS_CODE[kind]],
    )
    state = {
        "info": info(),
        "content": content("one two"),
        "distribution": None,
        "paths": None,
        "draws": None,
        "sampler": sampler(),
        "status": status(),
    }
    frame.evaluate("state => window.harness.openSession(state)", state)
    ask = {"name": "token_view", "width": None, "sharesStore": True, "language": ""}
    frame.evaluate(
        "ask => window.harness.mount(ask)",
        {**ask, "state": {"store": "anywidget:session", "options": {"language": ""}}},
    )
    return page.frame_locator("iframe")


@pytest.mark.parametrize("kind", VS_CODE)
def test_in_a_frame_as_vs_code_has_it(harness, kind):
    frame = in_a_webview(harness.page, kind)
    root = frame.locator(".llmw-token-view")
    expect(root).to_have_attribute("data-theme", "light" if kind == "vscode-light" else "dark")
    root.get_by_role("textbox", name="Text", exact=True).fill("one more")
    harness.page.frames[1].wait_for_function("() => window.harness.models.session.sent.length === 1")
    # the editor's theme becomes another while the view is open
    harness.page.frames[1].evaluate(
        """() => {
          document.body.style.background = "#ffffff";
          document.body.dataset.vscodeThemeKind = "vscode-light";
        }"""
    )
    expect(root).to_have_attribute("data-theme", "light")


def test_views_of_outputs_that_share_nothing_move_together_through_the_kernel(harness):
    text = content("a b", ["a", " b"])
    first = harness.mount("token_view", content=text, shares_store=False)
    second = harness.mount("token_view", shares_store=False)
    fields = [root.get_by_role("textbox", name="Text", exact=True) for root in (first, second)]
    for count, (here, there, said) in enumerate([(*fields, "one more"), (*reversed(fields), "and back")], 1):
        here.fill(said)
        request = harness.wait_sent(count)[-1]
        # nothing but the kernel tells the other
        expect(there).not_to_have_value(said)
        harness.take(request, content=content(said, revision=1 + count))
        expect(there).to_have_value(said)
    assert len({request["client"] for request in harness.sent() if request["kind"] == "set"}) == 2
