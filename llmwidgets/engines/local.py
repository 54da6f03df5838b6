"""A transformers model in this process, on GPU or CPU, with the keys and values of the last text kept."""

from __future__ import annotations

import gc
import inspect
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from llmwidgets.arrays import to_numpy
from llmwidgets.engines.attending import attentions_of, eager_twin, hands_out_attentions, no_attentions
from llmwidgets.engines.branches import groups, one_by_one, side_by_side
from llmwidgets.engines.caches import Keeping, branch, keeping_of, new_cache
from llmwidgets.engines.engine import MOST_ATTENDING, MOST_STATES, Info, Work
from llmwidgets.engines.heads import context_of, does_not_write, predicts_of, text_config
from llmwidgets.engines.passes import own_pass
from llmwidgets.engines.whole import WholeEngine
from llmwidgets.errors import (
    EmptyText,
    InvalidValue,
    LLMWidgetsError,
    ModelFailed,
    NotACausalModel,
    OutOfMemory,
    SessionClosed,
    TextTooLong,
)
from llmwidgets.memory import room_on
from llmwidgets.stages.distribution import check_logits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from transformers import DynamicCache

LOGITS_AT_ONCE = 2**25
"""How many logits may lie in memory while a whole text is scored: 128 MB in float32."""

TEXTS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class _States:
    """Of the tokens `ids` in their context: hidden states, (layers, n, dimensions) float32, or attention weights, (layers, heads, n, n)."""

    ids: list[int]
    values: np.ndarray

    def first(self, count: int) -> np.ndarray:
        return self.values[:, :count]


_NO_STATES = _States([], np.empty((0, 0, 0), np.float32))


@dataclass(frozen=True, eq=False)
class _Masked:
    """Surprisals of an encoder by place: of the tokens `ids`, each with `mask` in its place."""

    ids: list[int]
    mask: int
    scores: dict[int, float]


class LocalEngine(WholeEngine):
    """See Engine. The model is wrapped, never copied; its mode and its configuration stay as they are."""

    def __init__(self, model: Any, *, name: str = "", source: str = "memory") -> None:
        self._held: Callable[[], Any] = partial(_itself, model)
        self.info = info_of(model, name, source)
        self._rows = int(model.get_input_embeddings().weight.shape[0])
        self.work = Work()
        self._scored: list[int] = []
        self._scores = np.empty(0, np.float32)
        self._cached: list[int] = []
        self._cache: DynamicCache | None = None
        self._recording = False
        self._states = _NO_STATES
        self._masked = _Masked([], -1, {})
        self._attended = _NO_STATES
        takes = inspect.signature(model.forward).parameters
        self._keeps_logits = "logits_to_keep" in takes
        self._tried: Keeping | None = None if self.info.causal else Keeping.NOTHING
        self._takes_mask = "attention_mask" in takes

    @property
    def model(self) -> Any:
        """See Engine."""
        return self._held()

    def beside(self) -> LocalEngine:
        """See Engine."""
        return LocalEngine(self._open(), name=self.info.name, source=self.info.source)

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """See Engine. Raises EmptyText, TextTooLong, NotACausalModel, OutOfMemory, SessionClosed."""
        model = self._open()
        self._check(ids)
        started = time.perf_counter()
        with self._pass(model):
            logits = self._run(model, list(ids), reuse=len(ids) - 1)[0]
        self.work += Work(seconds=time.perf_counter() - started)
        return logits

    def surprisals(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine. Logits are held for as many positions at a time as fill LOGITS_AT_ONCE. Raises as `logits`, and BadLogits."""
        model, wanted = self._open(), list(ids)
        if not wanted:
            return np.empty(0, np.float32)
        self._check(wanted)
        known = _common_prefix(self._scored, wanted)
        scores = [self._scores[:known] if known else np.full(1, np.nan, np.float32)]
        started = time.perf_counter()
        with self._pass(model):
            last = len(wanted) - 1
            in_parts = self._keeping(model) is not Keeping.NOTHING
            step = max(1, LOGITS_AT_ONCE // self.info.vocabulary) if in_parts else last
            for start in range(max(known - 1, 0), last, max(step, 1)):
                end = min(start + step, last)
                logits = self._run(model, wanted[:end], reuse=start)
                scores.append(_surprisals(logits, wanted[start + 1 : end + 1]))
        self.work += Work(seconds=time.perf_counter() - started)
        self._scored, self._scores = wanted, np.concatenate(scores)
        # they are handed out, and are what the next call goes on from
        self._scores.setflags(write=False)
        return self._scores

    def continuations(self, ids: Sequence[int], ends: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Where keys and values can be branched, the ends stand side by side in one forward. Raises as `surprisals`."""
        model, prefix = self._open(), list(ids)
        for end in ends:
            if prefix or end:
                self._check([*prefix, *end])
        if not ends:
            return []
        places = LOGITS_AT_ONCE // self.info.vocabulary
        with self._pass(model):
            branches = self._keeping(model) is Keeping.ANY_PLACE
        if not prefix or not branches or max(map(len, ends)) > places:
            return one_by_one(self, prefix, ends)
        started, found = time.perf_counter(), []
        with self._pass(model):
            first = self._run(model, prefix, reuse=len(prefix) - 1)[0]
            for group in groups(ends, places):
                found += side_by_side(model, self._branched(len(prefix), len(group)), first, group)
                count = sum(max(len(end) - 1, 0) for end in group)
                self.work += Work(int(count > 0), count, len(prefix) if count else 0)
        self.work += Work(seconds=time.perf_counter() - started)
        return found

    def logits_at(self, ids: Sequence[int], place: int) -> torch.Tensor:
        """See WholeEngine. One forward a place: what stands on either side changes every token. Raises as `logits`, but for a decoder."""
        model = self._open()
        self._check_size(ids)
        started = time.perf_counter()
        with self._pass(model):
            logits = self._both_ways(model, [list(ids)], [place])[0]
        self.work += Work(seconds=time.perf_counter() - started)
        return logits

    def surprisals_at(
        self, ids: Sequence[int], places: Sequence[int], mask: int, wanted: Callable[[], bool]
    ) -> np.ndarray | None:
        """See Engine. As many masked texts at a time as fill LOGITS_AT_ONCE. Raises as `logits_at`, and BadLogits."""
        model, whole = self._open(), list(ids)
        self._check_size(whole)
        if (self._masked.ids, self._masked.mask) != (whole, mask):
            self._masked = _Masked(whole, mask, {})
        scores = self._masked.scores
        left = [place for place in places if place not in scores]
        rows = min(max(LOGITS_AT_ONCE // max(len(whole) * self.info.vocabulary, 1), 1), TEXTS_AT_ONCE)
        for start in range(0, len(left), rows):
            if not wanted():
                return None
            part, started = left[start : start + rows], time.perf_counter()
            texts = [[*whole[:place], mask, *whole[place + 1 :]] for place in part]
            with self._pass(model):
                logits = self._both_ways(model, texts, part)
                found = _surprisals(logits, [whole[place] for place in part])
            scores.update(zip(part, found.tolist(), strict=True))
            self.work += Work(seconds=time.perf_counter() - started)
        return np.array([scores[place] for place in places], np.float32)

    def embeddings(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine."""
        table = self._open().get_input_embeddings()
        self._check_ids(ids)
        with torch.inference_mode():
            return to_numpy(table(torch.as_tensor(ids, dtype=torch.long, device=table.weight.device))).astype(
                np.float32, copy=False
            )

    def table(self) -> torch.Tensor:
        """See Engine."""
        weight: torch.Tensor = self._open().get_input_embeddings().weight.detach()
        return weight

    def record_states(self, on: bool) -> None:
        """See Engine."""
        self._recording = on
        if not on:
            self._states = _NO_STATES

    def hidden_states(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine. Raises TextTooLong, InvalidValue, OutOfMemory, SessionClosed, ModelFailed for a model that hands out none."""
        model, wanted = self._open(), list(ids)[:MOST_STATES]
        if not wanted:
            return np.empty((self.info.layers, 0, self.info.dimensions), np.float32)
        self._check_size(wanted)
        known = _common_prefix(self._states.ids, wanted)
        # what stands behind a token says nothing of it in a causal model alone
        if known < len(wanted) or not (self.info.causal or self._states.ids == wanted):
            started = time.perf_counter()
            with self._pass(model), self._recorded():
                if self.info.causal:
                    self._run(model, wanted, reuse=known, kept=1)
                else:
                    output = self._encoded(model, [wanted])
                    self._states = _States(wanted, _stacked([state[0] for state in output]))
            self.work += Work(seconds=time.perf_counter() - started)
        found = self._states.first(len(wanted))
        found.setflags(write=False)
        return found

    def attentions(self, ids: Sequence[int], first: int = 0, last: int | None = None) -> np.ndarray:
        """See Engine. Those of the last text are kept. Raises TextTooLong, InvalidValue, OutOfMemory, SessionClosed, NotOffered."""
        model, wanted = self._open(), list(ids)[:MOST_ATTENDING]
        if not self.info.attends:
            raise no_attentions(self.info.name)
        self._check_size(wanted)
        if not wanted:
            return np.empty((0, 0, 0, 0), np.float32)
        attended = self._attended
        if attended.ids != wanted:
            self._attended = _NO_STATES
            started, twin = time.perf_counter(), eager_twin(model)
            with self._pass(twin):
                found = attentions_of(twin, wanted, self.info.name)
            found.setflags(write=False)
            attended = self._attended = _States(wanted, found)
            self.work += Work(1, len(wanted), 0, time.perf_counter() - started)
        return attended.values[:, :, first:last]

    def last_states(self, texts: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Raises as `hidden_states`."""
        model = self._open()
        for ids in texts:
            self._check_size(ids)
        found: list[np.ndarray] = []
        with self._pass(model):
            for start in range(0, len(texts), TEXTS_AT_ONCE):
                part = texts[start : start + TEXTS_AT_ONCE]
                last = self._encoded(model, part)[-1]
                found += [to_numpy(state[: len(ids)]).astype(np.float32) for state, ids in zip(last, part, strict=True)]
        return found

    def stop_ids(self) -> frozenset[int]:
        """See Engine."""
        stops = getattr(getattr(self._open(), "generation_config", None), "eos_token_id", None)
        if stops is None:
            return frozenset()
        return frozenset(stops if isinstance(stops, (list, tuple)) else [stops])

    def forget(self) -> None:
        """See Engine."""
        self._cached, self._cache = [], None
        self._scored = []
        self._states = self._attended = _NO_STATES
        self._masked = _Masked([], -1, {})

    def close(self) -> None:
        """See Engine."""
        self._held = _nothing
        self.forget()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _open(self) -> Any:
        model = self._held()
        if model is None:
            raise self._gone()
        return model

    def _gone(self) -> LLMWidgetsError:
        """Why there is no model."""
        return SessionClosed("This session is closed.", hint="Make a new one: ModelSession(...).")

    @contextmanager
    def _pass(self, model: Any) -> Iterator[None]:
        """What every pass of the model runs in."""
        with torch.inference_mode(), own_pass(model), self._memory_guard():
            yield

    def _check(self, ids: Sequence[int]) -> None:
        if self.info.predicts == "masked":
            raise does_not_write(self.info.name)
        if not self.info.can_predict:
            msg = f"{self.info.name} does not predict a next token: it is an encoder, or a model without its language-model head."
            hint = (
                "TokenView and EmbeddingMap work with it; for a distribution load one with AutoModelForCausalLM, or a "
                "BERT with AutoModelForMaskedLM."
            )
            raise NotACausalModel(msg, hint=hint, name=self.info.name)
        if not ids:
            msg = "The text is empty, so there is no next-token distribution."
            raise EmptyText(msg, hint="Type a text.")
        self._check_size(ids)

    def _check_size(self, ids: Sequence[int]) -> None:
        self._check_ids(ids)
        if 0 < self.info.context < len(ids):
            msg = f"The text has {len(ids):,} tokens; {self.info.name} takes {self.info.context:,}."
            raise TextTooLong(
                msg, hint="Shorten the text; it is still there.", tokens=len(ids), context=self.info.context
            )

    def _check_ids(self, ids: Sequence[int]) -> None:
        """An index outside the table is said here; on CUDA it would end all work on the device."""
        if ids and not 0 <= min(ids) <= max(ids) < self._rows:
            wrong = next(token for token in ids if not 0 <= token < self._rows)
            msg = f"{self.info.name} has no token {wrong}: its table has {self._rows:,} rows."
            allowed = f"0 to {self._rows - 1}"
            raise InvalidValue(msg, hint="Give it its own tokenizer's ids.", name="token", value=wrong, allowed=allowed)

    def _run(self, model: Any, ids: list[int], *, reuse: int, kept: int = 0) -> torch.Tensor:
        """Logits after each token from place `reuse` on (or of the last `kept`), (tokens, vocabulary) float32; what lies before may come from the cache."""
        device = model.get_input_embeddings().weight.device
        kept = kept or len(ids) - reuse
        recording = self._recording and len(ids) <= MOST_STATES
        only: dict[str, Any] = {"logits_to_keep": kept} if self._keeps_logits else {}
        if recording:
            only["output_hidden_states"] = True
        if self._keeping(model) is Keeping.NOTHING:
            output = model(input_ids=torch.as_tensor([ids], device=device), **only)
            if recording:
                self._record(ids, 0, output)
            self.work += Work(forwards=1, tokens_computed=len(ids))
            return _logits(output, kept)
        shared = min(_common_prefix(self._cached, ids), reuse)
        cache, start = self._starting_point(model, ids, shared)
        new = torch.as_tensor([ids[start:]], device=device)
        own = cache is self._cache
        if own:
            # what follows may fail half-way: until it is done, the cache holds nothing that can be trusted
            self._cached, self._cache = [], None
        output = model(input_ids=new, past_key_values=cache, use_cache=True, **only)
        if own:
            self._cached, self._cache = ids, cache
        if recording:
            self._record(ids, start, output)
        self.work += Work(forwards=1, tokens_computed=len(ids) - start, tokens_reused=start)
        return _logits(output, kept)

    def _keeping(self, model: Any) -> Keeping:
        if self._tried is None:
            self._tried = keeping_of(model)
        return self._tried

    def _starting_point(self, model: Any, ids: list[int], shared: int) -> tuple[DynamicCache, int]:
        """The cache to run on, and how many of `ids` it holds: at most `shared`."""
        rewinds = self._cache is not None and self._keeping(model) is Keeping.ANY_PLACE
        if self._cache is not None and 0 < shared == len(self._cached) < len(ids):
            return self._cache, shared
        if rewinds and _common_prefix(self._cached, ids) == len(ids):
            # a place inside the text: look from there without losing what follows
            return branch(self._cache, shared), shared
        if self._cache is None or not rewinds or shared == 0:
            # windows and recurrent states cannot be wound back
            self._cached, self._cache = [], new_cache(model)
            return self._cache, 0
        self._cache.crop(shared - len(self._cached))
        return self._cache, shared

    def _branched(self, length: int, rows: int) -> DynamicCache:
        """The keys and values of the kept text's first `length` tokens, once for each of so many rows."""
        assert self._cache is not None  # noqa: S101 (whoever asks has run the model on them)
        return branch(self._cache, length, rows)

    def _record(self, ids: list[int], start: int, output: Any) -> None:
        """Keeps the hidden states of the tokens from place `start` on, where those before them are known."""
        known = _common_prefix(self._states.ids, ids)
        if not start <= known < len(ids):
            return
        new = _stacked([state[0] for state in _states_of(output, self.info.name)])
        before = self._states.first(start)
        self._states = _States(ids, new if start == 0 else np.concatenate([before, new], axis=1))

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        before, self._recording = self._recording, True
        try:
            yield
        finally:
            self._recording = before

    def _both_ways(self, model: Any, texts: Sequence[Sequence[int]], places: Sequence[int]) -> torch.Tensor:
        """Logits at one place of each of several texts of one length, (texts, vocabulary) float32."""
        device = self.table().device
        ids = torch.as_tensor(texts, dtype=torch.long, device=device)
        only = {"attention_mask": torch.ones_like(ids)} if self._takes_mask else {}
        output = model(input_ids=ids, **only)
        self.work += Work(forwards=1, tokens_computed=ids.numel())
        rows = torch.arange(len(texts), device=output.logits.device)
        logits: torch.Tensor = output.logits[rows, torch.as_tensor(places, device=rows.device)]
        return logits.to(torch.float32)

    def _encoded(self, model: Any, texts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, ...]:
        """Hidden states of texts each for itself, padded behind: (texts, tokens, dimensions) a layer."""
        if getattr(model.config, "is_encoder_decoder", False):
            model = model.get_encoder()
        device = self.table().device
        longest = max(map(len, texts))
        ids = torch.zeros((len(texts), longest), dtype=torch.long, device=device)
        mask = torch.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.as_tensor(text, device=device)
            mask[row, : len(text)] = 1
        output = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        self.work += Work(forwards=1, tokens_computed=sum(map(len, texts)))
        return _states_of(output, self.info.name)

    @contextmanager
    def _memory_guard(self) -> Iterator[None]:
        hint = "Shorten the text, take a smaller model or dtype, or close other sessions."
        try:
            with room_on(self.info.device, hint):
                yield
        except OutOfMemory:
            self.forget()
            raise


def _itself(model: Any) -> Any:
    return model


def _nothing() -> None:
    return None


def info_of(model: Any, name: str, source: str) -> Info:
    """What an engine on this model says of it."""
    config = text_config(model.config)
    weights = list(model.parameters())
    table = model.get_input_embeddings()
    head = model.get_output_embeddings()
    return Info(
        name=name or str(getattr(config, "name_or_path", "") or type(model).__name__),
        source=source,
        device=str(table.weight.device),
        dtype=str(weights[0].dtype).removeprefix("torch."),
        parameters=sum(weight.numel() for weight in weights),
        bytes=sum(weight.numel() * weight.element_size() for weight in weights),
        vocabulary=int(table.weight.shape[0] if head is None else head.weight.shape[0]),
        dimensions=int(table.weight.shape[1]),
        context=context_of(model),
        predicts=predicts_of(model),
        can_embed=True,
        layers=int(getattr(config, "num_hidden_layers", 0) or 0) + 1,
        attends=hands_out_attentions(model),
        tied=None if head is None else head.weight.data_ptr() == table.weight.data_ptr(),
    )


def _logits(output: Any, kept: int) -> torch.Tensor:
    logits: torch.Tensor = output.logits[0, -kept:]
    return logits.to(torch.float32)


def _states_of(output: Any, name: str) -> tuple[torch.Tensor, ...]:
    states: tuple[torch.Tensor, ...] | None = getattr(output, "hidden_states", None)
    if states is None:
        msg = f"{name} hands out no hidden states."
        raise ModelFailed(msg, hint="Show its words at their input embeddings.", what="no hidden_states")
    return states


def _stacked(states: Sequence[torch.Tensor]) -> np.ndarray:
    """(tokens, dimensions) a layer to (layers, tokens, dimensions) float32; the layers of a model may lie on several devices."""
    return np.stack([to_numpy(state).astype(np.float32, copy=False) for state in states])


def _surprisals(logits: torch.Tensor, targets: Sequence[int]) -> np.ndarray:
    """-log p of each target under its row of logits, (n, vocabulary) to (n,)."""
    chosen = torch.as_tensor(targets, device=logits.device)[:, None]
    scores = (logits.logsumexp(dim=-1) - logits.gather(-1, chosen)[:, 0]).cpu().numpy()
    if np.isnan(scores).any():
        check_logits(logits.cpu().numpy())
    return np.asarray(scores, np.float32)


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    size = min(len(left), len(right))
    differs = np.flatnonzero(np.asarray(left[:size]) != np.asarray(right[:size]))
    return int(differs[0]) if differs.size else size
