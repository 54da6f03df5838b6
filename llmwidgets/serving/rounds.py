"""Rounds: in each, everybody who waits gets a share of one forward.

Ray Serve's batching collects those who wait. What it does not do: it makes a batch while the one before still runs, so that whoever comes
meanwhile would get small batches of their own. Here they wait at a gate and go into the next round together.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmwidgets.errors import TextTooLong, in_words
from llmwidgets.serving.allotment import allot
from llmwidgets.serving.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from concurrent.futures import Executor

    import torch

    from llmwidgets.serving.memory import Shelf, TextMemory
    from llmwidgets.serving.runner import Runner
    from llmwidgets.wire import Ask, Cost

    Together = Callable[[Callable[[list[Job]], Awaitable[list[None]]]], Callable[[Job], Awaitable[None]]]
    """Makes of what does many at once what is called for one: ray.serve.batch."""


@dataclass(frozen=True)
class Round:
    """The newest round: how many texts went through it, with how many tokens."""

    number: int = 0
    texts: int = 0
    tokens: int = 0


class Rounds:
    """Answers what is asked of texts, all in one event loop; the model runs on `thread`, one forward at a time."""

    def __init__(self, runner: Runner, shelf: Shelf, tokens: int, together: Together, thread: Executor) -> None:
        self._runner, self._shelf, self._tokens, self._thread = runner, shelf, tokens, thread
        self._step = together(self._round)
        self._gate = asyncio.Event()
        self._gate.set()
        self._room = asyncio.Condition()
        self.newest = Round()

    async def ask(self, name: str, ask: Ask) -> tuple[dict[str, torch.Tensor], Cost]:
        """What is asked of a text, with the keys and values kept under `name`. Raises what the model raised, OutOfMemory, TextTooLong."""
        started = time.perf_counter()
        job = Job(ask, await self._memory(name, len(ask.ids)))
        work = asyncio.ensure_future(self._work(job))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            job.give_up()
            raise
        finally:
            # the thread may still write into the memory of a student who has gone
            await asyncio.wait([work])
            await self._put_back(name)
        if job.error is not None:
            raise job.error
        return job.answer(), job.cost(time.perf_counter() - started)

    async def forget(self, name: str) -> None:
        """Drops the keys and values under a name."""
        self._shelf.forget(name)
        async with self._room:
            self._room.notify_all()

    async def set_aside(self, size: int, drop: Callable[[], None]) -> None:
        """Counts bytes that are no text's among what is kept, or drops them where there is no room: see Shelf."""
        if not self._shelf.set_aside(size, drop):
            drop()
        async with self._room:
            self._room.notify_all()

    async def _work(self, job: Job) -> None:
        while job.left:
            await self._gate.wait()
            await self._step(job)

    async def _round(self, jobs: list[Job]) -> list[None]:
        self._gate.clear()
        try:
            await self._forward(jobs)
        finally:
            self._gate.set()
        return [None] * len(jobs)

    async def _forward(self, jobs: Sequence[Job]) -> None:
        shares = allot([job.left for job in jobs], self._tokens)
        pieces = [job.piece(share) for job, share in zip(jobs, shares, strict=True)]
        try:
            said = await asyncio.get_running_loop().run_in_executor(self._thread, self._runner.run, pieces)
        except Exception as error:  # noqa: BLE001 (whatever it is, each of them is told)
            for job in jobs:
                job.fail(in_words(error))
            return
        for job, piece, found in zip(jobs, pieces, said, strict=True):
            job.take(piece, found)
        self.newest = Round(self.newest.number + 1, len(jobs), sum(shares))

    async def _memory(self, name: str, tokens: int) -> TextMemory:
        most = self._shelf.most_tokens
        if tokens > most:
            msg = f"The text has {tokens:,} tokens; the server has room for the keys and values of {most:,}."
            raise TextTooLong(msg, hint="Shorten the text; it is still there.", tokens=tokens, context=most)
        found: list[TextMemory] = []

        def take() -> bool:
            memory = self._shelf.take(name, tokens)
            found.extend([memory] if memory is not None else [])
            return bool(found)

        async with self._room:
            await self._room.wait_for(take)
        return found[0]

    async def _put_back(self, name: str) -> None:
        self._shelf.put_back(name)
        async with self._room:
            self._room.notify_all()
