"""Tokens by writing system: every character and every token counted once, and where tokenizers cut apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmwidgets import Tokens
from llmwidgets.errors import InvalidValue
from llmwidgets.stages.comparison import Language, boundaries, by_language, comparison, differing
from llmwidgets.tokenizers.face import as_tokenizer

PIECES = [
    "The",
    " king",
    "、",
    "むかし",
    "カー",
    "世界",
    "мир",
    " ",
    "\n",
    "12",
    "!",
    "👍🏽",
    "🇯🇵",
    "한국",
    "مرحبا",
    "é",
    "e\u0301",
    "\u200d",
    "ꙮ",
    "𐎠",
]
TEXTS = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=8
).map("".join)


@pytest.fixture(scope="module")
def faces(byte_tokenizer, wordpiece_tokenizer, sentencepiece_tokenizer, backends):
    sources = ["gpt-4o", "gpt-4", byte_tokenizer, wordpiece_tokenizer, sentencepiece_tokenizer, backends["NFC"]]
    return [as_tokenizer(source) for source in sources]


def labels(text):
    return {line.label: line.characters for line in by_language(text, [])}


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_every_character_and_every_token_is_counted_once(text, faces):
    rows = [face.encode(text) for face in faces]
    lines = by_language(text, rows)
    assert sum(line.characters for line in lines) == len(text)
    assert sum(line.utf8_bytes for line in lines) == len(text.encode())
    assert len({line.label for line in lines}) == len(lines)
    assert [line.characters for line in lines] == sorted((line.characters for line in lines), reverse=True)
    for place, row in enumerate(rows):
        assert sum(line.tokens[place] for line in lines) == pytest.approx((~row.special).sum())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The king", {"Latin": 8}),
        ("The king, 12!", {"Latin": 13}),
        ("世界", {"Han": 2}),
        # a sign between: the space before it goes with it, and it with what it follows
        ("x = 2  # 🇯🇵", {"Latin": 8, "Emoji": 3}),
        ("世界の", {"Japanese": 3}),
        ("カーﾞﾊ、「世」", {"Japanese": 8}),
        ("むかし\n世界", {"Japanese": 6}),
        ("한국", {"Korean": 2}),
        ("мир", {"Cyrillic": 3}),
        ("مرحبا", {"Arabic": 5}),
        ("ΑΩ", {"Greek": 2}),
        ("ꙮ", {"Cyrillic": 1}),
        ("𐎠", {"Other writing": 1}),
        ("👍🏽", {"Emoji": 2}),
        ("👨‍👩‍👧 🇯🇵", {"Emoji": 8}),
        ("❤️", {"Emoji": 2}),
        ("12 + 3", {"Digits and signs": 4, "White space": 2}),
        ("\n\n", {"White space": 2}),
        # white space belongs to what follows it in the line, signs to what they follow
        ("The мир", {"Latin": 3, "Cyrillic": 4}),
        ("The, мир!", {"Latin": 4, "Cyrillic": 5}),
        ("(The", {"Latin": 4}),
        ("The \nмир", {"Latin": 5, "Cyrillic": 3}),
        ("The\n12\nмир", {"Latin": 4, "Cyrillic": 3, "Digits and signs": 2, "White space": 1}),
        ("e\u0301", {"Latin": 2}),
        ("", {}),
    ],
)
def test_which_characters_belong_to_what(text, expected):
    assert labels(text) == expected


def test_a_token_across_two_scripts_is_shared_by_characters():
    text = "abcмир"
    row = Tokens(text, np.arange(2), (b"ab", "cмир".encode()), np.array([[0, 2], [2, 6]]), np.zeros(2, bool))
    lines = {line.label: line.tokens for line in by_language(text, [row])}
    assert lines["Latin"] == (1.25,)
    assert lines["Cyrillic"] == (0.75,)


def test_tokens_of_one_character_count_each():
    face = as_tokenizer("gpt-4")
    (line,) = by_language("犬", [face.encode("犬")])
    assert line == Language("Han", 1, 3, (float(len(face.encode("犬"))),))


def test_special_tokens_do_not_count(bos_tokenizer):
    face = as_tokenizer(bos_tokenizer)
    (line,) = by_language("king", [face.encode("king")])
    assert line.tokens == (len(face.encode("king")) - 1,)


def test_tokens_of_another_text_are_refused():
    with pytest.raises(InvalidValue, match="Row 1"):
        by_language("a", [Tokens.from_bytes([1], [b"a"]), Tokens.from_bytes([1], [b"b"])])


def test_comparison_of_ones_own_texts(faces):
    texts = {"English": "The king", "日本語": "むかしむかし", "": ""}
    lines = comparison(texts, faces)
    assert [line.label for line in lines] == list(texts)
    assert lines[1].characters == 6
    assert lines[1].utf8_bytes == 18
    for place, face in enumerate(faces):
        assert lines[0].tokens[place] == len(face.encode("The king", special=False))


# where tokens end


def plain_boundaries(tokens):
    spans = [(start, end) for start, end in tokens.spans.tolist() if start < end]
    return sorted({end for _, end in spans if not any(start < end < stop for start, stop in spans)})


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_boundaries_are_where_a_token_ends_and_none_is_open(text, faces):
    rows = [face.encode(text) for face in faces]
    found = [boundaries(row) for row in rows]
    for row, places in zip(rows, found, strict=True):
        assert places.dtype == np.int64
        assert places.tolist() == plain_boundaries(row)
    apart = [place for place in range(len(text) + 1) if len({place in set(places.tolist()) for places in found}) == 2]
    assert differing(rows).tolist() == apart


def test_boundaries_of_shared_characters():
    tokens = Tokens.from_bytes([1, 2, 3], [b"a\xe3", b"\x81\x82", b"b"])
    assert tokens.spans.tolist() == [[0, 2], [1, 2], [2, 3]]
    assert boundaries(tokens).tolist() == [2, 3]
    assert differing([tokens, tokens]).tolist() == []
    assert differing([]).tolist() == []
    assert differing([tokens, Tokens.from_bytes([1], ["aあb".encode()])]).tolist() == [2]
