"""What several students ask in one call stays each one's own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from llmwidgets.serving.bundles import Bundles, Unbundled
from llmwidgets.serving.lanes import home_of
from llmwidgets.serving.replica import Reply
from llmwidgets.wire import Ask


def in_a_loop(work):
    """What comes of it in a loop of its own: in this thread, Playwright's may run."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(work, 30)).result()


class Class:
    """Both sides, without Ray between them. The answer to a session whose name has an event comes when that is set."""

    def __init__(self, *waiting):
        self.held = {name: asyncio.Event() for name in waiting}
        self.begun, self.bundles, self.let_go = [], [], []
        self.replica = Unbundled(self.answer)
        # nothing but an answer ends the wait for others: how fast this machine is does not matter
        self.door = Bundles(self.call, self.gone, held=30)

    async def answer(self, session, ask):
        self.begun.append(session)
        if session in self.held:
            try:
                await self.held[session].wait()
            except asyncio.CancelledError:
                self.let_go.append(session)
                raise
        return Reply(f"{session} {ask.ids[0]}".encode())

    async def call(self, bundle):
        self.bundles.append([asked.session for asked in bundle])
        async for replies in self.replica.answers(bundle):
            yield replies

    def gone(self, number):
        self.replica.let_go(number)

    def ask(self, session, token=1):
        return asyncio.ensure_future(self.door.ask(session, Ask((token,))))

    async def until(self, met):
        while not met():  # noqa: ASYNC110 (it stands for whatever may happen in the loop)
            await asyncio.sleep(0)


def test_who_asks_meanwhile_goes_together_and_gets_what_was_asked():
    async def work():
        all_of = Class("first")
        first = all_of.ask("first")
        await all_of.until(lambda: all_of.begun)
        others = [all_of.ask(f"student {number}", number) for number in range(20)]
        all_of.held["first"].set()
        replies = await asyncio.gather(*others)
        return all_of.bundles, [reply.body.decode() for reply in replies], (await first).body

    bundles, bodies, first = in_a_loop(work())
    assert bundles == [["first"], [f"student {number}" for number in range(20)]]
    assert bodies == [f"student {number} {number}" for number in range(20)]
    assert first == b"first 1"


def test_a_slow_one_does_not_hold_a_quick_one_of_its_bundle_nor_who_comes_later():
    async def work():
        all_of = Class("slow")
        slow, quick = all_of.ask("slow"), all_of.ask("quick")
        assert (await quick).body == b"quick 1"
        assert (await all_of.ask("later")).body == b"later 1"
        assert not slow.done()
        all_of.held["slow"].set()
        await slow
        return all_of.bundles

    assert in_a_loop(work()) == [["slow", "quick"], ["later"]]


def test_who_has_gone_is_let_go_of_and_the_others_stay():
    async def work():
        all_of = Class("gone", "stays")
        gone, stays = all_of.ask("gone"), all_of.ask("stays")
        await all_of.until(lambda: len(all_of.begun) == 2)
        gone.cancel()
        await all_of.until(lambda: all_of.let_go)
        all_of.held["stays"].set()
        assert (await stays).body == b"stays 1"
        return gone.cancelled(), all_of.let_go

    assert in_a_loop(work()) == (True, ["gone"])


def test_who_has_gone_before_the_bundle_is_not_sent():
    async def work():
        all_of = Class("first")
        first = all_of.ask("first")
        await all_of.until(lambda: all_of.begun)
        gone, stays = all_of.ask("gone"), all_of.ask("stays")
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        all_of.held["first"].set()
        await asyncio.gather(first, stays)
        return all_of.bundles

    assert in_a_loop(work()) == [["first"], ["stays"]]


def test_who_comes_is_sent_after_a_while_though_nothing_has_come_back():
    async def work():
        all_of = Class("slow")
        all_of.door = Bundles(all_of.call, all_of.gone, held=0.01)
        slow = all_of.ask("slow")
        await all_of.until(lambda: all_of.begun)
        await all_of.ask("other")
        all_of.held["slow"].set()
        await slow
        return all_of.bundles

    assert in_a_loop(work()) == [["slow"], ["other"]]


def test_a_lost_replica_costs_only_those_whom_it_has_not_answered():
    async def work():
        calls = []

        async def call(bundle):
            calls.append(bundle)
            if len(calls) == 1:
                yield [(bundle[0].number, Reply(b"answered"))]
                raise ConnectionResetError
            yield [(asked.number, Reply(b"again")) for asked in bundle]

        door = Bundles(call, lambda number: None)
        asks = [door.ask(name, Ask((1,))) for name in ("one", "two", "three")]
        one, *lost = await asyncio.gather(*asks, return_exceptions=True)
        assert one.body == b"answered"
        assert [type(each) for each in lost] == [ConnectionResetError] * 2
        return (await door.ask("two", Ask((1,)))).body

    assert in_a_loop(work()) == b"again"


def test_a_call_that_ends_without_an_answer_is_a_lost_replica():
    async def work():
        async def call(bundle):
            for _ in ():
                yield []

        await Bundles(call, lambda number: None).ask("one", Ask((1,)))

    with pytest.raises(ConnectionError):
        in_a_loop(work())


def test_each_lane_has_a_replica_of_its_own_where_there_are_enough():
    homes = {}
    for lane in ("0", "1", "2"):
        homes[lane] = home_of(lane, homes, ["a", "b", "c"])
    assert sorted(homes.values()) == ["a", "b", "c"]
    assert {lane: home_of(lane, homes, ["c", "a", "b"]) for lane in homes} == homes
    # one is lost: its lane goes to another, and to the new one when that is there; the others stay
    lost = homes["1"]
    there = [each for each in "abc" if each != lost]
    moved = {**homes, "1": home_of("1", homes, there)}
    assert moved["1"] in there
    for lane in ("1", "0", "2"):
        moved[lane] = home_of(lane, moved, [*there, "new"])
    assert sorted(moved.values()) == sorted([*there, "new"])
