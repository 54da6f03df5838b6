"""TokenView's Python side: what it is made from, and what it hands out."""

from __future__ import annotations

import base64
import gc
import re
import subprocess
import sys
import weakref

import numpy as np
import pytest
import torch
from kernel_page import request, settle
from tokenizers import Tokenizer

from llmwidgets import ModelSession, Tokens, TokenView
from llmwidgets.assets import ensure_tiktoken
from llmwidgets.errors import InvalidValue, LLMWidgetsError, NoChatTemplate, NoTokenizer, SessionClosed
from llmwidgets.text import TextSession
from llmwidgets.widgets.store import store_for

pytestmark = pytest.mark.usefixtures("page")

SAID = [2066, 2059]  # "He said" as GPT-4o reads it
MESSAGES = [{"role": "user", "content": "The king"}, {"role": "assistant", "content": "saw"}]
TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"


def numbers(payload):
    """The values of an ArrayPayload."""
    kind = np.dtype(payload["dtype"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(payload["data"]), kind).reshape(payload["shape"])


@pytest.fixture
def chatty(byte_tokenizer):
    """A tokenizer with a chat template."""
    import copy

    made = copy.deepcopy(byte_tokenizer)
    made.chat_template = TEMPLATE
    return made


@pytest.fixture
def _no_session():
    ModelSession._current = None


# what it is made from


def sources(byte_tokenizer):
    """The same tokenizer as everything that stands for one."""
    return [
        byte_tokenizer,
        byte_tokenizer.backend_tokenizer,
        Tokenizer.from_str(byte_tokenizer.backend_tokenizer.to_str()),
    ]


def test_a_text_with_any_tokenizer(byte_tokenizer, tmp_path):
    byte_tokenizer.save_pretrained(tmp_path)
    expected = byte_tokenizer("The king")["input_ids"]
    for tokenizer in (*sources(byte_tokenizer), str(tmp_path), tmp_path):
        view = TokenView("The king", tokenizer=tokenizer)
        assert view.tokens.ids.tolist() == expected
        assert view.session.text == "The king"
    for tokenizer in ("gpt-4o", "o200k_base", ensure_tiktoken("gpt-4o")):
        assert TokenView("He said", tokenizer=tokenizer).tokens.ids.tolist() == SAID


@pytest.mark.parametrize(
    "ids",
    [
        [2066, 2059],
        (2066, 2059),
        np.array([2066, 2059]),
        np.array([[2066, 2059]], np.int32),
        torch.tensor([2066, 2059]),
        torch.tensor([[2066, 2059]]),
        [torch.tensor(2066), np.int64(2059)],
        {"input_ids": [2066, 2059]},
        {"input_ids": torch.tensor([[2066, 2059]]), "attention_mask": torch.tensor([[1, 1]])},
    ],
    ids=repr,
)
def test_ids_in_every_form(ids):
    view = TokenView(ids, tokenizer="gpt-4o")
    assert (view.tokens.ids.tolist(), view.tokens.text) == (SAID, "He said")
    assert view.settings["kind"] == "text"
    assert not view.session.can_undo


def test_tokens_and_encodings_are_ids_too(byte_tokenizer):
    expected = byte_tokenizer("The king")["input_ids"]
    encoded = [byte_tokenizer("The king"), byte_tokenizer.backend_tokenizer.encode("The king")]
    for source in (*encoded, TokenView("The king", tokenizer=byte_tokenizer).tokens):
        assert TokenView(source, tokenizer=byte_tokenizer).tokens.ids.tolist() == expected


def test_utf8_bytes_are_a_text():
    assert TokenView(b"He said", tokenizer="gpt-4o").tokens.ids.tolist() == SAID


def test_a_batch_is_a_row_each_and_padding_is_shown(wordpiece_tokenizer):
    batch = wordpiece_tokenizer(["The king", "The quick brown fox"], padding=True, return_tensors="pt")
    view = TokenView(batch, tokenizer=wordpiece_tokenizer)
    assert view.settings["kind"] == "batch"
    assert [row["name"] for row in view.rows] == ["[0]", "[1]"]
    assert [tokens.ids.tolist() for tokens in view.row_tokens] == batch["input_ids"].tolist()
    padded = [index for index, kept in enumerate(batch["attention_mask"][0].tolist()) if not kept]
    assert padded
    assert view.rows[0]["padding"] == padded
    assert view.rows[1]["padding"] == []
    # the pads' names are no characters of the text
    assert view.rows[0]["characters"] < len(view.row_tokens[0].text)
    assert view.rows[1]["characters"] == len(view.row_tokens[1].text)
    assert view.tokens is view.row_tokens[0]


def test_one_row_with_padding_stays_a_row(wordpiece_tokenizer):
    batch = wordpiece_tokenizer("The king", padding="max_length", max_length=20, return_tensors="np")
    view = TokenView(batch, tokenizer=wordpiece_tokenizer)
    assert view.settings["kind"] == "batch"
    assert view.rows[0]["padding"]


@pytest.mark.usefixtures("_no_session")
def test_a_tokenizer_alone_begins_with_nothing():
    view = TokenView(tokenizer="gpt-4o")
    assert len(view.tokens) == 0
    view.session.text = "He said"
    assert view.tokens.ids.tolist() == SAID


def test_without_a_tokenizer_that_of_the_newest_session_is_meant(session):
    view = TokenView("The king")
    assert view.tokens.ids.tolist() == session.tokenizer("The king")["input_ids"]
    view.session.text = "one"
    assert session.text != "one"
    assert TokenView(view.tokens.ids.tolist()).session.text == "one"


@pytest.mark.usefixtures("_no_session")
def test_without_either_it_says_what_is_missing(monkeypatch):
    # sessions that other tests hold open have tokenizers, which would be found
    monkeypatch.setattr(ModelSession, "_sessions", weakref.WeakValueDictionary())
    monkeypatch.setattr(ModelSession, "_current", None)
    with pytest.raises(SessionClosed):
        TokenView()
    for source in ("text", [1, 2]):
        with pytest.raises(NoTokenizer, match="tokenizer="):
            TokenView(source)


def test_a_session_has_its_tokenizer(session):
    with pytest.raises(InvalidValue, match="tokenizer"):
        TokenView(session, tokenizer="gpt-4o")


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (b"ab\xff", "0xff|0xFF|FF"),
        ("ab\ud83d", r"U\+D83D"),
        ([-1], "-1"),
        ([10**9], "1000000000"),
        ([2**70], str(2**70)),
        ([1.5], r"1\.5"),
        ([None], "None"),
        ([True], "True"),
        (["a"], "'a'"),
        ([[1, 2], [3]], r"Row 1 .* 1 ids"),
        ([[1, 2], 3], "3"),
        ([[1], ["a"]], "'a'"),
        (np.zeros((1, 2, 3), int), r"\(1, 2, 3\)"),
        (np.array(3), r"\(\)"),
        (3, "int 3"),
        (object(), "object"),
        ({"ids": [1]}, "dict"),
        ({"input_ids": [[1, 2]], "attention_mask": [[1]]}, "attention_mask"),
        ({"input_ids": [[1], [2]], "attention_mask": [[1]]}, "attention_mask"),
    ],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),  # an address differs in each process
)
def test_bad_input_is_named(source, named):
    with pytest.raises(InvalidValue, match=named):
        TokenView(source, tokenizer="gpt-4o")


@pytest.mark.parametrize("tokenizer", [3, {}, "", "no such/na me"], ids=repr)
def test_what_is_no_tokenizer_is_named(tokenizer):
    with pytest.raises(LLMWidgetsError, match=r"3|dict|''|na me|int"):
        TokenView("text", tokenizer=tokenizer)


@pytest.mark.parametrize(("name", "meant"), [("gtp-4o", "gpt-4o"), ("o200k_bass", "o200k_base")])
def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(name, meant):
    with pytest.raises(LLMWidgetsError, match=f"{name}.*{meant}"):
        TokenView("text", tokenizer=name)


def test_ids_that_the_vocabulary_leaves_out_are_told_from_those_outside_it(page):
    """200005 lies between the tokens of o200k_base and its special ones: it was said to be outside 0 to 200018."""
    with pytest.raises(InvalidValue, match="leaves it out") as caught:
        TokenView([2066, 200005], tokenizer="gpt-4o")
    assert caught.value.code == "unused_token"
    with pytest.raises(InvalidValue, match="0 to 200,018") as caught:
        TokenView([2066, 200019], tokenizer="gpt-4o")
    assert (caught.value.code, caught.value.values["last"]) == ("unknown_token", 200018)


def test_no_torch_for_a_tokenizer_that_needs_none(byte_tokenizer, tmp_path):
    byte_tokenizer.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    code = f"""
import sys
from tokenizers import Tokenizer
from llmwidgets import TokenView
from llmwidgets.widgets import base
view = TokenView("He said", tokenizer="gpt-4o", compare=["gpt-4", Tokenizer.from_file({str(tmp_path / "tokenizer.json")!r})])
view.trace("said"), view.search("said"), view.entry(2059), view.comparison, view._repr_mimebundle_(), repr(view)
TokenView([[2066, 2059]], tokenizer="gpt-4o")
print(sorted({{name.partition('.')[0] for name in sys.modules}} & {{"torch", "transformers"}}))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_a_folder_is_called_by_its_last_part(byte_tokenizer, tmp_path):
    byte_tokenizer.save_pretrained(tmp_path / "mine")
    view = TokenView("a", compare=[tmp_path / "mine", str(tmp_path / "mine")])
    assert (view.settings["tokenizer"], view.rows[0]["name"]) == ("mine", "mine")


# in step


def test_a_text_without_a_model_is_live(page):
    view = TokenView("He said", tokenizer="gpt-4o")
    answer = page.ask(view._store, request("set", text="He said so"))
    assert answer["ok"]
    assert view.tokens.text == "He said so"
    assert page.ask(view._store, request("act", action="undo"))["ok"]
    assert view.tokens.text == "He said"
    refused = page.ask(view._store, request("act", action="step"))
    assert refused["error"]["code"] == "not_a_causal_model"
    refused = page.ask(view._store, request("set", sampler={"top_k": 3}))
    assert refused["error"]["code"] == "not_a_causal_model"


def test_two_views_of_one_text(page):
    first = TokenView("He said", tokenizer="gpt-4o")
    second = TokenView(first.session)
    assert first._store is second._store
    first.session.text = "another"
    assert second.tokens.text == "another"


def test_ids_of_the_page_become_the_text(page, session):
    view = TokenView(session)
    ids = session.tokens.ids.tolist()[:3]
    assert page.ask(view._store, request("set", ids=ids))["ok"]
    assert session.tokens.ids.tolist() == ids
    assert session.undo()
    for wrong, named in (([-1], "-1"), ([10**6], "1000000"), ([1.5], "1.5"), ("12", "str"), ([True], "True")):
        answer = page.ask(view._store, request("set", ids=wrong))
        assert not answer["ok"]
        assert named in answer["error"]["message"]


def test_ids_stay_these_ids(session):
    """Encoding the text of "t" + "he" gives one token: what was set as two stays two."""
    letters = [session.tokenizer("t")["input_ids"][0], session.tokenizer("h")["input_ids"][0]]
    session.tokens = letters
    assert session.tokens.ids.tolist() == letters
    assert session.text == "th"
    session.distribution  # noqa: B018 (the model takes them)
    for wrong in ([-1], [10**6], [1.5], "ab", None, [[1, 2], [3, 4]]):
        with pytest.raises(InvalidValue):
            session.tokens = wrong
    assert session.tokens.ids.tolist() == letters


def test_special_tokens_on_and_off(build, bos_tokenizer, page):
    with ModelSession(build(vocabulary=len(bos_tokenizer)), bos_tokenizer, text="The king") as session:
        view = TokenView(session)
        assert store_for(session).content["add_special"] is True
        with_bos = session.tokens.ids.tolist()
        assert page.ask(view._store, request("set", add_special=False))["ok"]
        assert (
            session.tokens.ids.tolist()
            == with_bos[1:]
            == bos_tokenizer("The king", add_special_tokens=False)["input_ids"]
        )
        assert store_for(session).content["add_special"] is False
        session.text = "The queen"
        assert not session.tokens.special.any()
        session.add_special_tokens = True
        assert session.tokens.special[0]
        assert page.ask(view._store, request("set", add_special="yes"))["ok"] is False
    view = TokenView("The king", tokenizer=bos_tokenizer, add_special_tokens=False)
    assert view.tokens.ids.tolist() == with_bos[1:]
    plain = TokenView("He said", tokenizer="gpt-4o")
    assert store_for(plain.session).content["add_special"] is None


# chat


def test_messages_become_the_templates_text(model, chatty):
    with ModelSession(model, chatty) as session:
        view = TokenView(session, messages=MESSAGES)
        assert session.text == chatty.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
        assert view.tokens.ids.tolist() == chatty.apply_chat_template(MESSAGES, add_generation_prompt=True)["input_ids"]
        kept = "".join(
            character
            for place, character in enumerate(session.text)
            if not any(start <= place < end for start, end in session.state.template)
        )
        assert kept == "The kingsaw"
        sent = store_for(session).content
        assert [tuple(span) for span in sent["template"]] == list(session.state.template)
        marks = session.state.template
        session.edit(session.text.replace("king", "queen"))
        session.edit(session.text + " and")
        written = "".join(session.text[start:end] for start, end in session.state.template)
        assert written == chatty.apply_chat_template(
            [{**message, "content": ""} for message in MESSAGES], tokenize=False, add_generation_prompt=True
        )
        assert len(session.state.template) == len(marks)
        session.text = "quite another"
        assert session.state.template == ()


def test_a_token_behind_the_template_leaves_its_marks(model, chatty):
    with ModelSession(model, chatty) as session:
        session.apply_chat_template(MESSAGES)
        before = session.state.template
        session.step()
        assert session.state.template == before
        session.undo()
        assert session.state.template == before


def test_the_templates_text_gets_no_second_begin_of_text_token(build, bos_tokenizer):
    """Templates write the begin-of-text token themselves: an edit of such a text must not put another in front."""
    import copy

    tokenizer = copy.deepcopy(bos_tokenizer)
    tokenizer.chat_template = "<|begin|>" + TEMPLATE
    begin = tokenizer.bos_token_id
    with ModelSession(build(vocabulary=len(tokenizer)), tokenizer) as session:
        session.apply_chat_template(MESSAGES)
        assert session.tokens.ids.tolist().count(begin) == 1
        session.edit(session.text + "!")
        assert session.tokens.ids.tolist().count(begin) == 1
        session.text = "The king"
        assert session.tokens.ids.tolist().count(begin) == 1


def test_messages_that_cannot_be_shown(chatty, byte_tokenizer):
    with pytest.raises(NoChatTemplate, match="template"):
        TokenView(tokenizer=byte_tokenizer, messages=MESSAGES)
    with pytest.raises(NoChatTemplate):
        TokenView(tokenizer="gpt-4o", messages=MESSAGES)
    for wrong in ("hi", [{"role": "user"}], [3]):
        with pytest.raises(InvalidValue):
            TokenView(tokenizer=chatty, messages=wrong)
    for source in ("hello", [1, 2], [[1, 2], [3, 4]]):
        with pytest.raises(InvalidValue, match="messages"):
            TokenView(source, tokenizer=chatty, messages=MESSAGES)


# compare


def test_compared_tokenizers_cut_the_same_text(page):
    view = TokenView("He said 犬", compare=["gpt-4o", "gpt-4"])
    assert view.settings["kind"] == "compare"
    assert (view.settings["tokenizer"], view.rows[0]["name"]) == ("gpt-4o", "gpt-4")
    assert [tokens.text for tokens in view.row_tokens] == ["He said 犬"] * 2
    assert view.row_tokens[1].ids.tolist() == ensure_tiktoken("gpt-4").encode("He said 犬")
    view.session.text = "said"
    assert [tokens.text for tokens in view.row_tokens] == ["said"] * 2
    assert numbers(view.rows[0]["ids"]).tolist() == ensure_tiktoken("gpt-4").encode("said")


@pytest.mark.parametrize("alone", ["gpt-4", None], ids=repr)
def test_one_tokenizer_to_compare_with_needs_no_list(alone):
    """`compare="gpt-4"` was read letter by letter."""
    view = TokenView("He said", tokenizer="gpt-4o", compare=alone)
    assert [row["name"] for row in view.rows] == ([alone] if alone else [])


def test_a_tokenizer_object_alone(byte_tokenizer):
    assert TokenView("a", compare=byte_tokenizer).tokens.ids.tolist() == byte_tokenizer("a")["input_ids"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"texts": ["a"]}, "texts"),
        ({"texts": "x"}, "texts"),
        ({"texts": {"a": 1}}, "texts"),
        ({"add_special_tokens": "yes"}, "yes"),
        ({"add_special_tokens": 0}, "add_special_tokens"),
    ],
    ids=repr,
)
def test_options_that_cannot_be_are_named(options, named):
    with pytest.raises(InvalidValue, match=named):
        TokenView("a", tokenizer="gpt-4o", **options)


def test_a_session_is_compared_with_others(session):
    view = TokenView(session, compare=["gpt-4o"])
    assert view.row_tokens[0] is session.tokens
    session.text = "The king"
    assert view.row_tokens[1].text == "The king"


def test_other_tokenizers_wait_for_the_end_of_a_generation(session, gate, background, monkeypatch):
    monkeypatch.setattr("llmwidgets.generating.FRAMES_PER_SECOND", 1e9)
    view = TokenView(session, compare=["gpt-4o"])
    before, shown = view.row_tokens[1], len(session.tokens)
    future = background(session.generate, 3)
    for _ in range(2):
        gate.wait_until_entered()
        gate.let_one_pass()
    gate.wait_until_entered()
    # the views have been told of a longer text by now
    assert len(session.tokens) > shown
    assert view.row_tokens[1] is before
    gate.open()
    future.result()
    assert view.row_tokens[1].text == session.text


def test_a_table_by_language():
    view = TokenView("The king 犬が", compare=["gpt-4o", "gpt-4"])
    assert [language.label for language in view.comparison] == [row["label"] for row in view.languages]
    assert {"Latin", "Japanese"} <= {language.label for language in view.comparison}
    texts = {"English": "The king and the queen", "日本語": "王様と女王様"}
    own = TokenView("x", compare=["gpt-4o", "gpt-4"], texts=texts).comparison
    assert [language.label for language in own] == list(texts)
    for language, text in zip(own, texts.values(), strict=True):
        assert list(language.tokens) == [len(ensure_tiktoken(name).encode(text)) for name in ("gpt-4o", "gpt-4")]


def test_a_batch_is_not_compared():
    with pytest.raises(InvalidValue, match="batch"):
        TokenView([[1, 2], [3, 4]], tokenizer="gpt-4o", compare=["gpt-4"])


# selection


def test_a_selection_is_read_and_set(page):
    view = TokenView("He said, 犬!", tokenizer="gpt-4o")
    assert view.selection is None
    view.selection = (0, 2)
    chosen = view.selection
    assert (chosen.ids.tolist(), chosen.text, chosen.span, len(chosen)) == (SAID, "He said", (0, 7), 2)
    assert view.settings["selection"] == {"row": 0, "start": 0, "end": 2}
    for value, expected in ((1, (1, 2)), (-1, None), (slice(1, 3), (1, 3)), (range(2), (0, 2)), (chosen, (0, 2))):
        view.selection = value
        size = len(view.tokens)
        assert (view.selection.start, view.selection.end) == (expected or (size - 1, size))
    view.selection = None
    assert view.settings["selection"] is None
    for wrong in ((2, 1), (0, 10**6), (3, 3), "ab", 10**6, slice(0, 4, 2), (5, 0, 1), True):
        with pytest.raises(InvalidValue):
            view.selection = wrong
    assert view.selection is None


def test_the_page_selects(page):
    view = TokenView("He said so", tokenizer="gpt-4o")
    assert page.ask(view, request("tokens", selection={"row": 0, "start": 1, "end": 3}))["ok"]
    assert view.selection.text == " said so"
    assert view.settings["seen"] == {"page-1": 7}
    assert page.ask(view, request("tokens", selection={"row": 0, "start": 1, "end": 1}))["ok"]
    assert view.selection is None
    for wrong in (
        {"row": 0, "start": 0, "end": 99},
        {"row": 1, "start": 0, "end": 1},
        {"row": 0},
        [0, 1],
        {"row": 0, "start": 0.5, "end": 1},
    ):
        answer = page.ask(view, request("tokens", selection=wrong))
        assert not answer["ok"], wrong
    assert view.selection is None


def test_a_selection_stays_while_its_tokens_do(session):
    view = TokenView(session)
    view.selection = (0, 2)
    chosen = view.selection
    session.step()
    assert view.selection.ids.tolist() == chosen.ids.tolist()
    session.text = "quite another"
    assert view.selection is None


def test_a_selection_in_a_batch():
    view = TokenView([[2066, 2059], [2059, 2066]], tokenizer="gpt-4o")
    view.selection = (1, 0, 1)
    assert (view.selection.row, view.selection.text) == (1, " said")


# colours


def test_surprisals_are_there_while_they_are_shown(session, page):
    view = TokenView(session, color_by="surprisal")
    settle(session)
    assert numbers(view.surprisal["values"])[1:] == pytest.approx(session.surprisals[1:])
    assert view.surprisal["revision"] == session.state.revision
    before = session.stats.forwards
    session.text = "one two three"
    settle(session)
    assert session.stats.forwards == before + 1
    assert len(numbers(view.surprisal["values"])) == len(session.tokens)
    assert page.ask(view, request("tokens", color_by="length"))["ok"]
    session.text = "four five"
    settle(session)
    assert session.stats.forwards == before + 1
    assert view.settings["color_by"] == view.color_by == "length"


def test_closing_the_view_ends_the_scoring(session):
    view = TokenView(session, color_by="surprisal")
    settle(session)
    view.close()
    before = session.stats.forwards
    session.text = "one two three"
    settle(session)
    assert session.stats.forwards == before


def test_colours_that_cannot_be(session, page):
    view = TokenView(session)
    with pytest.raises(InvalidValue, match="rainbow"):
        view.color_by = "rainbow"
    assert not page.ask(view, request("tokens", color_by="rainbow"))["ok"]
    with pytest.raises(InvalidValue, match="model"):
        TokenView("He said", tokenizer="gpt-4o", color_by="surprisal")
    with pytest.raises(InvalidValue, match="rainbow"):
        TokenView(session, color_by="rainbow")


# lookups


def test_the_page_looks_things_up(page):
    view = TokenView("He said", compare=["gpt-4o", "gpt-4"])
    found = page.ask(view, request("lookup", what="trace", row=0, text="unhappy", id=0))
    assert found["ok"]
    assert found["result"]["kind"] == "trace"
    other = page.ask(view, request("lookup", what="token", row=1, text="", id=1))
    assert other["result"]["id"] == 1
    assert page.ask(view, request("lookup", what="search", row=0, text="said", id=0))["result"]["total"] > 0
    for wrong in ({"row": 2}, {"row": "a"}, {"what": "dance"}, {"what": "token", "id": 10**9}, {"text": 5}):
        answer = page.ask(view, request("lookup", **{"what": "trace", "row": 0, "text": "a", "id": 0, **wrong}))
        assert not answer["ok"], wrong
        assert answer["result"] is None


def test_python_looks_things_up_too():
    view = TokenView("He said", tokenizer="gpt-4o")
    assert [symbol.id for word in view.trace("He said").words for symbol in word.pieces] == SAID
    assert view.search("2059").matches[0].id == 2059
    assert view.entry(2059).data == b" said"


# life and pictures


def test_a_view_holds_its_text_and_lets_go():
    view = TokenView("He said", tokenizer="gpt-4o")
    session = weakref.ref(view.session)
    gc.collect()
    assert view.tokens.text == "He said"
    view.close()
    del view
    gc.collect()
    assert session() is None


def test_pictures_of_rows():
    view = TokenView([[2066, 2059], [2059, 2066]], tokenizer="gpt-4o")
    picture = view._repr_mimebundle_()[0]["text/html"]
    assert picture.count("2 tokens") == 2
    assert len(view.figure().data) == 2
    assert repr(view) == "TokenView([0]: 2 tokens, [1]: 2 tokens)"
    compared = TokenView("He said", compare=["gpt-4o", "gpt-4"])
    assert "gpt-4o: 2 tokens" in compared._repr_mimebundle_()[0]["text/html"]
    assert isinstance(compared.tokens, Tokens)


def test_a_text_session_says_what_it_holds():
    assert repr(TextSession("gpt-4o", text="He said")) == "TextSession('gpt-4o', 2 tokens)"
    with pytest.raises(InvalidValue, match="yes"):
        TextSession("gpt-4o").add_special_tokens = "yes"


def test_a_misspelt_attribute_is_an_error(session):
    with pytest.raises(AttributeError, match="color_by"):
        TokenView(session).colour_by = "length"


def test_a_compared_tokenizer_that_fails_says_so_in_its_row(byte_tokenizer, session, monkeypatch):
    view = TokenView(session, compare=[byte_tokenizer.backend_tokenizer, "gpt-4o"])
    monkeypatch.setattr(type(view._faces[0]), "encode", lambda *_, **__: 1 / 0)
    view._drawn = (None, None)
    view._redraw()
    assert "ZeroDivisionError" in view.rows[0]["error"]["message"]
    assert view.rows[1]["error"] is None
    assert view.row_tokens[2].text == session.text
    assert view.languages == []


def test_attention_is_sent_while_it_is_shown(session):
    view = TokenView(session)
    session._worker.run(lambda: None)
    assert view.attention is None or view.attention["values"]["shape"][-1] == 0
    view.color_by = "attention"
    session._worker.run(lambda: None)
    view.follow()
    sent, whole = view.attention, session.attentions
    assert (sent["revision"], sent["query"]) == (session.state.revision, len(session.tokens) - 1)
    values = np.frombuffer(base64.b64decode(sent["values"]["data"]), sent["values"]["dtype"])
    np.testing.assert_allclose(values.reshape(sent["values"]["shape"]) / 32_767, whole[:, :, -1], atol=2e-5)
    figure = view.figure()
    np.testing.assert_allclose(figure.data[0].z, 100 * whole.mean((0, 1)), atol=1e-4)
    assert len(figure.data[0].z) == len(session.tokens)
    view.color_by = "token"
    assert session.attending.revision == -1
    view.color_by = "attention"
    view.close()
    assert not session._attending_wanted


def test_a_text_without_a_model_has_no_attention(byte_tokenizer):
    view = TokenView("a text", tokenizer=byte_tokenizer)
    assert view.settings["can_attend"] is False
    with pytest.raises(InvalidValue, match="needs a model"):
        view.color_by = "attention"
    view.close()
