"""The texts of the exercises on the pipeline."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

SOFTMAX = Told(
    Words("From logits to probabilities", "ロジットから確率へ"),
    Words(
        "Write `softmax(logits)` for logits of shape `(tokens, vocabulary)`: each row becomes probabilities that sum to 1. "
        "Write it with `exp` and `sum`, and let it hold for logits as large as 1,000.",
        "形 `(tokens, vocabulary)` のロジットに対する `softmax(logits)` を書いてください。各行が、合計 1 の確率になります。"
        "`exp` と `sum` を使って書き、1,000 のような大きなロジットでも正しく動くようにしましょう。",
    ),
    Words(
        "import torch\n\n\ndef softmax(logits):\n    # write your code here: probabilities, shape (tokens, vocabulary)\n    ...\n",
        "import torch\n\n\ndef softmax(logits):\n    # ここにコードを書く。返すのは確率、形は (tokens, vocabulary)\n    ...\n",
    ),
    (
        Words(
            "exp makes every logit positive. What must it be divided by, so that each row sums to 1?",
            "exp をとるとすべて正の数になります。各行の合計を 1 にするには、何で割ればよいでしょう。",
        ),
        Words(
            "Sum along the last axis with `keepdim=True`; before exp, subtract the largest value of each row.",
            "最後の軸に沿って `keepdim=True` で合計します。exp の前に、各行の最大値を引いておきます。",
        ),
        Words(
            "`weights = torch.exp(logits - logits.max(dim=-1, keepdim=True).values)`, divided by `weights.sum(dim=-1, keepdim=True)`.",
            "`weights = torch.exp(logits - logits.max(dim=-1, keepdim=True).values)` を `weights.sum(dim=-1, keepdim=True)` で割ります。",
        ),
    ),
)

GREEDY_STEP = Told(
    Words("One greedy step", "貪欲法の 1 ステップ"),
    Words(
        "Write `next_token(model, ids)`: the id of the most probable token after the text `ids` of shape `(1, tokens)`. "
        "`model(ids).logits` has the shape `(1, tokens, vocabulary)`. The check uses small random models.",
        "`next_token(model, ids)` を書いてください。形 `(1, tokens)` の文 `ids` に続く、確率が最大のトークンの id を返します。"
        "`model(ids).logits` の形は `(1, tokens, vocabulary)` です。チェックには乱数で作った小さなモデルを使います。",
    ),
    Words(
        "import torch\n\n\ndef next_token(model, ids):\n    # write your code here: one id\n    ...\n",
        "import torch\n\n\ndef next_token(model, ids):\n    # ここにコードを書く。返すのは id 1 つ\n    ...\n",
    ),
    (
        Words(
            "The logits have one row for each token of the text. Which row speaks of what comes next?",
            "ロジットには、文のトークンごとに 1 行あります。次に来るトークンを表すのはどの行でしょう。",
        ),
        Words(
            "Take the last position of the only text in the batch: `logits[0, -1]`.",
            "バッチにただ 1 つある文の、最後の位置を使います：`logits[0, -1]`。",
        ),
        Words("`return model(ids).logits[0, -1].argmax()`", "`return model(ids).logits[0, -1].argmax()`"),
    ),
)

GREEDY_LOOP = Told(
    Words("The loop of generate", "generate のループを書く"),
    Words(
        "Write `continue_text(model, ids, n)`: the ids of the next `n` tokens, each the most probable one after all before it, as a list of `n` ids "
        "(without the prompt). Do it with a loop of your own and `model(ids)`; `model.generate` must give the same.",
        "`continue_text(model, ids, n)` を書いてください。続きの `n` トークンの id を、長さ `n` のリストで返します（プロンプトは含めません）。"
        "どのトークンも、それまでのすべてに続く確率最大のものです。`model(ids)` と自分のループで書き、結果は `model.generate` と一致しなければなりません。",
    ),
    Words(
        "import torch\n\n\ndef continue_text(model, ids, n):\n    # write your code here: a list of n ids\n    ...\n",
        "import torch\n\n\ndef continue_text(model, ids, n):\n    # ここにコードを書く。返すのは n 個の id のリスト\n    ...\n",
    ),
    (
        Words(
            "What must the model read in the second round, that it has not read in the first?",
            "2 周目にモデルが読むものは、1 周目と何が違うでしょう。",
        ),
        Words(
            "Put each new id behind the text before the next call: `torch.cat([ids, new], dim=1)`, where `new` has the shape (1, 1).",
            "次に呼び出す前に、新しい id を文の後ろにつなげます：`torch.cat([ids, new], dim=1)`（`new` の形は (1, 1)）。",
        ),
        Words(
            "In each of `n` rounds: `new = model(ids).logits[:, -1].argmax(-1, keepdim=True)`, `ids = torch.cat([ids, new], dim=1)`; at the end `ids[0, -n:].tolist()`.",
            "`n` 回くり返します：`new = model(ids).logits[:, -1].argmax(-1, keepdim=True)`、`ids = torch.cat([ids, new], dim=1)`。最後に `ids[0, -n:].tolist()`。",
        ),
    ),
)

DRAW = Told(
    Words("Draw a token with one random number", "乱数 1 つでトークンを選ぶ"),
    Words(
        "Write `draw(probs, u)`: lay the probabilities side by side from 0 to 1 and return the index of the one in which `u` lies "
        "(`0 <= u < 1`, a random number). With probabilities `[0.2, 0.5, 0.3]`, `u = 0.1` gives 0, `u = 0.2` gives 1, and `u = 0.95` gives 2.",
        "`draw(probs, u)` を書いてください。確率を 0 から 1 まで並べ、乱数 `u`（`0 <= u < 1`）がどの区間に入るかを番号で返します。"
        "確率が `[0.2, 0.5, 0.3]` なら、`u = 0.1` で 0、`u = 0.2` で 1、`u = 0.95` で 2 になります。",
    ),
    Words(
        "def draw(probs, u):\n    # write your code here: one index\n    ...\n",
        "def draw(probs, u):\n    # ここにコードを書く。返すのは番号 1 つ\n    ...\n",
    ),
    (
        Words(
            "Where does the interval of the second token begin, and where does it end?",
            "2 番目のトークンの区間は、どこから始まり、どこで終わりますか。",
        ),
        Words(
            "Add the probabilities up. The first index whose sum is above u is the answer.",
            "確率を順に足していきます。合計がはじめて u を超えた番号が答えです。",
        ),
        Words(
            "`total = 0.0`, then `for index, prob in enumerate(probs):` add, and `if u < total: return index`.",
            "`total = 0.0` から始め、`for index, prob in enumerate(probs):` で足していき、`if u < total: return index`。",
        ),
    ),
)
