"""A conversation as text, and which of its characters the chat template wrote."""

from __future__ import annotations

import copy

import pytest
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from llmwidgets.assets import default_model
from llmwidgets.errors import InvalidValue, NoChatTemplate
from llmwidgets.tokenizers.face import as_tokenizer

PLAIN = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}</{{ m['role'] }}>\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
STRIPPED = PLAIN.replace("m['content']", "m['content'] | trim")
SYSTEM_FIRST = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}"
    "{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}"
    "{% for m in rest %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate!') }}{% endif %}"
    "{% if m['role'] == 'user' %}[INST] {% if loop.first and system %}<<SYS>>{{ system }}<</SYS>>{% endif %}"
    "{{ m['content'].strip() }} [/INST]{% else %} {{ m['content'] | trim }} </s>{% endif %}{% endfor %}"
)
THINKING = (
    "{% for m in messages %}<{{ m['role'] }}>"
    "{% if '</think>' in m['content'] %}{{ m['content'].split('</think>')[-1] }}{% else %}{{ m['content'] }}{% endif %}{% endfor %}"
)
UPPER = "{% for m in messages %}[{{ m['content'] | upper }}]{% endfor %}"
TWICE = "{% for m in messages %}{{ m['content'] }}|{{ m['content'] }}\n{% endfor %}"
IF_FILLED = "{% for m in messages %}{% if m['content'] %}<{{ m['role'] }}>{{ m['content'] }}{% else %}(nothing){% endif %}{% endfor %}"

CONTENTS = st.lists(
    st.sampled_from(
        ["a", "b", " ", "\n", "<user>", "</user>", "<assistant>", "user", "⟦x0⟧", "⟦x", "犬", "👍", "{{ x }}"]
    ),
    max_size=5,
).map("".join)


@pytest.fixture(scope="module")
def smol():
    return as_tokenizer(str(default_model().path))


@pytest.fixture(scope="module")
def with_template(byte_tokenizer):
    def make(template):
        own = copy.copy(byte_tokenizer)
        own.chat_template = template
        return as_tokenizer(own)

    return make


def conversation(*contents):
    return [
        {"role": "assistant" if place % 2 else "user", "content": content} for place, content in enumerate(contents)
    ]


def outside(chat):
    """The parts that the template did not write."""
    parts, at = [], 0
    for start, end in (*chat.template, (len(chat.text), len(chat.text))):
        if start > at:
            parts.append(chat.text[at:start])
        at = end
    return parts


def assert_well_formed(chat):
    edges = [edge for span in chat.template for edge in span]
    assert edges == sorted(edges)
    assert all(start < end for start, end in chat.template)
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(chat.text))


def test_the_default_models_template(smol):
    chat = smol.chat(conversation("Who are you?"))
    assert chat.text == smol.tokenizer.apply_chat_template(
        conversation("Who are you?"), tokenize=False, add_generation_prompt=True
    )
    assert outside(chat) == ["Who are you?"]
    assert "SmolLM" in chat.text[slice(*chat.template[0])]
    assert chat.text[slice(*chat.template[-1])].endswith("<|im_start|>assistant\n")
    own = smol.chat([{"role": "system", "content": "You are a pirate."}, *conversation("Hi", "Arr", "Hi")])
    assert outside(own) == ["You are a pirate.", "Hi", "Arr", "Hi"]
    assert "SmolLM" not in own.text
    shut = smol.chat(conversation("Hi"), add_generation_prompt=False)
    assert not shut.text.endswith("assistant\n")
    assert "template" in repr(chat)


def test_a_content_that_the_default_system_message_holds(smol):
    """Looked for from the front, "You" would be found in the system message that the template put there."""
    chat = smol.chat(conversation("You"))
    (start, end) = next((start, end) for (_, start), (end, _) in zip(chat.template, chat.template[1:], strict=False))
    assert chat.text[:start].endswith("<|im_start|>user\n")
    assert chat.text[start:end] == "You"


@settings(max_examples=200, deadline=None)
@given(contents=st.lists(CONTENTS, min_size=1, max_size=5))
def test_a_template_that_writes_contents_as_they_are(contents, with_template):
    face = with_template(PLAIN)
    chat = face.chat(conversation(*contents))
    assert_well_formed(chat)
    assert outside(chat) == [content for content in contents if content]
    written = "".join(chat.text[start:end] for start, end in chat.template)
    assert written == face.chat(conversation(*[""] * len(contents))).text


@settings(max_examples=200, deadline=None)
@given(contents=st.lists(CONTENTS, min_size=1, max_size=5))
def test_a_template_that_strips(contents, with_template):
    for template in (STRIPPED, SYSTEM_FIRST):
        chat = with_template(template).chat(conversation(*contents))
        assert_well_formed(chat)
        assert outside(chat) == [content.strip() for content in contents if content.strip()]


def test_a_template_that_looks_at_empty_contents(with_template):
    chat = with_template(IF_FILLED).chat(conversation("a", "", "b"))
    assert chat.text == "<user>a(nothing)<user>b"
    assert outside(chat) == ["a", "b"]


def test_a_system_message_that_moves_into_the_first_turn(with_template):
    messages = [{"role": "system", "content": "Be brief."}, *conversation(" hi ", "ho")]
    chat = with_template(SYSTEM_FIRST).chat(messages)
    assert chat.text == "[INST] <<SYS>>Be brief.<</SYS>>hi [/INST] ho </s>"
    assert outside(chat) == ["Be brief.", "hi", "ho"]


def test_templates_that_look_into_contents_are_searched_in_order(with_template):
    chat = with_template(THINKING).chat(conversation("a", "hm</think>yes", "yes"))
    assert chat.text == "<user>a<assistant>yes<user>yes"
    assert_well_formed(chat)
    assert "a" in outside(chat)
    assert_well_formed(with_template(UPPER).chat(conversation("abc", "d")))
    twice = with_template(TWICE).chat(conversation("abc"))
    assert outside(twice) == ["abc"]
    assert_well_formed(twice)


def test_options_reach_the_template(with_template):
    face = with_template("{{ greeting }}{{ messages[0]['content'] }}")
    chat = face.chat(conversation("a"), greeting="Hello ")
    assert (chat.text, chat.template) == ("Hello a", ((0, 6),))
    other = with_template(PLAIN).chat(conversation("a"), chat_template="[{{ messages[0]['content'] }}]")
    assert (other.text, other.template) == ("[a]", ((0, 1), (2, 3)))
    for taken in ("tokenize", "return_dict"):
        with pytest.raises(InvalidValue, match=taken):
            face.chat(conversation("a"), **{taken: True})


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        (None, "NoneType"),
        ("hello", "str"),
        ({"role": "user", "content": "a"}, "dict"),
        (3, "int"),
        ([], "empty list"),
        (["hello"], r"messages\[0\] cannot be str"),
        ([{"content": "a"}], "without 'role'"),
        ([*conversation("a"), {"role": "user"}], r"messages\[1\] cannot be without 'content'"),
        ([{"role": "user", "content": None}], "NoneType"),
        ([{"role": "user", "content": [{"type": "text", "text": "a"}]}], "list"),
        ([{"role": 1, "content": "a"}], "int"),
        ([{"role": "user", "content": "x\ud83d"}], "D83D"),
    ],
)
def test_messages_that_are_none(messages, named, smol):
    with pytest.raises(InvalidValue, match=named) as caught:
        smol.chat(messages)
    assert caught.value.hint


@pytest.mark.parametrize("roles", [["assistant"], ["user", "user"]])
def test_what_the_template_says_against_messages_is_said(roles, with_template):
    with pytest.raises(InvalidValue, match="Roles must alternate") as caught:
        with_template(SYSTEM_FIRST).chat([{"role": role, "content": "a"} for role in roles])
    assert caught.value.values["value"] == " ".join(roles)
    assert "user and assistant" in caught.value.hint


def test_a_template_that_is_damaged_is_said(with_template):
    for template in ("{% for m in messages %}", "{{ messages[0].content.nothing.more }}", "{{ 1 + 'a' }}"):
        with pytest.raises(InvalidValue, match="chat template"):
            with_template(template).chat(conversation("a"))


def test_without_a_template_it_says_what_to_do(byte_tokenizer, backends):
    for source in ("gpt-4o", backends["byte-level"], byte_tokenizer, transformers.ByT5Tokenizer()):
        with pytest.raises(NoChatTemplate, match="no chat template") as caught:
            as_tokenizer(source).chat(conversation("a"))
        assert caught.value.hint
        assert caught.value.code == "no_chat_template"
