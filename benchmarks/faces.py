"""What the face of a tokenizer costs beside the tokenizer alone: ratios within one run, at 100,000 tokens of mixed text."""

from __future__ import annotations

import statistics
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transformers
from texts import mixed_text
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from llmwidgets.assets import default_model, ensure_tiktoken
from llmwidgets.stages.comparison import by_language
from llmwidgets.tokenizers import as_tokenizer
from llmwidgets.tokenizers.openai import OpenAITokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = 100_000
ROUNDS = 15
SAMPLE = mixed_text(1, len)


def seconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def compare(ours: Callable[[], object], own: Callable[[], object]) -> tuple[float, float]:
    """Medians of both, run by turns, the first two rounds left out."""
    pairs = [
        (seconds(ours), seconds(own)) if index % 2 else (seconds(own), seconds(ours))[::-1]
        for index in range(ROUNDS + 2)
    ]
    return statistics.median(pair[0] for pair in pairs[2:]), statistics.median(pair[1] for pair in pairs[2:])


def mixed(count: Callable[[str], int]) -> str:
    """A text of about TOKENS tokens."""
    return mixed_text(TOKENS, count)


def report(name: str, face: Any, own: Callable[[str], object], text: str) -> None:
    first = seconds(lambda: face.encode("x"))
    tokens = face.encode(text)
    ours, alone = compare(lambda: face.encode(text), lambda: own(text))
    print(
        f"{name}: encode {len(tokens):,} tokens {ours * 1e3:.1f} ms against {alone * 1e3:.1f} ms, ratio {ours / alone:.2f} "
        f"(at most 1.30); first encode {first * 1e3:.0f} ms"
    )


def vocabulary(name: str, face: Any) -> None:
    """The first call builds what later ones use."""
    times = {}
    for job, ask in (
        ("search", lambda: face.search("king")),
        ("trace", lambda: face.trace("Who are you? むかし")),
        ("entry", lambda: face.entry(1000)),
    ):
        times[job] = seconds(ask), statistics.median(seconds(ask) for _ in range(ROUNDS))
    print(
        f"{name}: "
        + ", ".join(f"{job} {first * 1e3:.0f} ms, then {later * 1e3:.1f} ms" for job, (first, later) in times.items())
    )


def slowest() -> dict[str, Tokenizer]:
    """Tokenizers that change the text: spans come from their own offsets."""
    word = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    word.normalizer = normalizers.BertNormalizer(lowercase=True)
    word.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    word.decoder = decoders.WordPiece()
    word.train_from_iterator(
        [SAMPLE], trainers.WordPieceTrainer(vocab_size=400, special_tokens=["[UNK]"], show_progress=False)
    )
    letters = Tokenizer(models.BPE())
    letters.normalizer = normalizers.NFC()
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    letters.train_from_iterator(
        [SAMPLE], trainers.BpeTrainer(vocab_size=700, initial_alphabet=sorted(alphabet), show_progress=False)
    )
    trimmed = Tokenizer.from_str(letters.to_str())
    trimmed.post_processor = processors.ByteLevel(trim_offsets=True)
    return {"WordPiece, lower case": word, "NFC, of decomposed text": letters, "NFC with trimmed offsets": trimmed}


def main() -> None:
    transformers.logging.set_verbosity_error()
    path = default_model().path
    encoding = ensure_tiktoken("gpt-4o")
    gpt4o = OpenAITokenizer(encoding)
    text = mixed(lambda part: len(encoding.encode(part)))
    report("gpt-4o", gpt4o, lambda part: encoding.encode(part, disallowed_special=()), text)
    own = transformers.AutoTokenizer.from_pretrained(str(path))
    smol = as_tokenizer(own)
    report("SmolLM2 by transformers", smol, own, mixed(lambda part: len(own(part)["input_ids"])))
    backend = Tokenizer.from_file(str(Path(path) / "tokenizer.json"))
    report(
        "SmolLM2 by tokenizers",
        as_tokenizer(backend),
        lambda part: backend.encode(part).ids,
        mixed(lambda part: len(backend.encode(part).ids)),
    )
    for name, slow in slowest().items():
        part = unicodedata.normalize("NFD", mixed(lambda part, slow=slow: len(slow.encode(part).ids)))  # type: ignore[misc]
        report(name, as_tokenizer(slow), lambda part, slow=slow: slow.encode(part).ids, part)  # type: ignore[misc]
    vocabulary("gpt-4o", gpt4o)
    vocabulary("SmolLM2", smol)
    tokens = gpt4o.encode(text)
    ids = tokens.ids.tolist()
    print(f"gpt-4o: decode {len(ids):,} ids {seconds(lambda: gpt4o.decode(ids)) * 1e3:.0f} ms")
    by_language(text, [tokens])
    print(f"by_language of {len(tokens):,} tokens {seconds(lambda: by_language(text, [tokens])) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
