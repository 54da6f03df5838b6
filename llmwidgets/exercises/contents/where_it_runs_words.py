"""The texts of the exercises on where a model runs and what it costs."""

from llmwidgets.exercises.exercise import Told
from llmwidgets.exercises.words import Words

API_COST = Told(
    Words("What an API costs a month", "API の 1 か月の料金"),
    Words(
        "Write `api_cost(requests, tokens_in, tokens_out, price_in, price_out)`: what so many requests cost, where each reads `tokens_in` tokens and writes `tokens_out`, "
        "and the prices are those of **a million** tokens read and written.",
        "`api_cost(requests, tokens_in, tokens_out, price_in, price_out)` を書いてください。1 回のリクエストで `tokens_in` トークンを読み、`tokens_out` トークンを書くとき、"
        "`requests` 回分の料金を求めます。価格は、読む・書くそれぞれ **100 万トークン**あたりです。",
    ),
    Words(
        "def api_cost(requests, tokens_in, tokens_out, price_in, price_out):\n    # write your code here: one number\n    ...\n",
        "def api_cost(requests, tokens_in, tokens_out, price_in, price_out):\n    # ここにコードを書く。返すのは数 1 つ\n    ...\n",
    ),
    (
        Words(
            "What does one request cost? Reading and writing have different prices.",
            "リクエスト 1 回の料金はいくらでしょう。読むのと書くのとで価格が違います。",
        ),
        Words(
            "tokens × price / 1,000,000, for what is read and for what is written.",
            "読む分と書く分それぞれについて、トークン数 × 価格 ÷ 1,000,000 です。",
        ),
        Words(
            "`requests * (tokens_in * price_in + tokens_out * price_out) / 1_000_000`",
            "`requests * (tokens_in * price_in + tokens_out * price_out) / 1_000_000`。",
        ),
    ),
)

GPUS_NEEDED = Told(
    Words("How many GPUs a class needs", "クラスに必要な GPU の数"),
    Words(
        "Write `gpus_needed(requests_per_hour, tokens, peak, tokens_per_second)`: how many GPUs are needed in the busiest moment, at least one. "
        "A request has `tokens` tokens; in the busiest moment requests come `peak` times as fast as on average; one GPU does `tokens_per_second`.",
        "`gpus_needed(requests_per_hour, tokens, peak, tokens_per_second)` を書いてください。もっとも混む瞬間に必要な GPU の数を求めます（少なくとも 1 台）。"
        "1 リクエストは `tokens` トークンで、混む瞬間には平均の `peak` 倍の速さでリクエストが来ます。GPU 1 台は 1 秒に `tokens_per_second` トークンを処理します。",
    ),
    Words(
        "def gpus_needed(requests_per_hour, tokens, peak, tokens_per_second):\n    # write your code here: a whole number\n    ...\n",
        "def gpus_needed(requests_per_hour, tokens, peak, tokens_per_second):\n    # ここにコードを書く。返すのは整数\n    ...\n",
    ),
    (
        Words(
            "How many tokens a second does the class need in the busiest moment? An hour has 3,600 seconds.",
            "もっとも混む瞬間に、クラスは 1 秒に何トークン必要でしょう。1 時間は 3,600 秒です。",
        ),
        Words(
            "Divide by what one GPU does. There is no half GPU: round up.",
            "GPU 1 台の速さで割ります。半分の GPU はないので、切り上げます。",
        ),
        Words(
            "`math.ceil(requests_per_hour * tokens * peak / 3600 / tokens_per_second)`, and at least 1 with `max(1, …)`.",
            "`math.ceil(requests_per_hour * tokens * peak / 3600 / tokens_per_second)`。`max(1, …)` で 1 以上にします。",
        ),
    ),
)

BREAK_EVEN = Told(
    Words("The break-even", "損益分岐点"),
    Words(
        "Two forms of execution cost a fixed amount a month and something for each request. Write `break_even(fixed_a, each_a, fixed_b, each_b)`: "
        "the number of requests a month (it need not be whole) at which both cost the same; `None` where they never do, or only at zero requests or fewer.",
        "2 つの実行形態には、それぞれ毎月の固定費と、リクエスト 1 回ごとの費用がかかります。`break_even(fixed_a, each_a, fixed_b, each_b)` を書いてください。"
        "両者の費用が等しくなる 1 か月のリクエスト数を返します（整数でなくてよい）。等しくならない場合、または 0 回以下でしか等しくならない場合は `None` を返します。",
    ),
    Words(
        "def break_even(fixed_a, each_a, fixed_b, each_b):\n    # write your code here: requests a month, or None\n    ...\n",
        "def break_even(fixed_a, each_a, fixed_b, each_b):\n    # ここにコードを書く。返すのは 1 か月のリクエスト数か None\n    ...\n",
    ),
    (
        Words(
            "Write both costs as lines over the number of requests n. Where do they meet?",
            "2 つの費用を、リクエスト数 n の直線として書きます。どこで交わるでしょう。",
        ),
        Words(
            "fixed_a + each_a · n = fixed_b + each_b · n. Parallel lines never meet, and a negative n is no answer.",
            "fixed_a + each_a · n = fixed_b + each_b · n を解きます。平行な直線は交わらず、負の n は答えになりません。",
        ),
        Words(
            "If `each_a == each_b`: `None`. Else `n = (fixed_b - fixed_a) / (each_a - each_b)`, and `n if n > 0 else None`.",
            "`each_a == each_b` なら `None`。そうでなければ `n = (fixed_b - fixed_a) / (each_a - each_b)` を求め、`n if n > 0 else None`。",
        ),
    ),
)

CACHE_BYTES = Told(
    Words("How much memory the KV cache takes", "KV キャッシュのメモリ量"),
    Words(
        "Write `cache_bytes(config, tokens, bytes_per_number)`: the size of the KV cache of one text of so many tokens. "
        "`config` is that of a transformers model: `num_hidden_layers`, `num_key_value_heads`, `head_dim`.",
        "`cache_bytes(config, tokens, bytes_per_number)` を書いてください。長さ `tokens` の文 1 つ分の KV キャッシュの大きさ（バイト）を求めます。"
        "`config` は transformers のモデルの設定で、`num_hidden_layers`、`num_key_value_heads`、`head_dim` があります。",
    ),
    Words(
        "def cache_bytes(config, tokens, bytes_per_number):\n    # write your code here: a number of bytes\n    ...\n",
        "def cache_bytes(config, tokens, bytes_per_number):\n    # ここにコードを書く。返すのはバイト数\n    ...\n",
    ),
    (
        Words(
            "What is kept for each token, in each layer? The name says it: K and V.",
            "各層で、トークンごとに何が保存されるでしょう。名前のとおり、K と V です。",
        ),
        Words(
            "Each layer keeps, for each token, one key and one value of `head_dim` numbers for each key-value head (not for each attention head).",
            "各層は、トークンごとに、key-value ヘッドの数だけ（attention ヘッドの数ではなく）、`head_dim` 個の数からなるキーとバリューを 1 つずつ保存します。",
        ),
        Words(
            "`2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * tokens * bytes_per_number`",
            "`2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * tokens * bytes_per_number`。",
        ),
    ),
)
