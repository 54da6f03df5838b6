"""%load_ext llmwidgets, %llm_watch and %llm_unwatch in a real IPython, with tiny models and real tokenizers."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest
import torch
from IPython.core.completer import provisionalcompleter
from ipython_shell import shell
from ipywidgets.widgets.widget import _instances

from llmwidgets import ModelSession, NextTokenBar, TokenView
from llmwidgets.magics import Offer
from llmwidgets.widgets.pipeline_strip import PipelineStrip

__all__ = ["shell"]

pytestmark = pytest.mark.usefixtures("page")

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def cells(shell):
    """An IPython with the magics."""
    shell.run_line_magic("load_ext", "llmwidgets")
    yield shell
    for session in list(ModelSession._sessions.values()):
        session.close()
    shell.run_line_magic("unload_ext", "llmwidgets")


@pytest.fixture
def pair(cells, model, byte_tokenizer):
    """A model and its tokenizer as variables."""
    cells.user_ns |= {"model": model, "tokenizer": byte_tokenizer}
    return cells


def shown(output):
    """The widget of an output."""
    return _instances[output[WIDGET]["model_id"]]


def refused(cells, line, capsys):
    """What a line says that cannot be done: one line, no traceback."""
    capsys.readouterr()
    found = cells.run_cell(line, store_history=True)
    assert type(found.error_in_exec).__name__ == "UsageError"
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    (said,) = (out + err).strip().splitlines()
    return said.removeprefix("UsageError: ")


# watching


def test_a_line_watches_and_shows(pair, capsys):
    (output,) = pair.run("%llm_watch model tokenizer")
    session = pair["session"]
    assert "Watching model with tokenizer. The variable session is now its ModelSession." in capsys.readouterr().out
    assert session is ModelSession.watch(pair["model"], pair["tokenizer"])
    views = shown(output).views
    for view, kind in zip(views, (TokenView, NextTokenBar, PipelineStrip), strict=True):
        assert isinstance(view, kind)
        assert view.session is session
    pair.run("ids = tokenizer('The quick fox', return_tensors='pt')\n_ = model(**ids)")
    assert session.text == "The quick fox"
    assert session.distribution.top(1)[0].id == int(pair["model"](**pair["ids"]).logits[0, -1].argmax())


def test_without_names_the_one_pair_that_fits_is_meant(pair, capsys, wordpiece_tokenizer):
    pair.user_ns["words"] = wordpiece_tokenizer
    pair.run("%llm_watch")
    assert "Watching model with tokenizer." in capsys.readouterr().out


def test_either_order_a_pipeline_and_an_expression(pair, capsys):
    pair.run("%llm_watch tokenizer model")
    assert "Watching model with tokenizer." in capsys.readouterr().out
    pair.run("class Pipe: ...\npipe = Pipe(); pipe.model, pipe.tokenizer = model, tokenizer\n%llm_watch pipe")
    assert "Watching pipe.model with pipe.tokenizer." in capsys.readouterr().out
    pair.run("%llm_watch pipe.model tokenizer")
    assert "Watching pipe.model with tokenizer." in capsys.readouterr().out


def test_again_it_is_the_same_session_and_nothing_is_stacked(pair):
    (output,) = pair.run("%llm_watch model tokenizer")
    session, first = pair["session"], shown(output)
    hooks = len(pair["model"]._forward_hooks)
    listeners = len(session._listeners)
    (output,) = pair.run("%llm_watch model tokenizer")
    assert pair["session"] is session
    assert all(view.comm is None for view in first.views)
    assert len(pair["model"]._forward_hooks) == hooks
    assert len(session._listeners) == listeners
    assert shown(output).views[0].session is session


def test_another_cells_views_stay(pair, monkeypatch):
    cell = {"metadata": {"cellId": "one"}}
    monkeypatch.setattr(type(pair), "get_parent", lambda self: cell, raising=False)
    (output,) = pair.run("%llm_watch model tokenizer")
    cell["metadata"]["cellId"] = "two"
    pair.run("%llm_watch model tokenizer")
    assert all(view.comm is not None for view in shown(output).views)


def test_a_variable_of_the_users_is_not_replaced(pair, capsys):
    pair.user_ns["session"] = "mine"
    pair.run("%llm_watch model tokenizer")
    assert "Your variable session holds a str and stays" in capsys.readouterr().out
    assert pair["session"] == "mine"
    assert ModelSession.current() is ModelSession.watch(pair["model"], pair["tokenizer"])


def test_another_session_is_replaced_and_that_is_said(pair, build, bos_tokenizer, capsys):
    pair.user_ns["session"] = other = ModelSession(build(vocabulary=len(bos_tokenizer)), bos_tokenizer)
    pair.run("%llm_watch model tokenizer")
    assert f"in place of {other!r}" in capsys.readouterr().out
    assert pair["session"] is not other


def test_a_model_that_predicts_nothing_is_shown_without_bars(cells, build, byte_tokenizer):
    cells.user_ns |= {"bert": build("bert"), "tokenizer": byte_tokenizer}
    (output,) = cells.run("%llm_watch bert tokenizer")
    assert len(shown(output).views) == 2


def test_unwatch_ends_it(pair, capsys):
    pair.run("%llm_watch model tokenizer")
    pair.run("%llm_unwatch model")
    assert "No longer watching model." in capsys.readouterr().out
    assert not pair["model"]._forward_hooks
    assert not pair["session"].watching
    pair.run("%llm_unwatch")
    assert "Nothing was watched." in capsys.readouterr().out
    assert refused(pair, "%llm_unwatch model", capsys) == "model is not watched."
    pair.run("%llm_watch model tokenizer")
    pair.run("%llm_unwatch session")
    assert not pair["model"]._forward_hooks


def test_a_wrapped_model_is_one_with_what_it_wraps(pair, capsys):
    pair.user_ns["fast"] = torch.compile(pair["model"], backend="eager")
    pair.run("%llm_watch")
    assert "Watching fast with tokenizer." in capsys.readouterr().out
    pair.run("%llm_unwatch model")
    assert "No longer watching" in capsys.readouterr().out
    del pair.user_ns["fast"]
    pair.user_ns["spread"] = torch.nn.DataParallel(pair["model"])
    pair.run("%llm_watch")
    assert "Watching spread with tokenizer." in capsys.readouterr().out


# what cannot be done


def test_unknown_names_are_said_in_a_line(pair, capsys):
    assert refused(pair, "%llm_watch modle tokenizer", capsys) == "There is no 'modle' here. Did you mean model?"
    assert refused(pair, "%llm_watch xyz", capsys) == "There is no 'xyz' here. There are model, tokenizer."
    assert "text is a str, not a language model." in refused(pair, "text = 'x'\n%llm_watch text tokenizer", capsys)
    assert "number is a int, not a tokenizer." in refused(pair, "number = 5\n%llm_watch model number", capsys)
    assert "unrecognized arguments: c" in refused(pair, "%llm_watch model tokenizer c", capsys)
    assert "session" not in pair.user_ns


def test_several_are_named(pair, build, byte_tokenizer, capsys):
    pair.user_ns["other"] = build("gpt2")
    said = refused(pair, "%llm_watch", capsys)
    assert "model with tokenizer, other with tokenizer" in said
    assert "%llm_watch model tokenizer or %llm_watch other tokenizer" in said
    pair.user_ns["again"] = copy.deepcopy(byte_tokenizer)
    assert "%llm_watch model tokenizer or %llm_watch model again" in refused(pair, "%llm_watch model", capsys)


def test_what_is_missing_is_said_with_what_to_do(cells, model, byte_tokenizer, wordpiece_tokenizer, capsys):
    assert "no model in your variables" in refused(cells, "%llm_watch", capsys)
    cells.user_ns["net"] = model
    assert "tokenizer = AutoTokenizer.from_pretrained(net.config.name_or_path)" in refused(cells, "%llm_watch", capsys)
    cells.user_ns["words"] = wordpiece_tokenizer
    said = refused(cells, "%llm_watch", capsys)
    assert f"No tokenizer fits net, which has 420 tokens: words ({len(wordpiece_tokenizer)} tokens)." in said
    cells.run("%llm_watch net words")
    assert cells["session"].face.tokenizer is wordpiece_tokenizer


# the extension


def test_loading_offers_what_it_finds(shell, model, byte_tokenizer):
    shell.user_ns |= {"net": model, "tok": byte_tokenizer, "same": model}
    (output,) = shell.run("%load_ext llmwidgets")
    assert "%llm_watch net tok" in output["text/plain"]
    assert "LlamaForCausalLM" in output["text/plain"]
    assert "same" not in output["text/plain"]
    offer = shown(output)
    assert isinstance(offer, Offer)
    button = offer.children[1].children[0]
    assert button.description == "Watch net"
    button.click()
    assert shell["session"].watching
    assert shell["session"].model is model
    shell["session"].close()


def test_an_offer_keeps_no_model(shell, build, byte_tokenizer):
    shell.user_ns |= {"net": build(), "tok": byte_tokenizer}
    (output,) = shell.run("%load_ext llmwidgets")
    offer, found = shown(output), weakref.ref(shell["net"])
    del shell.user_ns["net"]
    gc.collect()
    assert found() is None
    offer.children[1].children[0].click()  # says that it is gone
    assert "session" not in shell.user_ns


def test_loading_without_models_says_what_to_do(shell, byte_tokenizer, capsys):
    shell.run("%load_ext llmwidgets")
    assert "There is no model in your variables yet." in capsys.readouterr().out


def test_loading_again_and_unloading(shell, capsys):
    shell.run("%load_ext llmwidgets")
    shell.run("%reload_ext llmwidgets")
    shell.run("%unload_ext llmwidgets")
    assert "llm_watch" not in shell.magics_manager.magics["line"]
    shell.run("%load_ext llmwidgets")
    assert "llm_watch" in shell.magics_manager.magics["line"]


def test_names_are_completed(pair):
    def completed(line):
        with provisionalcompleter():
            return {found.text for found in pair.Completer.completions(line, len(line))}

    assert completed("%llm_watch mo") == {"model"}
    assert completed("%llm_watch model tok") == {"tokenizer"}
    assert completed("%llm_unwatch m") == {"model"}
    assert "%llm_watch" in completed("%llm_w")


def test_a_question_mark_tells_how_it_is_used(pair, capsys):
    pair.run("%llm_watch?")
    said = capsys.readouterr().out
    assert "ModelSession.watch(model, tokenizer)" in said
    assert "%llm_watch [model] [tokenizer]" in said
