"""What is written into a page that is handed out."""

from __future__ import annotations

import base64
import gzip
import json
import re
from html import unescape

import numpy as np
import pytest
from kernel_page import matches

from llmwidgets import ContinuationView, EmbeddingMap, NextTokenBar, SamplerSlider, TokenView, set_language, show
from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.files import write
from llmwidgets.handout.page import Place, in_script, packed, places
from llmwidgets.handout.saved import can_show, saved
from llmwidgets.text import TextSession
from llmwidgets.widgets import map_kept, map_payloads
from llmwidgets.widgets.base import STATIC

MEGABYTE = 1_000_000
WORDS = ["king", "queen", "man", "woman", "quick", "fast"]


@pytest.fixture(scope="module", autouse=True)
def _built():
    if not (STATIC / "handout.js").is_file():
        pytest.fail(f"no bundles in {STATIC}: build them with `make build`, or `npm run build` in js/")


def texts(html, kind):
    """What stands in the page's packed scripts."""
    found = re.findall(rf'id="llmw-{kind}-\d+">([^<]*)</script>', html)
    return [gzip.decompress(base64.b64decode(text)).decode() for text in found]


def models(html):
    return json.loads(re.search(r'id="llmw-saved">([^<]*)</script>', html)[1])["models"]


def shown(html):
    """The bundles' names of the places, in order."""
    names = {(STATIC / f"{name}.js").read_text("utf-8"): name for name in ("token_view", "next_token_bar")}
    known = models(html)
    codes = texts(html, "module")
    return [
        names.get(codes[known[model]["module"]], "another") for model in re.findall(r'data-llmw-model="(\w+)"', html)
    ]


# the page's parts


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028\u2029", "\ud800", "日本"]
)
def test_no_text_leads_out_of_a_script(text):
    written = in_script({"text": text})
    assert "<" not in written
    assert written.isascii()
    assert json.loads(written) == {"text": text}


def test_packed_texts_are_the_same_each_time():
    assert packed("a<b" * 100) == packed("a<b" * 100)
    assert gzip.decompress(base64.b64decode(packed("むかし"))).decode() == "むかし"


def test_a_file_is_replaced_at_once_and_no_part_of_it_is_left(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("old")
    assert write(path, "new \ud800") == path
    assert path.read_text("utf-8") == "new ?"
    assert [each.name for each in tmp_path.iterdir()] == ["a.html"]
    (tmp_path / "b").touch()
    assert path.stat().st_mode == (tmp_path / "b").stat().st_mode
    with pytest.raises(InvalidValue, match="no such folder"):
        write(tmp_path / "no" / "a.html", "x")
    with pytest.raises(InvalidValue, match="is a folder"):
        write(tmp_path, "x")


def test_a_picture_stands_in_its_place():
    html = places([Place('a"b', "<p>x &lt; y</p>")])
    assert 'data-llmw-model="a&#34;b"' in html
    assert "<p>x &lt; y</p>" in html


# the states


def anywidget(code, **state):
    return {"model_module": "anywidget", "model_name": "AnyModel", "state": {"_esm": code, **state}}


def box(*children):
    state = {"children": [f"IPY_MODEL_{child}" for child in children]}
    return {"model_module": "@jupyter-widgets/controls", "model_name": "HBoxModel", "state": state}


def test_each_bundle_is_there_once():
    states = {
        "s": anywidget("session"),
        "a": anywidget("view", _css="red", store="anywidget:s", k=1),
        "b": anywidget("view", _css="red", store="anywidget:s", k=2),
        "unused": anywidget("other"),
        "both": box("a", "b"),
    }
    found = saved(states, ["both"], "ja")
    assert sorted(found["models"]) == ["a", "b", "both", "s"]
    assert sorted(found["modules"]) == ["session", "view"]
    assert found["sheets"] == ["red"]
    assert found["models"]["both"] == {"kind": "box", "direction": "row", "children": ["a", "b"]}
    assert found["models"]["a"]["state"] == {"store": "anywidget:s", "k": 1}
    assert found["models"]["s"]["sheet"] == -1


def test_what_a_page_cannot_draw_is_known():
    states = {
        "a": anywidget("view"),
        "remote": anywidget("https://example.org/view.js"),
        "slider": {"model_module": "@jupyter-widgets/controls", "model_name": "IntSliderModel", "state": {}},
        "good": box("a"),
        "bad": box("a", "slider"),
    }
    assert [name for name in [*states, "unknown"] if can_show(states, name)] == ["a", "good"]


# a session's page


def test_all_open_views_in_the_order_in_which_they_were_made(session, tmp_path):
    bar, tokens = NextTokenBar(session), TokenView(session)
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    assert shown(html) == ["next_token_bar", "token_view"]
    bar.close()
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    assert shown(html) == ["token_view"]
    tokens.close()
    with pytest.raises(InvalidValue, match="no open view"):
        session.export(tmp_path / "a.html")


def test_a_cell_that_was_run_again_gives_no_second_view(session, tmp_path):
    views = [NextTokenBar(session), NextTokenBar(session), NextTokenBar(session, k=3)]
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    assert len(shown(html)) == 2
    html = session.export(tmp_path / "a.html", views=views[2]).read_text("utf-8")
    assert len(shown(html)) == 1


def test_views_may_be_chosen_also_as_show_gives_them(session, tmp_path):
    stack = show(session)
    NextTokenBar(session, k=3)
    html = session.export(tmp_path / "a.html", views=[stack]).read_text("utf-8")
    assert len(shown(html)) == len(stack.views)
    with pytest.raises(InvalidValue, match="cannot hold a str"):
        session.export(tmp_path / "a.html", views=["TokenView"])


def test_the_page_waits_for_what_it_shows(session, tmp_path):
    NextTokenBar(session)
    session.text = "The lazy dog"
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    (store,) = [each["state"] for each in models(html).values() if "distribution" in each["state"]]
    assert store["content"]["text"] == "The lazy dog"
    assert store["distribution"]["revision"] == store["content"]["revision"]
    assert store["status"]["state"] == "ready"


def test_the_page_waits_for_what_the_model_itself_writes(session, tmp_path):
    view = ContinuationView(session, "The quick", [" brown fox", " king"], new_tokens=40)
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    (state,) = (model["state"] for model in models(html).values() if "written" in model.get("state", {}))
    assert [each["state"] for each in state["written"]] == ["done", "done"]
    assert all(each["text"] for each in state["written"])
    view.close()


def test_text_of_users_is_text(session, tmp_path):
    evil = "</script><img src=x onerror=alert(1)><!--"
    session.text = evil
    TokenView(session)
    html = session.export(tmp_path / "a.html", title=evil).read_text("utf-8")
    assert "<img" not in html
    assert html.count("<script") == html.count("</script>")
    assert "&lt;img src=x" in html


def test_the_page_asks_for_nothing(session, tmp_path):
    TokenView(session)
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    without_data = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)="([^"]*)"', without_data) == ["data:,"]
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    assert unescape(policy).startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy


def test_the_language_is_the_one_that_was_set(session, tmp_path):
    TokenView(session)
    set_language("ja")
    try:
        html = session.export(tmp_path / "a.html").read_text("utf-8")
    finally:
        set_language(None)
    assert '<html lang="ja">' in html


def test_four_views_are_less_than_a_megabyte(session, tmp_path):
    TokenView(session), NextTokenBar(session), SamplerSlider(session), EmbeddingMap(session, words=WORDS)
    html = session.export(tmp_path / "a.html").read_text("utf-8")
    pictures = re.findall(r'<div class="handout-picture">.*?</div>\n</div>', html, re.DOTALL)
    assert len(pictures) == 4
    assert len(html.encode()) - sum(map(len, pictures)) < MEGABYTE


def kept_in(html):
    return next(each["state"]["kept"] for each in models(html).values() if "kept" in each["state"])


def test_a_page_holds_the_grounds_points_and_their_names(session, tmp_path):
    view = EmbeddingMap(session, words=WORDS, vocabulary=True)
    kept = kept_in(session.export(tmp_path / "a.html").read_text("utf-8"))
    assert matches(kept, map_payloads.KeptGround)
    ground = view._drawn.ground
    assert (kept["number"], kept["count"]) == (ground.number, len(ground))
    assert base64.b64decode(kept["points"]) == ground.packed
    names = json.loads(gzip.decompress(base64.b64decode(kept["names"])))
    assert matches(names, map_payloads.KeptNames)
    for index, said in enumerate(names["pieces"]):
        data = bytes.fromhex(said[0]) if isinstance(said, list) else said.encode()
        assert data == view._space_of(view._drawn.shown).name(index).data
    assert names["special"] == [index for index in range(len(ground)) if session.is_special(index)]
    # a page with a kernel asks for them
    assert view.kept is None


def test_of_too_many_points_a_page_holds_a_sample(session, tmp_path, monkeypatch):
    monkeypatch.setattr(map_kept, "MOST_KEPT", 50)
    view = EmbeddingMap(session, words=WORDS, vocabulary=True)
    kept = [kept_in(session.export(tmp_path / "a.html").read_text("utf-8")) for _ in range(2)]
    assert kept[0] == kept[1]
    points = np.frombuffer(base64.b64decode(kept[0]["points"]), "<u4")
    assert (kept[0]["count"], len(points), kept[0]["names"]) == (50, 50, "")
    assert set(points.tolist()) <= set(np.frombuffer(view._drawn.ground.packed, "<u4").tolist())


def test_a_map_without_a_ground_keeps_none(session, tmp_path):
    EmbeddingMap(session, words=WORDS)
    assert kept_in(session.export(tmp_path / "a.html").read_text("utf-8")) is None


def test_a_session_without_a_model_has_a_page_too(byte_tokenizer, tmp_path):
    text = TextSession(byte_tokenizer, text="quick fox")
    TokenView(text)
    html = text.export(tmp_path / "a.html", title="Tokens").read_text("utf-8")
    assert shown(html) == ["token_view"]
    assert "<h1>Tokens</h1>" in html


def test_a_closed_session_has_none(session, tmp_path):
    TokenView(session)
    session.close()
    with pytest.raises(SessionClosed):
        session.export(tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []
