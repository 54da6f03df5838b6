"""PipelineStrip's bundle in a browser: the cells of a call, its blocks unfolded, the facts, the table, and what it says without a call."""

from __future__ import annotations

import re
from typing import Any

import pytest
from harness import Harness, box, error, status
from playwright.sync_api import Locator, expect


def cell(kind: str, shape: list[int], seconds: float | None = None, **changes: Any) -> dict[str, Any]:
    form = {"count": 1, "shape": shape, "dtype": "int64" if kind == "tokens" else "float32", "device": "cpu"}
    return {
        "kind": kind,
        "part": "",
        "detail": "" if kind == "tokens" else f"model.{kind}: Module",
        "forms": [form],
        "seconds": seconds,
        "indices": [],
        "times": [],
        **changes,
    }


def blocks(count: int = 30, **changes: Any) -> dict[str, Any]:
    form = {"count": count, "shape": [1, 5, 576], "dtype": "float32", "device": "cpu"}
    times = [0.001 * (index + 1) for index in range(count)]
    made = cell("block", [1, 5, 576], sum(times), indices=list(range(count)), times=times, forms=[form])
    return {**made, "detail": "model.layers.0: LlamaDecoderLayer", **changes}


def call(**changes: Any) -> dict[str, Any]:
    return {
        "number": 12,
        "model": "LlamaForCausalLM",
        "cells": [
            cell("tokens", [1, 5]),
            cell("embeddings", [1, 5, 576], 0.000123),
            blocks(),
            cell("norm", [1, 5, 576], 0.0002),
            cell("logits", [1, 5, 49_152], 0.1),
        ],
        "batch": 1,
        "tokens": 5,
        "seconds": 0.93,
        "between": 0.3647,
        "tokens_per_second": 34.21,
        "cache": {"kind": "DynamicCache", "bytes": 1_234_567, "length": 121, "reused": 120},
        "loss": None,
        "training": False,
        "grad": False,
        "inference": True,
        "autocast": "",
        "attention": "sdpa",
        "complete": True,
        **changes,
    }


def halves() -> dict[str, Any]:
    """A call of a model with an encoder and a decoder."""
    cells = [
        {**one, "part": part}
        for part in ("encoder", "decoder")
        for one in (cell("tokens", [1, 5]), cell("embeddings", [1, 5, 8], 0.001), blocks(6), cell("norm", [1, 5, 8]))
    ]
    return call(cells=[*cells, cell("logits", [1, 5, 100], 0.1)])


def mount(harness: Harness, shown: dict[str, Any] | None, **options: Any) -> Locator:
    return harness.mount("pipeline_strip", view_state={"call": shown}, **options)


@pytest.fixture
def strip(harness: Harness) -> Locator:
    return mount(harness, call(), width=900)


def cells(strip: Locator) -> Locator:
    return strip.locator(".llmw-cell")


def fold(strip: Locator) -> Locator:
    return strip.get_by_role("button", name=re.compile("blocks|ブロック"))


def filled(bar: Locator) -> float:
    """How much of a bar is filled, 0 to 1."""
    return float(bar.evaluate("bar => bar.firstElementChild.offsetWidth / bar.offsetWidth"))


def test_each_stage_has_its_shape_dtype_and_time(strip):
    expect(cells(strip)).to_have_count(5)
    told = ["tokens 1 × 5 int64", "embeddings 1 × 5 × 576 float32 123 µs", "30 blocks 1 × 5 × 576 float32 465 ms"]
    told += ["norm 1 × 5 × 576 float32 200 µs", "logits 1 × 5 × 49,152 float32 100 ms"]
    assert [" ".join(text.split()) for text in cells(strip).all_inner_texts()] == told
    expect(strip.get_by_role("heading")).to_have_text("Pipeline")
    expect(strip.locator("header")).to_contain_text("LlamaForCausalLM")
    expect(strip.locator("header")).to_contain_text("call 12: 1 × 5 tokens")
    expect(strip.locator("header")).to_contain_text("930 ms")


def test_bars_are_shares_of_the_call(strip):
    assert filled(cells(strip).nth(2).locator(".llmw-bar")) == pytest.approx(0.465 / 0.93, abs=0.02)
    assert filled(cells(strip).nth(4).locator(".llmw-bar")) == pytest.approx(0.1 / 0.93, abs=0.02)
    expect(cells(strip).nth(0).locator(".llmw-bar")).to_be_hidden()


def test_the_blocks_unfold_by_keyboard(harness, strip):
    button = fold(strip)
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    harness.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    opened = strip.locator(f"[id='{button.get_attribute('aria-controls')}']")
    expect(opened).to_contain_text("LlamaDecoderLayer")
    items = opened.get_by_role("listitem")
    expect(items).to_have_count(30)
    expect(items.first).to_have_text(re.compile(r"block 0\s*1\.00 ms"))
    assert filled(items.nth(14).locator(".llmw-bar")) == pytest.approx(0.5, abs=0.03)
    harness.set("call", call(number=13, cells=[*call()["cells"][:2], blocks(12), *call()["cells"][3:]]), view=-1)
    expect(items).to_have_count(12)
    harness.page.keyboard.press(" ")
    expect(items).to_have_count(0)
    assert opened.is_hidden()


def test_what_blocks_do_not_share_is_told_of_each(harness):
    apart = [{**form, "count": 15, "device": f"cuda:{n}"} for n in range(2) for form in blocks()["forms"]]
    shown = call(cells=[cell("tokens", [1, 5]), blocks(forms=apart), cell("norm", [1, 5, 576], 0.1)])
    strip = mount(harness, shown, width=900)
    expect(cells(strip).nth(0)).to_contain_text("int64 · cpu")
    expect(fold(strip)).to_contain_text("float32 · cuda:0 · cuda:1")
    fold(strip).click()
    items = strip.locator(".llmw-blocks li")
    expect(items.nth(14)).to_contain_text("cuda:0")
    expect(items.nth(15)).to_contain_text("cuda:1")
    expect(items.nth(15)).not_to_contain_text("float32")
    expect(strip.get_by_role("list", name="The call")).not_to_contain_text("on cpu")


def test_the_facts_stand_below(strip):
    facts = strip.get_by_role("list", name="The call").get_by_role("listitem")
    assert facts.all_inner_texts() == [
        "KV cache 1.23 MB",
        "120 of 121 tokens reused",
        "34.2 tokens/s",
        "eval mode",
        "inference_mode",
        "attention sdpa",
        "on cpu",
        "365 ms between the stages",
    ]


def test_an_encoder_and_a_decoder_have_a_line_each(harness):
    strip = mount(harness, halves(), width=900)
    encoder, decoder = strip.get_by_role("region", name="encoder"), strip.get_by_role("region", name="decoder")
    expect(cells(encoder)).to_have_count(4)
    expect(cells(decoder)).to_have_count(5)
    fold(decoder).click()
    expect(fold(encoder)).to_have_attribute("aria-expanded", "false")
    expect(decoder.locator(".llmw-blocks li")).to_have_count(6)


def test_the_table_has_every_block_and_the_sum(strip):
    button = strip.get_by_role("button", name="Table")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    rows = strip.get_by_role("row")
    # a head, four stages, thirty blocks, what lies between, the whole
    expect(rows).to_have_count(1 + 4 + 30 + 1 + 1)
    expect(rows.nth(3)).to_have_text(re.compile(r"^block 0.*1\.00 ms"))
    expect(rows.nth(3)).to_contain_text("0.108%")
    expect(rows.last).to_have_text(re.compile("^the whole call.*930 ms"))
    expect(cells(strip)).to_have_count(0)


def test_before_a_call_it_says_how_to_make_one(harness):
    strip = mount(harness, None)
    expect(strip).to_contain_text("No call of the model was seen yet")
    expect(strip.locator("code")).to_have_text("model(**inputs)")
    expect(strip.locator("button:not(.llmw-present)")).to_have_count(0)
    harness.set("call", call(), view=-1)
    expect(cells(strip)).to_have_count(5)


def test_a_compiled_model_says_why_there_are_no_stages(harness):
    strip = mount(harness, call(cells=[cell("logits", [1, 5, 100])], complete=False))
    expect(strip).to_contain_text("compiled model")


def test_times_that_are_not_known_are_not_told(harness):
    unknown = {**blocks(3), "seconds": None, "times": [None] * 3}
    shown = call(cells=[cell("tokens", [1, 5]), unknown, cell("logits", [1, 5, 9])], seconds=None, between=None)
    strip = mount(harness, shown)
    told = [" ".join(text.split()) for text in cells(strip).all_inner_texts()]
    assert told == ["tokens 1 × 5 int64", "3 blocks 1 × 5 × 576 float32", "logits 1 × 5 × 9 float32"]
    fold(strip).click()
    expect(strip.locator(".llmw-blocks li").first).to_contain_text("–")
    expect(strip).not_to_contain_text("NaN")


def test_names_from_the_model_are_text(harness):
    hostile = "<img src=x onerror=alert(1)>"
    named = {**blocks(), "detail": hostile}
    strip = mount(harness, call(model=hostile, attention=hostile, cells=[named]))
    fold(strip).click()
    strip.get_by_role("button", name="Table").click()
    expect(strip.locator("header")).to_contain_text(hostile)
    assert strip.locator("img").count() == 0


def test_a_model_that_is_gone_is_said_and_the_call_stays(harness, strip):
    harness.set("status", status(state="error", error=error("model_gone", "tiny was deleted: nothing here keeps it.")))
    expect(strip.get_by_role("alert")).to_be_visible()
    expect(cells(strip)).to_have_count(5)
    harness.set("status", status(state="closed"))
    expect(strip).to_contain_text("This session is closed")
    expect(cells(strip)).to_have_count(5)


def test_a_screen_reader_hears_of_the_call_once_it_is_still(strip):
    expect(strip.locator("p[role=status]").first).to_have_text("Call 12: 1 × 5 tokens in 930 ms.")


@pytest.mark.parametrize("width", [304, 384, 560, 620, 900, 1500])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_fits_at_any_width(harness, width, language):
    strip = mount(harness, halves(), width=width, language=language)
    for button in fold(strip).all():
        button.click()
    assert not harness.overflows()
    # in a row, or from the top down: never a cell beside another in one place and below in the next
    places = [box(one) for one in cells(strip).all()][:4]
    if width < 580:
        assert len({place["x"] for place in places}) == 1
    else:
        assert len({place["y"] for place in places}) == 1
    strip.get_by_role("button", name="Table" if language == "en" else "表", exact=True).click()
    assert not harness.overflows()


def test_it_speaks_japanese(harness):
    strip = mount(harness, call(loss=2.5), language="ja", width=900)
    expect(strip.locator("header")).to_contain_text("12 回目の呼び出し")
    expect(fold(strip)).to_contain_text("30 ブロック")
    expect(strip).to_contain_text("121 トークン中 120 を再利用")
    expect(strip).to_contain_text("損失 2.5")
