"""Runs pieces of several texts in one forward, and takes from it what each was asked for."""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from llmwidgets.engines.caches import near
from llmwidgets.errors import BadLogits
from llmwidgets.memory import room_on
from llmwidgets.serving.memory import TextMemory
from llmwidgets.serving.packed import OWN, Part, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.errors import LLMWidgetsError

log = logging.getLogger("llmwidgets")

LAYERS = {"full_attention", "sliding_attention"}
TOLERANCE = {torch.float32: 1e-3}
"""How far the logits of a text among others may be from those of the text alone, in standard deviations; half precision: 0.1."""


@dataclass(frozen=True)
class Piece:
    """Tokens `start` to `end` of a text, run at once, and what is wanted of them.

    `logits`: behind the last. `targets`: the tokens whose surprisals are wanted, those behind the last `len(targets)` places; `states`: of
    the last so many places.
    """

    memory: TextMemory
    ids: tuple[int, ...]
    start: int
    end: int
    logits: bool = False
    targets: tuple[int, ...] = ()
    scored_from: int = 0
    states: int = 0


@dataclass(frozen=True)
class Said:
    """What the model said of a piece: (vocabulary,), (targets,) in nats, (layers, states, dimensions), float32 on the CPU; or what went wrong."""

    logits: torch.Tensor | None = None
    surprisals: torch.Tensor | None = None
    states: torch.Tensor | None = None
    error: LLMWidgetsError | None = None


class Runner:
    """Runs one model on pieces of texts."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._device = model.get_input_embeddings().weight.device
        self._keeps = "logits_to_keep" in inspect.signature(model.forward).parameters
        self.token_bytes = 0

    def run(self, pieces: Sequence[Piece]) -> list[Said]:
        """One forward. Raises OutOfMemory."""
        parts, rows, offset = [], [], 0
        for piece in pieces:
            parts.append(Part(piece.memory, piece.start, piece.end, offset))
            rows.append(_rows(piece, offset))
            offset += piece.end - piece.start
        with torch.inference_mode(), room_on(str(self._device), "Try again in a moment, with a shorter text."):
            kept = [row for wanted in rows for row in wanted]
            logits, states = self._forward(pieces, parts, kept or [0])
            found, place = [], 0
            for piece, part, wanted in zip(pieces, parts, rows, strict=True):
                found.append(_said(piece, part, logits[place : place + len(wanted)], states))
                place += len(wanted)
        for piece in pieces:
            piece.memory.done(piece.ids, piece.end)
        return found

    def _forward(
        self, pieces: Sequence[Piece], parts: Sequence[Part], kept: list[int]
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...] | None]:
        """Logits of the kept rows, and the hidden states of all where a piece wants some."""
        ids = [token for piece in pieces for token in piece.ids[piece.start : piece.end]]
        places = [place for piece in pieces for place in range(piece.start, piece.end)]
        at = torch.tensor(kept, device=self._device)
        options: dict[str, Any] = {"logits_to_keep": at} if self._keeps else {}
        wants_states = any(piece.states for piece in pieces)
        with packed(self._model, parts) as cache:
            output = self._model(
                input_ids=torch.tensor([ids], device=self._device),
                position_ids=torch.tensor([places], device=self._device),
                past_key_values=cache,
                use_cache=True,
                output_hidden_states=wants_states,
                **options,
            )
        logits = output.logits[0] if self._keeps else output.logits[0, at]
        return logits.to(torch.float32), output.hidden_states if wants_states else None


def runner_of(model: Any) -> Runner | None:
    """A runner, if packing texts of this model gives what the model gives for each alone: tried here, on the model itself. Else None."""
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    kinds = set(getattr(config, "layer_types", None) or LAYERS)
    if getattr(model.config, "_attn_implementation", None) not in OWN or not kinds <= LAYERS:
        return None
    runner = Runner(model)
    try:
        agrees = _agrees(model, runner)
    except Exception as error:  # noqa: BLE001 (whatever it is, such a model runs text by text)
        log.warning("the texts of this model run one by one, for side by side it fails: %s", error)
        return None
    if not agrees:
        log.warning("the texts of this model run one by one, for side by side it says something else")
        return None
    return runner


def _agrees(model: Any, runner: Runner) -> bool:
    size = int(model.get_input_embeddings().weight.shape[0])
    texts = [tuple((7 * place + 3) % size for place in range(count)) for count in (4, 9)]
    memories = [TextMemory(), TextMemory()]
    said: list[Said] = []
    for start, end in ((0, 3), (3, None)):
        pieces = []
        for ids, memory in zip(texts, memories, strict=True):
            memory.room = len(ids)
            pieces.append(Piece(memory, ids, start, end or len(ids), logits=end is None))
        said = runner.run(pieces)
    runner.token_bytes = memories[0].bytes_a_token
    with torch.inference_mode():
        for ids, found in zip(texts, said, strict=True):
            alone = model(input_ids=torch.tensor([ids], device=runner._device)).logits[0, -1].float().cpu()
            if found.logits is None or not near(found.logits, alone, TOLERANCE.get(model.dtype, 0.1)):
                return False
    return True


def _rows(piece: Piece, offset: int) -> list[int]:
    """The places in the row whose logits are wanted: those before the targets, and the last."""
    first = offset + piece.scored_from - piece.start
    rows = list(range(first, first + len(piece.targets)))
    last = offset + piece.end - piece.start - 1
    return [*rows, last] if piece.logits else rows


def _said(piece: Piece, part: Part, logits: torch.Tensor, states: tuple[torch.Tensor, ...] | None) -> Said:
    surprisals = None
    if piece.targets:
        targets = torch.tensor(piece.targets, device=logits.device)[:, None]
        scored = logits[: len(piece.targets)]
        surprisals = (scored.logsumexp(dim=-1) - scored.gather(-1, targets)[:, 0]).cpu()
        if bool(surprisals.isnan().any()):
            return Said(error=BadLogits("The model's logits are not finite.", hint="Try another text or dtype."))
    found = None
    if piece.states and states is not None:
        rows = slice(part.rows.stop - piece.states, part.rows.stop)
        found = torch.stack([layer[0, rows].float().cpu() for layer in states])
    return Said(logits[-1].cpu().clone() if piece.logits else None, surprisals, found)
