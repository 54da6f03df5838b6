"""Exercises on sampling: temperature, top-k and top-p against transformers' own classes, and a sampler set by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.contents import sampling_words as words
from llmwidgets.exercises.contents.drawing import normal, tensor
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.saying import NotYet, Wrong
from llmwidgets.exercises.states import own_text, reading, session_of
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import torch

SMALL = Words("for a small example", "小さな例の場合")
LARGE = Words("for logits as large as 1,000", "1,000 ほどの大きなロジットの場合")
RANDOM = Words("for logits drawn at random", "乱数で作ったロジットの場合")
UNSORTED = Words("for logits in no order", "ロジットが大きい順に並んでいない場合")
FIRST_ALONE = Words("where the first token alone reaches p", "最初のトークンだけで p に届く場合")
NOT_RENORMALISED = Words(
    "It looks as if what is left does not sum to 1: divide by the new sum.",
    "残ったトークンの確率の合計が 1 になっていないようです。新しい合計で割りましょう。",
)


def _by(processor: str, logits: torch.Tensor, value: float) -> torch.Tensor:
    """What transformers' class of this name leaves, as probabilities."""
    import torch
    from transformers.generation import logits_process

    warped = getattr(logits_process, processor)(value)(torch.zeros((1, 0), dtype=torch.long), logits[None])
    return torch.softmax(warped[0], dim=-1)


# temperature


def with_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Expected of the student."""
    return _by("TemperatureLogitsWarper", logits, temperature)


def _temperatures(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(SMALL, (tensor(2, 1, 0), 0.5))
    yield Case(SMALL, (tensor(2, 1, 0), 2.0))
    yield Case(LARGE, (tensor(1000, 999, 0, -1000), 0.8))
    for _ in range(3):
        yield Case(RANDOM, (normal(rng, 9), float(rng.uniform(0.3, 3))))


TEMPERATURE_MISTAKES = (
    Mistake(
        lambda logits, temperature: (logits * temperature).softmax(-1),
        Words(
            "It looks as if you multiply by the temperature: a high temperature then makes the likely token likelier. Divide.",
            "温度を掛けているようです。それでは温度が高いほど確率が偏ってしまいます。割りましょう。",
        ),
    ),
    Mistake(
        lambda logits, temperature: logits.softmax(-1) / temperature,
        Words(
            "It looks as if you divide the probabilities by the temperature; they no longer sum to 1. Divide the logits, before softmax.",
            "確率のほうを温度で割っているようです。合計が 1 になりません。softmax の前に、ロジットを割りましょう。",
        ),
    ),
    Mistake(
        lambda logits, _temperature: logits.softmax(-1),
        Words("It looks as if the temperature is not used.", "温度が使われていないようです。"),
    ),
    Mistake(
        lambda logits, temperature: (logits / temperature).exp() / (logits / temperature).exp().sum(),
        Words(
            "exp of a large number overflows: inf / inf is nan. Subtract the largest logit first; no probability changes.",
            "大きな数の exp は桁あふれし、inf / inf で nan になります。先に最大のロジットを引きましょう。確率は変わりません。",
        ),
    ),
    Mistake(
        lambda logits, temperature: logits / temperature,
        Words("These are still logits: softmax is missing.", "これはまだロジットです。softmax を忘れていませんか。"),
    ),
)


# top-k


def top_k(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Expected of the student."""
    return _by("TopKLogitsWarper", logits, k)


def _ks(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(SMALL, (tensor(3, 2, 1, 0), 2))
    yield Case(UNSORTED, (tensor(-1, 2, 0.5, 3, -2), 3))
    yield Case(Words("for k = 1", "k = 1 の場合"), (tensor(0.5, 1.5, 1.0), 1))
    for _ in range(3):
        yield Case(RANDOM, (normal(rng, 12), int(rng.integers(2, 9))))


def _kept_k(logits: torch.Tensor, k: int) -> torch.Tensor:
    return (top_k(logits, k) > 0) * 1.0


def _smallest(logits: torch.Tensor, k: int) -> torch.Tensor:
    limit = (-logits).topk(k).values[-1]
    return logits.masked_fill(-logits < limit, float("-inf")).softmax(-1)


TOP_K_MISTAKES = (
    Mistake(lambda logits, k: logits.softmax(-1) * _kept_k(logits, k), NOT_RENORMALISED),
    Mistake(
        lambda logits, k: (logits * _kept_k(logits, k)).softmax(-1),
        Words(
            "It looks as if you set the other logits to 0. exp(0) is 1, no 0: use -inf.",
            "取り除くロジットを 0 にしているようです。exp(0) は 0 ではなく 1 です。-inf を使いましょう。",
        ),
    ),
    Mistake(
        lambda logits, k: top_k(logits, k + 1),
        Words("It looks as if one token too many stays.", "残ったトークンが 1 つ多いようです。"),
    ),
    Mistake(
        lambda logits, k: top_k(logits, k - 1),
        Words(
            "It looks as if one token too few stays: the k-th itself must stay (<, not <=).",
            "残ったトークンが 1 つ少ないようです。k 番目そのものも残します（<= ではなく <）。",
        ),
    ),
    Mistake(
        lambda logits, k: top_k(logits, k).sort(descending=True).values,
        Words(
            "The probabilities are right, but sorted: leave each at the place of its token.",
            "確率は合っていますが、並べ替えられています。それぞれ元のトークンの位置に戻しましょう。",
        ),
    ),
    Mistake(
        _smallest,
        Words("It looks as if the least probable tokens stay.", "確率の低いほうのトークンが残っているようです。"),
    ),
)


# top-p


def top_p(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Expected of the student."""
    return _by("TopPLogitsWarper", logits, p)


def _log(*probs: float) -> torch.Tensor:
    return tensor(*probs).log()


def _ps(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(SMALL, (_log(0.5, 0.3, 0.15, 0.05), 0.7))
    yield Case(UNSORTED, (_log(0.05, 0.3, 0.2, 0.45), 0.9))
    yield Case(FIRST_ALONE, (_log(0.6, 0.3, 0.1), 0.5))
    for _ in range(4):
        logits = normal(rng, 12)
        sums = logits.softmax(-1).sort(descending=True).values.cumsum(0)
        # in the middle between two sums, so that rounding decides nothing
        place = int(rng.integers(1, 6))
        yield Case(RANDOM, (logits, round(float(sums[place - 1] + sums[place]) / 2, 6)))


def _kept_p(logits: torch.Tensor, p: float) -> torch.Tensor:
    return (top_p(logits, p) > 0) * 1.0


def _without_crossing(logits: torch.Tensor, p: float) -> torch.Tensor:
    probs = logits.softmax(-1)
    values, order = probs.sort(descending=True)
    kept = probs * 0
    kept[order[values.cumsum(0) <= p]] = 1.0
    probs = probs * kept
    return probs / probs.sum() if probs.sum() > 0 else probs


def _unsorted(logits: torch.Tensor, p: float) -> torch.Tensor:
    probs = logits.softmax(-1)
    probs = probs * ((probs.cumsum(0) - probs) < p)
    return probs / probs.sum()


def _each_above(logits: torch.Tensor, p: float) -> torch.Tensor:
    probs = logits.softmax(-1)
    probs = probs * (probs >= p)
    return probs / probs.sum()


DROPS_CROSSING = Words(
    "It looks as if the token that carries the sum across p is dropped. It stays: without it the sum is below p.",
    "合計がはじめて p 以上になるところのトークンを落としているようです。それも残します。落とすと合計が p に届きません。",
)
TOP_P_MISTAKES = (
    Mistake(_without_crossing, DROPS_CROSSING),
    Mistake(lambda logits, p: _without_crossing(logits, p) / (_without_crossing(logits, p).sum()), DROPS_CROSSING),
    Mistake(lambda logits, p: logits.softmax(-1) * _kept_p(logits, p), NOT_RENORMALISED),
    Mistake(
        _unsorted,
        Words(
            "It looks as if you add up the probabilities in the order of the vocabulary. Sort them first, from high to low.",
            "語彙の並び順のまま足しているようです。先に大きい順に並べ替えましょう。",
        ),
    ),
    Mistake(
        _each_above,
        Words(
            "It looks as if each probability is compared with p. It is their sum, from the highest down, that must reach p.",
            "1 つ 1 つの確率を p と比べているようです。p と比べるのは、大きい順に足した合計です。",
        ),
    ),
    Mistake(
        lambda logits, p: top_p(logits, p).sort(descending=True).values,
        Words(
            "The probabilities are right, but sorted: bring each back to the place of its token.",
            "確率は合っていますが、並べ替えられたままです。それぞれ元のトークンの位置に戻しましょう。",
        ),
    ),
)


# a sampler set by hand


def three_left(answer: Any) -> Iterator[Words]:
    """Reads a session, or a view of one."""
    session = session_of(answer)
    if not session.text or session.sampler.top_p == 1.0:
        raise NotYet(
            Words(
                "Not yet: give the session a text and a top-p.",
                "まだ解答されていません。session に文と top-p を与えてください。",
            )
        )
    yield own_text(session.text)
    others = session.sampler.replace(top_p=1.0, seed=None)
    if others != type(others)():
        on = [name for name, value in vars(others).items() if value != getattr(type(others)(), name)]
        raise Wrong(
            Words(
                f"Top-p alone should do it, and {', '.join(on)} is set as well.",
                f"top-p だけで行うはずですが、{', '.join(on)} も設定されています。",
            )
        )
    yield Words("Only top-p is used.", "使われているのは top-p だけです。")
    with reading():
        left = len(session.filtered.kept)
    if left != 3:
        more = left > 3
        raise Wrong(
            Words(f"{left} token(s) are left, not 3.", f"残っているトークンは 3 個ではなく {left} 個です。"),
            case=Words(
                f"text\t{session.text!r}\ntop_p\t{session.sampler.top_p:g}",
                f"文\t{session.text!r}\ntop_p\t{session.sampler.top_p:g}",
            ),
            like=Words(
                f"Top-p is too {'high' if more else 'low'} for this text.",
                f"この文には top-p が{'大き' if more else '小さ'}すぎます。",
            ),
        )
    yield Words("Three tokens are left.", "残ったトークンは 3 個です。")


EXERCISES = (
    Exercise(
        "temperature",
        "with_temperature",
        words.TEMPERATURE,
        Trials("with_temperature", with_temperature, _temperatures, TEMPERATURE_MISTAKES),
    ),
    Exercise("top-k", "top_k", words.TOP_K, Trials("top_k", top_k, _ks, TOP_K_MISTAKES)),
    Exercise("top-p", "top_p", words.TOP_P, Trials("top_p", top_p, _ps, TOP_P_MISTAKES)),
    Exercise("three-left", "session", words.THREE_LEFT, three_left),
)
