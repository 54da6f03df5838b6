"""One face over every kind of tokenizer: exact bytes, true spans, ids both ways, and the vocabulary behind them."""

from __future__ import annotations

import copy
import gc
import json
import subprocess
import sys
import unicodedata
import weakref

import numpy as np
import pytest
import tiktoken
import tokenizers
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken

from llmwidgets.assets import default_model, ensure_tiktoken
from llmwidgets.errors import DamagedFile, InvalidValue, LLMWidgetsError, NoNetwork, NoTokenizer
from llmwidgets.tokenizers.align import spans_in_order
from llmwidgets.tokenizers.face import as_text, as_tokenizer, check_text

PIECES = [
    *(
        "The",
        " quick",
        " king",
        "a",
        "qu",
        "x",
        " ",
        "  ",
        "\n",
        "\u00a0",
        "\u3000",
        "é",
        "e\u0301",
        "ガ",
        "カ\u3099",
        "ｶﾞ",
    ),
    *(
        "あ",
        "むかし",
        "犬",
        "👍🏽",
        "👨‍👩‍👧",
        "🇯🇵",
        "ﬁ",
        "Ａ",
        "한",
        "\u1112\u1161\u11ab",
        "мир",
        "ſ",
        "ß",
        "İ",
        "\u200d",
        "\ufffd",
    ),
    *("<unk>", "[UNK]", "<mask>", "<|endoftext|>", "<s>", "##", "▁", "<0xE3>", "</w>", "Ġ", "#", "."),
]
TEXTS = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=8
).map("".join)
BYTE_TRUE = ["byte-level", "ignore merges"]
BACKENDS = [
    *BYTE_TRUE,
    *("space in front", "NFC", "NFKC", "suffix", "clip", "word level", "metaspace"),
]


@pytest.fixture(scope="module")
def smol():
    return as_tokenizer(str(default_model().path))


@pytest.fixture(scope="module")
def gpts():
    return [as_tokenizer("gpt-4o"), as_tokenizer("gpt-4")]


@pytest.fixture(scope="module")
def small(backends, byte_tokenizer, bos_tokenizer, sentencepiece_tokenizer, unigram_tokenizer, wordpiece_tokenizer):
    """A face of each family."""
    fast = [byte_tokenizer, bos_tokenizer, sentencepiece_tokenizer, unigram_tokenizer, wordpiece_tokenizer]
    return [as_tokenizer(tokenizer) for tokenizer in (*backends.values(), *fast)]


def assert_in_the_text(tokens, text):
    """Spans lie in the text, in order, and those that were not inserted cover what they say."""
    starts, ends = tokens.spans.T
    assert tokens.text == text
    assert tokens.ids.dtype == tokens.spans.dtype == np.int64
    assert len(tokens.ids) == len(tokens.token_bytes) == len(tokens.spans) == len(tokens.special)
    assert (starts >= 0).all()
    assert (starts <= ends).all()
    assert (ends <= len(text)).all()
    assert (np.diff(starts) >= 0).all()
    assert (np.diff(ends) >= 0).all()


def covered(tokens):
    return {place for start, end in tokens.spans.tolist() for place in range(start, end)}


def knows_bytes(face, text):
    """SmolLM2 has no token for some bytes (0x16, 0xF1), and drops them."""
    return {bytes([byte]) for byte in text.encode()} <= set(face.table)


# bytes and spans


@settings(max_examples=80, deadline=None)
@given(text=TEXTS)
def test_byte_true_tokenizers_give_the_bytes_of_the_text(text, smol, gpts, backends):
    owners = [place for place, character in enumerate(text) for _ in character.encode()]
    for face in (smol, *gpts, *(as_tokenizer(backends[name]) for name in BYTE_TRUE)):
        tokens = face.encode(text)
        if face is smol and not knows_bytes(smol, text):
            assert not tokens.exact
            continue
        assert_in_the_text(tokens, text)
        assert tokens.exact
        assert b"".join(tokens.token_bytes) == text.encode()
        at = 0
        for part, (start, end) in zip(tokens.token_bytes, tokens.spans.tolist(), strict=True):
            assert sorted(set(owners[at : at + len(part)])) == list(range(start, end))
            at += len(part)


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_every_family_gives_its_own_ids_and_spans_in_the_text(text, small):
    for face in small:
        tokens = face.encode(text)
        own = face.tokenizer
        ids = own.encode(text).ids if isinstance(own, tokenizers.Tokenizer) else own(text)["input_ids"]
        assert tokens.ids.tolist() == ids
        assert tokens.token_bytes == tuple(face.token_bytes(token) for token in ids)
        assert_in_the_text(tokens, text)
        kept = [part for part, inserted in zip(tokens.token_bytes, tokens.inserted, strict=True) if not inserted]
        assert tokens.exact == (b"".join(kept) == text.encode())


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_what_no_token_covers_was_dropped_by_the_tokenizer(text, small):
    """Byte-level tokenizers drop nothing, whatever they bring the text to; the others white space and marks."""
    for face in small:
        backend = getattr(face, "backend", face.tokenizer)
        missing = {text[place] for place in range(len(text))} - {text[place] for place in covered(face.encode(text))}
        if isinstance(backend.pre_tokenizer, tokenizers.pre_tokenizers.ByteLevel):
            left = {character for character in missing if not backend.normalizer or not composes(character)}
            assert not left, (backend, left)
        else:
            assert all(is_dropped(character, backend) for character in missing), (backend, missing)


def composes(character):
    return unicodedata.category(character)[0] in "ML" or character in "ﾞﾟ"


def is_dropped(character, backend):
    known = character.isspace() or unicodedata.category(character)[0] in "MCZ"
    return known or not (backend.normalizer and backend.normalizer.normalize_str(character).strip())


@pytest.mark.parametrize(
    ("name", "text", "spans"),
    [
        # the space that is put in front is no character; each other space belongs to the token behind it
        ("space in front", "The king", [[0, 3], [3, 8]]),
        ("space in front", " The king", [[0, 4], [4, 9]]),
        # behind a special token another space is put in
        ("space in front", "a<|endoftext|>a", [[0, 1], [1, 14], [14, 15]]),
        # a composed character covers both that it is composed of
        ("NFC", "e\u0301 a", [[0, 2], [0, 2], [2, 4]]),
        ("NFC", "a\u1112\u1161\u11ab", [[0, 1], [1, 4], [1, 4], [1, 4]]),
        ("NFKC", "a ｶﾞ", [[0, 1], [1, 2], [2, 4], [2, 4]]),
    ],
)
def test_spans_where_the_tokenizer_changes_the_text(name, text, spans, backends):
    tokens = as_tokenizer(backends[name]).encode(text)
    merged = [list(key) for key in dict.fromkeys(map(tuple, tokens.spans.tolist()))]
    assert merged == [list(key) for key in dict.fromkeys(map(tuple, spans))]
    assert covered(tokens) == set(range(len(text)))
    assert tokens.exact == text.startswith(" ")


def test_the_mark_of_a_words_end_is_no_part_of_its_bytes(backends):
    tokens = as_tokenizer(backends["suffix"]).encode("the king the fox")
    assert b"".join(tokens.token_bytes) == b"thekingthefox"
    assert "".join(tokens.text[start:end] for start, end in tokens.spans) == "thekingthefox"
    letters = as_tokenizer(backends["clip"]).encode("The é")
    assert b"".join(letters.token_bytes) == "theé".encode()


def test_an_unknown_token_covers_what_it_does_not_know(backends, wordpiece_tokenizer):
    tokens = as_tokenizer(wordpiece_tokenizer).encode("the 犬 king", special=False)
    place = tokens.token_bytes.index(b"[UNK]")
    assert tokens.spans[place].tolist() == [4, 5]
    assert not tokens.exact
    tokens = as_tokenizer(backends["metaspace"]).encode("a犬犬b")
    place = tokens.token_bytes.index(b"<unk>")
    assert tokens.text[slice(*tokens.spans[place])] == "犬犬"


def test_truncation_that_is_set_holds(backends, byte_tokenizer):
    own = tokenizers.Tokenizer.from_str(backends["byte-level"].to_str())
    own.enable_truncation(3)
    tokens = as_tokenizer(own).encode("The quick あ fox")
    assert len(tokens) == 3
    assert not tokens.exact
    assert tokens.text[: tokens.spans[-1, 1]].encode() == b"".join(tokens.token_bytes)


def test_padding_that_is_set_stands_behind_the_text(backends):
    own = tokenizers.Tokenizer.from_str(backends["byte-level"].to_str())
    own.enable_padding(length=12, pad_token="<|endoftext|>", pad_id=own.token_to_id("<|endoftext|>"))
    tokens = as_tokenizer(own).encode("The king")
    assert len(tokens) == 12
    assert tokens.exact
    assert tokens.spans[-1].tolist() == [8, 8]
    assert tokens.special[-1]


def test_settings_of_the_transformers_tokenizer_hold(byte_tokenizer):
    own = copy.deepcopy(byte_tokenizer)
    own.split_special_tokens = True
    tokens = as_tokenizer(own).encode("a<|endoftext|>")
    assert tokens.ids.tolist() == own("a<|endoftext|>")["input_ids"]
    assert not tokens.special.any()
    assert len(tokens) > 2


def test_adds_special(small, gpts, bos_tokenizer, byte_tokenizer):
    for face in (*small, *gpts):
        without, with_them = face.encode("The king", special=False), face.encode("The king")
        assert face.adds_special == (len(without) != len(with_them))
        assert not without.inserted.any()
    assert as_tokenizer(bos_tokenizer).adds_special
    assert not as_tokenizer(byte_tokenizer).adds_special


# ids to text


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_decode_gives_the_tokenizers_own_text(data, small, gpts, smol):
    for face in (*small, *gpts, smol):
        drawn = data.draw(st.lists(st.integers(0, face.size - 1), max_size=8))
        ids = [token for token in drawn if token not in face.holes]
        tokens = face.decode(ids)
        assert tokens.ids.tolist() == ids
        assert_in_order_as_decoded(tokens, own_decode(face, ids))


def own_decode(face, ids):
    if isinstance(face.tokenizer, tokenizers.Tokenizer):
        return face.tokenizer.decode(ids, skip_special_tokens=False)
    return face.tokenizer.decode(ids)


def assert_in_order_as_decoded(tokens, text):
    spelled = b"".join(tokens.token_bytes).decode(errors="replace")
    assert tokens.text in {text, spelled}
    starts, ends = tokens.spans.T
    assert (starts <= ends).all()
    assert (ends <= len(tokens.text)).all()


@settings(max_examples=80, deadline=None)
@given(text=TEXTS)
def test_decode_of_encode_is_the_tokenizers_own_round_trip(text, small, gpts, smol):
    for face in (*small, *gpts, smol):
        ids = face.encode(text).ids
        tokens = face.decode(ids)
        assert_in_order_as_decoded(tokens, own_decode(face, ids.tolist()))
        if face in gpts or (face is smol and knows_bytes(smol, text)):
            assert tokens.text == text
            assert tokens.exact


def test_decode_aligns_what_decoders_change(wordpiece_tokenizer, sentencepiece_tokenizer):
    face = as_tokenizer(wordpiece_tokenizer)
    ids = face.encode("the kings!").ids
    tokens = face.decode(ids)
    assert tokens.text == wordpiece_tokenizer.decode(ids)
    assert [tokens.text[start:end] for start, end in tokens.spans] == [part.decode() for part in tokens.token_bytes]
    face = as_tokenizer(sentencepiece_tokenizer)
    tokens = face.decode(face.encode("The king", special=False).ids)
    assert tokens.text == "The king"
    assert tokens.spans[0, 0] == 0
    assert covered(tokens) == set(range(8))


def test_decode_of_half_a_character_shows_that_something_is_missing(gpts):
    ids = gpts[0].encode("犬𠮷").ids
    cut = gpts[0].decode(ids[:-1])
    assert cut.text == tiktoken.get_encoding("o200k_base").decode(ids[:-1].tolist())
    assert cut.text.endswith("\ufffd")


def test_decode_names_special_tokens(bos_tokenizer, gpts):
    face = as_tokenizer(bos_tokenizer)
    tokens = face.decode(face.encode("The king").ids)
    assert tokens.text == "<|begin|>The king"
    assert tokens.special.tolist() == [True] + [False] * (len(tokens) - 1)
    assert tokens.spans[0].tolist() == [0, 9]
    assert gpts[0].decode([199999]).text == "<|endoftext|>"


@pytest.mark.parametrize(
    "kind",
    [list, tuple, np.array, torch.tensor, lambda ids: np.array([ids], np.int32), lambda ids: torch.tensor([ids])],
)
def test_ids_of_any_kind(kind, smol):
    assert smol.decode(kind([504, 2365])).ids.tolist() == [504, 2365]


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ([1, -1], r"token -1 .*place 1"),
        ([0, 10**9], r"token 1000000000 .*place 1"),
        ([2**70], "place 0"),
        ([1, 2.0], r"token 2\.0 .*place 1"),
        ([float("nan")], "token nan"),
        ([True], "token True"),
        ([1, None], r"token None .*place 1"),
        (["1"], "token '1'"),
        ([[1], [2]], r"token \[1\]"),
        (np.array([0.5]), "0.5"),
        (None, "NoneType"),
        (3, "int"),
        ("12", "str"),
        (b"12", "bytes"),
    ],
)
def test_ids_that_are_none_are_named(ids, named, smol, gpts, small):
    for face in (smol, gpts[0], small[0]):
        with pytest.raises(InvalidValue, match=named) as caught:
            face.decode(ids)
        assert caught.value.hint


def test_an_id_between_the_tokens_is_refused(gpts):
    """o200k_base has numbers that no token has."""
    assert 199998 in gpts[0].holes
    for ask in (gpts[0].token_bytes, gpts[0].entry, lambda token: gpts[0].decode([token])):
        with pytest.raises(InvalidValue, match="199998"):
            ask(199998)
    assert gpts[0].search("199998").total == 0


# what is taken for a tokenizer


def test_sources(tmp_path, byte_tokenizer, backends):
    own = backends["byte-level"]
    own.save(str(tmp_path / "tokenizer.json"))
    byte_tokenizer.save_pretrained(tmp_path / "whole")
    kinds = {
        "BackendTokenizer": [
            own,
            str(tmp_path),
            tmp_path,
            tmp_path / "tokenizer.json",
            str(tmp_path / "tokenizer.json"),
        ],
        "HuggingFaceTokenizer": [byte_tokenizer, str(tmp_path / "whole"), tmp_path / "whole"],
        "OpenAITokenizer": ["gpt-4o", "gpt-4", "gpt-3.5-turbo", "cl100k_base", ensure_tiktoken("o200k_base")],
    }
    for kind, sources in kinds.items():
        for source in sources:
            face = as_tokenizer(source)
            assert type(face).__name__ == kind
            assert face.encode("The king").ids.tolist()
            assert as_tokenizer(face) is face
    assert as_tokenizer("gpt-3.5-turbo").name == "cl100k_base"
    assert as_tokenizer(tmp_path / "whole").name == "whole"


def test_the_same_object_has_the_same_face_while_it_is_held(byte_tokenizer, backends):
    for source in (byte_tokenizer, backends["NFC"], ensure_tiktoken("cl100k_base"), "gpt-4o"):
        assert as_tokenizer(source) is as_tokenizer(source)
    own = copy.deepcopy(byte_tokenizer)
    held = weakref.ref(own)
    face = as_tokenizer(own)
    assert face is not as_tokenizer(byte_tokenizer)
    del own, face
    gc.collect()
    assert held() is None


def test_a_folder_is_read_again(tmp_path, backends):
    """A tokenizer trained anew and saved to the same place was shown as it was before."""
    backends["byte-level"].save(str(tmp_path / "tokenizer.json"))
    before = as_tokenizer(tmp_path)
    backends["suffix"].save(str(tmp_path / "tokenizer.json"))
    assert as_tokenizer(tmp_path).encode("king").pieces != before.encode(" king").pieces
    assert as_tokenizer(tmp_path).size == backends["suffix"].get_vocab_size() != before.size


def test_tokens_added_later_are_seen(byte_tokenizer):
    own = copy.deepcopy(byte_tokenizer)
    face = as_tokenizer(own)
    before = len(face.encode("a<think>b"))
    own.add_tokens([AddedToken("<think>", special=False)])
    tokens = face.encode("a<think>b")
    assert tokens.pieces == ("a", "<think>", "b")
    assert before > 3
    own.add_tokens([AddedToken("<answer>", special=True)])
    assert as_tokenizer(own).search("<answer>").total == 1
    assert as_tokenizer(own).encode("<answer>").special.tolist() == [True]


@pytest.mark.parametrize("source", [None, 3, 1.5, True, {}, [], object(), "", "  ", b"gpt-4o"])
def test_what_is_no_tokenizer_is_named(source):
    with pytest.raises(NoTokenizer) as caught:
        as_tokenizer(source)
    assert (repr(source) if source is None or isinstance(source, (int, float, str)) else type(source).__name__) in str(
        caught.value
    )
    assert "gpt-4o" in caught.value.hint


@pytest.mark.parametrize("name", ["gpt-nothing/at-all", "../nowhere", "has spaces", "x" * 5000, "a\0b"])
def test_an_unknown_name_is_named_at_once(name, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://hub.invalid")
    with pytest.raises(LLMWidgetsError) as caught:
        as_tokenizer(name)
    assert name in str(caught.value) or repr(name) in str(caught.value)


def test_a_damaged_file_is_damaged(tmp_path):
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(DamagedFile, match=r"tokenizer\.json"):
        as_tokenizer(tmp_path)


def test_tiktoken_and_the_tokenizers_library_load_no_torch(tmp_path, backends):
    backends["byte-level"].save(str(tmp_path / "tokenizer.json"))
    code = f"""
import json, sys
import tokenizers
from llmwidgets.tokenizers import as_tokenizer
for source in ("gpt-4o", {str(tmp_path)!r}, tokenizers.Tokenizer.from_file({str(tmp_path / "tokenizer.json")!r})):
    face = as_tokenizer(source)
    tokens = face.encode("The king")
    face.decode(tokens.ids), face.trace("The king"), face.search("king"), face.entry(tokens.ids[0].item())
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"torch", "transformers"}.isdisjoint(json.loads(done.stdout))


# tokenizers in Python


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """CTRL's: BPE with @@ where a word goes on."""
    folder = tmp_path_factory.mktemp("ctrl")
    vocabulary = {
        "<unk>": 0,
        "th@@": 1,
        "e</w>": 2,
        "e": 3,
        "k@@": 4,
        "king": 5,
        "i@@": 6,
        "n@@": 7,
        "g": 8,
        "t@@": 9,
        "h@@": 10,
    }
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\nt h\ni n\nin g</w>\nk ing</w>\n")
    return transformers.CTRLTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))


@settings(max_examples=80, deadline=None)
@given(text=TEXTS)
def test_tokenizers_in_python(text, slow):
    for own in (transformers.ByT5Tokenizer(), slow):
        face = as_tokenizer(own)
        tokens = face.encode(text)
        assert tokens.ids.tolist() == own(text)["input_ids"]
        assert_in_the_text(tokens, text)
        for part, (start, end) in zip(tokens.token_bytes, tokens.spans, strict=True):
            assert start == end or part.strip() in text[start:end].encode()
        assert face.trace(text).ids == tuple(face.encode(text, special=False).ids.tolist())


def test_bytes_of_a_tokenizer_in_python():
    face = as_tokenizer(transformers.ByT5Tokenizer())
    tokens = face.encode("aé犬")
    assert tokens.exact
    assert tokens.pieces[-1] == "</s>"
    assert tokens.special.tolist() == [False] * 6 + [True]
    assert tokens.spans.tolist() == [[0, 1], [1, 2], [1, 2], [2, 3], [2, 3], [2, 3], [3, 3]]
    assert face.adds_special
    assert face.decode(tokens.ids).text == "aé犬</s>"
    assert face.search("é").total == 0
    assert face.search("C3 A9").total == 0
    assert face.search("a").total > 0
    assert face.entry(int(tokens.ids[0])).data == b"a"


def test_pieces_that_cannot_be_found_have_no_characters():
    text = "the king is the queen"
    spans, found = spans_in_order(text, [b"the", b" ki", b"[UNK]", b"zz", b"the", b"queen"])
    assert not found
    assert [text[start:end] for start, end in spans] == ["the", " ki", "", "", "the", "queen"]
    spans, found = spans_in_order("aあb", [b"a", b"\xe3", b"\x81\x82", b"b"])
    assert found
    assert spans.tolist() == [[0, 1], [1, 2], [1, 2], [2, 3]]


# the vocabulary


def all_containing(face, data):
    found = [token for token in range(face.size) if token not in face.holes and data in face.token_bytes(token)]
    return sorted(found, key=lambda token: (len(face.token_bytes(token)), token))


@pytest.mark.parametrize("query", ["king", " king", "e", "し", "👍", "<|", "\n", "1", "The"])
def test_search_finds_what_contains_the_query(query, smol, small):
    for face in (smol, *small):
        found = face.search(query, limit=face.size)
        plain = all_containing(face, query.encode())
        ids = [match.id for match in found.matches]
        if query == "1":
            assert ids[0] == 1
            plain = [1, *(token for token in plain if token != 1)]
        containing = set(plain)
        assert [token for token in ids if token in containing] == plain
        assert found.total == len(ids) == len(set(ids))
        assert all(
            query.lower() in match.data.decode(errors="replace").lower()
            for match in found.matches
            if str(match.id) != query
        )
        assert all(match.data == face.token_bytes(match.id) for match in found.matches)
        limited = face.search(query, limit=3)
        assert limited.matches == found.matches[:3]
        assert limited.total == found.total


def test_search_by_id_text_and_bytes(gpts):
    face = gpts[0]
    assert face.search("13793").matches[0].id == 13793
    assert face.search("0").matches[0].id == 0
    assert [match.id for match in face.search("KiNg", limit=10).matches][:1] == [face.search("king").matches[0].id]
    cased = face.search(" King").matches
    assert cased[0].data == b" King"
    half = face.search("E3 81").matches[0]
    assert half.data == b"\xe3\x81"
    assert face.search("e3 81") == face.search("e3 81")
    assert {face.search(query).matches[0].id for query in ("0xE3 0x81", "⟨E3 81⟩", "e3 81")} == {half.id}
    assert face.search("<0xE3>").matches[0].data == b"\xe3"
    assert (face.search("").total, face.search("xyzzyplugh").matches) == (0, ())
    assert "Search" in repr(face.search("king"))


def test_search_refuses(smol):
    for query in (None, 3, "x\ud800", "x" * 2000):
        with pytest.raises(InvalidValue):
            smol.search(query)
    for limit in (-1, 1.5, True, None):
        with pytest.raises(InvalidValue, match="limit"):
            smol.search("a", limit=limit)


def test_an_entry_says_what_a_token_is_made_of(smol, gpts):
    merges = json.loads((default_model().path / "tokenizer.json").read_text())["model"]["merges"]
    for token in (300, 4197, 20000, smol.size - 1):
        entry = smol.entry(token)
        left, right = entry.parts
        assert left.data + right.data == entry.data == smol.token_bytes(token)
        pair = [smol.tokenizer.convert_ids_to_tokens(part.id) for part in entry.parts]
        assert merges[entry.rank] in (pair, " ".join(pair))
    king = gpts[0].entry(13793)
    assert (king.data, king.rank, king.special) == (b" king", 13793, False)
    assert b"".join(part.data for part in king.parts) == b" king"
    assert all(part.id < 13793 for part in king.parts)
    assert king.containing_total == len(all_containing(gpts[0], b" king")) - 1
    assert all(b" king" in other.data != b" king" for other in king.containing)
    common = gpts[0].entry(gpts[0].encode("e").ids[0].item())
    assert len(common.containing) == 50 < common.containing_total
    end = gpts[0].entry(199999)
    assert (end.special, end.rank, end.parts, end.data) == (True, None, (), b"<|endoftext|>")
    assert "king" in repr(king)


def test_an_entry_of_a_unigram_has_its_score(unigram_tokenizer):
    entry = as_tokenizer(unigram_tokenizer).entry(unigram_tokenizer.convert_tokens_to_ids("▁The"))
    assert (entry.score, entry.rank, entry.parts) == (-3.0, None, ())


def test_every_entry_of_small_vocabularies(small):
    for face in small:
        for token in range(face.size):
            entry = face.entry(token)
            assert entry.data == face.token_bytes(token)
            assert entry.special == face.is_special(token)
            assert not entry.parts or b"".join(part.data for part in entry.parts) == entry.data


# texts that are none


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (b"ab\xff", "Byte 2 .*0xFF"),
        ("あ".encode()[:2], "Byte 0 .*0xE3"),
        ("日本".encode("shift_jis"), "Byte 0 .*0x93"),
        (b"\xed\xa0\xbd", "Byte 0 .*0xED"),
        ("x\ud83d", "Character 1 .*D83D"),
        (None, "NoneType"),
    ],
)
def test_bytes_that_are_no_utf8_are_named(source, named):
    with pytest.raises(InvalidValue, match=named) as caught:
        as_text(source)
    assert caught.value.hint


def test_bytes_that_are_utf8_are_a_text():
    assert as_text("あ👍".encode()) == "あ👍"
    assert as_text(bytearray(b"ab")) == as_text(memoryview(b"ab")) == as_text("ab") == "ab"


def test_no_face_takes_a_surrogate_or_none(small, gpts, smol):
    for face in (*small, *gpts, smol, as_tokenizer(transformers.ByT5Tokenizer())):
        for text in ("x\ud83d", None, b"bytes"):
            for ask in (face.encode, face.trace, check_text):
                with pytest.raises(InvalidValue, match=r"surrogate|must be a str"):
                    ask(text)


def test_no_network_is_an_error_of_ours():
    assert issubclass(NoNetwork, LLMWidgetsError)
