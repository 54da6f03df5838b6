"""Exercises on what a language model is: surprise, the probability of a continuation, and what a decoder sees."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.contents import what_is_an_llm_words as words
from llmwidgets.exercises.contents.drawing import normal
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.running import quiet
from llmwidgets.exercises.saying import NotYet, Wrong
from llmwidgets.exercises.states import own_text, reading
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words
from llmwidgets.stages.prefix import common_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import torch

# surprise


def bits(probability: float) -> float:
    """Expected of the student."""
    return -math.log2(probability)


def _probabilities(rng: np.random.Generator) -> Iterator[Case]:
    yield from (Case(Words("for a half and a quarter", "1/2 と 1/4 の場合"), (each,)) for each in (0.5, 0.25))
    yield Case(Words("for what is certain", "確実な場合"), (1.0,))
    yield from (
        Case(Words("for other probabilities", "ほかの確率の場合"), (float(rng.uniform(0.001, 0.999)),))
        for _ in range(4)
    )


BITS_MISTAKES = (
    Mistake(
        lambda probability: -math.log(probability),
        Words(
            "These are nats, by the natural logarithm. Bits take base 2.",
            "これは自然対数によるナットです。ビットでは底を 2 にします。",
        ),
    ),
    Mistake(
        lambda probability: -math.log10(probability),
        Words("This is the logarithm to base 10. Bits take base 2.", "これは常用対数です。ビットでは底を 2 にします。"),
    ),
    Mistake(
        math.log2,
        Words("The sign is wrong: a surprise is never negative.", "符号が逆です。驚きは負になりません。"),
    ),
    Mistake(
        lambda probability: 1 / probability,
        Words("This is 1 / p; its logarithm to base 2 is wanted.", "これは 1/p です。その底 2 の対数をとりましょう。"),
    ),
    Mistake(
        lambda probability: math.ceil(-math.log2(probability)),
        Words(
            "It looks as if you count whole halvings: bits may be fractions.",
            "整数に丸めているようです。ビットは端数になることもあります。",
        ),
    ),
)


# the probability of a continuation


def log_probability(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Expected of the student."""
    import torch

    return -torch.nn.functional.cross_entropy(logits, ids, reduction="sum")


def _continuations(rng: np.random.Generator) -> Iterator[Case]:
    import torch

    for about, tokens in (
        (Words("for one token", "1 トークンの場合"), 1),
        (Words("for several tokens", "数トークンの場合"), 3),
        (Words("for several tokens", "数トークンの場合"), 5),
        (Words("for several tokens", "数トークンの場合"), 4),
    ):
        yield Case(about, (normal(rng, tokens, 7), torch.tensor(rng.integers(0, 7, tokens), dtype=torch.int64)))


def _each(logits: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    return logits.log_softmax(-1).gather(1, ids[:, None])[:, 0]


LOG_PROBABILITY_MISTAKES = (
    Mistake(
        lambda logits, ids: _each(logits, ids).mean(),
        Words(
            "This is the mean over the tokens; the whole has the sum.",
            "これはトークンあたりの平均です。全体では和になります。",
        ),
    ),
    Mistake(
        lambda logits, ids: _each(logits, ids).exp().prod(),
        Words("This is the probability: its logarithm is wanted.", "これは確率です。その対数を返しましょう。"),
    ),
    Mistake(
        lambda logits, ids: _each(logits, ids).exp().sum(),
        Words(
            "It looks as if probabilities are added: they are multiplied, and their logarithms added.",
            "確率を足しているようです。確率は掛け、対数なら足します。",
        ),
    ),
    Mistake(
        lambda logits, ids: logits.gather(1, ids[:, None]).sum(),
        Words(
            "It looks as if logits are added. They become log-probabilities by log_softmax.",
            "ロジットをそのまま足しているようです。log_softmax で対数確率にしましょう。",
        ),
    ),
    Mistake(
        lambda logits, ids: -_each(logits, ids).sum(),
        Words(
            "The sign is wrong: the logarithm of a probability is not positive.",
            "符号が逆です。確率の対数は正になりません。",
        ),
    ),
    Mistake(
        lambda logits, ids: _each(logits[:-1], ids[1:]).sum(),
        Words(
            "It looks as if the rows are shifted: here row i already belongs to ids[i].",
            "行をずらしているようです。ここでは i 行目がすでに ids[i] に対応しています。",
        ),
    ),
    Mistake(
        lambda logits, _ids: logits.log_softmax(-1).max(-1).values.sum(),
        Words(
            "It looks as if the most probable token of each row is taken, not the one that came.",
            "実際に来たトークンではなく、各行で確率最大のトークンを使っているようです。",
        ),
    ),
)


# a prediction


def continuations(answer: Any) -> Iterator[Words]:
    """Reads {"prompt": text, "candidates": [three texts]}, the most probable first."""
    prompt, candidates = _predicted(answer)
    yield own_text(prompt)
    with reading():
        scores = _scores(prompt, candidates)
    listed = "\n".join(f"{score:.2f}\t{candidate!r}" for candidate, score in zip(candidates, scores, strict=True))
    told = Words(f"log p\tyour order\n{listed}", f"対数確率\tあなたの順\n{listed}")
    if scores != sorted(scores, reverse=True):
        upside_down = scores == sorted(scores)
        like = Words(
            "This is the reverse order: the most probable goes first.",
            "順番が逆です。確率の高いものを先に書きましょう。",
        )
        raise Wrong(
            Words("The model ranks them otherwise.", "モデルの順位は違いました。"),
            case=told,
            like=like if upside_down else None,
        )
    yield Words(told.en.replace("\t", "  "), told.ja.replace("\t", "  "))


def _predicted(answer: Any) -> tuple[str, list[str]]:
    if answer is None or answer is Ellipsis:
        raise NotYet(NOT_BEGUN)
    if not isinstance(answer, dict) or not {"prompt", "candidates"} <= answer.keys():
        raise Wrong(
            Words(
                'The answer should be {"prompt": …, "candidates": […]}.',
                '答えは {"prompt": …, "candidates": […]} の形で書いてください。',
            )
        )
    prompt, candidates = answer["prompt"], answer["candidates"]
    if any(isinstance(each, (str, list, tuple)) and not each for each in (prompt, candidates)):
        raise NotYet(NOT_BEGUN)
    fits = isinstance(candidates, (list, tuple)) and all(isinstance(each, str) and each.strip() for each in candidates)
    if not isinstance(prompt, str) or not fits or len(set(candidates)) != 3 or len(candidates) != 3:
        raise Wrong(
            Words(
                "The beginning should be a text, the candidates a list of three different texts.",
                "はじまりは文字列、候補は異なる 3 つの文字列のリストで書いてください。",
            )
        )
    if any(other.startswith(one) for one, other in itertools.permutations(candidates, 2)):
        raise Wrong(
            Words(
                "One candidate begins with another: what goes on longer is never more probable. Take three that part.",
                "ある候補が、別の候補の書き出しになっています。続きを足したほうの確率が高くなることはないので、予想になりません。書き出しの異なる 3 つにしましょう。",
            )
        )
    if max(map(len, (prompt, *candidates))) > LONGEST:
        raise Wrong(
            Words(f"At most {LONGEST} characters each, please.", f"それぞれ {LONGEST} 文字以内で書いてください。")
        )
    return prompt, list(candidates)


NOT_BEGUN = Words(
    "Not yet: write a beginning and three candidates.",
    "まだ解答されていません。はじまりと 3 つの候補を書いてください。",
)
LONGEST = 300
"""Characters of a beginning or a candidate, so that three forward passes stay short."""


def _scores(prompt: str, candidates: list[str]) -> list[float]:
    """The log-probability of each candidate after the prompt, by the default model."""
    from llmwidgets.assets.models import without_bars
    from llmwidgets.session import ModelSession

    with quiet(), without_bars(), ModelSession(_aside=True) as session:
        session.text = prompt
        begun = session.tokens.ids
        found = []
        for candidate in candidates:
            session.text = prompt + candidate
            # where the two fuse into one token, that token counts
            shared = common_prefix(begun, session.tokens.ids)
            found.append(-float(session.surprisals[shared:].sum()))
        return found


# what a decoder sees


def decoder_mask(n: int) -> torch.Tensor:
    """Expected of the student."""
    import torch

    return torch.tril(torch.ones(n, n))


def _sizes(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(Words("for 3 tokens", "3 トークンの場合"), (3,))
    yield Case(Words("for 1 token", "1 トークンの場合"), (1,))
    yield from (Case(Words("for other lengths", "ほかの長さの場合"), (int(each),)) for each in rng.integers(4, 30, 3))


MASK_MISTAKES = (
    Mistake(
        lambda n: decoder_mask(n).T,
        Words(
            "It looks as if each position sees what is behind it: rows and columns are swapped.",
            "後ろが見えるようになっています。行と列が入れ替わっているようです。",
        ),
    ),
    Mistake(
        lambda n: decoder_mask(n).tril(-1),
        Words("A position sees itself too: the diagonal is 1.", "自分自身も見えます。対角線は 1 です。"),
    ),
    Mistake(
        lambda n: decoder_mask(n) * 0 + 1,
        Words("This is an encoder: it sees both sides.", "これはエンコーダーです。両側が見えています。"),
    ),
    Mistake(
        lambda n: 1 - decoder_mask(n),
        Words("0 and 1 are swapped: 1 means seen.", "0 と 1 が逆です。見えるところが 1 です。"),
    ),
    Mistake(
        lambda n: decoder_mask(n).tril() - decoder_mask(n).tril(-1),
        Words(
            "Each position sees itself alone here: it sees all before it as well.",
            "自分自身しか見えていません。それより前もすべて見えます。",
        ),
    ),
)


EXERCISES = (
    Exercise("bits", "bits", words.BITS, Trials("bits", bits, _probabilities, BITS_MISTAKES)),
    Exercise(
        "log-probability",
        "log_probability",
        words.LOG_PROBABILITY,
        Trials("log_probability", log_probability, _continuations, LOG_PROBABILITY_MISTAKES),
    ),
    Exercise("natural-continuation", "answer", words.CONTINUATIONS, continuations),
    Exercise(
        "decoder-mask", "decoder_mask", words.CAUSAL_MASK, Trials("decoder_mask", decoder_mask, _sizes, MASK_MISTAKES)
    ),
)
