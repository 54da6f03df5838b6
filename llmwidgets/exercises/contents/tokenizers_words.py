"""The texts of the exercises on tokenizers."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

PREDICT_TOKENS = Told(
    Words("Predict the tokens", "トークンを予想する"),
    Words(
        "Write your name or number into `student`: you get a sentence of your own. Into which tokens does the tokenizer of the default model (SmolLM2) cut it? "
        "Write them as a list of strings, each with its spaces. Predict first; then look with `TokenView`.",
        "`student` に名前か番号を書くと、あなた用の文が出てきます。標準のモデル（SmolLM2）のトークナイザーは、この文をどのようなトークンに分けるでしょう。"
        "空白も含めた文字列のリストで書いてください。まず予想し、それから `TokenView` で確かめましょう。",
    ),
    Words(
        'from llmwidgets import exercises\n\nstudent = ""  # your name or number\nprint(repr(exercises.get("predict-tokens").given(student)))\n\n'
        'answer = {"student": student, "tokens": []}  # for example ["Hello", " world"]\n',
        'from llmwidgets import exercises\n\nstudent = ""  # 名前か番号\nprint(repr(exercises.get("predict-tokens").given(student)))\n\n'
        'answer = {"student": student, "tokens": []}  # 例：["Hello", " world"]\n',
    ),
    (
        Words(
            "Put together, the tokens give the sentence exactly: no space is lost. To which token does the space between two words belong?",
            "トークンをつなげると、空白も含めてもとの文に戻ります。単語の間の空白は、前後どちらのトークンに含まれるでしょう。",
        ),
        Words(
            "The space belongs to the token after it. Frequent words are one token, rare ones are cut, and this tokenizer takes each digit alone, the space before a number too.",
            "空白は後ろのトークンに含まれます。よく使う単語は 1 トークン、まれな単語は分かれます。このトークナイザーは数字を 1 桁ずつに分け、数字の前の空白も 1 トークンにします。",
        ),
        Words(
            'Look at it: `TokenView(exercises.get("predict-tokens").given(student), tokenizer=session.tokenizer)`.',
            '見てみましょう：`TokenView(exercises.get("predict-tokens").given(student), tokenizer=session.tokenizer)`。',
        ),
    ),
)

BPE_MERGE = Told(
    Words("One merge of BPE", "BPE の 1 回の結合"),
    Words(
        "Write `merge(parts, pair)`: wherever the two strings of `pair` stand next to each other in the list `parts`, join them into one, from left to right. "
        '`merge(["l", "o", "l", "o"], ("l", "o"))` is `["lo", "lo"]`.',
        "`merge(parts, pair)` を書いてください。リスト `parts` の中で `pair` の 2 つの文字列が隣り合うところを、左から順に 1 つにつなげます。"
        '`merge(["l", "o", "l", "o"], ("l", "o"))` は `["lo", "lo"]` です。',
    ),
    Words(
        "def merge(parts, pair):\n    # write your code here: a list of strings\n    ...\n",
        "def merge(parts, pair):\n    # ここにコードを書く。返すのは文字列のリスト\n    ...\n",
    ),
    (
        Words(
            "Walk through the list from the left. What do you skip after a merge?",
            "リストを左からたどります。つなげたあとは、どこまで進めばよいでしょう。",
        ),
        Words(
            "A part that was merged cannot be merged again in the same walk: in a, a, a the first two become aa, the third stays.",
            "一度つなげた部分は、同じ回ではもう使えません。a, a, a では、はじめの 2 つが aa になり、3 つ目は残ります。",
        ),
        Words(
            "With an index `i` and a `while` loop: if `(parts[i], parts[i + 1]) == pair`, append the joined string and add 2 to `i`; else append `parts[i]` and add 1.",
            "添字 `i` と `while` ループを使います。`(parts[i], parts[i + 1]) == pair` ならつなげた文字列を加えて `i` を 2 進め、そうでなければ `parts[i]` を加えて 1 進めます。",
        ),
    ),
)

BPE_ENCODE = Told(
    Words("BPE from its list of merges", "結合の一覧から BPE を実行する"),
    Words(
        "Write `encode(word, merges)`: begin with single characters; of all neighbouring pairs, merge the one that stands **earliest in the list** `merges`, everywhere; "
        "repeat until no pair is in the list. The result is a list of strings.",
        "`encode(word, merges)` を書いてください。1 文字ずつから始め、隣り合う組のうちリスト `merges` で**いちばん前にあるもの**を、現れるすべての場所で結合します。"
        "リストにある組がなくなるまでくり返します。結果は文字列のリストです。",
    ),
    Words(
        'def encode(word, merges):\n    # merges: a list of pairs, the earliest learnt first: [("l", "o"), ("lo", "w")]\n    ...\n',
        'def encode(word, merges):\n    # merges は組のリストで、先に学習したものほど前にある：[("l", "o"), ("lo", "w")]\n    ...\n',
    ),
    (
        Words(
            "Which of the pairs in the word was learnt first? It is merged first, wherever it stands.",
            "単語の中の組のうち、最初に学習されたのはどれでしょう。場所に関係なく、それを先に結合します。",
        ),
        Words(
            "Look for the pairs anew after each merge: new neighbours have come up.",
            "1 回結合するたびに、隣り合う組を調べ直します。新しい組ができているからです。",
        ),
        Words(
            "`rank = {pair: place for place, pair in enumerate(merges)}`; while some pair of `zip(parts, parts[1:])` is in `rank`: take the one with `min(…, key=rank.get)` and merge it.",
            "`rank = {pair: place for place, pair in enumerate(merges)}`。`zip(parts, parts[1:])` の組が `rank` にある間、`min(…, key=rank.get)` の組を結合します。",
        ),
    ),
)

DECODE_BYTES = Told(
    Words("From ids back to text", "id から文字列へ"),
    Words(
        "Write `decode(ids, table)`: `table[id]` is the `bytes` of a token, and the result is the text (`str`, UTF-8). Mind that a token may hold **a part of a character**.",
        "`decode(ids, table)` を書いてください。`table[id]` はトークンの `bytes` で、結果は文字列（`str`、UTF-8）です。トークンが**文字の一部**だけのこともあるので注意しましょう。",
    ),
    Words(
        "def decode(ids, table):\n    # write your code here: a string\n    ...\n",
        "def decode(ids, table):\n    # ここにコードを書く。返すのは文字列\n    ...\n",
    ),
    (
        Words(
            "How many bytes has あ in UTF-8, and may a token end in the middle of them?",
            "「あ」は UTF-8 で何バイトでしょう。トークンがその途中で終わることはあるでしょうか。",
        ),
        Words(
            "Join the bytes of all tokens first, and decode once.",
            "先にすべてのトークンのバイト列をつなげ、最後に一度だけデコードします。",
        ),
        Words(
            '`b"".join(table[id] for id in ids).decode("utf-8")`',
            '`b"".join(table[id] for id in ids).decode("utf-8")`。',
        ),
    ),
)

COSTLY_TEXT = Told(
    Words("More tokens than characters", "文字数よりトークン数が多い文"),
    Words(
        "Find a text of your own (at least 10 characters, at least 5 different ones) that the default model's tokenizer cuts into **more tokens than it has characters**. "
        "What does that mean for its users?",
        "標準のモデルのトークナイザーで、**文字数よりトークン数のほうが多くなる**文を自分で見つけてください（10 文字以上、5 種類以上の文字）。"
        "それは、その言語や文字を使う人にとって何を意味するでしょう。",
    ),
    Words('text = ""  # a text of your own\n', 'text = ""  # 自分で考えた文\n'),
    (
        Words(
            "Which scripts did the tokenizer see little of in its training?",
            "このトークナイザーが学習であまり見ていない文字は何でしょう。",
        ),
        Words(
            "A character outside the vocabulary is cut into its bytes: Japanese has three a character, an emoji four.",
            "語彙にない文字はバイトに分かれます。日本語は 1 文字 3 バイト、絵文字は 4 バイトです。",
        ),
        Words(
            "Try rare kanji or emoji in TokenView, and count.",
            "めずらしい漢字や絵文字を TokenView に入れて、数えてみましょう。",
        ),
    ),
)
