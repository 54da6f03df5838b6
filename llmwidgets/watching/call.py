"""One call of a watched model, a forward pass or a `generate`, and what had flowed in it at one moment."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from llmwidgets.stages.sampling import Sampler
    from llmwidgets.watching.beams import BeamRecorder


@dataclass(eq=False)
class Call:
    """A call under way or done. Of a `generate`: `prompt` tokens it began with, how many it may add, the sampler that it uses.

    `ids` (rows, n) are the texts so far, on the model's device; `stop` ends it after the next token.
    """

    generates: bool = False
    prompt: int | None = None
    most: int = 0
    sampler: Sampler | None = None
    ends: torch.Tensor | None = None
    assisted: bool = False
    mask: torch.Tensor | None = None
    ids: torch.Tensor | None = None
    started: float = 0.0
    seconds: float = 0.0
    beams: BeamRecorder | None = None
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, eq=False)
class Tail:
    """Logits (rows, k, vocabulary) after k successive places, of which `first` is the first: one number, or one for each row.

    Of a model that predicts masked tokens they are those of the tokens at the places; -1 where a row has none.
    """

    logits: torch.Tensor
    first: int | torch.Tensor


@dataclass(frozen=True, eq=False)
class Seen:
    """What had flowed: ids (rows, n) int64, -1 where unknown; mask (rows, n) bool, or None; logits, or None where no view shows them.

    `place`: after which of the n columns we look, None for each row's last. `done`: nothing follows in this call.
    """

    call: Call
    ids: torch.Tensor
    mask: torch.Tensor | None
    tail: Tail | None
    place: int | None
    done: bool
    extra: dict[str, Any] = field(default_factory=dict)
