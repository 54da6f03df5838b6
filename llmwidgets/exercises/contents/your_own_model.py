"""Exercises on a model of one's own: its parameters, its chat template, its KV cache, and its perplexity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.exercises.comparing import Tolerance
from llmwidgets.exercises.contents import your_own_model_words as words
from llmwidgets.exercises.contents.drawing import VOCABULARY, default_tokenizer, tiny_model
from llmwidgets.exercises.contents.drawing import ids as some_ids
from llmwidgets.exercises.exercise import Exercise
from llmwidgets.exercises.trials import Case, Mistake, Trials
from llmwidgets.exercises.words import Words
from llmwidgets.stages.prefix import common_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import torch

# parameters


def count_parameters(model: Any) -> int:
    """Expected of the student."""
    count: int = model.num_parameters()
    return count


SEPARATE = Words("for a model with two embedding matrices", "入力と出力の埋め込みが別々のモデルの場合")
SHARED = Words(
    "for a model whose input and output embeddings are one matrix", "入力と出力の埋め込みが同じ行列のモデルの場合"
)
FROZEN = Words("where a part of the model is frozen", "一部の重みが固定されている場合")


def _models(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(SEPARATE, (_sized(rng, tied=False),))
    yield Case(SHARED, (_sized(rng, tied=True),))
    frozen = _sized(rng, tied=False)
    frozen.model.embed_tokens.weight.requires_grad_(requires_grad=False)
    yield Case(FROZEN, (frozen,))


def _sized(rng: np.random.Generator, *, tied: bool) -> Any:
    sizes = {"num_hidden_layers": int(rng.integers(1, 4)), "intermediate_size": int(rng.integers(8, 60))}
    return tiny_model(rng, tie_word_embeddings=tied, vocab_size=int(rng.integers(20, 90)), **sizes)


COUNT_MISTAKES = (
    Mistake(
        lambda model: sum(weight.numel() for weight in model.state_dict().values()),
        Words(
            "It looks as if a shared weight is counted twice: state_dict names it twice.",
            "共有の重みを 2 回数えているようです。state_dict には 2 回現れます。",
        ),
    ),
    Mistake(
        lambda model: len(list(model.parameters())),
        Words(
            "This is the number of weight tensors, not of the numbers in them.",
            "これは重みテンソルの個数で、その中の数の個数ではありません。",
        ),
    ),
    Mistake(
        lambda model: sum(weight.shape[0] for weight in model.parameters()),
        Words(
            "It looks as if only the first axis is counted: numel() is the product of all.",
            "最初の軸しか数えていないようです。numel() はすべての軸の積です。",
        ),
    ),
    Mistake(
        lambda model: model.num_parameters(only_trainable=True),
        Words(
            "It looks as if frozen weights are left out. They count too.",
            "固定された重みを除いているようです。それも数えます。",
        ),
    ),
    Mistake(
        lambda model: model.num_parameters(exclude_embeddings=True),
        Words(
            "It looks as if the embeddings are left out. They count too.",
            "埋め込みを除いているようです。それも数えます。",
        ),
    ),
    Mistake(
        lambda model: sum(weight.numel() * weight.element_size() for weight in model.parameters()),
        Words("These are bytes, not parameters.", "これはバイト数で、パラメータの個数ではありません。"),
    ),
)


# a chat template


def render(messages: list[dict[str, str]]) -> str:
    """Expected of the student."""
    text: str = default_tokenizer().apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return text


CONTENTS = ("Hi", "Who are you?", "Arr, matey!", "こんにちは", "2 + 2 = ?", "line one\nline two", "Thank you.")


def _conversations(rng: np.random.Generator) -> Iterator[Case]:
    system = {"role": "system", "content": "You are a pirate chatbot."}
    yield Case(Words("for one question", "質問 1 つの場合"), ([system, {"role": "user", "content": "Who are you?"}],))
    for turns in (3, 5):
        said = [
            {"role": ("user", "assistant")[turn % 2], "content": str(rng.choice(CONTENTS))} for turn in range(turns)
        ]
        yield Case(
            Words("for a longer conversation", "会話が続く場合"),
            ([{"role": "system", "content": f"Answer in {rng.integers(2, 90)} words."}, *said],),
        )


OPENED = "<|im_start|>assistant\n"
CHAT_MISTAKES = (
    Mistake(
        lambda messages: render(messages).removesuffix(OPENED),
        Words(
            "The assistant's turn is not opened at the end: the model would go on with anyone's words.",
            "最後にアシスタントの番が開かれていません。それではモデルが誰の発言として続けるかわかりません。",
        ),
    ),
    Mistake(
        lambda messages: render(messages)[:-1],
        Words("The newline at the very end is missing.", "いちばん最後の改行がありません。"),
    ),
    Mistake(
        lambda messages: render(messages).replace("<|im_end|>\n", "<|im_end|>"),
        Words("The newline after <|im_end|> is missing.", "<|im_end|> のあとの改行がありません。"),
    ),
    Mistake(
        lambda messages: render(messages) + "<|im_end|>\n",
        Words(
            "The assistant's turn is closed at once: leave it open, the model writes there.",
            "アシスタントの番がすぐ閉じられています。モデルがそこに書くので、開いたままにします。",
        ),
    ),
    *(
        Mistake(
            function,
            Words(
                "It looks as if the role and the content are not on lines of their own.",
                "役割と内容が別々の行になっていないようです。",
            ),
        )
        for function in (
            lambda messages: "".join(f"<|im_start|>{m['role']} {m['content']}<|im_end|>\n" for m in messages) + OPENED,
            lambda messages: "".join(f"<|im_start|>{m['role']}{m['content']}<|im_end|>\n" for m in messages) + OPENED,
            lambda messages: "".join(f"<|im_start|>{m['role']}: {m['content']}<|im_end|>\n" for m in messages) + OPENED,
        )
    ),
    Mistake(
        lambda messages: render([messages[0], messages[-1]]),
        Words("It looks as if only the last message is there.", "最後のメッセージしかないようです。"),
    ),
)


# what can be reused


def reusable(old_ids: list[int], new_ids: list[int]) -> int:
    """Expected of the student."""
    return min(common_prefix(old_ids, new_ids), len(new_ids) - 1)


def _edits(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(Words("where a token was appended", "末尾に 1 トークン加えた場合"), ([5, 6, 7], [5, 6, 7, 8]))
    yield Case(
        Words("where one token in the middle changed", "途中の 1 トークンを変えた場合"),
        ([5, 6, 7, 8, 9], [5, 6, 1, 8, 9]),
    )
    yield Case(Words("where the text is the same", "文が同じ場合"), ([5, 6, 7], [5, 6, 7]))
    yield Case(Words("where the end was cut off", "末尾を削った場合"), ([5, 6, 7, 8], [5, 6]))
    yield Case(Words("where the first token changed", "先頭のトークンを変えた場合"), ([5, 6, 7], [1, 6, 7]))
    for _ in range(4):
        old = [int(each) for each in rng.integers(0, 9, 12)]
        place = int(rng.integers(1, 10))
        new = [*old[:place], (old[place] + 1) % 9, *old[place + 1 :]]
        yield Case(Words("for random edits", "乱数で変更した場合"), (old, new))


def _equal_places(old_ids: list[int], new_ids: list[int]) -> int:
    return sum(old == new for old, new in zip(old_ids, new_ids, strict=False))


REUSE_MISTAKES = (
    *(
        Mistake(
            function,
            Words(
                "Equal tokens behind the first difference are counted: their keys and values depend on all before them.",
                "最初の違いより後ろの、同じトークンも数えています。そのキーとバリューは、前のすべてのトークンによって変わります。",
            ),
        )
        for function in (_equal_places, lambda old, new: min(_equal_places(old, new), len(new) - 1))
    ),
    Mistake(
        common_prefix,
        Words(
            "One token must be computed anew even where nothing differs: without it there are no logits.",
            "違いがなくても 1 トークンは計算し直します。そうしないとロジットが得られません。",
        ),
    ),
    Mistake(
        lambda old_ids, new_ids: reusable(old_ids, new_ids) + 1,
        Words(
            "One too many: the token that differs cannot be reused.",
            "1 つ多くなっています。異なるトークンは再利用できません。",
        ),
    ),
    Mistake(
        lambda old_ids, new_ids: max(common_prefix(old_ids, new_ids) - 1, 0),
        Words("One too few wherever something differs.", "違いがあるときに 1 つ少なくなっています。"),
    ),
)


# perplexity


def perplexity(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Expected of the student."""
    import torch

    with torch.no_grad():
        loss: torch.Tensor = model(ids, labels=ids).loss
        return loss.exp()


def _texts(rng: np.random.Generator) -> Iterator[Case]:
    yield Case(
        Words("for a text of two tokens", "2 トークンの文の場合"), (tiny_model(rng), some_ids(rng, 2, VOCABULARY))
    )
    for size in (5, 9, 12):
        yield Case(
            Words("for random texts", "乱数で作った文の場合"), (tiny_model(rng), some_ids(rng, size, VOCABULARY))
        )


def _surprisals(model: Any, ids: torch.Tensor, *, shift: int = 1) -> torch.Tensor:
    import torch

    with torch.no_grad():
        logits = model(ids).logits[0]
    rows = logits[: len(logits) - shift]
    return torch.nn.functional.cross_entropy(rows, ids[0, shift:], reduction="none")


PERPLEXITY_MISTAKES = (
    Mistake(
        lambda model, ids: _surprisals(model, ids, shift=0).mean().exp(),
        Words(
            "It looks as if each row is compared with its own token. It predicts the next one: shift by one.",
            "各行を同じ位置のトークンと比べているようです。予測するのは次のトークンです。1 つずらしましょう。",
        ),
    ),
    Mistake(
        lambda model, ids: _surprisals(model, ids).sum().exp(),
        Words("It looks as if you sum: take the mean.", "合計になっているようです。平均をとりましょう。"),
    ),
    Mistake(
        lambda model, ids: _surprisals(model, ids).mean(),
        Words(
            "This is the mean surprisal: e to the power of it is missing.",
            "これは驚きの平均です。最後に exp をとりましょう。",
        ),
    ),
    Mistake(
        lambda model, ids: 2 ** _surprisals(model, ids).mean(),
        Words(
            "2 goes with the logarithm to base 2; with the natural one, e does: exp.",
            "2 のべき乗は底が 2 の対数と組になります。自然対数なら e、つまり exp です。",
        ),
    ),
    Mistake(
        lambda model, ids: (-_surprisals(model, ids).mean()).exp(),
        Words("It looks as if the sign is wrong: surprisal is -log p.", "符号が逆のようです。驚きは −log p です。"),
    ),
    Mistake(
        lambda model, ids: (_surprisals(model, ids).sum() / ids.shape[1]).exp(),
        Words(
            "It looks as if you divide by all tokens. The first does not count: there is one fewer.",
            "全トークン数で割っているようです。最初のトークンは数えないので、1 つ少なくなります。",
        ),
    ),
)


EXERCISES = (
    Exercise(
        "count-parameters",
        "count_parameters",
        words.COUNT,
        Trials("count_parameters", count_parameters, _models, COUNT_MISTAKES, opaque=("model",)),
    ),
    Exercise("chat-template", "render", words.CHAT, Trials("render", render, _conversations, CHAT_MISTAKES)),
    Exercise("reusable-prefix", "reusable", words.REUSE, Trials("reusable", reusable, _edits, REUSE_MISTAKES)),
    Exercise(
        "perplexity",
        "perplexity",
        words.PERPLEXITY,
        Trials("perplexity", perplexity, _texts, PERPLEXITY_MISTAKES, Tolerance(1e-3, 1e-3), opaque=("model",)),
    ),
)
