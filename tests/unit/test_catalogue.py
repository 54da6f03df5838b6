"""Everything that llmwidgets says has a Japanese sentence: errors, abilities, notices, pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import spoken

import llmwidgets
from llmwidgets import errors, wire
from llmwidgets.catalogue import FOLDER, in_japanese, phrases
from llmwidgets.errors import EmptyText, InvalidValue, LLMWidgetsError, ServerBusy
from llmwidgets.language import heard_from_page, language_now, say, set_language, speaking
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
