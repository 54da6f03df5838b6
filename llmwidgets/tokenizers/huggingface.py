"""Hugging Face tokenizers: what transformers adds to the library below it: settings of the call, special tokens, chat templates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmwidgets.tokenizers.backend import BackendTokenizer
from llmwidgets.tokenizers.chat import Chat, render
from llmwidgets.tokenizers.names import own_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class HuggingFaceTokenizer(BackendTokenizer):
    """A fast transformers tokenizer, wrapped. Texts go through its own call, so that its settings hold."""

    def __init__(self, tokenizer: Any, name: str = "") -> None:
        super().__init__(tokenizer, name or own_name(tokenizer))

    @property
    def backend(self) -> Any:
        """The `tokenizers.Tokenizer` below."""
        return self.tokenizer.backend_tokenizer

    @property
    def mask(self) -> int | None:
        """See Tokenizer."""
        return getattr(self.tokenizer, "mask_token_id", None)

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return super().special_ids | frozenset(map(int, self.tokenizer.all_special_ids))

    def chat(self, messages: Any, *, add_generation_prompt: bool = True, **options: Any) -> Chat:
        """See Tokenizer."""
        return render(self.tokenizer, self.name, messages, add_generation_prompt=add_generation_prompt, **options)

    def _encoding(self, text: str, *, special: bool) -> tuple[Any, list[int]]:
        batch = self.tokenizer(text, add_special_tokens=special, verbose=False)
        return batch.encodings[0], batch["input_ids"]

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(ids))
