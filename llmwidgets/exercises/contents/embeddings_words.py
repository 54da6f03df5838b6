"""The texts of the exercises on embeddings."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

COSINE = Told(
    Words("Cosine similarity", "コサイン類似度"),
    Words(
        "Write `cosine(a, b)` for two vectors of shape `(dimensions,)`: one number between -1 and 1 that says how far they point the same way, whatever their lengths.",
        "形 `(dimensions,)` のベクトル 2 つに対する `cosine(a, b)` を書いてください。長さに関係なく、向きがどれだけ近いかを -1 から 1 の数で表します。",
    ),
    Words(
        "import torch\n\n\ndef cosine(a, b):\n    # write your code here: one number\n    ...\n",
        "import torch\n\n\ndef cosine(a, b):\n    # ここにコードを書く。返すのは数 1 つ\n    ...\n",
    ),
    (
        Words(
            "If one vector becomes twice as long, the result must stay the same.",
            "片方のベクトルの長さが 2 倍になっても、結果は変わらないはずです。",
        ),
        Words("The dot product, divided by the lengths of both.", "内積を、両方の長さで割ります。"),
        Words("`(a * b).sum() / (a.norm() * b.norm())`", "`(a * b).sum() / (a.norm() * b.norm())`。"),
    ),
)

MASKED_MEAN = Told(
    Words("The mean without the padding", "パディングを除いた平均"),
    Words(
        "Words of one batch have different numbers of tokens; the shorter ones are filled with padding. Write `word_vectors(vectors, mask)`: for each word the mean of **its own** tokens' vectors.\n\n"
        "`vectors` has the shape `(words, tokens, dimensions)`, `mask` the shape `(words, tokens)`: 1 for a token, 0 for padding. The result has the shape `(words, dimensions)`.",
        "1 つのバッチの中でも、単語によってトークン数が違い、短いものにはパディングが入っています。`word_vectors(vectors, mask)` を書いてください。単語ごとに、**その単語自身**のトークンのベクトルを平均します。\n\n"
        "`vectors` の形は `(words, tokens, dimensions)`、`mask` の形は `(words, tokens)` で、トークンなら 1、パディングなら 0 です。結果の形は `(words, dimensions)` です。",
    ),
    Words(
        "import torch\n\n\ndef word_vectors(vectors, mask):\n    # write your code here: shape (words, dimensions)\n    ...\n",
        "import torch\n\n\ndef word_vectors(vectors, mask):\n    # ここにコードを書く。形は (words, dimensions)\n    ...\n",
    ),
    (
        Words(
            "`vectors.mean(dim=1)` counts padding in. What must be left out of the sum, and what out of the count?",
            "`vectors.mean(dim=1)` はパディングまで数えてしまいます。合計と個数のそれぞれから、何を除けばよいでしょう。",
        ),
        Words(
            "Multiply by the mask before summing, and divide by the number of ones in the mask, row by row.",
            "合計の前にマスクを掛け、行ごとにマスクの 1 の個数で割ります。",
        ),
        Words(
            "`(vectors * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)`",
            "`(vectors * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)`。",
        ),
    ),
)

NEAREST = Told(
    Words("The nearest words", "近い単語"),
    Words(
        "Write `nearest(vectors, index, k)`: the indices of the `k` vectors with the highest cosine similarity to `vectors[index]`, the nearest first, without `index` itself. "
        "`vectors` has the shape `(words, dimensions)`.",
        "`nearest(vectors, index, k)` を書いてください。`vectors[index]` とのコサイン類似度が高い順に、`k` 個の番号を返します（`index` 自身は除きます）。"
        "`vectors` の形は `(words, dimensions)` です。",
    ),
    Words(
        "import torch\n\n\ndef nearest(vectors, index, k):\n    # write your code here: a list of k indices\n    ...\n",
        "import torch\n\n\ndef nearest(vectors, index, k):\n    # ここにコードを書く。返すのは k 個の番号のリスト\n    ...\n",
    ),
    (
        Words(
            "Bring every vector to length 1 first: then one matrix product gives all cosines.",
            "まずすべてのベクトルの長さを 1 にします。すると行列の積 1 回で、すべてのコサインが求まります。",
        ),
        Words(
            "The word itself has cosine 1: give it -inf before you take the largest k.",
            "その単語自身のコサインは 1 です。上位 k 個をとる前に、-inf にしておきます。",
        ),
        Words(
            "`unit = vectors / vectors.norm(dim=1, keepdim=True)`, `similar = unit @ unit[index]`, `similar[index] = -torch.inf`, `similar.topk(k).indices`.",
            "`unit = vectors / vectors.norm(dim=1, keepdim=True)`、`similar = unit @ unit[index]`、`similar[index] = -torch.inf`、`similar.topk(k).indices`。",
        ),
    ),
)

ANALOGY = Told(
    Words("king − man + woman", "king − man + woman"),
    Words(
        "Write `analogy(vectors, a, b, c)`: the index of the vector that is nearest by cosine to `vectors[a] - vectors[b] + vectors[c]`. The three words themselves do not count.",
        "`analogy(vectors, a, b, c)` を書いてください。`vectors[a] - vectors[b] + vectors[c]` に、コサインでいちばん近いベクトルの番号を返します。もとの 3 語は候補から除きます。",
    ),
    Words(
        "import torch\n\n\ndef analogy(vectors, a, b, c):\n    # write your code here: one index\n    ...\n",
        "import torch\n\n\ndef analogy(vectors, a, b, c):\n    # ここにコードを書く。返すのは番号 1 つ\n    ...\n",
    ),
    (
        Words(
            "Which word would nearly always win, if the three were not left out?",
            "3 語を除かないと、ほとんどの場合どの単語が選ばれてしまうでしょう。",
        ),
        Words(
            "Compute the cosine of the sum with all vectors, and give the three places -inf.",
            "和とすべてのベクトルとのコサインを計算し、3 語の場所を -inf にします。",
        ),
        Words(
            "`goal = vectors[a] - vectors[b] + vectors[c]`, `similar = torch.cosine_similarity(vectors, goal[None], dim=1)`, `similar[[a, b, c]] = -torch.inf`, `similar.argmax()`.",
            "`goal = vectors[a] - vectors[b] + vectors[c]`、`similar = torch.cosine_similarity(vectors, goal[None], dim=1)`、`similar[[a, b, c]] = -torch.inf`、`similar.argmax()`。",
        ),
    ),
)
