"""A replica: the model, loaded once, and the keys and values of those who ask here. Runs in a process of its own, started by Ray."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmwidgets import wire
from llmwidgets.errors import in_words
from llmwidgets.serving.bundles import Unbundled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from llmwidgets.serving.bundles import Asked
    from llmwidgets.serving.settings import Settings
    from llmwidgets.wire import Ask, Cost

PROCESSOR_TOKENS, GPU_TOKENS = 64, 2_048
"""Of a round, where nothing else is set: about a fifth of a second for a small model on two cores, and what keeps a GPU busy."""

COLLECTING = 0.002
"""Seconds within which those whom a round has answered, and those at the gate, come together for the next."""


@dataclass(frozen=True)
class Pulse:
    """How a replica is."""

    replica: str
    rounds: int = 0
    texts: int = 0
    tokens: int = 0
    cache_bytes: int = 0
    cache_texts: int = 0
    evictions: int = 0


@dataclass(frozen=True)
class Reply:
    """What a replica answers: a body for the notebook, or an error as JSON. Plain data: it crosses processes."""

    body: bytes
    error: str = ""
    cost: Cost = dataclasses.field(default_factory=wire.Cost)
    pulse: Pulse | None = None


class Replica:
    """What Ray Serve runs `replicas` of. Each method answers with a Reply, errors included."""

    def __init__(self, settings: Settings) -> None:
        import torch
        from ray import serve

        from llmwidgets.serving.loopback import keep_to_loopback

        keep_to_loopback()
        torch.set_num_threads(settings.threads or max((os.cpu_count() or 1) // settings.replicas, 1))
        self._name = str(os.getpid())
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._model = _ServedModel(settings, self._thread, serve.batch)
        self._unbundled = Unbundled(self._run)

    async def about(self) -> Reply:
        """What the model is, with its tokenizer's files, as JSON."""
        return await self._answered(self._model.about)

    async def run(self, bundle: list[Asked]) -> AsyncIterator[list[tuple[str, Reply]]]:
        """Each of a bundle: see Unbundled, and wire.Ask."""
        async for replies in self._unbundled.answers(bundle):
            yield replies

    async def run_alone(self, asked: Asked) -> list[tuple[str, Reply]]:
        """The same for a single one: nothing where it was let go of."""
        return [reply async for replies in self._unbundled.answers([asked]) for reply in replies]

    async def let_go(self, number: str) -> None:
        """See Unbundled."""
        self._unbundled.let_go(number)

    async def embeddings(self, ids: tuple[int, ...]) -> Reply:
        """Input embeddings of ids."""
        return await self._answered(lambda: self._model.embeddings(ids))

    async def table(self, start: int) -> Reply:
        """Rows of the embedding table from `start` on, as many as one answer takes."""
        return await self._answered(lambda: self._model.table(start))

    async def last_states(self, texts: Sequence[tuple[int, ...]]) -> Reply:
        """The last hidden states of texts each for itself."""
        return await self._answered(lambda: self._model.last_states(texts))

    async def forget(self, session: str) -> Reply:
        """Drops what is kept of a session."""
        return await self._answered(lambda: self._model.forget(session))

    async def _run(self, session: str, ask: Ask) -> Reply:
        return await self._answered(lambda: self._model.run(session, ask))

    async def _answered(self, work: Callable[[], Awaitable[tuple[bytes, Cost]]]) -> Reply:
        try:
            body, cost = await work()
        except Exception as error:  # noqa: BLE001 (whatever it is, the student is told)
            told = in_words(error)
            return Reply(wire.pack_error(told), told.code, pulse=self._model.pulse(self._name))
        return Reply(body, "", cost, self._model.pulse(self._name))


class _ServedModel:
    """The model with what serves it: texts side by side where its attention allows it, else one by one."""

    def __init__(self, settings: Settings, thread: ThreadPoolExecutor, batch: Any) -> None:
        from llmwidgets.engines.loading import load
        from llmwidgets.serving.alone import ServedEngine
        from llmwidgets.serving.memory import Shelf
        from llmwidgets.serving.rounds import Rounds
        from llmwidgets.serving.runner import runner_of

        self._loaded = load(settings.model, **loading_options(settings))
        self._engine = ServedEngine(self._loaded.model, name=self._loaded.name, source=self._loaded.source)
        self._thread, self._limits = thread, settings.limits
        runner = runner_of(self._loaded.model) if self._engine.info.causal else None
        default = PROCESSOR_TOKENS if self._engine.info.device == "cpu" else GPU_TOKENS
        self._at_once = settings.round_tokens or default
        self._rounds: Rounds | None = None
        self._shelf = Shelf(settings.cache_bytes, runner.token_bytes if runner else 0)
        if runner is not None:
            together = batch(max_batch_size=settings.students_at_once, batch_wait_timeout_s=COLLECTING)
            self._rounds = Rounds(runner, self._shelf, self._at_once, together, thread)

    def pulse(self, name: str) -> Pulse:
        """See Pulse."""
        newest = self._rounds.newest if self._rounds else None
        return Pulse(
            name,
            newest.number if newest else 0,
            newest.texts if newest else 0,
            newest.tokens if newest else 0,
            self._shelf.bytes,
            len(self._shelf),
            self._shelf.evictions,
        )

    async def about(self) -> tuple[bytes, Cost]:
        """See Replica."""
        generation = getattr(self._loaded.model, "generation_config", None)
        told = {
            "server": wire.SERVER,
            "version": wire.VERSION,
            "info": dataclasses.asdict(self._engine.info),
            "stop_ids": sorted(self._engine.stop_ids()),
            "generation": json.loads(generation.to_json_string()) if generation is not None else {},
            "limits": dataclasses.asdict(self._limits),
            "side_by_side": self._rounds is not None,
            "tokenizer": await self._on_thread(lambda: _files(self._loaded.tokenizer)),
        }
        return json.dumps(told).encode(), wire.Cost()

    async def run(self, session: str, ask: Ask) -> tuple[bytes, Cost]:
        """See Replica."""
        self._engine.check(ask)
        if self._rounds is not None and ask.attentions_from is None:
            arrays, cost = await self._rounds.ask(session, ask)
        else:
            arrays, cost = await self._on_thread(lambda: self._engine.answer(ask))
        if ask.attentions_from is not None and self._rounds is not None:
            await self._rounds.set_aside(self._engine.attended_bytes, self._engine.forget_attended)
        return wire.pack(arrays, dataclasses.asdict(cost)), cost

    async def embeddings(self, ids: tuple[int, ...]) -> tuple[bytes, Cost]:
        """See Replica."""
        return wire.pack({"embeddings": self._engine.embeddings(ids)}), wire.Cost()

    async def table(self, start: int) -> tuple[bytes, Cost]:
        """See Replica."""
        whole = self._engine.table()
        rows = max(wire.TABLE_BYTES // (whole.shape[1] * whole.element_size()), 1)
        return wire.pack({"rows": whole[start : start + rows]}, {"rows": int(whole.shape[0])}), wire.Cost()

    async def last_states(self, texts: Sequence[tuple[int, ...]]) -> tuple[bytes, Cost]:
        """See Replica."""
        states: list[Any] = []
        for part in _shares(texts, self._at_once):
            # what comes between two parts are rounds of others
            states += await self._on_thread(partial(self._engine.last_states, part))
        count = sum(map(len, texts))
        named = {str(index): state for index, state in enumerate(states)}
        return wire.pack(named), wire.Cost(1, count)

    async def forget(self, session: str) -> tuple[bytes, Cost]:
        """See Replica."""
        if self._rounds is not None:
            await self._rounds.forget(session)
        return b"{}", wire.Cost()

    async def _on_thread(self, work: Callable[[], Any]) -> Any:
        """On the model's own thread, between its rounds."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _shares(texts: Sequence[tuple[int, ...]], tokens: int) -> Iterator[list[tuple[int, ...]]]:
    """The texts in parts of at most so many tokens, or of one text."""
    part: list[tuple[int, ...]] = []
    for ids in texts:
        if part and sum(map(len, part)) + len(ids) > tokens:
            yield part
            part = []
        part.append(ids)
    yield part


def loading_options(settings: Settings) -> dict[str, Any]:
    """What goes to from_pretrained."""
    named = {"device_map": settings.device_map, "dtype": settings.dtype}
    return {name: value for name, value in named.items() if value}


def _files(tokenizer: Any) -> dict[str, str]:
    """A tokenizer's files by name, in base64."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        return {path.name: b64encode(path.read_bytes()).decode() for path in Path(folder).iterdir() if path.is_file()}
