"""The texts of the exercises on a model of one's own."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

COUNT = Told(
    Words("How many parameters", "パラメータの数"),
    Words(
        "Write `count_parameters(model)`: how many numbers the model has learnt, all its weights together. "
        "A weight that is used in two places (input and output embeddings are often one matrix) counts once.",
        "`count_parameters(model)` を書いてください。モデルが学習した数、つまりすべての重みの個数の合計です。"
        "2 か所で使われる重みは 1 回だけ数えます（入力と出力の埋め込みが同じ行列のことがよくあります）。",
    ),
    Words(
        "def count_parameters(model):\n    # write your code here: a whole number\n    ...\n",
        "def count_parameters(model):\n    # ここにコードを書く。返すのは整数\n    ...\n",
    ),
    (
        Words(
            "`model.parameters()` gives the weights one after the other. How many numbers does each hold?",
            "`model.parameters()` で重みが 1 つずつ得られます。それぞれ何個の数を持っているでしょう。",
        ),
        Words(
            "`weight.numel()` is their number. `state_dict()` names a shared weight twice, `parameters()` does not.",
            "個数は `weight.numel()` です。`state_dict()` では共有の重みが 2 回現れますが、`parameters()` では 1 回です。",
        ),
        Words(
            "`sum(weight.numel() for weight in model.parameters())`",
            "`sum(weight.numel() for weight in model.parameters())`。",
        ),
    ),
)

CHAT = Told(
    Words("A chat template by hand", "チャットテンプレートを手で書く"),
    Words(
        'Write `render(messages)`: the text that the default model reads for a conversation. Each message is `{"role": …, "content": …}` and becomes\n\n'
        "```\n<|im_start|>ROLE\nCONTENT<|im_end|>\n```\n\n"
        "(with a newline at the end), one after the other. At the very end the assistant's turn is opened: `<|im_start|>assistant` and a newline.",
        '`render(messages)` を書いてください。標準のモデルが会話として読む文字列を作ります。1 つのメッセージ `{"role": …, "content": …}` は\n\n'
        "```\n<|im_start|>ROLE\nCONTENT<|im_end|>\n```\n\n"
        "（最後に改行）となり、順につながります。いちばん最後に、アシスタントの番を開く `<|im_start|>assistant` と改行を付けます。",
    ),
    Words(
        "def render(messages):\n    # write your code here: a string\n    ...\n",
        "def render(messages):\n    # ここにコードを書く。返すのは文字列\n    ...\n",
    ),
    (
        Words(
            "Print `repr(render(…))`: where are the newlines, and how does it end?",
            "`repr(render(…))` を表示してみましょう。改行はどこにあり、最後はどう終わっていますか。",
        ),
        Words(
            "Each message: `<|im_start|>`, role, newline, content, `<|im_end|>`, newline. Without the opened turn at the end the model does not know that it is its turn.",
            "各メッセージは `<|im_start|>`、役割、改行、内容、`<|im_end|>`、改行の順です。最後にアシスタントの番を開かないと、モデルは自分の番だとわかりません。",
        ),
        Words(
            '`"".join(f"<|im_start|>{m[\'role\']}\\n{m[\'content\']}<|im_end|>\\n" for m in messages) + "<|im_start|>assistant\\n"`',
            '`"".join(f"<|im_start|>{m[\'role\']}\\n{m[\'content\']}<|im_end|>\\n" for m in messages) + "<|im_start|>assistant\\n"`。',
        ),
    ),
)

REUSE = Told(
    Words("What the KV cache can reuse", "KV キャッシュの再利用"),
    Words(
        "A text was computed, and now it has changed. Write `reusable(old_ids, new_ids)`: for how many tokens the kept keys and values still hold. "
        "They hold from the beginning to the first token that differs. At least one token must be computed anew, for its logits: so the result is at most `len(new_ids) - 1`.",
        "計算済みの文が変更されました。`reusable(old_ids, new_ids)` を書いてください。保存したキーとバリューがそのまま使えるトークンの数を返します。"
        "使えるのは、先頭から、最初に異なるトークンの手前までです。ロジットを得るために少なくとも 1 トークンは計算し直すので、結果は `len(new_ids) - 1` 以下になります。",
    ),
    Words(
        "def reusable(old_ids, new_ids):\n    # write your code here: a number of tokens\n    ...\n",
        "def reusable(old_ids, new_ids):\n    # ここにコードを書く。返すのはトークンの数\n    ...\n",
    ),
    (
        Words(
            "A token's keys and values depend on all tokens before it. What becomes of those behind the first change?",
            "トークンのキーとバリューは、それより前のすべてのトークンによって決まります。最初の変更より後ろはどうなるでしょう。",
        ),
        Words(
            "Count from the front and stop at the first difference; equal tokens behind it do not count.",
            "先頭から数え、最初の違いで止めます。その後ろに同じトークンがあっても数えません。",
        ),
        Words(
            "A loop over `zip(old_ids, new_ids)` with `break` at the first difference; then `min(count, len(new_ids) - 1)`.",
            "`zip(old_ids, new_ids)` のループで、最初の違いで `break` し、最後に `min(count, len(new_ids) - 1)`。",
        ),
    ),
)

PERPLEXITY = Told(
    Words("Perplexity", "パープレキシティ"),
    Words(
        "Write `perplexity(model, ids)` for a text `ids` of shape `(1, tokens)`: e to the power of the mean surprisal (-log p, natural) of its tokens, each given all before it. "
        "The first token has nothing before it and does not count. The check uses small random models.",
        "形 `(1, tokens)` の文 `ids` に対する `perplexity(model, ids)` を書いてください。各トークンの、それより前が与えられたときの驚き（−log p、自然対数）の平均を求め、e のその乗とします。"
        "最初のトークンは前に何もないので数えません。チェックには乱数で作った小さなモデルを使います。",
    ),
    Words(
        "import torch\n\n\ndef perplexity(model, ids):\n    # write your code here: one number\n    ...\n",
        "import torch\n\n\ndef perplexity(model, ids):\n    # ここにコードを書く。返すのは数 1 つ\n    ...\n",
    ),
    (
        Words(
            "The logits at a position speak of the token after it. Which row belongs to which token?",
            "ある位置のロジットは、その次のトークンについてのものです。どの行がどのトークンに対応するでしょう。",
        ),
        Words(
            "Rows 0 to n - 2 predict tokens 1 to n - 1. Take log_softmax, and pick the probability of the token that came.",
            "0 から n − 2 行目が、1 から n − 1 番目のトークンを予測します。log_softmax をとり、実際に来たトークンの値を取り出します。",
        ),
        Words(
            "`logits = model(ids).logits[0, :-1]`, `torch.nn.functional.cross_entropy(logits, ids[0, 1:]).exp()`",
            "`logits = model(ids).logits[0, :-1]`、`torch.nn.functional.cross_entropy(logits, ids[0, 1:]).exp()`。",
        ),
    ),
)
