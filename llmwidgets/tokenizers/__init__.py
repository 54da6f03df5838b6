"""One face over Hugging Face's and OpenAI's tokenizers: ids, exact bytes, character spans."""

from __future__ import annotations

from llmwidgets.tokenizers.face import Tokenizer, as_tokenizer

__all__ = ["Tokenizer", "as_tokenizer"]
