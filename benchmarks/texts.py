"""Long texts of many scripts, the same in every run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PARAGRAPHS = (
    "You are a pirate chatbot who always responds in pirate speak! The quick brown fox, 1234567 items.\n"
    "むかしむかし、あるところに、おじいさんとおばあさんがいました。おじいさんは山へ芝刈りに行きました。\n"
    "def encode(text: str) -> list[int]:\n    return [vocabulary[part] for part in pattern.findall(text)]  # 👍🏽 👨‍👩‍👧 🇯🇵\n"
    "Привет, мир! مرحبا بالعالم 𠮷野家 naïve café “quoted”\n"
)


def mixed_text(tokens: int, count: Callable[[str], int]) -> str:
    """A text of about `tokens` tokens, as `count` counts them: paragraphs of several scripts between lines of invented words."""
    chance = random.Random(0)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(3000)]
    block = "".join(PARAGRAPHS + " ".join(chance.choices(words, k=60)) + "\n" for _ in range(20))
    return block * max(tokens // count(block), 1)
