"""Tokens: exact bytes, exact characters, whatever the tokenizer and the script."""

from __future__ import annotations

import base64
import copy
import sys
from itertools import pairwise

import numpy as np
import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken

from llmwidgets import ModelSession, Tokens
from llmwidgets.assets import ensure_tiktoken
from llmwidgets.errors import InvalidValue, NoTokenizer
from llmwidgets.stages.tokens import spell
from llmwidgets.tokenizers.face import MOST_CHARACTERS, as_tokenizer, check_text, describe
from llmwidgets.widgets.encode import piece_of, tokens_payload, utf16_offsets

HARD = [
    "",
    " ",
    "\n\n\t ",
    "Hello world",
    "むかしむかし、あるところに",
    "👍🏽 👨‍👩‍👧‍👦 🇯🇵🇺🇸",
    "e\u0301 é ガ カ\u3099",
    "a\u200db\ufeffc\u00ad",
    "\x00\x01\x7f",
    "\ufffd is a character too \ufffd",
    "𝔘𝔫𝔦 𠮷野家",
    "مرحبا بالعالم",
    "ｆｕｌｌ　ｗｉｄｔｈ",
    "<b>&amp;</b><script>",
    "\r\nline\r",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.fixture(scope="module")
def gpt4o():
    return as_tokenizer("gpt-4o")


def characters_of(tokens, index):
    """The characters that a token's bytes touch, found by counting bytes of the text."""
    start = sum(map(len, tokens.token_bytes[:index]))
    end = start + len(tokens.token_bytes[index])
    owner = [place for place, character in enumerate(tokens.text) for _ in character.encode()]
    return sorted({owner[place] for place in range(start, end)})


def assert_true_to_bytes(tokens, text):
    assert tokens.text == text
    assert b"".join(tokens.token_bytes) == text.encode()
    assert len(tokens.ids) == len(tokens.pieces) == len(tokens.spans) == len(tokens.special) == len(tokens)
    assert tokens.ids.dtype == tokens.spans.dtype == np.int64
    for index, (piece, part, (start, end)) in enumerate(
        zip(tokens.pieces, tokens.token_bytes, tokens.spans, strict=True)
    ):
        assert characters_of(tokens, index) == list(range(start, end))
        if "\ufffd" not in text:
            assert "\ufffd" not in piece
        if text[start:end].encode() == part:
            assert piece == text[start:end]


# bytes, pieces and spans


@pytest.mark.parametrize("text", HARD)
def test_byte_level_tokens_are_the_bytes_of_the_text(text, byte_tokenizer):
    tokens = as_tokenizer(byte_tokenizer).encode(text)
    assert_true_to_bytes(tokens, text)
    assert tokens.ids.tolist() == byte_tokenizer(text)["input_ids"]


@pytest.mark.parametrize("text", HARD)
def test_openai_tokens_are_the_bytes_of_the_text(text, gpt4o):
    tokens = gpt4o.encode(text)
    assert_true_to_bytes(tokens, text)
    assert tokens.ids.tolist() == tiktoken.get_encoding("o200k_base").encode(text)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_any_text_comes_back(text, byte_tokenizer, gpt4o):
    for tokenizer in (as_tokenizer(byte_tokenizer), gpt4o):
        tokens = tokenizer.encode(text)
        assert_true_to_bytes(tokens, text)
        assert describe(tokenizer, tokens.ids.tolist()).text == text


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_spans_of_other_families_cover_the_text_in_order(
    text, sentencepiece_tokenizer, unigram_tokenizer, wordpiece_tokenizer
):
    for tokenizer in (sentencepiece_tokenizer, unigram_tokenizer, wordpiece_tokenizer):
        tokens = as_tokenizer(tokenizer).encode(text)
        assert tokens.text == text
        assert tokens.ids.tolist() == tokenizer(text)["input_ids"]
        starts, ends = tokens.spans.T
        assert (starts <= ends).all()
        assert (ends <= len(text)).all()
        assert (starts >= 0).all()
        assert (np.diff(starts) >= 0).all()
        assert (np.diff(ends) >= 0).all()


def test_half_a_character_is_shown_by_its_bytes(byte_tokenizer):
    tokens = as_tokenizer(byte_tokenizer).encode("犬")
    assert tokens.token_bytes == (b"\xe7", b"\x8a", b"\xac")
    assert tokens.pieces == ("⟨E7⟩", "⟨8A⟩", "⟨AC⟩")
    assert tokens.spans.tolist() == [[0, 1], [0, 1], [0, 1]]
    assert piece_of(b"\xe7") == ("", "e7")


def test_a_replacement_character_in_the_text_is_a_character():
    assert spell("\ufffd".encode()) == "\ufffd"
    assert piece_of("\ufffd".encode()) == ("\ufffd", "")


def test_sentencepiece_bytes_and_spaces(sentencepiece_tokenizer):
    tokens = as_tokenizer(sentencepiece_tokenizer).encode("The 犬")
    begin, *rest = tokens.token_bytes
    assert begin == b"<s>"
    assert tokens.special.tolist() == [True] + [False] * len(rest)
    assert b"".join(rest) == " The 犬".encode()
    assert rest[-3:] == [b"\xe7", b"\x8a", b"\xac"]
    assert tokens.pieces[-3:] == ("⟨E7⟩", "⟨8A⟩", "⟨AC⟩")
    assert tokens.spans[-3:].tolist() == [[4, 5]] * 3
    assert tokens.spans[0].tolist() == [0, 0]


def test_unigram_bytes(unigram_tokenizer):
    tokens = as_tokenizer(unigram_tokenizer).encode("The quick犬")
    assert tokens.pieces[:2] == (" The", " quick")
    assert tokens.pieces[2:] == ("⟨E7⟩", "⟨8A⟩", "⟨AC⟩")


def test_wordpiece_spans_point_into_the_text_as_typed(wordpiece_tokenizer):
    """The tokenizer lowers the case and drops accents; only it knows which characters a token came from."""
    text = "  Thé KING!"
    tokens = as_tokenizer(wordpiece_tokenizer).encode(text)
    assert tokens.text == text
    assert tokens.pieces[0] == "[CLS]"
    assert tokens.pieces[-1] == "[SEP]"
    spelled = [text[start:end] for start, end in tokens.spans[1:-1]]
    assert "".join(spelled) == "ThéKING!"
    assert not any(piece.startswith("##") for piece in tokens.pieces)


def test_a_token_put_behind_the_text_stands_behind_it(wordpiece_tokenizer):
    """Hugging Face gives [SEP] the offsets (0, 0), which would put it in front of everything."""
    tokens = as_tokenizer(wordpiece_tokenizer).encode("The King")
    assert tokens.special.tolist() == [True, *[False] * (len(tokens) - 2), True]
    assert tokens.spans[0].tolist() == [0, 0]
    assert tokens.spans[-1].tolist() == [8, 8]


# special tokens


def test_a_begin_of_text_token_comes_in_front(bos_tokenizer):
    face = as_tokenizer(bos_tokenizer)
    tokens = face.encode("Who are you?")
    assert tokens.pieces[0] == "<|begin|>"
    assert tokens.special.tolist() == [True] + [False] * (len(tokens) - 1)
    assert tokens.spans[0].tolist() == [0, 0]
    assert b"".join(tokens.token_bytes[1:]).decode() == tokens.text == "Who are you?"
    assert face.encode("Who are you?", special=False).ids.tolist() == tokens.ids[1:].tolist()
    assert face.encode("").ids.tolist() == [bos_tokenizer.bos_token_id]


def test_a_special_token_typed_in_the_text_is_one_token_and_marked(byte_tokenizer):
    text = "a<|endoftext|>b"
    tokens = as_tokenizer(byte_tokenizer).encode(text)
    assert tokens.pieces == ("a", "<|endoftext|>", "b")
    assert tokens.special.tolist() == [False, True, False]
    assert tokens.spans.tolist() == [[0, 1], [1, 14], [14, 15]]


def test_an_added_token_is_special_only_where_the_tokenizer_says_so(byte_tokenizer):
    """Chat models add many such tokens (<|im_start|>, <think>) that are neither begin nor end of a text."""
    tokenizer = copy.deepcopy(byte_tokenizer)
    tokenizer.add_tokens([AddedToken("<|start|>", special=True), AddedToken("<think>", special=False)])
    tokens = as_tokenizer(tokenizer).encode("<|start|>a<think>")
    assert tokens.pieces == ("<|start|>", "a", "<think>")
    assert tokens.special.tolist() == [True, False, False]


def test_special_names_are_plain_text_for_openai(gpt4o):
    tokens = gpt4o.encode("<|endoftext|>")
    assert len(tokens) > 1
    assert not tokens.special.any()
    assert gpt4o.is_special(199999)
    assert gpt4o.token_bytes(199999) == b"<|endoftext|>"


# growing and cutting


def split_anywhere(text, cuts):
    data = text.encode()
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


def same(left, right):
    assert left.text == right.text
    assert left.ids.tolist() == right.ids.tolist()
    assert left.token_bytes == right.token_bytes
    assert left.spans.tolist() == right.spans.tolist()
    assert left.special.tolist() == right.special.tolist()


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_tokens_grow_one_by_one_to_the_same(text, cuts):
    parts = split_anywhere(text, cuts)
    grown = Tokens.from_bytes([], [])
    for index, part in enumerate(parts):
        grown = grown.extended([index], [part], [False])
        same(grown, Tokens.from_bytes(list(range(index + 1)), parts[: index + 1]))
    assert grown.text == text


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(st.binary(min_size=0, max_size=4), max_size=8), at=st.integers(0, 8))
def test_bytes_that_are_no_text_grow_to_the_same_too(parts, at):
    whole = Tokens.from_bytes(list(range(len(parts))), parts)
    first = Tokens.from_bytes(list(range(len(parts[:at]))), parts[:at])
    grown = first.extended(list(range(len(first), len(parts))), parts[at:], [False] * len(parts[at:]))
    assert grown.text == whole.text
    assert grown.token_bytes == whole.token_bytes
    assert "\ufffd" not in "".join(piece for piece, part in zip(grown.pieces, parts, strict=True) if not is_text(part))


def is_text(part):
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_a_token_that_ends_one_character_and_begins_another():
    """GPT-2 has tokens of a whole character and a part of the next: the whole one was written twice when the text grew."""
    first = Tokens.from_bytes([1], [b"a\xe3"])
    assert first.text == "a"
    grown = first.extended([2], [b"\x81\x82"], [False])
    assert grown.text == "aあ"
    assert grown.spans.tolist() == [[0, 2], [1, 2]]


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 200), max_size=12), count=st.integers(0, 14))
def test_the_first_tokens_are_those_of_their_bytes(text, cuts, count):
    parts = split_anywhere(text, cuts)
    whole = Tokens.from_bytes(list(range(len(parts))), parts)
    same(whole.first(count), Tokens.from_bytes(list(range(len(parts[:count]))), parts[:count]))


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.binary(min_size=0, max_size=4), max_size=8), count=st.integers(0, 8))
def test_the_first_tokens_of_bytes_that_are_no_text(parts, count):
    """A text that ends inside a character was cut one whole character too short."""
    for whole in (False, True):
        tokens = Tokens.from_bytes(list(range(len(parts))), parts, whole=whole)
        if count < len(parts):
            same(tokens.first(count), Tokens.from_bytes(list(range(count)), parts[:count]))


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.binary(min_size=0, max_size=4), max_size=8))
def test_bytes_as_a_whole_read_as_a_decoder_reads_them(parts):
    tokens = Tokens.from_bytes(list(range(len(parts))), parts, whole=True)
    assert tokens.text == b"".join(parts).decode(errors="replace")
    assert (tokens.spans >= 0).all()
    assert (tokens.spans <= len(tokens.text)).all()


def test_exact_looks_at_the_bytes_of_what_was_not_inserted():
    text = "aあ"
    ids, spans = np.arange(3), np.array([[0, 0], [0, 1], [1, 2]])
    begin = np.array([True, False, False])
    assert Tokens(text, ids, (b"<s>", b"a", "あ".encode()), spans, begin).exact
    assert not Tokens(text, ids, (b"<s>", b"a", b"[UNK]"), spans, begin).exact
    assert not Tokens(text, ids, (b"", b" a", "あ".encode()), spans, begin).exact
    typed = Tokens("<s>", np.arange(1), (b"<s>",), np.array([[0, 3]]), np.array([True]))
    assert typed.exact
    assert not typed.inserted.any()


def test_a_cut_inside_a_character_and_another_end():
    """Position on the first byte of あ, then another character appended: the cut-off one stood in the text as well."""
    whole = Tokens.from_bytes([1, 2, 3], [b"x", b"\xe3\x81", b"\x82"])
    other = whole.first(2).extended([4], [b"\x84"], [False])
    assert other.text == "xい"


def test_what_a_text_is_made_of_stays_when_it_grows(wordpiece_tokenizer):
    tokens = as_tokenizer(wordpiece_tokenizer).encode("The King")
    grown = tokens.extended([7], [b" man"], [False])
    assert grown.text == "The King man"
    assert grown.ids.tolist() == [*tokens.ids.tolist(), 7]
    assert grown.spans[:-1].tolist() == tokens.spans.tolist()
    assert grown.spans[-1].tolist() == [8, 12]
    assert tokens.extended([], [], []) is tokens


# UTF-16, as the page counts


@given(text=TEXTS)
def test_offsets_in_utf16_units(text):
    offsets = np.arange(len(text) + 1)
    expected = [len(text[:offset].encode("utf-16-le")) // 2 for offset in offsets]
    assert utf16_offsets(text, offsets).tolist() == expected


def numbers(payload):
    return np.frombuffer(base64.b64decode(payload["data"]), payload["dtype"]).astype(int)


def test_the_pages_spans_cut_the_pages_string(byte_tokenizer):
    text = "a𠮷b👍🏽"
    tokens = as_tokenizer(byte_tokenizer).encode(text)
    sent = tokens_payload(tokens)
    units = text.encode("utf-16-le")
    starts = np.cumsum(numbers(sent["steps"]))
    ends = starts + numbers(sent["widths"])
    for start, end, (low, high) in zip(starts, ends, tokens.spans, strict=True):
        assert units[2 * start : 2 * end].decode("utf-16-le") == text[low:high]
    assert numbers(sent["ids"]).tolist() == tokens.ids.tolist()
    assert (sent["characters"], sent["utf8_bytes"], sent["exact"]) == (5, 14, True)
    assert "\ufffd" not in "".join(sent["pieces"])
    raw = {
        token: piece.encode() if piece else bytes.fromhex(part)
        for token, piece, part in zip(sent["distinct"], sent["pieces"], sent["bytes"], strict=True)
    }
    assert tuple(raw[token] for token in tokens.ids.tolist()) == tokens.token_bytes


def test_counts():
    tokens = Tokens.from_bytes([1, 2], ["é".encode(), "👍".encode()])
    assert (tokens.characters, tokens.utf8_bytes, len(tokens)) == (2, 6, 2)
    assert list(tokens) == ["é", "👍"]


def test_repr_is_short():
    tokens = Tokens.from_bytes(list(range(100)), [b"ab"] * 100)
    assert "100" in repr(tokens)
    assert "92 more" in repr(tokens)
    assert len(repr(tokens)) < 200


# what is refused


@pytest.mark.parametrize("text", [None, 3, b"bytes", ["a"], 1.5])
def test_what_is_no_string_is_refused_by_name(text):
    with pytest.raises(InvalidValue, match=type(text).__name__) as caught:
        check_text(text)
    assert caught.value.values["name"] == "text"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("text", "place", "name"), [("ab\ud83d", 2, "U\\+D83D"), ("\udc4d", 0, "U\\+DC4D")])
def test_lone_surrogates_are_refused_by_place_and_name(text, place, name):
    with pytest.raises(InvalidValue, match=f"Character {place} .*{name}"):
        check_text(text)


def test_a_surrogate_leaves_the_session_as_it_is(session):
    before = session.text
    with pytest.raises(InvalidValue, match="D83D"):
        session.text = "x\ud83d"
    with pytest.raises(InvalidValue, match="int"):
        session.text = 3
    assert session.text == before


def test_a_text_beyond_all_measure_is_refused():
    check_text("x" * MOST_CHARACTERS)
    with pytest.raises(InvalidValue, match="1,000,001"):
        check_text("x" * (MOST_CHARACTERS + 1))


@pytest.mark.parametrize("token", [-1, 10**9, 2**70])
def test_an_unknown_id_is_refused(token, byte_tokenizer, gpt4o):
    for tokenizer in (as_tokenizer(byte_tokenizer), gpt4o):
        with pytest.raises(InvalidValue, match="no token"):
            tokenizer.token_bytes(token)


def test_what_is_no_tokenizer_is_refused():
    with pytest.raises(NoTokenizer, match="dict"):
        as_tokenizer({})


def test_the_face_of_a_face_is_itself(byte_tokenizer):
    face = as_tokenizer(byte_tokenizer)
    assert as_tokenizer(face) is face


def test_the_session_hands_out_the_tokenizer_as_given(model, build, byte_tokenizer):
    with ModelSession(model, byte_tokenizer) as session:
        assert session.tokenizer is byte_tokenizer
    encoding = ensure_tiktoken("gpt-4o")
    with ModelSession(build("llama", vocabulary=encoding.n_vocab), encoding) as session:
        assert session.tokenizer is encoding


# the lesson's strings


def test_the_lessons_sentence_to_the_id(gpt4o):
    tokens = gpt4o.encode('He said, "Replaying the video made me laugh."')
    assert tokens.ids.tolist() == [2066, 2059, 11, 392, 720, 86433, 290, 3823, 2452, 668, 25053, 3692]
    assert "|".join(tokens.pieces) == 'He| said|,| "|Re|playing| the| video| made| me| laugh|."'
    assert ensure_tiktoken("gpt-4o").encode(tokens.text) == tokens.ids.tolist()


def test_the_lessons_ids_to_the_letter(gpt4o):
    ids = [13684, 52846, 326, 43761, 11, 392, 15390, 17103, 481, 15309, 480, 3692]
    assert describe(gpt4o, ids).text == 'She smiled and replied, "I\'m glad you enjoyed it."'


def test_the_default_models_tokens(real):
    real.text = "You are a pirate chatbot who always responds in pirate speak!\nむかし 👍🏽"
    assert_true_to_bytes(real.tokens, real.text)
    assert real.tokens.ids.tolist() == real.tokenizer(real.text)["input_ids"]
    assert sys.getsizeof(real.tokens.ids) < 10_000
