"""The face of a vocabulary whose tokens nobody has named: ids alone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from llmwidgets.errors import NoTokenizer
from llmwidgets.stages.tokens import Tokens
from llmwidgets.tokenizers.base import BaseTokenizer


class NamelessTokenizer(BaseTokenizer):
    """See Tokenizer. It knows no token, so that an id is all that can be shown of one; the only text that it takes is the empty one."""

    name = "ids alone"
    size = 0
    adds_special = False
    tokenizer: Any = None

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer."""
        del special
        if text:
            msg = "Without a tokenizer a text has no tokens."
            raise NoTokenizer(msg, hint="Give the model's: tokenizer=tokenizer.", value=repr(text)[:60])
        return Tokens("", np.empty(0, np.int64), (), np.empty((0, 2), np.int64), np.empty(0, bool))

    @cached_property
    def table(self) -> list[bytes]:
        """See BaseTokenizer."""
        return []

    @cached_property
    def holes(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset()

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset()

    def _decode(self, ids: list[int]) -> str:
        del ids
        return ""
