"""The texts of the exercises on sampling."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

TEMPERATURE = Told(
    Words("Temperature", "温度"),
    Words(
        "Write `with_temperature(logits, temperature)`: divide the logits by the temperature and turn them into probabilities with softmax.\n\n"
        "`logits` is a tensor of shape `(vocabulary,)`; so is the result. It must also hold for logits as large as 1,000.",
        "`with_temperature(logits, temperature)` を書いてください。ロジットを温度で割り、softmax で確率にします。\n\n"
        "`logits` は形 `(vocabulary,)` のテンソルで、結果も同じ形です。1,000 のような大きなロジットでも正しく動くようにしましょう。",
    ),
    Words(
        "import torch\n\n\ndef with_temperature(logits, temperature):\n    # write your code here: probabilities, shape (vocabulary,)\n    ...\n",
        "import torch\n\n\ndef with_temperature(logits, temperature):\n    # ここにコードを書く。返すのは確率、形は (vocabulary,)\n    ...\n",
    ),
    (
        Words(
            "A low temperature makes the likely token likelier. Which operation on the logits makes their differences larger when the temperature is small?",
            "温度が低いほど、確率の高いトークンの確率はさらに高くなります。温度が小さいときにロジットの差を広げる演算は何でしょう。",
        ),
        Words(
            "Divide first, then exp, then divide by the sum. exp(1000) is infinite: subtract the largest value before exp, which changes no probability.",
            "先に割り算、次に exp、最後に合計で割ります。exp(1000) は無限大になります。exp の前に最大値を引いても確率は変わりません。",
        ),
        Words(
            "`scaled = logits / temperature`, then `torch.softmax(scaled, dim=-1)`, which takes care of large values.",
            "`scaled = logits / temperature` としてから `torch.softmax(scaled, dim=-1)`。大きな値も softmax が処理してくれます。",
        ),
    ),
)

TOP_K = Told(
    Words("Write top-k yourself", "top-k を自分で書く"),
    Words(
        "Write `top_k(logits, k)`: keep the `k` most probable tokens, give all others probability 0, and let the rest sum to 1 again.\n\n"
        "`logits` is a tensor of shape `(vocabulary,)`; the result holds probabilities, in the same order.",
        "`top_k(logits, k)` を書いてください。確率の高い順に `k` 個のトークンだけを残し、ほかの確率は 0 にして、残りの合計が 1 になるようにします。\n\n"
        "`logits` は形 `(vocabulary,)` のテンソルです。結果は確率で、並び順は元のままです。",
    ),
    Words(
        "import torch\n\n\ndef top_k(logits, k):\n    # write your code here: probabilities, shape (vocabulary,)\n    ...\n",
        "import torch\n\n\ndef top_k(logits, k):\n    # ここにコードを書く。返すのは確率、形は (vocabulary,)\n    ...\n",
    ),
    (
        Words(
            "Find the k-th largest logit. What happens to every logit below it?",
            "k 番目に大きいロジットを求めます。それより小さいロジットはどうなるでしょう。",
        ),
        Words(
            "Put -inf in the place of the logits that go: exp(-inf) is 0, so softmax gives the others all the probability.",
            "取り除くロジットを -inf に置き換えます。exp(-inf) は 0 なので、softmax をとれば残りのトークンの合計が 1 になります。",
        ),
        Words(
            '`limit = torch.topk(logits, k).values[-1]`, `logits.masked_fill(logits < limit, float("-inf"))`, softmax.',
            '`limit = torch.topk(logits, k).values[-1]`、`logits.masked_fill(logits < limit, float("-inf"))`、最後に softmax。',
        ),
    ),
)

TOP_P = Told(
    Words("Write top-p yourself", "top-p を自分で書く"),
    Words(
        "Write `top_p(logits, p)`: keep the smallest set of most probable tokens whose probabilities sum to at least `p`, give all others probability 0, "
        "and let the rest sum to 1 again.\n\n"
        "`logits` is a tensor of shape `(vocabulary,)`; the result holds probabilities, in the same order. The most probable token always stays.",
        "`top_p(logits, p)` を書いてください。確率の高い順に足していき、合計がはじめて `p` 以上になるまでのトークンを残します。"
        "ほかの確率は 0 にして、残りの合計が 1 になるようにします。\n\n"
        "`logits` は形 `(vocabulary,)` のテンソルです。結果は確率で、並び順は元のままです。確率が最大のトークンは必ず残ります。",
    ),
    Words(
        "import torch\n\n\ndef top_p(logits, p):\n    # write your code here: probabilities, shape (vocabulary,)\n    ...\n",
        "import torch\n\n\ndef top_p(logits, p):\n    # ここにコードを書く。返すのは確率、形は (vocabulary,)\n    ...\n",
    ),
    (
        Words(
            "Sort the probabilities from high to low and add them up as you go. Which token is the last that is needed to reach p?",
            "確率を大きい順に並べ、順に足していきます。p に届くために必要な最後のトークンはどれでしょう。",
        ),
        Words(
            "A token stays if the sum of those before it, without itself, is still below p.",
            "あるトークンより前の（そのトークン自身を含まない）合計がまだ p 未満なら、そのトークンは残します。",
        ),
        Words(
            "`values, order = torch.sort(probs, descending=True)`, `before = values.cumsum(0) - values`, keep `order[before < p]`; all other probabilities become 0; "
            "divide by the new sum.",
            "`values, order = torch.sort(probs, descending=True)`、`before = values.cumsum(0) - values`、残すのは `order[before < p]`。"
            "ほかを 0 にして、新しい合計で割ります。",
        ),
    ),
)

THREE_LEFT = Told(
    Words("Exactly three tokens", "ちょうど 3 トークン"),
    Words(
        "Give `session` a text of your own (at least 10 characters) and set top-p so that **exactly three tokens** are left to draw from. "
        "Use the sliders of `SamplerSlider(session)` or the cell below; temperature stays 1, and top-k and the other filters stay off.",
        "`session` に自分で考えた文（10 文字以上）を入れ、**ちょうど 3 つのトークン**が残るように top-p を決めてください。"
        "`SamplerSlider(session)` のスライダーを使っても、下のセルに書いてもかまいません。温度は 1 のまま、top-k などほかのフィルターはオフのままにします。",
    ),
    Words(
        '# session.text = "a text of your own"\n# session.sampler = session.sampler.replace(top_p=0.9)  # or move the slider\n',
        '# session.text = "自分で考えた文"\n# session.sampler = session.sampler.replace(top_p=0.9)  # スライダーでもよい\n',
    ),
    (
        Words(
            "Look at the bars of NextTokenBar(session): how probable are the first three together?",
            "NextTokenBar(session) の棒を見ましょう。上位 3 つの確率を足すといくつですか。",
        ),
        Words(
            "top-p must be above the sum of the first two probabilities, and at most the sum of the first three.",
            "top-p は、上位 2 つの確率の和より大きく、上位 3 つの和以下でなければなりません。",
        ),
        Words(
            "`sum(each.probability for each in session.distribution.top(3))` is the largest top_p that leaves three; take a little less.",
            "`sum(each.probability for each in session.distribution.top(3))` が、3 つを残す top_p の上限です。それより少し小さい値にします。",
        ),
    ),
)
