"""Exercises on embeddings: cosine, the mean without padding, neighbours, and arithmetic with words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.exercises.contents import embeddings_words as words
from llmwidgets.exercises.contents.drawing import normal, tensor
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import torch

EXAMPLE = Words("for a small example", "小さな例の場合")
RANDOM = Words("for random vectors", "乱数で作ったベクトルの場合")
LENGTHS = Words("for vectors of very different lengths", "長さの大きく異なるベクトルの場合")


# cosine


def cosine(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Expected of the student."""
    import torch

    return torch.cosine_similarity(a, b, dim=0)


def _pairs(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(EXAMPLE, (tensor(3, 4), tensor(4, 3)))
    yield Case(LENGTHS, (tensor(1, 2, 2), tensor(-30, 60, 60)))
    yield Case(Words("at a right angle", "直交する場合"), (tensor(1, 0), tensor(0, 5)))
    yield from (Case(RANDOM, (normal(rng, 6), normal(rng, 6))) for _ in range(3))


COSINE_MISTAKES = (
    Mistake(
        lambda a, b: (a * b).sum(),
        Words(
            "This is the dot product, which grows with the lengths: divide by both.",
            "これは内積で、長さによって変わります。両方の長さで割りましょう。",
        ),
    ),
    *(
        Mistake(
            function,
            Words(
                "It looks as if only one of the two lengths is divided out.", "片方の長さでしか割っていないようです。"
            ),
        )
        for function in (lambda a, b: (a * b).sum() / a.norm(), lambda a, b: (a * b).sum() / b.norm())
    ),
    Mistake(
        lambda a, b: (a * b).sum() / (a.norm() ** 2 * b.norm() ** 2),
        Words(
            "It looks as if the root is missing: a length is the root of the sum of squares.",
            "平方根を忘れているようです。長さは、2 乗の和の平方根です。",
        ),
    ),
    Mistake(
        lambda a, b: 1 - cosine(a, b),
        Words("This is the cosine distance, 1 - similarity.", "これはコサイン距離（1 − 類似度）です。"),
    ),
    Mistake(
        lambda a, b: (a - b).norm(),
        Words("This is the distance between the two, not their angle.", "これは 2 点間の距離で、角度ではありません。"),
    ),
)


# the mean without padding


def word_vectors(vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Expected of the student."""
    import torch

    return torch.stack([row[kept.bool()].mean(0) for row, kept in zip(vectors, mask, strict=True)])


def _batch(rng: np.random.Generator, counts: list[int], *, left: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    size = max(counts) + 1
    mask = torch.tensor([[int(place < count) for place in range(size)] for count in counts])
    return normal(rng, len(counts), size, 3), mask.flip(1) if left else mask


def _batches(rng: np.random.Generator) -> Iterator[Case]:
    import torch

    vectors = tensor(1, 2, 3, 4, 9, 9, 5, 6, 9, 9, 9, 9).reshape(2, 3, 2)
    yield Case(EXAMPLE, (vectors, torch.tensor([[1, 1, 0], [1, 0, 0]])))
    yield Case(Words("with padding in front", "パディングが前にある場合"), _batch(rng, [1, 3], left=True))
    yield from (Case(RANDOM, _batch(rng, [int(each) for each in rng.integers(1, 5, 3)])) for _ in range(3))


MEAN_MISTAKES = (
    Mistake(
        lambda vectors, _mask: vectors.mean(1),
        Words(
            "It looks as if padding is averaged in: the mask is not used. It distorts short words most.",
            "パディングまで平均しているようです。マスクが使われていません。短い単語ほど大きくずれます。",
        ),
    ),
    Mistake(
        lambda vectors, mask: (vectors * mask[..., None]).mean(1),
        Words(
            "Padding is out of the sum, and still in the count: divide by the number of tokens of each word.",
            "合計からは除けていますが、個数にはパディングが入ったままです。単語ごとのトークン数で割りましょう。",
        ),
    ),
    Mistake(
        lambda vectors, mask: (vectors * mask[..., None]).sum(1),
        Words("This is the sum: divide by the number of tokens.", "これは合計です。トークン数で割りましょう。"),
    ),
    Mistake(
        lambda vectors, mask: (vectors * mask[..., None]).sum(1) / mask.sum(),
        Words(
            "It looks as if you divide by the tokens of the whole batch. Each word has its own number.",
            "バッチ全体のトークン数で割っているようです。個数は単語ごとに違います。",
        ),
    ),
    Mistake(
        lambda vectors, _mask: vectors[:, 0],
        Words("This is the first token alone.", "これは最初のトークンだけです。"),
    ),
    Mistake(
        lambda vectors, mask: (vectors * mask[..., None]).sum(1).mean(-1),
        Words("The axis is another one: average over tokens.", "軸が違います。トークンについて平均しましょう。"),
    ),
)


# neighbours


def nearest(vectors: torch.Tensor, index: int, k: int) -> list[int]:
    """Expected of the student."""
    import torch

    similar = torch.cosine_similarity(vectors, vectors[index][None], dim=1)
    return [int(each) for each in similar.topk(k + 1).indices if each != index][:k]


def _spaces(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(EXAMPLE, (tensor(1, 0, 2, 0.1, 0, 1, -1, 0, 3, 3).reshape(5, 2), 0, 2))
    yield Case(LENGTHS, (tensor(1, 1, 50, 0, 0.1, 0.09, 2, -2, 9, 5).reshape(5, 2), 0, 3))
    yield from (Case(RANDOM, (normal(rng, 9, 4), int(rng.integers(9)), int(rng.integers(2, 5)))) for _ in range(3))


def _ranked(similar: torch.Tensor, index: int, k: int) -> list[int]:
    order = similar.argsort(descending=True).tolist()
    return [each for each in order if each != index][:k]


NEAREST_MISTAKES = (
    Mistake(
        lambda vectors, index, k: [index, *nearest(vectors, index, k - 1)],
        Words("The word itself is among its neighbours: leave it out.", "自分自身が含まれています。除きましょう。"),
    ),
    Mistake(
        lambda vectors, index, k: _ranked(vectors @ vectors[index], index, k),
        Words(
            "It looks as if the dot product ranks them: long vectors win. Divide by the lengths.",
            "内積で並べているようです。長いベクトルが有利になります。長さで割りましょう。",
        ),
    ),
    Mistake(
        lambda vectors, index, k: _ranked(-(vectors - vectors[index]).norm(dim=1), index, k),
        Words(
            "It looks as if the distance ranks them. Cosine looks at the direction alone.",
            "距離で並べているようです。コサインが見るのは向きだけです。",
        ),
    ),
    Mistake(
        lambda vectors, index, k: nearest(vectors, index, len(vectors) - 1)[::-1][:k],
        Words("These are the farthest: the other way round.", "いちばん遠いものになっています。順序が逆です。"),
    ),
    Mistake(
        lambda vectors, index, k: sorted(nearest(vectors, index, k)),
        Words(
            "The words are right, their order is not: the nearest first.",
            "選んだ単語は合っていますが、順番が違います。近い順に並べましょう。",
        ),
    ),
)


# arithmetic


def analogy(vectors: torch.Tensor, a: int, b: int, c: int) -> int:
    """Expected of the student."""
    import torch

    similar = torch.cosine_similarity(vectors, (vectors[a] - vectors[b] + vectors[c])[None], dim=1)
    similar[[a, b, c]] = -torch.inf
    return int(similar.argmax())


def _sums(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(EXAMPLE, (tensor(5, 1, 1, 1, 1, 5, 5, 5, 9, 0, 4, 0).reshape(6, 2), 0, 1, 2))
    yield Case(LENGTHS, (tensor(5, 1, 1, 1, 1, 5, 0.5, 0.5, 90, 40, 6, 4).reshape(6, 2), 0, 1, 2))
    for _ in range(4):
        a, b, c = (int(each) for each in rng.permutation(9)[:3])
        yield Case(RANDOM, (normal(rng, 9, 4), a, b, c))


ANALOGY_MISTAKES = (
    Mistake(
        lambda vectors, a, b, c: int(_similar(vectors, vectors[a] - vectors[b] + vectors[c]).argmax()),
        Words(
            "It looks as if one of the three words wins: leave all three out.",
            "もとの 3 語のどれかが選ばれているようです。3 語とも候補から除きましょう。",
        ),
    ),
    Mistake(
        lambda vectors, a, b, c: analogy(vectors, a, c, b),
        Words("It looks as if the signs are swapped: a - b + c.", "符号が逆のようです。a − b + c です。"),
    ),
    Mistake(
        lambda vectors, a, b, c: _best(vectors @ (vectors[a] - vectors[b] + vectors[c]), a, b, c),
        Words(
            "It looks as if the dot product decides: long vectors win. Take the cosine.",
            "内積で選んでいるようです。長いベクトルが有利になります。コサインを使いましょう。",
        ),
    ),
    Mistake(
        lambda vectors, a, b, c: _best(-(vectors - (vectors[a] - vectors[b] + vectors[c])).norm(dim=1), a, b, c),
        Words(
            "It looks as if the distance decides. Take the cosine.",
            "距離で選んでいるようです。コサインを使いましょう。",
        ),
    ),
)


def _similar(vectors: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.cosine_similarity(vectors, goal[None], dim=1)


def _best(similar: torch.Tensor, *without: int) -> int:
    import torch

    similar[list(without)] = -torch.inf
    return int(similar.argmax())


EXERCISES = (
    Exercise("cosine", "cosine", words.COSINE, Trials("cosine", cosine, _pairs, COSINE_MISTAKES)),
    Exercise(
        "masked-mean",
        "word_vectors",
        words.MASKED_MEAN,
        Trials("word_vectors", word_vectors, _batches, MEAN_MISTAKES),
    ),
    Exercise("nearest", "nearest", words.NEAREST, Trials("nearest", nearest, _spaces, NEAREST_MISTAKES)),
    Exercise("analogy", "analogy", words.ANALOGY, Trials("analogy", analogy, _sums, ANALOGY_MISTAKES)),
)
