"""How a text becomes tokens: each way told ends in the tokens that the tokenizer itself gives."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from llmwidgets.assets import default_model
from llmwidgets.errors import InvalidValue
from llmwidgets.tokenizers.base import MOST_TRACED
from llmwidgets.tokenizers.bpe import merge
from llmwidgets.tokenizers.face import as_tokenizer
from llmwidgets.tokenizers.model import UNKNOWN_PENALTY
from llmwidgets.widgets.lookups import answer

WORDS = [
    *(
        "The",
        " quick",
        " king",
        "queen",
        "a",
        "qu",
        "ick",
        "x",
        " ",
        "  ",
        "\n",
        "é",
        "e\u0301",
        "ガ",
        "あ",
        "むかし",
        "犬",
        "👍🏽",
    ),
    *(
        "ﬁ",
        "Ａ",
        "мир",
        "123",
        " 4567",
        "'s",
        "don't",
        "HTTPServer",
        "<unk>",
        "[UNK]",
        "<mask>",
        "<|endoftext|>",
        "<s>",
    ),
    *("##", "▁", "<0xE3>", "</w>", "Ġ", "!!!", "....."),
]
TEXTS = st.lists(
    st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=7
).map("".join)


@pytest.fixture(scope="module")
def large():
    """The tokenizers that the lesson uses."""
    return {name: as_tokenizer(name) for name in ("gpt-4o", "gpt-4", str(default_model().path))}


@pytest.fixture(scope="module")
def small(backends, byte_tokenizer, bos_tokenizer, sentencepiece_tokenizer, unigram_tokenizer, wordpiece_tokenizer):
    """A face of each family, by name."""
    more = {
        "begin": bos_tokenizer,
        "transformers": byte_tokenizer,
        "sentencepiece": sentencepiece_tokenizer,
        "unigram": unigram_tokenizer,
        "wordpiece": wordpiece_tokenizer,
    }
    return {name: as_tokenizer(source) for name, source in {**backends, **more}.items()}


def replayed(word):
    """The symbols of a word after its merges, applied by hand."""
    data = [symbol.data for symbol in word.symbols]
    for step in word.merges:
        assert 0 <= step.at < len(data) - 1
        assert data[step.at] + data[step.at + 1] == step.symbol.data
        data[step.at : step.at + 2] = [step.symbol.data]
    return data


def assert_told_truly(face, text):
    trace = face.trace(text)
    own = face.encode(text, special=False)
    assert trace.ids == tuple(own.ids.tolist())
    assert tuple(piece.data for word in trace.words for piece in word.pieces) == own.token_bytes
    assert trace.text == text
    for word in trace.words:
        assert word.pieces
        if word.method == "bpe":
            assert replayed(word) == [piece.data for piece in word.pieces]
        else:
            assert not word.merges
        assert (len(word.scores) == len(word.pieces)) == (word.method == "unigram")
    return trace


# every way ends where the tokenizer ends


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_large_vocabularies(text, large):
    for face in large.values():
        trace = assert_told_truly(face, text)
        assert not [word for word in trace.words if word.method == "unknown"]


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_small_vocabularies_of_every_family(text, small):
    for name, face in small.items():
        trace = assert_told_truly(face, text)
        methods = {word.method for word in trace.words}
        allowed = {
            "ignore merges": {"bpe", "vocabulary", "added"},
            "word level": {"vocabulary", "added"},
            "metaspace": {"unigram", "added"},
            "unigram": {"unigram", "added"},
            "wordpiece": {"wordpiece", "added"},
        }.get(name, {"bpe", "added"})
        assert methods <= allowed, (name, trace)


def merges_by_hand(word, ranks):
    """The merges of a word as Sennrich's program finds them: all pairs looked at, the best joined, again and again."""
    symbols, done = list(word), []
    while True:
        pairs = [(ranks[a + b], place) for place, (a, b) in enumerate(pairwise(symbols)) if a + b in ranks]
        if not pairs:
            return symbols, done
        rank, place = min(pairs)
        symbols[place : place + 2] = [symbols[place] + symbols[place + 1]]
        done.append((place, rank))


@given(word=st.text("abc", max_size=12), order=st.permutations(["ab", "bc", "ca", "aa", "abc", "bca", "aab", "abca"]))
def test_merges_go_by_rank_and_then_from_the_left(word, order):
    ranks = {pair: rank for rank, pair in enumerate(order)}
    left, steps = merge(word, lambda a, b: (ranks[a + b], a + b) if a + b in ranks else None)
    assert (left, [(step.at, step.rank) for step in steps]) == merges_by_hand(word, ranks)


def test_the_merges_of_a_word_with_their_ranks(large):
    path = default_model().path
    merges = [
        pair if isinstance(pair, list) else pair.split(" ")
        for pair in json.loads((path / "tokenizer.json").read_text())["model"]["merges"]
    ]
    (word,) = large[str(path)].trace(" chatbot").words
    letters = {b" ": "Ġ"}
    for step, parts in zip(word.merges, parts_joined(word), strict=True):
        assert merges[step.rank] == ["".join(letters.get(bytes([byte]), chr(byte)) for byte in part) for part in parts]
    assert [piece.data for piece in word.pieces] == [b" chat", b"bot"]
    (king,) = large["gpt-4o"].trace(" king").words
    assert [symbol.data for symbol in king.symbols] == [b" ", b"k", b"i", b"n", b"g"]
    assert king.merges[-1].symbol.id == king.merges[-1].rank == 13793
    assert king.merges[0].rank == large["gpt-4o"].encode("in").ids[0]


def parts_joined(word):
    data = [symbol.data for symbol in word.symbols]
    for step in word.merges:
        yield data[step.at], data[step.at + 1]
        data[step.at : step.at + 2] = [step.symbol.data]


def test_a_word_that_is_a_token_is_not_merged_where_merges_are_ignored(small):
    (word,) = small["ignore merges"].trace("The").words
    assert (word.method, word.merges, len(word.pieces)) == ("vocabulary", (), 1)
    (merged,) = small["byte-level"].trace("The").words
    assert merged.method == "bpe"
    assert merged.merges


def test_half_characters_are_merged_as_bytes(large):
    (word,) = large["gpt-4"].trace("犬").words
    assert [symbol.data for symbol in word.symbols] == [b"\xe7", b"\x8a", b"\xac"]
    assert b"".join(piece.data for piece in word.pieces) == "犬".encode()


def test_added_tokens_come_first(small, large):
    words = small["transformers"].trace("a<|endoftext|>b").words
    assert [word.method for word in words] == ["bpe", "added", "bpe"]
    assert words[1].text == "<|endoftext|>"
    # to OpenAI's encodings it is plain text
    assert "added" not in {word.method for word in large["gpt-4o"].trace("a<|endoftext|>b").words}


def test_an_unknown_word_is_not_taken_for_an_added_token(small):
    words = small["wordpiece"].trace("犬 [UNK]").words
    assert [(word.method, word.pieces[0].data) for word in words] == [("wordpiece", b"[UNK]"), ("added", b"[UNK]")]
    assert words[0].text == "犬"


def test_longest_match_first(small):
    (word,) = small["wordpiece"].trace("quickly").words
    assert word.method == "wordpiece"
    assert b"".join(piece.data for piece in word.pieces) == b"quickly"
    known = set(small["wordpiece"].table)
    assert not [size for size in range(len(word.pieces[0].data) + 1, 8) if b"quickly"[:size] in known]


# Unigram


def best_score(word, scores, unknown):
    """The greatest sum of log-probabilities over all ways to cut a word (Viterbi)."""
    best = [0.0] + [-math.inf] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            piece = word[start:end]
            score = scores.get(piece, unknown if end == start + 1 else -math.inf)
            best[end] = max(best[end], best[start] + score)
    return best[-1]


@settings(max_examples=150, deadline=None)
@given(word=st.text("ThequickabzxQ犬 ", min_size=1, max_size=10))
def test_the_scores_are_those_of_the_tokenizers_own_choice(word, small):
    face = small["metaspace"]
    state = json.loads(face.tokenizer.model.__getstate__())["vocab"]
    scores = {name: score for name, score in state if name != "<unk>"}
    unknown = min(score for _, score in state) - UNKNOWN_PENALTY
    for told in face.trace(word).words:
        if sum(piece.id == 0 for piece in told.pieces) < 2:
            assert sum(told.scores) == pytest.approx(best_score(told.text.replace(" ", "▁"), scores, unknown))


def test_scores_of_known_pieces(small):
    words = small["metaspace"].trace("The quick").words
    assert [word.scores for word in words] == [(-3.0,), (-3.5,)]
    assert [word.text for word in words] == [" The", " quick"]


# what is done to the text first


@pytest.mark.parametrize(
    ("name", "text", "normalizer", "normalized", "pre_tokenizer"),
    [
        ("byte-level", "Thé", "", "Thé", "ByteLevel"),
        ("NFC", "e\u0301", "NFC", "é", "ByteLevel"),
        ("NFKC", "Ａﬁ", "NFKC, Lowercase", "afi", "ByteLevel"),
        ("wordpiece", "Thé", "BertNormalizer", "the", "BertPreTokenizer"),
        ("clip", "A é", "NFC, Lowercase", "a é", "WhitespaceSplit, ByteLevel"),
        ("sentencepiece", "The king", "Prepend, Replace", "▁The▁king", ""),
        ("metaspace", "a   b", "NFKC, Replace", "a b", "Metaspace"),
    ],
)
def test_normaliser_and_pre_tokenizer(name, text, normalizer, normalized, pre_tokenizer, small):
    trace = small[name].trace(text)
    assert (trace.normalizer, trace.normalized, trace.pre_tokenizer) == (normalizer, normalized, pre_tokenizer)


def test_words_are_those_of_the_pre_tokenizer(large):
    expected = ["He", " said", ",", ' "', "Re", "playing"]
    words = large[str(default_model().path)].trace('He said, "Replaying').words
    assert [word.text for word in words] == ["He", " said", ",", ' "', "Replaying"]
    assert [piece.data.decode() for word in words for piece in word.pieces][:4] == expected[:4]
    assert [word.text for word in large["gpt-4o"].trace("むかし ab").words] == ["むかし", " ab"]


def test_a_model_that_is_not_known_says_so(backends):
    own = tokenizers.Tokenizer.from_str(backends["byte-level"].to_str())
    own.pre_tokenizer = tokenizers.pre_tokenizers.PreTokenizer.custom(Halves())
    trace = as_tokenizer(own).trace("The king")
    assert trace.pre_tokenizer == "Custom"
    assert trace.ids == tuple(own.encode("The king").ids)


class Halves:
    """A pre-tokenizer of one's own."""

    def pre_tokenize(self, text):
        text.split(lambda _, part: [part[:3], part[3:]])


def test_dropout_is_told_as_unknown_where_it_goes_another_way(backends):
    """With dropout merges are left out at random: what is told must be what was done."""
    state = json.loads(backends["byte-level"].to_str())
    state["model"]["dropout"] = 0.999999
    own = tokenizers.Tokenizer.from_str(json.dumps(state))
    (word,) = as_tokenizer(own).trace("The").words
    assert (word.method, len(word.pieces)) == ("unknown", 3)


def test_a_long_word(large):
    for face in large.values():
        assert_told_truly(face, "ab" * (MOST_TRACED // 2))


def test_a_text_too_long_is_refused(large, small):
    for face in (*large.values(), *small.values()):
        with pytest.raises(InvalidValue, match="2,001"):
            face.trace("x" * (MOST_TRACED + 1))


def test_reprs_are_short(large):
    text = repr(large["gpt-4o"].trace("one two three " * 20))
    assert "more" in text
    assert len(text) < 2000


# what the page asks


def lookup(**more):
    return {"kind": "lookup", "rid": 1, "client": "a", "what": "trace", "row": 0, "text": "", "id": 0, **more}


def test_the_pages_trace(large):
    face = large["gpt-4"]
    sent = answer(face, lookup(text=" 犬s"))
    json.dumps(sent)
    assert (sent["kind"], sent["text"], sent["normalizer"], sent["pre_tokenizer"]) == ("trace", " 犬s", "", "Split")
    (word,) = sent["words"]
    assert word["method"] == "bpe"
    assert word["symbols"][1] == {"id": 163, "piece": "", "bytes": "e7"}
    assert word["symbols"][0] == {"id": 220, "piece": " ", "bytes": ""}
    assert [symbol["id"] for symbol in word["pieces"]] == face.encode(" 犬s").ids.tolist()
    for step in word["merges"]:
        assert set(step) == {"at", "rank", "symbol"}


def test_the_pages_search_and_token(large, small):
    face = large["gpt-4o"]
    sent = answer(face, lookup(what="search", text=" king"))
    assert (sent["kind"], sent["query"]) == ("search", " king")
    assert sent["matches"][0] == {"id": 13793, "piece": " king", "bytes": ""}
    assert len(sent["matches"]) == min(100, sent["total"])
    sent = answer(face, lookup(what="token", id=13793))
    assert (sent["kind"], sent["id"], sent["piece"], sent["rank"], sent["score"]) == (
        "token",
        13793,
        " king",
        13793,
        None,
    )
    assert sent["bytes"] == b" king".hex()
    assert "".join(part["piece"] for part in sent["parts"]) == " king"
    for name, each in small.items():
        for what in ("trace", "search", "token"):
            assert json.dumps(answer(each, lookup(what=what, text="The", id=3))), name


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({}, "what"),
        (lookup(what="all"), "what"),
        (lookup(what=None), "what"),
        (lookup(text=None), "text"),
        (lookup(text=3), "text"),
        (lookup(text="x\ud800"), "text"),
        (lookup(text="x" * 2001), "text"),
        (lookup(what="search", text="x" * 2001), "query"),
        (lookup(what="search", text=["x"]), "text"),
        (lookup(what="token", id=-1), "id"),
        (lookup(what="token", id=10**9), "id"),
        (lookup(what="token", id=2**70), "id"),
        (lookup(what="token", id=1.5), "id"),
        (lookup(what="token", id=True), "id"),
        (lookup(what="token", id=None), "id"),
        (lookup(what="token", id="1"), "id"),
    ],
)
def test_what_the_page_may_not_ask(message, named, large):
    with pytest.raises(InvalidValue) as caught:
        answer(large["gpt-4o"], message)
    assert caught.value.values["name"] == named
