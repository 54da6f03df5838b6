"""A class on one replica: how long each waits, how much batching gives, whether memory stays, what the way costs. All on loopback.

python benchmarks/serving.py [SECONDS [STUDENTS]]      180 seconds and 50 students where nothing is given
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import psutil
import torch
from served import Server, start, stop

from llmwidgets import ModelSession
from llmwidgets.engines.local import LocalEngine
from llmwidgets.engines.remote.opening import open_remote
from llmwidgets.errors import LLMWidgetsError

KEY_SECONDS = 0.25  # between two keys of one who types
WRITTEN = 32  # tokens that each writes where all write, and where one does after the other
STORY = (
    "Once upon a time there was an old man who lived near the sea with a young fox, and every morning they "
    "walked along the shore together, looking for wood, shells and whatever else the storm had left behind. "
)


@dataclass
class Tally:
    """What happened to all students together."""

    waits: list[float] = field(default_factory=list)
    tokens: int = 0
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def say(self, what: str) -> None:
        waits = sorted(self.waits)
        at = lambda part: 1000 * waits[min(int(part * len(waits)), len(waits) - 1)]  # noqa: E731
        print(
            f"{what}: {len(waits):,} answers, {len(self.refused)} refused, wait {at(0.5):,.0f} ms median, "
            f"{at(0.95):,.0f} ms for 95 %, {1000 * waits[-1]:,.0f} ms longest; {self.tokens / self.seconds:,.0f} tokens/s"
        )
        for words in sorted(set(self.refused)):
            print("   refused:", words)


@contextmanager
def served(*options: str) -> Iterator[Server]:
    with TemporaryDirectory() as folder:
        server = start("", Path(folder) / "log", "--tokens-a-minute", "0", *options, token="")
        try:
            yield server
        finally:
            stop(server)


def class_of(server: Server, students: int, act: Callable[[Any, Any, random.Random, Tally], None]) -> Tally:
    """So many students on threads, each with an engine of its own."""
    tally, guard = Tally(), threading.Lock()
    opened = [open_remote(server.url, student=f"student {number}", retries=0) for number in range(students)]
    for each in opened:
        # the first text has a tokenizer make its tables: that is a notebook's own work
        each.face.encode(STORY)

    def one(number: int) -> None:
        own = Tally()
        engine, face = opened[number].engine, opened[number].face
        act(engine, face, random.Random(number), own)
        with guard:
            tally.waits += own.waits
            tally.refused += own.refused
            tally.tokens += engine.work.tokens_computed

    with _one_thread_each():
        begun = time.perf_counter()
        with ThreadPoolExecutor(students) as pool:
            list(pool.map(one, range(students)))
        tally.seconds = time.perf_counter() - begun
    for each in opened:
        each.engine.close()
    return tally


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """A student's own arithmetic is on a machine of theirs; here it must not start fifty teams of threads that wait for work by turning round."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def typing(seconds: float) -> Callable[[Any, Any, random.Random, Tally], None]:
    """Types a story key by key; the newest text is asked for as soon as the answer before it is there."""

    def act(engine: Any, face: Any, chance: random.Random, tally: Tally) -> None:
        begun, until, asked = time.perf_counter() + chance.random(), time.perf_counter() + seconds, ""
        story = " ".join(chance.sample(STORY.split(), len(STORY.split()))) + " "
        while (now := time.perf_counter()) < until:
            keys = int(max(now - begun, 0) / KEY_SECONDS)
            text = (story * 8)[: 20 + keys]
            if text == asked:
                time.sleep(KEY_SECONDS / 4)
                continue
            asked = text
            _ask(engine, face.encode(text).ids.tolist(), tally)

    return act


def writing(engine: Any, face: Any, chance: random.Random, tally: Tally) -> None:
    """Generates: each token is asked for as soon as the one before is there."""
    ids = face.encode(" ".join(chance.sample(STORY.split(), 12))).ids.tolist()
    for _ in range(WRITTEN):
        logits = _ask(engine, ids, tally)
        ids = [*ids, int(logits.argmax()) if logits is not None else 0]


def _ask(engine: Any, ids: list[int], tally: Tally) -> Any:
    started = time.perf_counter()
    try:
        logits = engine.logits(ids)
    except LLMWidgetsError as error:
        tally.refused.append(str(error))
        return None
    tally.waits.append(time.perf_counter() - started)
    return logits


def one_by_one(students: int) -> Tally:
    """The same texts written one after the other, on all cores, each with its own cache and nothing between it and the model."""
    tally = Tally()
    with ModelSession() as session:
        writing(LocalEngine(session.model), session.face, random.Random(students), Tally())
        begun = time.perf_counter()
        for number in range(students):
            engine = LocalEngine(session.model)
            writing(engine, session.face, random.Random(number), tally)
            tally.tokens += engine.work.tokens_computed
        tally.seconds = time.perf_counter() - begun
    return tally


def overhead(server: Server, count: int = 150) -> None:
    """What an answer takes beyond the server's own time, of one student on an idle server."""
    opened = open_remote(server.url)
    engine, ids = opened.engine, opened.face.encode(STORY).ids.tolist()
    beyond = []
    for number in range(count):
        before = engine.work.seconds, engine.server_seconds
        engine.logits([*ids, *range(100, 101 + number % 40)])
        beyond.append(1000 * (engine.work.seconds - before[0] - engine.server_seconds + before[1]))
    engine.close()
    beyond.sort()
    print(
        f"overhead of the engine beyond the server's own time: {statistics.median(beyond):.1f} ms median, "
        f"{beyond[int(0.95 * len(beyond))]:.1f} ms for 95 %"
    )


def processor(server: Server) -> tuple[float, float]:
    """Seconds of processor that the door and the replicas have taken so far."""
    door, *replicas = [sum(psutil.Process(each.pid).cpu_times()[:2]) for each in (server.process, *server.replicas())]
    return door, sum(replicas)


def megabytes(server: Server) -> float:
    return sum(psutil.Process(process.pid).memory_info().rss for process in server.replicas()) / 1e6


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 180.0
    students = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {students} students, {seconds:.0f} s")
    with served() as server:
        overhead(server)
        fresh = megabytes(server)
        class_of(server, students, typing(seconds)).say("typing")
        first = megabytes(server)
        # with texts as long, of students who come after those
        class_of(server, students, typing(seconds))
        print(
            f"memory of the replica: {fresh:,.0f} MB before, {first:,.0f} MB after them, {megabytes(server):,.0f} MB after as many again"
        )
        before = processor(server)
        wrote = class_of(server, students, writing)
        wrote.say("writing without a pause")
        door, model = (
            1000 * (now - then) / len(wrote.waits) for now, then in zip(processor(server), before, strict=True)
        )
        print(
            f"processor time an answer: {door:.1f} ms at the door, {model:.1f} ms where the model runs: {door / model:.2f} of it"
        )
    alone = one_by_one(students)
    alone.say(f"the same {students} texts one by one")
    print(
        f"together in {wrote.seconds:.1f} s, one by one in {alone.seconds:.1f} s: {alone.seconds / wrote.seconds:.1f} times as fast"
    )


if __name__ == "__main__":
    main()
