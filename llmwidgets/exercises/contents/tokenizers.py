"""Exercises on tokenizers: the tokens of a sentence, BPE by hand, bytes back to text, and what is costly."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.comparing import show
from llmwidgets.exercises.contents import tokenizers_words as words
from llmwidgets.exercises.contents.drawing import default_face, default_tokenizer, pieces
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.saying import NotYet, Wrong
from llmwidgets.exercises.states import own_text
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

EMPTY = Words("Not yet: nothing is written into `{name}`.", "まだ解答されていません。`{name}` が空です。")

# the tokens of a sentence of one's own

OPENINGS = ("Hello", "Yesterday", "Surprisingly", "In Kyoto", "Once", "At noon", "Suddenly")
WHO = ("the chatbot", "a pirate", "my grandmother", "an astronaut", "the librarian", "Professor Tanaka", "a dinosaur")
DID = ("tokenized", "misunderstood", "translated", "photographed", "memorized", "rearranged", "whispered")
WHAT = ("dumplings", "blueberries", "umbrellas", "sentences", "kaleidoscopes", "postcards", "algorithms")


def sentence_for(student: object) -> str:
    """A sentence that depends on the student's name or number, however wide its letters and digits are typed."""
    name = unicodedata.normalize("NFKC", str(student)).strip()
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    opening, who, did, what = (
        choices[byte % len(choices)] for choices, byte in zip((OPENINGS, WHO, DID, WHAT), digest, strict=False)
    )
    return f"{opening}, {who} {did} {10 + digest[4] % 90} {what}!"


def predict_tokens(answer: Any) -> Iterator[Words]:
    """Reads {"student": name, "tokens": [...]}."""
    student, found = _predicted(answer)
    text = sentence_for(student)
    expected = list(pieces(text))
    joined = "".join(found)
    if joined != text:
        raise Wrong(
            Words(
                "Put together, your tokens do not give the sentence.", "トークンをつなげても、もとの文になりません。"
            ),
            case=Words(f"sentence\t{text!r}\njoined\t{joined!r}", f"文\t{text!r}\nつなげた結果\t{joined!r}"),
            like=_spaces_are_lost(text, joined),
        )
    yield Words("Put together, your tokens give the sentence.", "トークンをつなげると、もとの文に戻ります。")
    if found != expected:
        # both give the same text: where one goes on behind the other, it does so with empty tokens
        place = next(at for at, (one, other) in enumerate(zip(found, [*expected, None], strict=False)) if one != other)
        before = "".join(expected[:place])
        raise Wrong(
            Words(f"Token {place + 1} is another one.", f"{place + 1} 番目のトークンが違います。"),
            case=Words(
                f"after\t{before!r}\nyours\t{found[place]!r}\ntokens\t{len(expected)} by the tokenizer, {len(found)} by you",
                f"その前\t{before!r}\nあなたの答え\t{found[place]!r}\n個数\tトークナイザーは {len(expected)} 個、あなたは {len(found)} 個",
            ),
            like=_why_other(found, expected, place),
        )
    yield Words(f"All {len(expected)} tokens are right.", f"{len(expected)} 個のトークンがすべて合っています。")


def _predicted(answer: Any) -> tuple[str, list[str]]:
    if answer is None or answer is Ellipsis:
        raise NotYet(EMPTY.fill(name="answer"))
    if not isinstance(answer, dict) or not {"student", "tokens"} <= answer.keys():
        raise Wrong(
            Words(
                'The answer should be {"student": …, "tokens": […]}.',
                '答えは {"student": …, "tokens": […]} の形で書いてください。',
            )
        )
    student, found = answer["student"], answer["tokens"]
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, str) for each in found):
        raise Wrong(Words("`tokens` should be a list of strings.", "`tokens` は文字列のリストで書いてください。"))
    if not found or not str(student).strip():
        raise NotYet(EMPTY.fill(name="tokens" if str(student).strip() else "student"))
    return str(student), list(found)


def _spaces_are_lost(text: str, joined: str) -> Words | None:
    if "".join(text.split()) != "".join(joined.split()):
        return None
    return Words(
        "Spaces are lost or doubled: each belongs to a token.",
        "空白が抜けているか、余分にあります。空白もトークンに含まれます。",
    )


def _why_other(found: Sequence[str], expected: Sequence[str], place: int) -> Words | None:
    if not found[place]:
        return Words("A token is never empty: take this one out.", "空のトークンはありません。これを取り除きましょう。")
    if [each.strip() for each in found] == [each.strip() for each in expected] or found[place].endswith(" "):
        return Words(
            "The space belongs to the token after it, not to the one before.",
            "空白は前ではなく、後ろのトークンに含まれます。",
        )
    if found[place].strip().isdigit() and len(found[place]) > 1:
        return Words(
            "This tokenizer takes digits one by one, and the space before them alone.",
            "このトークナイザーは数字を 1 桁ずつに分け、その前の空白も別のトークンにします。",
        )
    if len(found[place]) > len(expected[place]):
        return Words(
            "The tokenizer cuts earlier here: the word, or what stands at its end, is not one token.",
            "トークナイザーはここでもっと手前で分けます。この部分は 1 トークンではありません。",
        )
    return Words(
        "The tokenizer cuts later here: more of it is one token.",
        "トークナイザーはここでもっと後ろで分けます。もう少し長い部分が 1 トークンです。",
    )


# BPE


def _bpe(word: str, merges: Sequence[tuple[str, str]]) -> list[str]:
    """What the tokenizers library makes of a word."""
    from tokenizers.models import BPE

    names = dict.fromkeys([*word, *(part for pair in merges for part in (*pair, "".join(pair)))])
    model = BPE({name: index for index, name in enumerate(names)}, list(merges))
    return [token.value for token in model.tokenize(word)]


def merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """Expected of the student."""
    # each different part becomes a letter, so that the library's BPE does the one merge
    letters = {part: chr(ord("a") + index) for index, part in enumerate(dict.fromkeys([*parts, *pair]))}
    back = {letter: part for part, letter in letters.items()}
    word = "".join(letters[part] for part in parts)
    merged = _bpe(word, [(letters[pair[0]], letters[pair[1]])]) if word else []
    return ["".join(back[letter] for letter in token) for token in merged]


SIMPLE = Words("for a simple list", "簡単なリストの場合")
IN_A_ROW = Words("where the same part stands several times in a row", "同じ部分が続けて並ぶ場合")
AT_END = Words("where the pair stands at the end, or nowhere", "組が末尾にある場合、または 1 つもない場合")
LONGER = Words("for parts of several letters", "数文字の部分がある場合")
RANDOM = Words("for random letters", "乱数で作った文字列の場合")


def _merges(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(SIMPLE, (["l", "o", "w", "l", "o"], ("l", "o")))
    yield Case(IN_A_ROW, (["a", "a", "a"], ("a", "a")))
    yield Case(IN_A_ROW, (list("baaaab"), ("a", "a")))
    yield Case(AT_END, (list("xyab"), ("a", "b")))
    yield Case(AT_END, (list("ba"), ("a", "b")))
    yield Case(LONGER, (["lo", "w", "e", "lo", "w"], ("lo", "w")))
    for _ in range(4):
        yield Case(RANDOM, ([str(each) for each in rng.choice(list("abc"), 12)], ("a", "b")))


def _merging_once(parts: list[str], pair: tuple[str, str]) -> list[str]:
    for place in range(len(parts) - 1):
        if (parts[place], parts[place + 1]) == tuple(pair):
            return [*parts[:place], "".join(pair), *parts[place + 2 :]]
    return parts


def _merging_overlaps(parts: list[str], pair: tuple[str, str]) -> list[str]:
    found, skip = [], False
    for place, part in enumerate(parts):
        if parts[place : place + 2] == list(pair):
            found.append("".join(pair))
            skip = True
        elif not skip:
            found.append(part)
        else:
            skip = False
    return found


MERGE_MISTAKES = (
    Mistake(
        _merging_once,
        Words(
            "Only the first place is merged: go on to the end of the list.",
            "最初の 1 か所しか結合されていません。リストの最後まで続けましょう。",
        ),
    ),
    Mistake(
        _merging_overlaps,
        Words(
            "A part is used twice: after a merge, go on behind both.",
            "同じ部分を 2 回使っています。結合したあとは、2 つ分進みましょう。",
        ),
    ),
    Mistake(
        lambda parts, pair: (
            merge(parts, pair)[:-1] if (merge(parts, pair) or [""])[-1] != "".join(pair) else merge(parts, pair)
        ),
        Words("The last part is lost where it is not merged.", "最後の部分が結合されないとき、失われています。"),
    ),
    Mistake(lambda parts, _pair: parts, Words("Nothing is merged.", "何も結合されていません。")),
    Mistake(
        lambda parts, pair: "".join(merge(parts, pair)),
        Words("A list is wanted, not one string.", "1 つの文字列ではなく、リストで返してください。"),
    ),
)


def encode(word: str, merges: list[tuple[str, str]]) -> list[str]:
    """Expected of the student."""
    return _bpe(word, merges)


LEARNT = [("l", "o"), ("lo", "w"), ("e", "r"), ("n", "e"), ("ne", "w"), ("w", "er")]
RANKS = Words("where the order of the merges decides", "結合の順番で結果が変わる場合")
UNKNOWN = Words("where no pair is in the list", "リストにある組がない場合")
RANDOM_MERGES = Words("for merges drawn at random", "乱数で作った結合の一覧の場合")


def _words(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(SIMPLE, ("low", LEARNT))
    yield Case(RANKS, ("lower", LEARNT))
    yield Case(RANKS, ("abc", [("b", "c"), ("a", "b")]))
    yield Case(RANKS, ("abc", [("b", "c"), ("a", "bc"), ("a", "b")]))
    yield Case(RANKS, ("newer", LEARNT))
    yield Case(UNKNOWN, ("xyz", LEARNT))
    for _ in range(4):
        yield Case(RANDOM_MERGES, ("".join(rng.choice(list("abc"), 10)), _learn(rng)))


def _learn(rng: np.random.Generator) -> list[tuple[str, str]]:
    """A list of merges as it could have been learnt: each joins parts that exist."""
    parts = list("abc")
    merges: list[tuple[str, str]] = []
    while len(merges) < 6:
        pair = (str(rng.choice(parts)), str(rng.choice(parts)))
        if "".join(pair) not in parts and len("".join(pair)) <= 4:
            merges.append(pair)
            parts.append("".join(pair))
    return merges


def _leftmost_first(word: str, merges: list[tuple[str, str]]) -> list[str]:
    parts = list(word)
    while pairs := [pair for pair in itertools.pairwise(parts) if pair in merges]:
        parts = _merging_once(parts, pairs[0])
    return parts


def _longest_first(word: str, merges: list[tuple[str, str]]) -> list[str]:
    known = {*word, *("".join(pair) for pair in merges)}
    parts: list[str] = []
    while word:
        size = next(size for size in range(len(word), 0, -1) if word[:size] in known)
        parts.append(word[:size])
        word = word[size:]
    return parts


ENCODE_MISTAKES = (
    Mistake(
        _leftmost_first,
        Words(
            "It looks as if the leftmost pair is merged first. The one that stands earliest in `merges` goes first.",
            "いちばん左の組から結合しているようです。先に結合するのは、`merges` でいちばん前にある組です。",
        ),
    ),
    Mistake(
        _longest_first,
        Words(
            "It looks as if the longest known piece is taken from the left. BPE merges in the order of its list.",
            "左から順に、語彙にある最長の部分を取っているようです。BPE は一覧の順番に結合します。",
        ),
    ),
    Mistake(
        lambda word, merges: encode(word, merges[::-1]),
        Words(
            "It looks as if the last pair of the list goes first. The earliest does.",
            "リストの後ろの組から結合しているようです。先に結合するのは前にある組です。",
        ),
    ),
    Mistake(lambda word, _merges: list(word), Words("Nothing is merged.", "何も結合されていません。")),
)


# bytes back to text


def decode(ids: list[int], table: dict[int, bytes]) -> str:  # noqa: ARG001 (the tokenizer has its own table)
    """Expected of the student."""
    text: str = default_tokenizer().decode(ids, clean_up_tokenization_spaces=False)
    return text


ASCII = Words("for English text", "英語の文の場合")
PARTS = Words("where a character is split among tokens", "1 文字が複数のトークンに分かれている場合")
RANDOM_TEXT = Words("for random characters", "乱数で選んだ文字の場合")
CHARACTERS = "あいのは東京珈琲猫物語研究室é👍🍜😀abc "


def _coded(rng: np.random.Generator) -> Iterator[Case]:
    texts = [(ASCII, "Who are you?"), (PARTS, "にがい珈琲"), (PARTS, "ramen 🍜")]
    texts += [(RANDOM_TEXT, "x" + "".join(rng.choice(list(CHARACTERS), 8))) for _ in range(3)]
    for about, text in texts:
        ids = default_tokenizer()(text, add_special_tokens=False)["input_ids"]
        yield Case(about, (ids, _table(ids)))


def _table(ids: list[int]) -> dict[int, bytes]:
    return {each: default_face().token_bytes(each) for each in dict.fromkeys(ids)}


ONE_BY_ONE = Words(
    "It looks as if each token is decoded alone: parts of a character are no text. Join the bytes first, decode once.",
    "トークンを 1 つずつデコードしているようです。文字の一部だけでは文字になりません。先にバイト列をつなげ、一度だけデコードしましょう。",
)
DECODE_MISTAKES = (
    *(
        Mistake(
            lambda ids, table, errors=errors: "".join(table[each].decode("utf-8", errors) for each in ids), ONE_BY_ONE
        )
        for errors in ("replace", "ignore", "backslashreplace")
    ),
    Mistake(
        lambda ids, table: b"".join(table[each] for each in ids).decode("latin-1"),
        Words(
            "It looks as if the bytes are read as another encoding. They are UTF-8.",
            "別の文字コードとして読んでいるようです。UTF-8 です。",
        ),
    ),
    Mistake(
        lambda ids, table: b"".join(table[each] for each in ids),
        Words("These are still bytes: decode them.", "まだバイト列のままです。最後にデコードしましょう。"),
    ),
    Mistake(
        lambda ids, table: " ".join(table[each].decode("utf-8", "replace") for each in ids),
        Words(
            "Spaces are put between the tokens; their own spaces are in their bytes.",
            "トークンの間に空白を入れているようです。空白はトークン自身のバイト列に含まれています。",
        ),
    ),
)


# a text with more tokens than characters


def costly_text(answer: Any) -> Iterator[Words]:
    """Reads a text."""
    if answer is None or answer is Ellipsis or (isinstance(answer, str) and not answer):
        raise NotYet(EMPTY.fill(name="text"))
    if not isinstance(answer, str):
        raise Wrong(
            Words(
                f"A text is wanted; this is {type(answer).__name__}.",
                f"文字列を書いてください。今は {type(answer).__name__} です。",
            )
        )
    yield own_text(answer)
    if len(set(answer)) < 5:
        raise Wrong(
            Words("The text should have at least 5 different characters.", "文には 5 種類以上の文字を使ってください。"),
            case=Words(f"text\t{show(answer)}", f"文\t{show(answer)}"),
        )
    tokens = pieces(answer)
    counted = (
        f"{len(answer)} characters, {len(tokens)} tokens: {show(list(tokens))}",
        f"{len(answer)} 文字、{len(tokens)} トークン：{show(list(tokens))}",
    )
    if len(tokens) <= len(answer):
        raise Wrong(
            Words("It has no more tokens than characters.", "トークン数は文字数より多くありません。"),
            case=Words(*counted),
        )
    yield Words(*counted)


EXERCISES = (
    Exercise("predict-tokens", "answer", words.PREDICT_TOKENS, predict_tokens, given=sentence_for),
    Exercise("bpe-merge", "merge", words.BPE_MERGE, Trials("merge", merge, _merges, MERGE_MISTAKES)),
    Exercise("bpe-encode", "encode", words.BPE_ENCODE, Trials("encode", encode, _words, ENCODE_MISTAKES)),
    Exercise("decode-bytes", "decode", words.DECODE_BYTES, Trials("decode", decode, _coded, DECODE_MISTAKES)),
    Exercise("costly-text", "text", words.COSTLY_TEXT, costly_text),
)
