"""What beam search does while the user's own `generate` runs, seen through the methods that it calls on the model.

The methods' arguments and results pass through untouched. Of each step a few small tensors are kept on the device: nothing
is waited for on the user's thread, and what they hold is read when someone asks for `beams()`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from llmwidgets.stages.beams import Beams, Search, Step
from llmwidgets.watching.beam_steps import RawStep
from llmwidgets.watching.taps import Tap

if TYPE_CHECKING:
    import torch

log = logging.getLogger("llmwidgets")

METHODS = (
    "_prefill",
    "_get_running_beams_for_next_iteration",
    "_update_finished_beams",
    "_check_early_stop_heuristic",
)
"""What beam search calls on the model, once a step, the first one once."""

_changing = threading.Lock()


class BeamRecorder:
    """Records one beam search of `model.generate` on this thread, between `start` and `stop`.

    `prompt_length`: tokens that the decoder begins with, None where the first step will tell. `tell()` is called after every step, on the thread that generates. `reason` says in
    words why there are no beams, where there are none.

    >>> recorder = BeamRecorder(model, inputs["input_ids"].shape[1], lambda: None)      # doctest: +SKIP
    >>> recorder.start()                                                                # doctest: +SKIP
    >>> model.generate(**inputs, num_beams=4)                                           # doctest: +SKIP
    >>> recorder.stop()                                                                 # doctest: +SKIP
    >>> recorder.beams().rows[0].finished[0].score                                      # doctest: +SKIP
    -0.71
    """

    def __init__(self, model: Any, prompt_length: int | None, tell: Callable[[], None]) -> None:
        self.reason = ""
        self._model = model
        self._tell = tell
        self._prompt_length = prompt_length
        self._thread = 0
        self._taps: list[Tap] = []
        self._config: Any = None
        self._search: Search | None = None
        self._running: Any = None
        self._sequences: tuple[torch.Tensor, int] | None = None
        self._pending: RawStep | None = None
        self._raw: list[RawStep] = []
        self._steps: list[Step] = []
        self._reading = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Begins to record. A model without the methods that beam search is known by is left as it is."""
        missing = [name for name in METHODS if not callable(getattr(self._model, name, None))]
        if missing:
            self.reason = f"This version of transformers does beam search in another way: no {', '.join(missing)}."
            return
        self._thread = threading.get_ident()
        with _changing:
            self._taps = [Tap(self._model, name, self._asked, self._seen) for name in METHODS]

    def stop(self) -> None:
        """Ends recording and gives the model back what it had."""
        with _changing:
            for tap in reversed(self._taps):
                tap.remove()
        self._taps = []
        self._running = self._pending = self._sequences = None
        self._model = None
        self._stopped = True
        if not self.reason:
            self._safely(self._tell)

    @property
    def num_beams(self) -> int:
        """How many beams a row has; 1 before the search begins."""
        return getattr(self._config, "num_beams", None) or 1

    @property
    def running(self) -> tuple[torch.Tensor, int] | None:
        """The live beams on their device: sequences (rows, num_beams, columns), of which so many columns are written. None before the first step."""
        return self._sequences

    def beams(self) -> Beams | None:
        """The search so far; None where it cannot be told, and `reason` says why. Waits for the device."""
        if self.reason:
            return None
        with self._reading:
            fresh = self._raw[:]
            if not self._safely(lambda: self._read(fresh)):
                return None
            del self._raw[: len(fresh)]
            search = self._search or Search(self.num_beams, self._prompt_length or 0)
            return Beams(search, tuple(self._steps), self._stopped)

    def _read(self, fresh: list[RawStep]) -> None:
        for raw in fresh:
            self._steps.append(raw.read(self._steps))

    # on the user's thread

    def _asked(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Called before each of the methods."""
        if name == "_prefill" and self._config is None and threading.get_ident() == self._thread:
            self._config = named.get("generation_config", arguments[1] if len(arguments) > 1 else None)

    def _seen(self, name: str, result: Any, named: dict[str, Any]) -> None:
        """Called after each of them."""
        if threading.get_ident() == self._thread and not self.reason:
            self._safely(lambda: self._keep(name, result, named))

    def _safely(self, work: Callable[[], None]) -> bool:
        """Whether it went well; what goes wrong here is no affair of the user's."""
        try:
            work()
        except Exception as error:
            log.exception("beam search could not be recorded")
            self.reason = f"Beam search could not be recorded: {type(error).__name__}: {error}"
            self._running = self._pending = None
            return False
        return True

    def _keep(self, name: str, result: Any, named: dict[str, Any]) -> None:
        if name == "_get_running_beams_for_next_iteration":
            self._running = result
        elif name == "_update_finished_beams":
            self._search = self._search or _search_of(self._config, named)
            self._pending = RawStep.of(self._running, result, named)
            self._sequences = self._running[0], named["cur_len"] + 1
            self._running = None
        elif name == "_check_early_stop_heuristic" and self._pending is not None:
            # a step counts once it is known whether another may follow
            self._raw.append(self._pending.closed_by(result))
            self._pending = None
            self._tell()


def _search_of(config: Any, named: dict[str, Any]) -> Search:
    """What `generate` was asked for, by its generation config and what it gives to `_update_finished_beams`."""
    ends = config.eos_token_id
    ends = [] if ends is None else [ends] if isinstance(ends, int) else ends
    return Search(
        num_beams=named["num_beams"],
        prompt_length=named["decoder_prompt_len"],
        length_penalty=named["length_penalty"],
        early_stopping=named["early_stopping"],
        do_sample=bool(config.do_sample),
        num_return_sequences=config.num_return_sequences or 1,
        max_length=config.max_length,
        eos=tuple(int(token) for token in ends),
    )
