"""Sees what the user's own code does with a model, and leaves results, random numbers, modes and memory as they are.

A forward hook sees each call. `generate` stands as an attribute of the model before the class's own, and so do the two methods
in which `generate` makes its stopping criteria and its compiled call: there the prepared settings are, and the only way to stop it.
"""

from __future__ import annotations

import functools
import inspect
import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

import torch
from transformers import StoppingCriteria

from llmwidgets.engines.passes import is_own_pass
from llmwidgets.stages.sampling import Sampler
from llmwidgets.watching import reading
from llmwidgets.watching.call import Call, Seen, Tail
from llmwidgets.watching.memory import Prefixes
from llmwidgets.watching.stands import Compiled, Criteria, ForwardHook, Generate, Stand

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

log = logging.getLogger("llmwidgets")

MOST_CANDIDATES = 64
"""Logits of an assisted step that are kept: one for each candidate and one more."""


class Observer(Protocol):
    """Whoever is told, on the thread of the call. What it does there the user waits for."""

    @property
    def wants_logits(self) -> bool:
        """Whether a view shows the distribution."""

    @property
    def mask(self) -> int | None:
        """The mask token of a model that predicts masked tokens: its logits are looked at there."""

    def began(self, call: Call) -> None:
        """A `generate` begins."""

    def saw(self, seen: Seen) -> None:
        """Something flowed."""

    def ended(self, call: Call) -> None:
        """A `generate` has ended, in whatever way."""


class ModelHooks:
    """What is put on a model to see its calls, and taken off without a trace. The model holds it; it holds the model weakly."""

    def __init__(self, model: Any, observer: Observer) -> None:
        self._modules = tuple(weakref.ref(module) for module in unwrapped(model))
        inner = unwrapped(model)[-1]
        self._inner = self._modules[-1]
        self._names = tuple(inspect.signature(type(inner).forward).parameters)[1:]
        self._observer = observer
        self._thread = threading.local()
        self._prefixes = Prefixes()
        self._handles: list[Any] = []
        self._before: dict[str, Any] = {}
        self._failed = False

    def attach(self) -> None:
        """Puts the hooks on."""
        for module in self._live():
            # not before the user's own hooks, which may change what flows
            self._handles.append(module.register_forward_hook(ForwardHook(self), with_kwargs=True))
        inner = self._live()[-1]
        for name, kind in (
            ("generate", Generate),
            ("_get_stopping_criteria", Criteria),
            ("get_compiled_call", Compiled),
        ):
            if callable(getattr(inner, name, None)):
                self._before[name] = inner.__dict__.get(name)
                inner.__dict__[name] = kind(self, inner, name, self._before[name])

    def detach(self) -> None:
        """Takes them off; what others have put over them since stays."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        for inner in self._live()[-1:]:
            for name, before in self._before.items():
                if not isinstance(inner.__dict__.get(name), Stand):
                    continue
                if before is None:
                    del inner.__dict__[name]
                else:
                    inner.__dict__[name] = before
        self._before = {}

    # what the hooks tell, on the thread of the call

    def passed(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """A forward pass has ended."""
        if is_own_pass() or not any(module is known for known in self._live()):
            return
        with self._quietly():
            given = {**dict(zip(self._names, args, strict=False)), **kwargs}
            logits = reading.logits_of(output, _vocabulary_of(self._live()[-1]))
            if self._is_told(module, output) or reading.packed(given):
                return
            call = getattr(self._thread, "call", None)
            seen = self._of_pass(given, output, logits) if call is None else self._of_step(call, given, output, logits)
            if seen is not None:
                self._observer.saw(seen)

    def generating(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`generate`, with what it does told."""
        if is_own_pass() or getattr(self._thread, "call", None) is not None:
            return original(*args, **kwargs)
        call = self._thread.call = self._call(args, kwargs)
        result = None
        try:
            result = original(*args, **kwargs)
        finally:
            self._thread.call = None
            with self._quietly():
                self._end(call, result)
        return result

    def settings(self, config: Any, criteria: Any) -> Any:
        """The settings of the `generate` under way are prepared: here it can be stopped."""
        call = getattr(self._thread, "call", None)
        if call is None or call.sampler is not None or is_own_pass():
            return criteria
        with self._quietly():
            self._prepare(call, config)
            criteria.append(_Stop(call))
        return criteria

    def compiled(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """A compiled forward, whose graph holds no hook."""
        if getattr(run, "__self__", None) is self._inner():
            return run  # it is the call itself, which has its hook

        @functools.wraps(run)
        def told(*args: Any, **kwargs: Any) -> Any:
            output = run(*args, **kwargs)
            self.passed(self._inner(), args, kwargs, output)
            return output

        return told

    # inside

    def _live(self) -> list[Any]:
        return [module for reference in self._modules if (module := reference()) is not None]

    def _is_told(self, module: Any, output: Any) -> bool:
        """Whether a wrapper hands out what its model has just told."""
        told = getattr(self._thread, "told", None)
        logits = getattr(output, "logits", None)
        if module is not self._inner():
            return logits is not None and told is not None and told() is logits
        self._thread.told = None if logits is None else weakref.ref(logits)
        return False

    def _quietly(self) -> _Quietly:
        return _Quietly(self)

    def failed(self, error: BaseException) -> None:
        """Something here went wrong, which is not the user's: said once."""
        if not self._failed:
            self._failed = True
            log.warning("A call of the watched model could not be shown: %s: %s", type(error).__name__, error)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        inputs = args[0] if args else kwargs.get("inputs", kwargs.get("input_ids"))
        encoder = bool(getattr(self._live()[-1].config, "is_encoder_decoder", False))
        prompt = inputs.shape[-1] if isinstance(inputs, torch.Tensor) and not encoder else None
        return Call(generates=True, prompt=prompt, mask=kwargs.get("attention_mask"), started=time.perf_counter())

    def _prepare(self, call: Call, config: Any) -> None:
        call.sampler = Sampler.from_config(config)
        call.most = int(config.max_new_tokens or max((config.max_length or 0) - (call.prompt or 0), 0))
        call.assisted = config.get_generation_mode().value == "assisted_generation" or config.is_assistant
        ends = config.eos_token_id
        if ends is not None:
            call.ends = torch.as_tensor(ends if isinstance(ends, (list, tuple)) else [ends])
        if (config.num_beams or 1) > 1:
            from llmwidgets.watching.beams import BeamRecorder

            call.beams = BeamRecorder(self._inner(), call.prompt, _nothing)
            call.beams.start()
        self._observer.began(call)

    def _end(self, call: Call, result: Any) -> None:
        call.seconds = time.perf_counter() - call.started
        if call.beams is not None:
            call.beams.stop()
        self._observer.ended(call)
        ids = getattr(result, "sequences", result)
        if call.beams is None and reading.is_readable(ids):
            self._prefixes.keep(reading.cache_of(result, {}), ids)
        tail = getattr(self._thread, "tail", None)
        self._thread.tail = None
        if not reading.is_readable(ids) or ids.ndim != 2:
            ids, place = call.ids, None
        else:
            # the last token was drawn after the one before it, and nothing has flowed behind it
            place = ids.shape[1] - 2
        if call.beams is not None:
            tail, place = None, None
        if ids is not None:
            self._observer.saw(Seen(call, ids, self._mask(call, ids), tail, place, done=True))

    def _of_pass(self, given: dict[str, Any], output: Any, logits: torch.Tensor | None) -> Seen | None:
        """A call that stands alone."""
        new = reading.ids_of(self._inner(), given)
        if new is None:
            return None
        ids = self._prefixes.before(given, output, new.clone())
        self._prefixes.keep(reading.cache_of(output, given), ids)
        mask = reading.mask_of(given, *ids.shape)
        tail = None
        if logits is not None and self._observer.wants_logits:
            looked = self._observer.mask
            if looked is None:
                tail = _tail_of(logits, mask, new.shape[1], ids.shape[1])
            elif logits.shape[1] == ids.shape[1]:
                tail = _tail_at(logits, ids == looked)
        return Seen(Call(seconds=0.0), ids, None if mask is None else mask.clone(), tail, None, done=True)

    def _of_step(self, call: Call, given: dict[str, Any], output: Any, logits: torch.Tensor | None) -> Seen | None:
        """A pass within `generate`: the tokens so far, and what comes after the last of them."""
        if call.beams is not None:
            return self._of_beams(call, given, logits)
        ids = call.ids
        new = reading.ids_of(self._inner(), given)
        candidates = 0
        if ids is None:
            if new is None:
                return None
            ids = self._prefixes.before(given, output, new)
            if call.assisted and call.prompt is not None:
                candidates = ids.shape[1] - call.prompt
                ids = ids[:, : call.prompt]
            self._prefixes.keep(reading.cache_of(output, given), ids)
        elif call.assisted and new is not None:
            candidates = new.shape[1] - 1
        place = ids.shape[1] - 1
        if logits is not None and self._observer.wants_logits and candidates < min(MOST_CANDIDATES, logits.shape[1]):
            kept = logits[:, logits.shape[1] - 1 - candidates :].clone()
            self._thread.tail = _living(call, ids, kept, place, getattr(self._thread, "tail", None))
        tail = getattr(self._thread, "tail", None)
        return Seen(call, ids, self._mask(call, ids), tail, place, done=False)

    def _of_beams(self, call: Call, given: dict[str, Any], logits: torch.Tensor | None) -> Seen | None:
        """The best of each row's beams, and what comes after it."""
        assert call.beams is not None  # noqa: S101 (whoever calls has looked)
        running = call.beams.running
        if running is None:
            new = reading.ids_of(self._inner(), given)
            if new is None:
                return None
            ids, count = new[:: call.beams.num_beams], call.beams.num_beams
        else:
            sequences, length = running
            ids, count = sequences[:, 0, :length], sequences.shape[1]
        tail = None
        if logits is not None and self._observer.wants_logits:
            tail = Tail(logits[::count, -1:].clone(), ids.shape[1] - 1)
        return Seen(call, ids, self._mask(call, ids), tail, ids.shape[1] - 1, done=False)

    @staticmethod
    def _mask(call: Call, ids: torch.Tensor) -> torch.Tensor | None:
        """The prompt's mask, for as many rows as the prompts have become."""
        mask = call.mask
        if (
            not reading.is_readable(mask)
            or mask.ndim != 2
            or mask.shape[1] != call.prompt
            or ids.shape[0] % mask.shape[0]
        ):
            return None
        return mask.detach().bool().repeat_interleave(ids.shape[0] // mask.shape[0], dim=0)


class _Quietly:
    """What goes wrong in here is not the user's. An interrupt is."""

    def __init__(self, hooks: ModelHooks) -> None:
        self._hooks = hooks
        # reading a tensor of the user's must not write into a graph
        self._no_grad = torch.no_grad()

    def __enter__(self) -> None:
        self._no_grad.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._no_grad.__exit__(kind, error, trace)
        if isinstance(error, Exception):
            self._hooks.failed(error)
            return True
        return False


class _Stop(StoppingCriteria):  # type: ignore[misc]  # transformers has no types here
    """Learns the tokens so far, and ends the writing when it is asked to."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __call__(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> bool:
        self._call.ids = input_ids
        return self._call.stop.is_set()


def unwrapped(model: Any) -> tuple[Any, ...]:
    """A model and what it wraps: torch.compile's and DataParallel's modules hold the model that they run."""
    found = [model]
    for name in ("_orig_mod", "module"):
        inner = found[-1].__dict__.get("_modules", {}).get(name)
        if inner is not None and not hasattr(type(found[-1]), "get_input_embeddings"):
            found.append(inner)
    return tuple(found)


def _vocabulary_of(model: Any) -> int:
    head = model.get_output_embeddings()
    table = model.get_input_embeddings()
    return int((table if head is None else head).weight.shape[0])


def _tail_of(logits: torch.Tensor, mask: torch.Tensor | None, new: int, columns: int) -> Tail | None:
    """The logits after each row's last token that is no padding, where they were made."""
    if mask is None:
        return Tail(logits[:, -1:].clone(), columns - 1)
    last = columns - 1 - mask.flip(1).long().argmax(1)
    kept = logits.shape[1] - columns + last
    if logits.shape[1] < new:  # made for the last places alone
        return Tail(logits[:, -1:].clone(), columns - 1)
    rows = torch.arange(len(logits), device=logits.device)
    return Tail(logits[rows, kept.to(logits.device).clamp(min=0)][:, None], last)


def _tail_at(logits: torch.Tensor, masked: torch.Tensor) -> Tail:
    """The logits of each row's first mask token; in a row without one they are those of no place."""
    column = torch.where(masked.any(1), masked.long().argmax(1), -1)
    rows = torch.arange(len(logits), device=logits.device)
    return Tail(logits[rows, column.to(logits.device).clamp(min=0)][:, None], column)


def _living(call: Call, ids: torch.Tensor, logits: torch.Tensor, place: int, before: Tail | None) -> Tail:
    """The newest logits of the rows that go on; a row that has ended keeps those that drew its end."""
    if call.ends is None or len(ids) == 1 or before is None or call.prompt is None:
        return Tail(logits, place)
    over = torch.isin(ids[:, call.prompt :], call.ends.to(ids.device)).any(1)
    first = torch.where(over, torch.as_tensor(before.first, device=ids.device), place)
    on = over.to(logits.device)[:, None, None]
    return Tail(torch.where(on, before.logits, logits), first)


def _nothing() -> None:
    return None
