"""Exercises on where a model runs: the price of an API, GPUs for a class, the break-even, and the memory of the KV cache."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.comparing import Tolerance
from llmwidgets.exercises.contents import where_it_runs_words as words
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words
from llmwidgets.stages.cost import Prices, Workload, costs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

RELATIVE = Tolerance(1e-9, 1e-6)
EXAMPLE = Words("for a class of 40", "40 人のクラスの場合")
RANDOM = Words("for random numbers", "乱数の場合")
NO_OUTPUT = Words("where nothing is written", "何も書かない場合")


# an API


def api_cost(requests: int, tokens_in: int, tokens_out: int, price_in: float, price_out: float) -> float:
    """Expected of the student."""
    workload = Workload(students=1, requests=requests, days=1, tokens_in=tokens_in, tokens_out=tokens_out)
    total = costs(workload, Prices(api_in=price_in, api_out=price_out)).api.total
    return 0.0 if total is None else total


def _usages(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(EXAMPLE, (8000, 500, 300, 30.0, 120.0))
    yield Case(NO_OUTPUT, (1000, 2000, 0, 15.0, 60.0))
    for _ in range(3):
        counts = (int(rng.integers(1, 50) * 100), int(rng.integers(100, 900)), int(rng.integers(100, 900)))
        yield Case(RANDOM, (*counts, float(rng.integers(1, 40)), float(rng.integers(41, 200))))


API_MISTAKES = (
    Mistake(
        lambda requests, tokens_in, tokens_out, price_in, price_out: (
            1000 * api_cost(requests, tokens_in, tokens_out, price_in, price_out)
        ),
        Words(
            "1,000 times too much: the prices are those of a million tokens.",
            "1,000 倍になっています。価格は 100 万トークンあたりです。",
        ),
    ),
    Mistake(
        lambda requests, tokens_in, tokens_out, price_in, price_out: (
            1e6 * api_cost(requests, tokens_in, tokens_out, price_in, price_out)
        ),
        Words(
            "A million times too much: the prices are those of a million tokens.",
            "100 万倍になっています。価格は 100 万トークンあたりです。",
        ),
    ),
    Mistake(
        lambda requests, tokens_in, tokens_out, price_in, price_out: api_cost(
            requests, tokens_in, tokens_out, price_out, price_in
        ),
        Words("It looks as if the two prices are swapped.", "2 つの価格が入れ替わっているようです。"),
    ),
    Mistake(
        lambda requests, tokens_in, tokens_out, price_in, price_out: (
            api_cost(requests, tokens_in, tokens_out, price_in, price_out) / requests
        ),
        Words("This is one request: multiply by their number.", "これは 1 回分です。回数を掛けましょう。"),
    ),
    *(
        Mistake(
            function,
            Words(
                "It looks as if one price is used for both: reading and writing have prices of their own.",
                "読む分にも書く分にも同じ価格を使っているようです。価格はそれぞれ別です。",
            ),
        )
        for function in (
            lambda requests, tokens_in, tokens_out, price_in, _price_out: (
                requests * (tokens_in + tokens_out) * price_in / 1e6
            ),
            lambda requests, tokens_in, tokens_out, _price_in, price_out: (
                requests * (tokens_in + tokens_out) * price_out / 1e6
            ),
            lambda requests, tokens_in, tokens_out, price_in, price_out: (
                requests * (tokens_in + tokens_out) * (price_in + price_out) / 1e6
            ),
        )
    ),
)


# GPUs


def gpus_needed(requests_per_hour: int, tokens: int, peak: int, tokens_per_second: int) -> int:
    """Expected of the student."""
    return max(1, math.ceil(Fraction(requests_per_hour * tokens * peak, 3600 * tokens_per_second)))


def _classes(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(EXAMPLE, (400, 800, 3, 50))
    yield Case(Words("for a class of 1,000", "1,000 人のクラスの場合"), (10_000, 800, 3, 2_000))
    yield Case(Words("where one GPU has time left", "GPU 1 台で余る場合"), (10, 100, 2, 2_000))
    yield Case(Words("where it comes out even", "ちょうど割り切れる場合"), (3_600, 100, 2, 100))
    for _ in range(4):
        yield Case(
            RANDOM,
            (
                int(rng.integers(500, 9_000)),
                int(rng.integers(200, 1_500)),
                int(rng.integers(2, 5)),
                int(rng.integers(50, 400)),
            ),
        )


def _ratio(requests_per_hour: int, tokens: int, peak: int, tokens_per_second: int) -> Fraction:
    return Fraction(requests_per_hour * tokens * peak, 3600 * tokens_per_second)


GPU_MISTAKES = (
    *(
        Mistake(
            function,
            Words(
                "It looks as if the number is rounded down or to the nearest: part of a GPU does not exist, round up.",
                "切り捨てか四捨五入をしているようです。GPU は 1 台単位なので、切り上げましょう。",
            ),
        )
        for function in (
            lambda *numbers: math.floor(_ratio(*numbers)),
            lambda *numbers: max(1, math.floor(_ratio(*numbers))),
            lambda *numbers: round(_ratio(*numbers)),
            lambda *numbers: max(1, round(_ratio(*numbers))),
        )
    ),
    Mistake(
        lambda *numbers: math.floor(_ratio(*numbers)) + 1,
        Words(
            "One too many where it comes out even: round up, do not add one always.",
            "ちょうど割り切れるときに 1 台多くなっています。いつも 1 を足すのではなく、切り上げましょう。",
        ),
    ),
    Mistake(
        lambda requests_per_hour, tokens, _peak, tokens_per_second: gpus_needed(
            requests_per_hour, tokens, 1, tokens_per_second
        ),
        Words(
            "It looks as if the peak is left out: this is enough for the average.",
            "ピークを考えていないようです。これは平均の場合の台数です。",
        ),
    ),
    Mistake(
        lambda *numbers: float(_ratio(*numbers)),
        Words("This is a fraction of a GPU: round up.", "端数が付いています。切り上げましょう。"),
    ),
    *(
        Mistake(
            function,
            Words(
                "It looks as if an hour has another number of seconds: 3,600.",
                "1 時間の秒数が違うようです。3,600 秒です。",
            ),
        )
        for function in (
            lambda *numbers: max(1, math.ceil(_ratio(*numbers) * 60)),
            lambda *numbers: max(1, math.ceil(_ratio(*numbers) * 3600)),
        )
    ),
)


# the break-even


def break_even(fixed_a: float, each_a: float, fixed_b: float, each_b: float) -> float | None:
    """Expected of the student."""
    slope = Fraction(each_a) - Fraction(each_b)
    if not slope:
        return None
    crossing = (Fraction(fixed_b) - Fraction(fixed_a)) / slope
    return float(crossing) if crossing > 0 else None


PARALLEL = Words("where each request costs the same", "1 回あたりの費用が同じ場合")
NEVER = Words("where one is always cheaper", "片方がつねに安い場合")
AT_ZERO = Words("where they cost the same at zero requests alone", "0 回のときだけ費用が等しい場合")


def _offers(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(EXAMPLE, (60_000, 0.5, 0, 4.5))
    yield Case(Words("the other way round", "逆の順の場合"), (0, 4.5, 60_000, 0.5))
    yield Case(PARALLEL, (1_000, 2, 500, 2))
    yield Case(NEVER, (1_000, 3, 500, 2))
    yield Case(AT_ZERO, (1_000, 3, 1_000, 2))
    for _ in range(3):
        fixed, each = int(rng.integers(10, 900) * 100), int(rng.integers(5, 30))
        yield Case(RANDOM, (fixed, int(rng.integers(0, 4)), int(rng.integers(0, 900)), each))


BREAK_EVEN_MISTAKES = (
    Mistake(
        lambda fixed_a, each_a, fixed_b, each_b: (
            0.0 if fixed_a == fixed_b else break_even(fixed_a, each_a, fixed_b, each_b)
        ),
        Words(
            "Zero requests are no break-even: nobody asks, and from the first request on one is cheaper. The answer is None.",
            "0 回は損益分岐点ではありません。1 回目から、つねに片方が安くなります。答えは None です。",
        ),
    ),
    Mistake(
        lambda fixed_a, each_a, fixed_b, each_b: None if each_a == each_b else (fixed_b - fixed_a) / (each_a - each_b),
        Words(
            "A negative number of requests does not exist: one form is always cheaper, the answer is None.",
            "負のリクエスト数はありません。片方がつねに安いので、答えは None です。",
        ),
    ),
    Mistake(
        lambda fixed_a, each_a, fixed_b, each_b: (
            None if each_a == each_b else abs((fixed_b - fixed_a) / (each_a - each_b))
        ),
        Words(
            "abs hides the sign: where the lines meet at a negative number, the answer is None.",
            "abs で符号が消えています。負の数で交わるときの答えは None です。",
        ),
    ),
    Mistake(
        lambda fixed_a, each_a, fixed_b, each_b: (
            None
            if each_a == each_b or (fixed_b - fixed_a) / (each_a - each_b) >= 0
            else -(fixed_b - fixed_a) / (each_a - each_b)
        ),
        Words("It looks as if a sign is wrong.", "符号が逆のようです。"),
    ),
    Mistake(
        lambda fixed_a, each_a, _fixed_b, each_b: None if each_a >= each_b else fixed_a / (each_b - each_a),
        Words("It looks as if the second fixed cost is left out.", "2 つ目の固定費が抜けているようです。"),
    ),
    Mistake(
        lambda fixed_a, each_a, fixed_b, each_b: (
            None
            if break_even(fixed_a, each_a, fixed_b, each_b) is None
            else abs(fixed_a - fixed_b) / max(each_a, each_b)
        ),
        Words(
            "It looks as if the smaller cost of a request is left out: what counts is their difference.",
            "安いほうの 1 回あたりの費用が抜けているようです。必要なのは両者の差です。",
        ),
    ),
)


# the KV cache


def cache_bytes(config: Any, tokens: int, bytes_per_number: int) -> int:
    """Expected of the student."""
    import torch
    from transformers import DynamicCache

    dtype = {2: torch.float16, 4: torch.float32}[bytes_per_number]
    cache = DynamicCache()
    for layer in range(config.num_hidden_layers):
        # meta tensors have a size and no memory
        states = torch.empty(1, config.num_key_value_heads, tokens, config.head_dim, dtype=dtype, device="meta")
        cache.update(states, states, layer)
    return sum(kept.numel() * kept.element_size() for each in cache.layers for kept in (each.keys, each.values))


def _configs(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(Words("for SmolLM2-135M", "SmolLM2-135M の場合"), (_config(30, 9, 3, 64), 1_000, 4))
    yield Case(Words("for Llama-3.2-1B", "Llama-3.2-1B の場合"), (_config(16, 32, 8, 64), 8_192, 2))
    for _ in range(3):
        heads = int(rng.integers(2, 5))
        sizes = (int(rng.integers(2, 40)), heads * int(rng.integers(2, 4)), heads, int(rng.choice([32, 80, 128])))
        yield Case(
            Words("for other models", "ほかのモデルの場合"),
            (_config(*sizes), int(rng.integers(10, 9_000)), int(rng.choice([2, 4]))),
        )


def _config(layers: int, heads: int, kv_heads: int, head_dim: int) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=head_dim,
        hidden_size=heads * head_dim,
    )


CACHE_MISTAKES = (
    Mistake(
        lambda config, tokens, bytes_per_number: cache_bytes(config, tokens, bytes_per_number) // 2,
        Words("Half of it: both keys and values are kept.", "半分になっています。キーとバリューの両方が保存されます。"),
    ),
    Mistake(
        lambda config, tokens, bytes_per_number: (
            2 * config.num_hidden_layers * config.num_attention_heads * config.head_dim * tokens * bytes_per_number
        ),
        Words(
            "It looks as if every attention head keeps its own keys. Several share one: num_key_value_heads.",
            "attention ヘッドごとに保存しているようです。いくつかのヘッドが共有しています（num_key_value_heads）。",
        ),
    ),
    Mistake(
        lambda config, tokens, bytes_per_number: (
            cache_bytes(config, tokens, bytes_per_number) // config.num_hidden_layers
        ),
        Words("This is one layer: each layer keeps its own.", "これは 1 層分です。保存は層ごとに行われます。"),
    ),
    Mistake(
        lambda config, tokens, bytes_per_number: cache_bytes(config, tokens, bytes_per_number) // bytes_per_number,
        Words(
            "These are numbers, not bytes: multiply by the bytes of each.",
            "これは数の個数で、バイト数ではありません。1 つあたりのバイト数を掛けましょう。",
        ),
    ),
    Mistake(
        lambda config, tokens, bytes_per_number: cache_bytes(config, tokens, bytes_per_number) // tokens,
        Words("This is one token.", "これは 1 トークン分です。"),
    ),
)


EXERCISES = (
    Exercise("api-cost", "api_cost", words.API_COST, Trials("api_cost", api_cost, _usages, API_MISTAKES, RELATIVE)),
    Exercise(
        "gpus-needed", "gpus_needed", words.GPUS_NEEDED, Trials("gpus_needed", gpus_needed, _classes, GPU_MISTAKES)
    ),
    Exercise(
        "break-even",
        "break_even",
        words.BREAK_EVEN,
        Trials("break_even", break_even, _offers, BREAK_EVEN_MISTAKES, RELATIVE),
    ),
    Exercise(
        "cache-bytes",
        "cache_bytes",
        words.CACHE_BYTES,
        Trials("cache_bytes", cache_bytes, _configs, CACHE_MISTAKES, RELATIVE),
    ),
)
