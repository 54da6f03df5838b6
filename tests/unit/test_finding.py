"""Which tokenizer is meant where none is given: a session's or a variable's, and the errors where several or none fit."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from ipython_shell import shell

from llmwidgets import ModelSession, NextTokenBar, TokenView
from llmwidgets.assets import ensure_tiktoken
from llmwidgets.errors import Ambiguous, InvalidValue, NoTokenizer, UnknownToken
from llmwidgets.finding import tokenizer_behind, tokenizer_for_ids, tokenizer_for_size, tokenizer_for_text

__all__ = ["shell"]

pytestmark = pytest.mark.usefixtures("page", "shell")


@pytest.fixture
def gpt4o():
    return ensure_tiktoken("gpt-4o")


def test_a_variable_of_any_kind_is_found(shell, byte_tokenizer, gpt4o):
    for tokenizer in (byte_tokenizer, byte_tokenizer.backend_tokenizer, gpt4o):
        shell.user_ns["tok"] = tokenizer
        assert tokenizer_for_text("A text").tokenizer is tokenizer
        assert TokenView("The king").session.face.tokenizer is tokenizer


def test_what_the_user_did_not_name_is_not_looked_at(shell, byte_tokenizer, gpt4o):
    shell.run("tok", tok=gpt4o, _hidden=byte_tokenizer)  # leaves Out[1], _ and _1
    assert tokenizer_for_text("A text").tokenizer is gpt4o
    del shell.user_ns["tok"]
    with pytest.raises(NoTokenizer, match="neither a session nor a variable"):
        tokenizer_for_text("A text")


def test_classes_modules_and_lazy_things_are_no_tokenizers(shell, byte_tokenizer):
    class Lazy:
        def __getattr__(self, name):
            raise AssertionError(name)

    shell.run("import transformers, tiktoken\nfrom transformers import AutoTokenizer, PreTrainedTokenizerFast")
    shell.user_ns |= {"lazy": Lazy(), "kind": type(byte_tokenizer), "tok": byte_tokenizer}
    assert tokenizer_for_text("A text").tokenizer is byte_tokenizer


def test_one_tokenizer_under_two_names_is_one(shell, byte_tokenizer):
    shell.user_ns |= {"tok": byte_tokenizer, "same": byte_tokenizer}
    assert tokenizer_for_text("A text").tokenizer is byte_tokenizer


def test_several_that_fit_are_named_with_their_sizes(shell, byte_tokenizer, bos_tokenizer):
    shell.user_ns |= {"first": byte_tokenizer, "second": bos_tokenizer}
    with pytest.raises(
        Ambiguous, match=rf"first \({len(byte_tokenizer)} tokens\).*second \({len(bos_tokenizer)} tokens\)"
    ):
        TokenView("The king")
    with pytest.raises(Ambiguous, match="tokenizer=first or tokenizer=second"):
        TokenView([1, 2])


def test_ids_beyond_a_vocabulary_leave_the_one_that_has_them(shell, byte_tokenizer, gpt4o):
    shell.user_ns |= {"small": byte_tokenizer, "large": gpt4o}
    assert tokenizer_for_ids(np.array([5, 2066]), "ids").tokenizer is gpt4o
    assert TokenView([2066, 2059]).tokens.text == "He said"
    with pytest.raises(NoTokenizer, match=r"up to 999,999.*small \(\d+ tokens\), large \(200,019 tokens\)"):
        TokenView(torch.tensor([1, 999_999]))


def test_a_tokenizers_own_output_names_its_tokens(shell, byte_tokenizer, wordpiece_tokenizer):
    shell.user_ns |= {"bytes_": byte_tokenizer, "words": wordpiece_tokenizer}
    for tokenizer in (byte_tokenizer, wordpiece_tokenizer):
        batch = tokenizer("The quick fox")
        assert TokenView(batch).session.face.tokenizer is tokenizer
        assert TokenView(tokenizer.backend_tokenizer.encode("The quick fox")).session.face.tokenizer is tokenizer


def test_what_is_no_id_is_said_as_such(shell, byte_tokenizer):
    shell.user_ns["tok"] = byte_tokenizer
    with pytest.raises(UnknownToken, match="-1"):
        TokenView([-1])
    with pytest.raises(InvalidValue, match=r"1\.5"):
        TokenView([1.5])


def test_the_newest_session_comes_first_as_long_as_it_fits(shell, build, byte_tokenizer, bos_tokenizer, gpt4o):
    shell.user_ns["tok"] = gpt4o
    with (
        ModelSession(build(vocabulary=len(bos_tokenizer)), bos_tokenizer) as older,
        ModelSession(build(), byte_tokenizer) as newest,
    ):
        assert tokenizer_for_text("A text") is newest.face
        assert tokenizer_for_size(len(byte_tokenizer), "Logits") is newest.face
        assert tokenizer_for_size(len(bos_tokenizer), "Logits") is older.face
        assert tokenizer_for_ids(np.array([2066]), "ids").tokenizer is gpt4o
        assert tokenizer_for_size(7, "Logits") is None
    assert tokenizer_for_text("A text").tokenizer is gpt4o


def test_two_older_sessions_that_fit_are_named(shell, build, byte_tokenizer, wordpiece_tokenizer):
    other = copy.deepcopy(byte_tokenizer)
    model = build()
    shell.user_ns |= {"one": ModelSession(model, byte_tokenizer), "two": ModelSession(model, other)}
    newest = ModelSession(build(vocabulary=len(wordpiece_tokenizer)), wordpiece_tokenizer)
    with pytest.raises(Ambiguous, match=r"two\.tokenizer.*one\.tokenizer"):
        tokenizer_for_size(len(byte_tokenizer), "Logits")
    for session in (newest, shell["one"], shell["two"]):
        session.close()


def test_padded_logits_fit_and_an_exact_size_goes_before(shell, byte_tokenizer, bos_tokenizer):
    shell.user_ns |= {"tok": byte_tokenizer, "begins": bos_tokenizer}
    size = len(byte_tokenizer)
    assert len(bos_tokenizer) == size + 1
    assert tokenizer_for_size(size, "Logits").tokenizer is byte_tokenizer
    assert tokenizer_for_size(size + 1, "Logits").tokenizer is bos_tokenizer
    with pytest.raises(Ambiguous, match=r"tok .*begins"):
        tokenizer_for_size(size + 3, "Logits")
    del shell.user_ns["begins"]
    assert tokenizer_for_size(size + 3, "Logits").tokenizer is byte_tokenizer
    assert tokenizer_for_size(size - 1, "Logits") is None
    assert tokenizer_for_size(2 * size, "Logits") is None


def test_bars_of_logits_take_the_one_that_fits(shell, byte_tokenizer, gpt4o):
    shell.user_ns |= {"tok": byte_tokenizer, "other": gpt4o}
    assert NextTokenBar(torch.randn(len(byte_tokenizer))).session.face.tokenizer is byte_tokenizer
    assert NextTokenBar([2.0, 1.0, 0.0]).session.face.size == 0
    shell.user_ns["again"] = copy.deepcopy(byte_tokenizer)
    with pytest.raises(Ambiguous, match=r"tok .*again"):
        NextTokenBar(torch.randn(len(byte_tokenizer)))
    assert NextTokenBar(torch.randn(len(byte_tokenizer)), tokenizer=shell["again"])


def test_a_tokenizer_that_cannot_be_read_stands_in_nobodys_way(shell, byte_tokenizer):
    class Broken:
        def convert_ids_to_tokens(self, ids):
            raise NotImplementedError

        def __len__(self):
            raise NotImplementedError

    shell.user_ns |= {"broken": Broken(), "tok": byte_tokenizer}
    assert tokenizer_for_text("A text").tokenizer is byte_tokenizer


def test_a_distribution_knows_its_tokenizer(session):
    assert tokenizer_behind(session.distribution.token_bytes) is session.face
    assert tokenizer_behind(None) is None
