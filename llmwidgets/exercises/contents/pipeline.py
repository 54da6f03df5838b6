"""Exercises on the pipeline: softmax, one greedy step, the loop of generate, and a draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.contents import pipeline_words as words
from llmwidgets.exercises.contents.drawing import ids as some_ids
from llmwidgets.exercises.contents.drawing import normal, tensor, tiny_model
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import torch

ONE_ROW = Words("for one row", "1 行の場合")
ROWS = Words("for several rows", "数行の場合")
LARGE = Words("for logits as large as 1,000", "1,000 ほどの大きなロジットの場合")
SHORT = Words("for a text of one token", "1 トークンの文の場合")
RANDOM_TEXTS = Words("for random texts", "乱数で作った文の場合")
ONE_STEP = Words("for n = 1", "n = 1 の場合")
SEVERAL_STEPS = Words("for several tokens", "数トークンの場合")


# softmax


def softmax(logits: torch.Tensor) -> torch.Tensor:
    """Expected of the student."""
    return logits.softmax(-1)


def _rows(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(ONE_ROW, (tensor(2, 1, 0)[None],))
    yield Case(ROWS, (tensor(1, 2, 3, 3, 2, 0).reshape(2, 3),))
    yield Case(LARGE, (tensor(1000, 999, 0, 1, 2, -1000).reshape(2, 3),))
    yield from (Case(ROWS, (normal(rng, 3, 5),)) for _ in range(3))


SOFTMAX_MISTAKES = (
    Mistake(
        lambda logits: logits.exp() / logits.exp().sum(-1, keepdim=True),
        Words(
            "exp of a large number overflows: inf / inf is nan. Subtract the largest logit of each row first; no probability changes.",
            "大きな数の exp は桁あふれし、inf / inf で nan になります。先に各行の最大のロジットを引きましょう。確率は変わりません。",
        ),
    ),
    Mistake(
        lambda logits: (logits - logits.max()).exp() / (logits - logits.max()).exp().sum(-1, keepdim=True),
        Words(
            "It looks as if the largest value of the whole table is subtracted: another row may vanish. Take each row's own.",
            "表全体の最大値を引いているようです。ほかの行が 0 につぶれてしまうことがあります。行ごとの最大値を引きましょう。",
        ),
    ),
    *(
        Mistake(
            function,
            Words(
                "It looks as if the whole table sums to 1. Each row must: sum along the last axis.",
                "表全体の合計が 1 になっているようです。合計 1 にするのは各行です。最後の軸に沿って合計しましょう。",
            ),
        )
        for function in (
            lambda logits: logits.flatten().softmax(-1).reshape(logits.shape),
            lambda logits: logits.exp() / logits.exp().sum(),
        )
    ),
    *(
        Mistake(
            function,
            Words(
                "It looks as if the columns sum to 1. The vocabulary is the last axis: sum along it.",
                "列の合計が 1 になっているようです。語彙は最後の軸です。その軸に沿って合計しましょう。",
            ),
        )
        for function in (lambda logits: logits.softmax(0), lambda logits: logits.exp() / logits.exp().sum(0))
    ),
    Mistake(
        lambda logits: logits / logits.sum(-1, keepdim=True),
        Words("It looks as if exp is missing.", "exp を忘れているようです。"),
    ),
)


# greedy


def next_token(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Expected of the student."""
    return continue_text(model, ids, 1)[0]


def continue_text(model: Any, ids: torch.Tensor, n: int) -> torch.Tensor:
    """Expected of the student."""
    import torch

    mask = torch.ones_like(ids)
    written = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=n, pad_token_id=0)
    new: torch.Tensor = written[0, ids.shape[1] :]
    return new


def _texts(rng: np.random.Generator) -> Iterator[Case]:
    yield from (Case(RANDOM_TEXTS, (tiny_model(rng), some_ids(rng, size))) for size in (3, 5, 7, 9))
    yield Case(SHORT, (tiny_model(rng), some_ids(rng, 1)))


def _lengths(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(ONE_STEP, (tiny_model(rng), some_ids(rng, 4), 1))
    yield from (Case(SEVERAL_STEPS, (tiny_model(rng), some_ids(rng, 4), n)) for n in (3, 5, 6))


def _logits(model: Any, ids: torch.Tensor) -> torch.Tensor:
    import torch

    with torch.no_grad():
        found: torch.Tensor = model(ids).logits
    return found


STEP_MISTAKES = (
    Mistake(
        lambda model, ids: _logits(model, ids)[0, 0].argmax(),
        Words(
            "It looks as if the first position is read: it knows of the first token alone. Read the last one.",
            "最初の位置を読んでいるようです。そこは 1 番目のトークンしか知りません。最後の位置を読みましょう。",
        ),
    ),
    Mistake(
        lambda model, ids: _logits(model, ids)[0, -2].argmax(),
        Words(
            "It looks as if the last position but one is read: it predicts the last token of the text.",
            "最後から 2 番目の位置を読んでいるようです。そこが予測するのは、文の最後のトークンです。",
        ),
    ),
    Mistake(
        lambda model, ids: _logits(model, ids).argmax(),
        Words(
            "It looks as if argmax runs over all positions at once. Choose the last position first.",
            "すべての位置をまとめて argmax しているようです。先に最後の位置を取り出しましょう。",
        ),
    ),
    Mistake(
        lambda model, ids: _logits(model, ids)[0].argmax(-1),
        Words(
            "This is one id for each position. Only that of the last one is wanted.",
            "位置ごとに 1 つずつ id があります。必要なのは最後の位置のものだけです。",
        ),
    ),
    Mistake(
        lambda model, ids: _logits(model, ids)[0, -1].max(),
        Words(
            "This is the largest logit, not its index: argmax.",
            "これは最大のロジットの値です。必要なのはその番号（argmax）です。",
        ),
    ),
)


def _reading_one(model: Any, ids: torch.Tensor, n: int) -> list[int]:
    found: list[int] = []
    for _ in range(n):
        found.append(int(_logits(model, ids)[0, -1].argmax()))
        ids = ids.new_tensor([[found[-1]]])
    return found


LOOP_MISTAKES = (
    Mistake(
        lambda model, ids, n: ids[0].tolist() + continue_text(model, ids, n).tolist(),
        Words(
            "The prompt is still in front: return the new ids alone.",
            "プロンプトが前に付いたままです。新しい id だけを返しましょう。",
        ),
    ),
    Mistake(
        lambda model, ids, n: [int(next_token(model, ids))] * n,
        Words(
            "It looks as if the model reads the same text in each round: put the new id behind it first.",
            "毎回同じ文を読ませているようです。新しい id を後ろにつなげてから、次の回に進みましょう。",
        ),
    ),
    Mistake(
        _reading_one,
        Words(
            "It looks as if the model reads the newest id alone: it must read everything before it too.",
            "最後の id だけを読ませているようです。それより前もすべて読ませる必要があります。",
        ),
    ),
    Mistake(
        lambda model, ids, n: continue_text(model, ids, n + 1),
        Words("One token too many: count the rounds.", "1 トークン多くなっています。くり返しの回数を確かめましょう。"),
    ),
    Mistake(
        lambda model, ids, n: continue_text(model, ids, n)[:-1],
        Words("One token too few: count the rounds.", "1 トークン足りません。くり返しの回数を確かめましょう。"),
    ),
)


# a draw


def draw(probs: torch.Tensor, u: float) -> int:
    """Expected of the student."""
    import torch

    place = torch.searchsorted(probs.double().cumsum(0), torch.tensor(u, dtype=torch.float64), right=True)
    return min(int(place), len(probs) - 1)


EXAMPLE = Words("for the example", "例の場合")
EDGE = Words("where u lies on an edge", "u が境目にある場合")
NO_CHANCE = Words("where a token has probability 0", "確率 0 のトークンがある場合")
RANDOM_NUMBERS = Words("for random numbers", "乱数の場合")


def _draws(rng: np.random.Generator) -> Iterator[Case]:
    yield from (Case(EXAMPLE, (tensor(0.2, 0.5, 0.3), u)) for u in (0.1, 0.45, 0.95))
    yield from (Case(EDGE, (tensor(0.25, 0.5, 0.25), u)) for u in (0.0, 0.25, 0.75))
    yield from (Case(NO_CHANCE, (tensor(0, 0.5, 0, 0.5), u)) for u in (0.0, 0.5))
    for _ in range(6):
        probs = normal(rng, 8).softmax(-1)
        index = int(rng.integers(8))
        # within an interval, so that rounding decides nothing
        before = float(probs[:index].double().sum())
        yield Case(RANDOM_NUMBERS, (probs, before + float(probs[index]) * float(rng.uniform(0.2, 0.8))))


DRAW_MISTAKES = (
    Mistake(
        lambda probs, _u: probs.argmax(),
        Words(
            "It looks as if the most probable token comes always: the random number u is not used.",
            "いつも確率最大のトークンを返しているようです。乱数 u が使われていません。",
        ),
    ),
    Mistake(
        lambda probs, u: int((probs.double().cumsum(0) < u).sum()),
        Words(
            "On an edge the next token begins: the first sum above u decides (u < total, not u <= total).",
            "境目からは次のトークンの区間です。合計がはじめて u を超えたところで決めます（u <= total ではなく u < total）。",
        ),
    ),
    Mistake(
        lambda probs, u: draw(probs.sort(descending=True).values, u),
        Words(
            "It looks as if the probabilities are sorted: the index then belongs to another token.",
            "確率を並べ替えているようです。それでは番号が別のトークンを指してしまいます。",
        ),
    ),
    Mistake(
        lambda probs, u: next((index for index, prob in enumerate(probs.tolist()) if prob > u), len(probs) - 1),
        Words(
            "It looks as if each probability is compared with u. Compare their sum so far.",
            "1 つ 1 つの確率を u と比べているようです。比べるのは、そこまでの合計です。",
        ),
    ),
)


EXERCISES = (
    Exercise("softmax", "softmax", words.SOFTMAX, Trials("softmax", softmax, _rows, SOFTMAX_MISTAKES)),
    Exercise(
        "greedy-step",
        "next_token",
        words.GREEDY_STEP,
        Trials("next_token", next_token, _texts, STEP_MISTAKES, opaque=("model",)),
    ),
    Exercise(
        "greedy-loop",
        "continue_text",
        words.GREEDY_LOOP,
        Trials("continue_text", continue_text, _lengths, LOOP_MISTAKES, opaque=("model",)),
    ),
    Exercise("draw", "draw", words.DRAW, Trials("draw", draw, _draws, DRAW_MISTAKES)),
)
