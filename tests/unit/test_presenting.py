"""The prepared state, and views shown in large type."""

from __future__ import annotations

import sys

import pytest
import torch
from ipython_shell import shell
from kernel_page import request

from llmwidgets import LogitsSession, NextTokenBar, Sampler, SamplerSlider, TokenView, present
from llmwidgets.errors import InvalidValue
from llmwidgets.text import TextSession
from llmwidgets.widgets.presentation import MARK

__all__ = ["shell"]

WIDGET = "application/vnd.jupyter.widget-view+json"
PREPARED = Sampler(temperature=0.7, top_p=0.9, seed=4)


@pytest.fixture
def prepared(session):
    session.text = "The quick brown fox"
    session.position = 1
    session.sampler = PREPARED
    session.prepare()
    return session


def wander(session):
    session.sampler = Sampler(temperature=2.0)
    session.text = "Who are you?"
    session.generate(3)


def test_reset_comes_back_to_text_position_and_sampler(prepared):
    tokens = prepared.tokens.ids.tolist()
    wander(prepared)
    assert prepared.reset()
    assert (prepared.text, prepared.position, prepared.sampler) == ("The quick brown fox", 1, PREPARED)
    assert prepared.tokens.ids.tolist() == tokens
    assert not prepared.forks
    assert not prepared.choices


def test_what_is_drawn_after_each_reset_is_the_same(prepared):
    drawn = []
    for _ in range(2):
        prepared.generate(5)
        drawn.append(prepared.text)
        wander(prepared)
        prepared.reset()
    assert drawn[0] == drawn[1] != "The quick brown fox"


def test_a_reset_is_taken_back_like_any_other_change(prepared):
    wander(prepared)
    there = prepared.text
    prepared.reset()
    assert prepared.undo()
    assert prepared.text == there


def test_without_anything_prepared_nothing_changes(session):
    session.text = "The quick"
    before = session.state
    assert not session.reset()
    assert session.state is before


def test_every_view_is_told_of_a_reset(prepared, page):
    view = TokenView(prepared)
    wander(prepared)
    prepared.reset()
    assert view._store.content["text"] == "The quick brown fox"
    assert view._store.sampler["sampler"]["seed"] == 4


def test_a_presentation_in_the_page_prepares_and_its_key_resets(session, page):
    view = TokenView(session)
    for text in ("first", "second"):
        session.text = text
        assert page.ask(view._store, request("act", action="prepare"))["ok"]
        session.text = "else"
        assert page.ask(view._store, request("act", action="reset"))["ok"]
        assert session.text == text


def test_a_presentation_keeps_what_was_prepared_by_hand(session, page):
    session.text = "by hand"
    session.prepare()
    session.text = "later"
    page.ask(TokenView(session)._store, request("act", action="prepare"))
    session.reset()
    assert session.text == "by hand"


def test_another_tokenizer_reads_the_prepared_text_anew(prepared, model, bos_tokenizer):
    prepared.move_to(model, bos_tokenizer)
    prepared.text = "else"
    prepared.reset()
    assert prepared.text.endswith("The quick brown fox")
    assert prepared.tokens.ids.tolist() == bos_tokenizer("The quick brown fox").input_ids


def test_logits_come_back_to_their_row(page):
    session = LogitsSession(torch.arange(24.0).reshape(2, 3, 4))
    session.row, session.position = 1, 0
    session.prepare()
    session.row = 0
    assert session.reset()
    assert (session.row, session.position) == (1, 0)
    assert session.distribution.logits.tolist() == [12.0, 13.0, 14.0, 15.0]


def test_a_text_without_a_model_is_prepared_too(byte_tokenizer):
    session = TextSession(byte_tokenizer, text="one")
    session.prepare()
    session.text = "two"
    session.reset()
    assert session.text == "one"


# present


def test_a_session_is_presented_in_its_views_and_prepared(session, page, shell):
    session.text = "The quick"
    made = present(session, dock=False)
    assert [type(view).__name__ for view in made.views] == ["TokenView", "NextTokenBar"]
    assert MARK in made._dom_classes
    session.text = "else"
    session.reset()
    assert session.text == "The quick"


def test_the_views_given_are_the_ones_presented(session, page, shell):
    bar, slider = NextTokenBar(session), SamplerSlider(session)
    made = present([bar, slider], dock=False)
    assert made.views == (bar, slider)
    made.close()
    assert made.comm is None
    assert bar.comm is not None


def test_the_newest_session_is_presented_where_nothing_is_given(shell, page, session):
    assert present(dock=False).views[0].session is session


def test_beside_the_notebook_in_the_place_of_the_one_before(session, page, shell):
    pytest.importorskip("sidecar")
    first = present(TokenView(session), dock=True)
    assert first.docked
    assert first._panel.anchor == "split-right"
    second = present(NextTokenBar(session), dock=True)
    assert second.docked
    assert not first.docked
    # the cell itself says so in words, and shows no second one
    assert set(second._repr_mimebundle_()) == {"text/plain"}
    assert WIDGET in second.views[0]._repr_mimebundle_()[0]
    second.close()
    assert not second.docked


def test_without_sidecar_it_says_what_to_install(session, page, shell, monkeypatch):
    monkeypatch.setitem(sys.modules, "sidecar", None)
    with pytest.raises(InvalidValue, match=r"llmwidgets\[present\]"):
        present(session, dock=True)
    assert not present(session).docked


@pytest.mark.parametrize("dock", ["right", 1])
def test_other_places_are_refused(dock, session, page, shell):
    with pytest.raises(InvalidValue, match="dock"):
        present(session, dock=dock)
