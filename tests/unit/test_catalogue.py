"""Everything that llmwidgets says has a Japanese sentence: errors, abilities, notices, pictures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import spoken

import llmwidgets
from llmwidgets import errors, wire
from llmwidgets.catalogue import FOLDER, in_japanese, phrases
from llmwidgets.errors import EmptyText, InvalidValue, LLMWidgetsError, ServerBusy
from llmwidgets.language import heard_from_page, language_now, say, set_language, speaking
from llmwidgets.stages.break_even import break_evens
from llmwidgets.stages.choices import Fork
from llmwidgets.stages.cost import Prices, Workload, costs
from llmwidgets.stages.cost_numbers import EXAMPLES
from llmwidgets.stages.distribution import Distribution
from llmwidgets.stages.drawn import Drawn
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.sampling import Sampler
from llmwidgets.stages.selection import select
from llmwidgets.stages.trace import Merge, Search, Symbol, TokenEntry, Trace, Word
from llmwidgets.state import Generated
from llmwidgets.tokenizers.face import as_tokenizer
from llmwidgets.widgets.encode import error_payload

PACKAGE = Path(llmwidgets.__file__).parent
CLASSES = [
    each.__name__
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, errors.LLMWidgetsError)
]
PLACE = re.compile(r"\{#?(\w+)\}")


@pytest.fixture(autouse=True)
def _as_before():
    yield
    set_language(None)
    heard_from_page("")


# what the code says


def test_everything_that_is_said_has_a_japanese_sentence():
    said = spoken.said_in(PACKAGE, CLASSES)
    assert len(said) > 500
    lacking = [each for each in said if in_japanese(each.template.replace("{}", "7")) is None]
    lines = "\n".join(f"  {place}: {template!r}" for place, template, _ in lacking)
    assert not lacking, (
        "These sentences have no Japanese. Add each to a file of llmwidgets/catalogue/ja/ (errors.json, words.json for parts "
        'that are filled in, pictures.json, notices.json), with a name in braces for each {}: "Type {what}.": "{what}を入力してください。"\n'
        f"{lines}"
    )


def test_a_picture_shows_no_word_that_is_not_said():
    assert spoken.unsaid_in(PACKAGE) == [], "hand these words to say(...) of llmwidgets.language"


def test_the_finder_sees_through_variables_helpers_and_branches(tmp_path):
    (tmp_path / "said.py").write_text(
        """
def check(value, words):
    shown = f"a list of {len(value)}" if value else "nothing at all"
    msg = f"{words} cannot be read: {shown}."
    raise InvalidValue(msg, hint="Give it" + " again.", name="value")

def read(x):
    check(x, "The third word")
    check(x, words=x or "Some other word")
    raise InvalidValue("session = ModelSession(model)", hint=f"{x!r}")
"""
    )
    found = {each.template for each in spoken.said_in(tmp_path, ["InvalidValue"])}
    assert found == {
        "{} cannot be read: {}.",
        "a list of {}",
        "nothing at all",
        "Give it again.",
        "The third word",
        "Some other word",
    }


# the catalogue


def test_a_phrase_is_found_again_by_its_own_english():
    for phrase in phrases():
        values = {name: "7" if mark else f"⟨{name}⟩" for mark, name in re.findall(r"\{(#?)(\w+)\}", phrase.english)}
        english = PLACE.sub(lambda place, values=values: values[place[1]], phrase.english)
        japanese = PLACE.sub(lambda place, values=values: values[place[1]], phrase.japanese)
        assert in_japanese(english) == japanese, f"another phrase fits as well: {phrase.english}"


def test_both_sides_fill_in_the_same_names_and_no_phrase_stands_twice():
    for phrase in phrases():
        assert set(PLACE.findall(phrase.japanese)) <= set(phrase.names), phrase.english
        assert len(set(phrase.names)) == len(phrase.names), f"{phrase.english}: each place needs a name of its own"
    forms = [spoken.normal(phrase.english) for phrase in phrases()]
    assert sorted(forms) == sorted(set(forms))


SAME = {"llmwidgets serve", "Hugging Face Hub"}
"""What is written alike in Japanese."""


def test_japanese_is_japanese():
    for phrase in phrases():
        bare = PLACE.sub("", phrase.japanese)
        said = re.search(r"[ぁ-んァ-ヶ一-龠]", bare) or phrase.japanese in SAME
        assert said or not re.search(r"[a-z]{2} ", bare), phrase
        assert not re.search(r"[ぁ-んァ-ヶ一-龠][A-Za-z0-9{]|[A-Za-z0-9}](?=[ァ-ヶ一-龠])", _without_code(bare)), (
            f"a space is missing between a letter and a Japanese one: {phrase.japanese}"
        )


def _without_code(text: str) -> str:
    return re.sub(r"[A-Za-z_.]*\([^）]*?\)|\"[^\"]*\"|'[^']*'", "", text)


def test_every_file_is_read():
    assert {file.stem for file in FOLDER.glob("*.json")} >= {"errors", "words", "abilities"}


# errors


def test_an_error_is_printed_in_the_chosen_language_and_stays_the_same_otherwise():
    error = InvalidValue("k cannot be 0.", hint="It takes a whole number from 1 to 200.", name="k", value="0")
    assert str(error) == "k cannot be 0. It takes a whole number from 1 to 200."
    set_language("ja")
    assert str(error) == "k に 0 は使えません。 使える値：1 ～ 200 の整数。"
    assert (error.message, error.code, error.values["value"]) == ("k cannot be 0.", "invalid_value", "0")


def test_an_error_without_a_hint_and_one_of_the_user_s_own():
    set_language("ja")
    assert str(EmptyText("Type a text.")) == "テキストを入力してください。"
    assert (
        str(LLMWidgetsError("Something of a plug-in.", hint="Ask its author."))
        == "Something of a plug-in. Ask its author."
    )


def test_what_is_filled_in_is_said_in_japanese_too():
    message = "http://a takes no more requests for now (429). It asks to wait 20 seconds. It says: slow down"
    assert in_japanese(message) == (
        "http://a は混雑していて、今はリクエストを受け付けません（429）。あと 20 秒ほど待つよう求めています。サーバーの説明：slow down"
    )


def test_the_page_gets_both_languages():
    payload = error_payload(
        EmptyText("The text is empty, so there is no next-token distribution.", hint="Type a text.")
    )
    assert payload is not None
    assert payload["message"] == "The text is empty, so there is no next-token distribution."
    assert payload["ja"] == {
        "message": "テキストが空なので、次のトークンの確率分布はありません。",
        "hint": "テキストを入力してください。",
    }


def test_an_error_that_travelled_is_said_alike():
    sent = ServerBusy("3 requests of yours are under way, as many as may be at once. There is room again in 1 s.")
    arrived = wire.unpack_error(wire.pack_error(sent))
    set_language("ja")
    assert (
        str(arrived)
        == "処理中のリクエストが 3 件あり、同時に送れる上限に達しています。あと 1 秒で使えるようになります。"
    )


# which language


def test_the_language_is_that_of_the_view_else_the_chosen_else_the_page_s():
    assert language_now() == "en"
    heard_from_page("ja")
    assert (language_now(), say("Type a text.")) == ("ja", "テキストを入力してください。")
    set_language("en")
    assert language_now() == "en"
    with speaking("ja"), speaking(""):
        assert language_now() == "ja"
    assert language_now() == "en"


def test_another_language_is_refused():
    with pytest.raises(InvalidValue, match="fr"):
        set_language("fr")


# what values print


def _values():
    """A value of each kind that prints words, as a cell's last value or by print."""
    speeds = {"bought_tokens_per_second": 2_000, "rented_tokens_per_second": 2_000}
    prices, workload = Prices(**EXAMPLES["¥"], **speeds), Workload(students=4_000)
    made = costs(workload, prices)
    distribution = Distribution.of(np.log([0.5, 0.25, 0.125, 0.125]))
    draws = np.asarray([0, 0, 1]), np.asarray([0.5, 0.25, 0.125, 0.125], np.float32), distribution
    tokens = as_tokenizer("gpt-4o").encode("one two three four five six seven eight nine ten")
    trace = Trace("ab", "", "ab", "", (Word("ab", "bpe", (), (Merge(0, 1, Symbol(b"ab", 2)),), (Symbol(b"ab", 2),)),))
    return [
        made.api,
        made.bought,
        costs(workload, prices.replace(bought_gpus=1)).bought,
        costs(workload, Prices()).rented,
        *break_evens(workload, prices),
        distribution,
        Sampler(top_k=2).apply(distribution.logits),
        Drawn(*draws, Sampler(seed=1), "cpu"),
        Drawn(*draws, Sampler(), "cpu"),
        tokens,
        Table(np.eye(3, 4, dtype=np.float32)),
        Generated(tokens, "length", 0.5),
        Generated(tokens, "stop_text", 0.5, "."),
        Fork(tokens, at=3),
        select(tokens, 1, 3),
        trace,
        Search("a", 3, (Symbol(b"a", 0),)),
        TokenEntry(2, b"ab", False, 1, None, (Symbol(b"a", 0), Symbol(b"b", 1)), (), 4),
    ]


def test_values_print_in_the_chosen_language():
    english = [repr(value) for value in _values()]
    assert not any(re.search(r"[ぁ-んァ-ヶ一-龠]", text) for text in english)
    set_language("ja")
    for value, text in zip(_values(), english, strict=True):
        said = repr(value)
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", said), text
        # names of ours, and what stands in quotes, are the same in both
        bare = re.sub(
            r"'[^']*'|\b[a-z]+_[a-z_]+\b|\b(?:nat|cpu|float32|length|ids|bpe)\b|^ *\w+", "", said, flags=re.MULTILINE
        )
        assert not re.search(r"[a-z]{3}", bare), said


def test_the_cost_of_a_form_in_japanese():
    set_language("ja")
    assert repr(costs(Workload(), Prices(api_in=30, api_out=120)).api) == "Cost(API：1 か月 408.00)"
    assert "が未入力のため不明" in repr(costs(Workload(), Prices()).rented)
