"""A view that is taken away leaves nothing in the page: an output is cleared each time that its cell runs."""

from __future__ import annotations

import pytest
from harness import JSON, Harness
from presented import VIEWS, states

TIMES = 20


@pytest.fixture(scope="module")
def shown() -> dict[str, tuple[JSON, JSON]]:
    return states()


@pytest.mark.parametrize("name", VIEWS)
def test_no_node_and_no_listener_stays(harness, shown, name):
    session, view = shown[name]
    harness.mount(name, store_state=session, view_state=view)
    ask = {"name": name, "width": 700, "sharesStore": True, "language": "en"}
    ask["state"] = {**view, "store": "anywidget:session", "options": {"language": "en"}}
    browser = harness.page.context.new_cdp_session(harness.page)
    # what is made once only is made by now
    before = counted(harness, browser, ask, 3)
    after = counted(harness, browser, ask, TIMES)
    assert {what: after[what] - before[what] for what in before if after[what] - before[what] >= TIMES} == {}


def counted(harness: Harness, browser, ask: JSON, times: int) -> dict[str, int]:
    """What the page holds after a view was drawn and taken away so many times."""
    left = harness.page.evaluate("([ask, times]) => window.harness.drawAndClear(ask, times)", [ask, times])
    assert left == 0
    browser.send("HeapProfiler.collectGarbage")
    held = browser.send("Memory.getDOMCounters")
    return {**held, "callbacks": harness.listening()}
