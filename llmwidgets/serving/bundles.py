"""Bundles: what several students ask of one replica goes there in one call, for a call of Ray Serve's costs more than all else at the door.

Each ask stays its own: its answer comes as soon as it is there, its error is its own, and whoever has gone is let go of alone.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmwidgets.serving.replica import Reply
    from llmwidgets.wire import Ask

HELD = 0.03
"""Seconds within which those who come meanwhile go together, unless answers come earlier: a round on a CPU takes several times as long."""

TOGETHER = 0.003
"""Seconds within which answers of one round go back together."""


@dataclass(frozen=True)
class Asked:
    """One ask in a bundle. `number` is its name: no two have the same."""

    number: str
    session: str
    ask: Ask


Call = Callable[[list[Asked]], AsyncIterator[list[tuple[str, "Reply"]]]]
"""Sends a bundle to a replica: the answers as they come, those that come at once together."""


class Bundles:
    """The door's side, for one replica: gathers, sends, and hands each its answer. `let_go`: tells the replica whose answer nobody wants."""

    def __init__(self, call: Call, let_go: Callable[[str], object], held: float = HELD) -> None:
        self._call, self._let_go, self._held = call, let_go, held
        self._gathered: list[Asked] = []
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._back = asyncio.Event()
        self._tasks = set[asyncio.Task[None]]()
        self._sends = False

    async def ask(self, session: str, ask: Ask) -> Reply:
        """What the replica answers. Raises what Ray raises where it is lost."""
        asked = Asked(uuid.uuid4().hex, session, ask)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[asked.number] = answer
        self._gathered.append(asked)
        if not self._sends:
            self._sends = True
            self._start(self._send())
        try:
            return await answer
        finally:
            del self._waiting[asked.number]
            if asked in self._gathered:
                self._gathered.remove(asked)
            elif answer.cancelled():
                self._let_go(asked.number)

    async def _send(self) -> None:
        while self._gathered:
            bundle, self._gathered = self._gathered, []
            self._back.clear()
            self._start(self._receive(bundle))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._back.wait(), self._held)
        self._sends = False

    async def _receive(self, bundle: list[Asked]) -> None:
        lost: Exception = ConnectionError("a replica ended without an answer")
        try:
            async for replies in self._call(bundle):
                self._back.set()
                for number, reply in replies:
                    if answer := self._open(number):
                        answer.set_result(reply)
        except Exception as error:  # noqa: BLE001 (whatever it is, each of them is told)
            lost = error
        finally:
            self._back.set()
            for asked in bundle:
                if answer := self._open(asked.number):
                    answer.set_exception(lost)

    def _open(self, number: str) -> asyncio.Future[Reply] | None:
        """Where an answer is still waited for."""
        answer = self._waiting.get(number)
        return None if answer is None or answer.done() else answer

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Unbundled:
    """The replica's side: answers each ask of a bundle by `answer`, all at the same time."""

    def __init__(self, answer: Callable[[str, Ask], Coroutine[Any, Any, Reply]]) -> None:
        self._answer = answer
        self._tasks: dict[str, asyncio.Task[Reply]] = {}

    async def answers(self, bundle: list[Asked]) -> AsyncIterator[list[tuple[str, Reply]]]:
        """The answers as they come; none to those that were let go of."""
        numbers = {}
        for asked in bundle:
            task = self._tasks[asked.number] = asyncio.ensure_future(self._answer(asked.session, asked.ask))
            numbers[task] = asked.number
        pending = set(numbers)
        try:
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if pending:
                    more, pending = await asyncio.wait(pending, timeout=TOGETHER)
                    done |= more
                yield [(numbers[task], task.result()) for task in done if not task.cancelled()]
        finally:
            for task, number in numbers.items():
                task.cancel()
                del self._tasks[number]

    def let_go(self, number: str) -> None:
        """Nobody waits for this answer any more."""
        if number in self._tasks:
            self._tasks[number].cancel()
