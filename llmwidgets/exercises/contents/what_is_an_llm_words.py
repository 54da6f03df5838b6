"""The texts of the exercises on what a language model is."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

BITS = Told(
    Words("Surprise in bits", "驚きをビットで表す"),
    Words(
        "Write `bits(probability)`: how surprising something of this probability is, in bits. 1/2 is one bit, 1/4 two, 1/8 three; what is certain does not surprise at all.",
        "`bits(probability)` を書いてください。その確率のことが起きたときの驚きを、ビットで表します。1/2 なら 1 ビット、1/4 なら 2 ビット、1/8 なら 3 ビット。確実なことなら 0 です。",
    ),
    Words(
        "import math\n\n\ndef bits(probability):\n    # write your code here: one number\n    ...\n",
        "import math\n\n\ndef bits(probability):\n    # ここにコードを書く。返すのは数 1 つ\n    ...\n",
    ),
    (
        Words(
            "How often must 1 be halved to arrive at the probability?", "1 を何回半分にすると、その確率になるでしょう。"
        ),
        Words("It is the logarithm to base 2, with a minus in front.", "底が 2 の対数に、マイナスを付けたものです。"),
        Words("`-math.log2(probability)`", "`-math.log2(probability)`。"),
    ),
)

LOG_PROBABILITY = Told(
    Words("How probable a continuation is", "続きの文の確率"),
    Words(
        "A continuation of several tokens is as probable as the **product** of its tokens' probabilities, each given all before it; in logarithms, their sum. "
        "Write `log_probability(logits, ids)`: row `i` of `logits` (shape `(tokens, vocabulary)`) was computed just before token `ids[i]` came. "
        "The result is the natural logarithm of the probability of the whole.",
        "数トークンからなる続きの確率は、各トークンの（それより前が与えられたときの）確率の**積**です。対数では和になります。"
        "`log_probability(logits, ids)` を書いてください。`logits`（形は `(tokens, vocabulary)`）の `i` 行目は、トークン `ids[i]` の直前に計算されたものです。"
        "結果は、続き全体の確率の自然対数です。",
    ),
    Words(
        "import torch\n\n\ndef log_probability(logits, ids):\n    # write your code here: one number\n    ...\n",
        "import torch\n\n\ndef log_probability(logits, ids):\n    # ここにコードを書く。返すのは数 1 つ\n    ...\n",
    ),
    (
        Words(
            "Turn each row into log-probabilities first. Which entry of row i belongs to the token that came?",
            "まず各行を対数確率にします。i 行目のうち、実際に来たトークンの値はどれでしょう。",
        ),
        Words(
            "`torch.log_softmax(logits, dim=-1)`, then for each row the entry `ids[i]`, then the sum.",
            "`torch.log_softmax(logits, dim=-1)` をとり、各行から `ids[i]` 番目を取り出して、合計します。",
        ),
        Words(
            "`torch.log_softmax(logits, dim=-1)[torch.arange(len(ids)), ids].sum()`",
            "`torch.log_softmax(logits, dim=-1)[torch.arange(len(ids)), ids].sum()`。",
        ),
    ),
)

CONTINUATIONS = Told(
    Words("Which continuation is natural?", "自然な続きはどれ？"),
    Words(
        "Think of a beginning of your own (at least 10 characters) and three continuations, and **predict** how the default model (SmolLM2) ranks them: the most probable first. "
        "The whole continuation counts, all its tokens together. Write its first space as well, where it needs one.",
        "自分で文のはじまり（10 文字以上）と、続きの候補を 3 つ考えてください。標準のモデル（SmolLM2）がどう順位を付けるかを**予想**し、確率が高いと思う順に書きます。"
        "比べるのは、続き全体（すべてのトークン）の確率です。英語なら、続きの先頭の空白も書きましょう。",
    ),
    Words(
        'answer = {\n    "prompt": "",  # for example "My cat likes to sleep"\n'
        '    "candidates": [],  # the most probable first, for example [" on the sofa", " at night", " in a volcano"]\n}\n',
        'answer = {\n    "prompt": "",  # 例："今日の東京の天気はとても"\n'
        '    "candidates": [],  # 確率が高いと思う順に、例：["良い", "静かだ", "三角形だ"]\n}\n',
    ),
    (
        Words(
            "A long continuation has many tokens, and each of them costs probability.",
            "長い続きにはトークンがたくさんあり、そのたびに確率が下がります。",
        ),
        Words(
            "Compare continuations of about the same length, one of them absurd: what a person finds natural the model mostly does too.",
            "同じくらいの長さの続きを比べ、1 つは突飛なものにしましょう。人が自然だと思うものは、たいていモデルにとっても自然です。",
        ),
        Words(
            "Type the beginning into `NextTokenBar(session)` and look at what it expects first; then choose the candidates.",
            "はじまりを `NextTokenBar(session)` に入れて、まず何が予想されるかを見てから、候補を決めましょう。",
        ),
    ),
)

CAUSAL_MASK = Told(
    Words("Who sees whom", "どの位置からどこが見えるか"),
    Words(
        "A decoder (GPT, Llama) reads from left to right: each position sees itself and what is before it. An encoder (BERT) sees both sides. "
        "Write `decoder_mask(n)`: a table of `n` rows and `n` columns, with 1 in row `i`, column `j` where position `i` of a **decoder** sees position `j`, and 0 elsewhere.",
        "デコーダー（GPT や Llama）は左から右へ読みます。各位置から見えるのは、自分自身とそれより前です。エンコーダー（BERT）は両側が見えます。"
        "`decoder_mask(n)` を書いてください。`n` 行 `n` 列の表で、**デコーダー**の位置 `i` から位置 `j` が見えるなら `i` 行 `j` 列を 1、そうでなければ 0 にします。",
    ),
    Words(
        "import torch\n\n\ndef decoder_mask(n):\n    # write your code here: n rows, n columns, 0 and 1\n    ...\n",
        "import torch\n\n\ndef decoder_mask(n):\n    # ここにコードを書く。n 行 n 列の 0 と 1\n    ...\n",
    ),
    (
        Words(
            "How many positions does the first token see, and how many the last?",
            "最初のトークンからはいくつの位置が見え、最後のトークンからはいくつ見えるでしょう。",
        ),
        Words(
            "Row i has i + 1 ones, from the left: a triangle below the diagonal, with the diagonal.",
            "i 行目は左から i + 1 個が 1 です。対角線を含む、左下の三角形になります。",
        ),
        Words("`torch.tril(torch.ones(n, n))`", "`torch.tril(torch.ones(n, n))`。"),
    ),
)
