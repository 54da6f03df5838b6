"""What serves a class, without Ray: shares of a forward, the bound on keys and values, limits, texts side by side."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from prometheus_client.parser import text_string_to_metric_families
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from llmwidgets import wire
from llmwidgets.engines.local import LocalEngine
from llmwidgets.engines.remote.engine import RemoteEngine
from llmwidgets.errors import BadLogits, InvalidValue, ModelFailed, ServerBusy, ServerFailed, TextTooLong
from llmwidgets.serving.allotment import allot
from llmwidgets.serving.alone import ServedEngine
from llmwidgets.serving.gauges import Gauges
from llmwidgets.serving.memory import BLOCK, Shelf, TextMemory
from llmwidgets.serving.packed import NAME, Part, packed
from llmwidgets.serving.page import page
from llmwidgets.serving.replica import Pulse
from llmwidgets.serving.rounds import Rounds
from llmwidgets.serving.runner import Piece, runner_of
from llmwidgets.serving.settings import Limits, Lock
from llmwidgets.serving.students import MOST_STUDENTS, Students
from llmwidgets.wire import Ask

SIDE_BY_SIDE = ("llama", "gpt2", "qwen2", "mistral", "gemma2", "mixtral")
NEAR = {"rtol": 0, "atol": 2e-5}
"""Float32 sums in another order: on these models the largest difference seen is 4e-6."""


def in_a_loop(work):
    """What comes of it in a loop of its own: in this thread, Playwright's may run."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


# shares


@given(strategies.lists(strategies.integers(1, 9_000), min_size=1, max_size=60), strategies.integers(1, 4_096))
def test_nobody_gets_less_so_that_another_has_more(wanted, budget):
    shares = allot(wanted, budget)
    assert all(1 <= share <= want for share, want in zip(shares, wanted, strict=True))
    assert sum(shares) == min(sum(wanted), max(budget, len(wanted)))
    # whoever got less than wanted has at least as much as anybody else, up to the one that cannot be halved
    most = max(shares)
    assert all(share >= most - 1 for share, want in zip(shares, wanted, strict=True) if share < want)


def test_a_long_text_leaves_room_for_the_others():
    assert allot([8_000, 1, 1, 30], 64) == [32, 1, 1, 30]
    assert allot([8_000, 8_000], 64) == [32, 32]


# keys and values


def _filled(memory, ids):
    start = memory.begin(ids)
    states = torch.arange(start, len(ids), dtype=torch.float32).reshape(1, 1, -1, 1).expand(1, 2, -1, 3)
    if start < len(ids):
        memory.write(0, start, states, -states)
    memory.done(ids, len(ids))
    return start


def test_a_memory_keeps_what_two_texts_share():
    memory = TextMemory()
    memory.room = BLOCK
    assert _filled(memory, [1, 2, 3]) == 0
    assert _filled(memory, [1, 2, 9, 9]) == 2
    keys, values = memory.read(0, 4)
    assert keys[0, 0, :, 0].tolist() == [0, 1, 2, 3]
    assert torch.equal(values, -keys)
    # a place inside the text: what follows stays known
    assert memory.begin([1, 2]) == 2
    assert memory.ids == [1, 2, 9, 9]
    memory.room = 2 * BLOCK
    assert _filled(memory, [1, 2, 9, 9, *range(BLOCK)]) == 4
    assert memory.read(0, BLOCK)[0][0, 1, :, 2].tolist() == list(range(BLOCK))


def test_the_shelf_never_holds_more_than_its_bound():
    shelf = Shelf(most_bytes=10 * BLOCK * 100, token_bytes=100)
    for number in range(50):
        name = f"student {number}"
        assert shelf.take(name, 100) is not None
        assert shelf.bytes <= 10 * BLOCK * 100
        shelf.put_back(name)
    assert len(shelf) == 5
    assert shelf.evictions == 45


def test_the_text_that_was_used_longest_ago_goes_first():
    shelf = Shelf(most_bytes=3 * BLOCK, token_bytes=1)
    first = shelf.take("first", 5)
    first.ids = [1]
    for name in ("second", "third"):
        shelf.take(name, 5)
    for name in ("first", "second", "third"):
        shelf.put_back(name)
    assert shelf.take("first", 5) is first
    shelf.put_back("first")
    shelf.take("fourth", 5)
    assert shelf.take("first", 5).ids == [1]
    assert shelf.evictions == 1


def test_what_is_in_use_stays_and_whoever_needs_more_waits():
    shelf = Shelf(most_bytes=2 * BLOCK, token_bytes=1)
    assert shelf.take("long", 2 * BLOCK) is not None
    assert shelf.take("other", 1) is None
    assert shelf.take("long", 1) is None, "two requests of one text would write into one memory"
    assert shelf.evictions == 0
    shelf.put_back("long")
    assert shelf.take("other", 1) is not None


def test_what_is_no_text_counts_and_goes_first_where_a_text_needs_the_room():
    shelf = Shelf(most_bytes=4 * BLOCK * 100, token_bytes=100)
    dropped = []
    shelf.take("one", 5)
    shelf.put_back("one")
    assert shelf.set_aside(2 * BLOCK * 100 - 7, lambda: dropped.append("first"))
    assert shelf.bytes == 3 * BLOCK * 100
    # another one takes its place, and is not too much
    assert shelf.set_aside(3 * BLOCK * 100, lambda: dropped.append("second"))
    assert (shelf.bytes, shelf.evictions, dropped) == (4 * BLOCK * 100, 0, [])
    assert shelf.take("two", 5) is not None
    assert (dropped, len(shelf), shelf.evictions) == (["second"], 2, 0)
    assert shelf.bytes == 2 * BLOCK * 100
    # a text in use stays
    assert not shelf.set_aside(4 * BLOCK * 100, lambda: dropped.append("never"))
    assert shelf.take("long", 4 * BLOCK) is None
    shelf.put_back("two")
    assert shelf.take("long", 4 * BLOCK) is not None
    assert dropped == ["second"]


def test_attention_is_kept_within_the_bound_of_all_memory(model, rounds):
    engine, ids = ServedEngine(model), (3, 5, 8, 13, 21)
    token_bytes = runner_of(model).token_bytes

    async def kept(shelf, text):
        made = rounds(shelf=shelf)
        engine.answer(Ask(ids, attentions_from=0))
        await made.set_aside(engine.attended_bytes, engine.forget_attended)
        before = engine.attended_bytes
        if text:
            # nobody waits for ever behind it
            await asyncio.wait_for(made.ask("a", Ask((1,) * text, logits=True)), 60)
        return before, engine.attended_bytes

    before, after = in_a_loop(kept(Shelf(2 * BLOCK * token_bytes, token_bytes), 2 * BLOCK))
    assert (before > 0, after) == (True, 0)
    assert in_a_loop(kept(Shelf(0, token_bytes), 0)) == (0, 0)


# side by side


def _alone(model, ids):
    engine = LocalEngine(model)
    return engine.logits(ids), engine.surprisals(ids), engine.hidden_states(ids)


@pytest.mark.parametrize("kind", SIDE_BY_SIDE)
def test_texts_side_by_side_are_what_each_is_alone(build, kind):
    model = build(kind)
    runner = runner_of(model)
    assert runner is not None
    texts = [tuple((7 * place + seed) % 300 for place in range(count)) for seed, count in ((1, 3), (2, 17), (5, 40))]
    memories = [TextMemory() for _ in texts]
    for memory in memories:
        memory.room = BLOCK
    found = [([], [], []) for _ in texts]
    # pieces of different sizes, so that in each forward the texts stand at different places
    places, number = [0, 0, 0], 0
    while any(place < len(ids) for place, ids in zip(places, texts, strict=True)):
        pieces = []
        for index, ids in enumerate(texts):
            start = places[index]
            if start < len(ids):
                end = min(start + 1 + (number + 3 * index) % 8, len(ids))
                pieces.append(
                    (
                        index,
                        Piece(
                            memories[index],
                            ids,
                            start,
                            end,
                            end == len(ids),
                            ids[start + 1 : end + 1],
                            start,
                            end - start,
                        ),
                    )
                )
                places[index] = end
        for (index, _), said in zip(pieces, runner.run([piece for _, piece in pieces]), strict=True):
            logits, scores, states = found[index]
            logits.extend([] if said.logits is None else [said.logits])
            scores.extend([] if said.surprisals is None else said.surprisals.tolist())
            states.append(said.states)
        number += 1
    for ids, (logits, scores, states) in zip(texts, found, strict=True):
        one, several, deep = _alone(model, ids)
        torch.testing.assert_close(logits[0], one, **NEAR)
        np.testing.assert_allclose(scores, several[1:], **NEAR)
        np.testing.assert_allclose(torch.cat(states, dim=1), deep, **NEAR)


def _attended(query, memories, **options):
    """What the attention of packed texts finds for the newest token of each."""
    parts = [Part(memory, 7, 8, place) for place, memory in enumerate(memories)]
    module = SimpleNamespace(layer_idx=0, num_key_value_groups=query.shape[1] // 2, is_causal=True)
    model = SimpleNamespace(config=SimpleNamespace(_attn_implementation="sdpa"))
    with packed(model, parts):
        return ALL_ATTENTION_FUNCTIONS[NAME](module, query, query, query, None, **options)[0]


@pytest.mark.parametrize("heads", [2, 6])
@pytest.mark.parametrize("options", [{}, {"scaling": 0.7}, {"position_bias": True}], ids=["plain", "scaling", "bias"])
def test_a_newest_token_attends_as_transformers_has_it(heads, options):
    """With keys shared by one head or three, and values that have fewer dimensions than keys."""
    made = torch.Generator().manual_seed(heads)
    memories = [TextMemory(), TextMemory()]
    for memory in memories:
        memory.room = BLOCK
        memory.write(0, 0, torch.randn(1, 2, 8, 16, generator=made), torch.randn(1, 2, 8, 12, generator=made))
    query = torch.randn(1, heads, 2, 16, generator=made)
    if "position_bias" in options:
        options = {"position_bias": torch.randn(1, heads, 1, 8, generator=made)}
    found = _attended(query, memories, **options)
    module = SimpleNamespace(num_key_value_groups=heads // 2, is_causal=True)
    for place, memory in enumerate(memories):
        own = sdpa_attention_forward(module, query[:, :, place : place + 1], *memory.read(0, 8), None, **options)[0]
        torch.testing.assert_close(found[:, place : place + 1], own, rtol=0, atol=1e-6)


def test_what_transformers_refuses_of_a_newest_token_is_refused():
    memory = TextMemory()
    memory.room = BLOCK
    memory.write(0, 0, torch.ones(1, 2, 8, 16), torch.ones(1, 2, 8, 16))
    with pytest.raises(ValueError, match="softcap"):
        _attended(torch.ones(1, 2, 1, 16), [memory], softcap=30.0)


def test_the_model_is_as_it_was(model):
    before = model.config._attn_implementation
    assert runner_of(model) is not None
    assert model.config._attn_implementation == before


@pytest.mark.parametrize("kind", ["mamba", "lfm2"])
def test_a_model_with_states_of_another_kind_runs_text_by_text(build, kind):
    model = build(kind)
    assert runner_of(model) is None
    engine, ids = ServedEngine(model), (3, 5, 8, 13, 21)
    arrays, cost = engine.answer(Ask(ids, logits=True, scores_from=2, states_from=1))
    one, several, deep = _alone(model, ids)
    torch.testing.assert_close(arrays["logits"], one, **NEAR)
    np.testing.assert_allclose(arrays["surprisals"], several[2:], **NEAR)
    np.testing.assert_allclose(arrays["states"], deep[:, 1:], **NEAR)
    assert cost.computed >= len(ids)


def test_attention_is_answered_in_parts_by_one_pass(model, monkeypatch):
    engine, ids = ServedEngine(model), (3, 5, 8, 13, 21)
    whole = LocalEngine(model).attentions(ids)
    monkeypatch.setattr("llmwidgets.serving.alone.ATTENTION_BYTES", 2 * whole[:, :, 0].nbytes)
    found, cost = engine.answer(Ask(ids, attentions_from=0, attentions_to=5))
    np.testing.assert_array_equal(found["attentions"], whole[:, :, :2])
    assert (cost.forwards, cost.computed) == (1, 5)
    found, cost = engine.answer(Ask(ids, attentions_from=4))
    np.testing.assert_array_equal(found["attentions"], whole[:, :, 4:])
    assert cost.forwards == 0
    with pytest.raises(InvalidValue, match="The attention of 257 tokens"):
        engine.check(Ask((1,) * 257, attentions_from=0))
    remote = RemoteEngine(_Answering(engine), SimpleNamespace(info=engine.info))
    np.testing.assert_array_equal(remote.attentions(ids), whole)
    np.testing.assert_array_equal(remote.attentions(ids, 1, 4), whole[:, :, 1:4])
    assert remote.work.forwards == 0


class _Answering:
    """A link to an engine in this process, by the same bytes."""

    def __init__(self, engine):
        self._engine = engine

    def post(self, path, session, arrays, facts):
        assert path == "/run"
        found, cost = self._engine.answer(Ask(tuple(arrays["ids"].tolist()), **facts))
        return wire.pack(found, asdict(cost))


def test_one_text_with_bad_logits_does_not_harm_the_other(model):
    runner = runner_of(model)
    with torch.no_grad():
        model.get_input_embeddings().weight[7] = float("nan")
    memories = [TextMemory(), TextMemory()]
    for memory in memories:
        memory.room = BLOCK
    bad, good = runner.run(
        [
            Piece(memory, ids, 0, 3, targets=ids[1:])
            for memory, ids in zip(memories, ((7, 7, 7), (1, 2, 3)), strict=True)
        ]
    )
    assert isinstance(bad.error, BadLogits)
    assert good.error is None
    assert good.surprisals.isfinite().all()


# rounds


class Collected:
    """Batching as Ray Serve does it, without Ray: what is asked within one turn of the loop goes together."""

    def __init__(self, many):
        self.many, self.waiting, self.sizes = many, [], []
        self.second = asyncio.Event()

    async def __call__(self, job):
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((job, future))
        if len(self.waiting) == 1:
            asyncio.get_running_loop().call_later(0.001, lambda: asyncio.ensure_future(self._go()))
        return await future

    async def _go(self):
        taken, self.waiting = self.waiting, []
        self.sizes.append(len(taken))
        if len(self.sizes) == 2:
            self.second.set()
        await self.many([job for job, _ in taken])
        for _, future in taken:
            future.set_result(None)


@pytest.fixture
def rounds(model):
    """Rounds of 16 tokens on the tiny Llama."""
    with ThreadPoolExecutor(1) as thread:
        runner = runner_of(model)
        shelf = Shelf(BLOCK * runner.token_bytes * 40, runner.token_bytes)
        yield lambda tokens=16, shelf=shelf: Rounds(runner, shelf, tokens, Collected, thread)


def test_many_at_once_get_what_each_gets_alone(model, rounds):
    texts = [tuple((7 * place + seed) % 300 for place in range(5 + 3 * seed)) for seed in range(20)]

    async def ask():
        made = rounds()
        answers = await asyncio.gather(
            *(
                made.ask(f"{seed}", Ask(ids, logits=True, scores_from=1, states_from=2))
                for seed, ids in enumerate(texts)
            )
        )
        return answers, made.newest.number

    answers, forwards = in_a_loop(ask())
    for ids, (arrays, cost) in zip(texts, answers, strict=True):
        one, several, deep = _alone(model, ids)
        torch.testing.assert_close(arrays["logits"], one, **NEAR)
        np.testing.assert_allclose(arrays["surprisals"], several[1:], **NEAR)
        np.testing.assert_allclose(arrays["states"], deep[:, 2:], **NEAR)
        assert cost.computed == len(ids)
    assert forwards < sum(map(len, texts)) / 5


def test_only_what_changed_is_computed(rounds):
    async def ask():
        made = rounds()
        costs = []
        for ids in ((1, 2, 3, 4), (1, 2, 3, 4, 5), (1, 2, 3, 9), (1, 2), (1, 2, 3, 9, 9)):
            costs.append((await made.ask("one", Ask(ids, logits=True)))[1])
        await made.forget("one")
        costs.append((await made.ask("one", Ask((1, 2, 3), logits=True)))[1])
        return [(cost.computed, cost.reused) for cost in costs]

    assert in_a_loop(ask()) == [(4, 0), (1, 4), (1, 3), (1, 1), (1, 4), (3, 0)]


@pytest.mark.parametrize(
    ("ask", "computed"),
    [
        (Ask((1, 2, 3, 4), scores_from=1), 3),
        (Ask((1, 2, 3, 4), scores_from=4), 0),
        (Ask((1, 2, 3, 4), scores_from=0), 3),
        (Ask((1,), scores_from=1), 0),
        (Ask((1,), scores_from=0), 0),
        (Ask((1, 2, 3, 4), states_from=0), 4),
        (Ask((1, 2, 3, 4), states_from=3, scores_from=4), 4),
    ],
)
def test_nothing_is_computed_that_nobody_asked_for(model, rounds, ask, computed):
    async def go():
        return await rounds().ask("one", ask)

    arrays, cost = in_a_loop(go())
    assert cost.computed == computed
    if ask.scores_from is not None:
        expected = LocalEngine(model).surprisals(ask.ids)[max(ask.scores_from, 1) :]
        np.testing.assert_allclose(arrays["surprisals"], expected, **NEAR)


def test_a_long_text_does_not_hold_up_a_short_one(rounds):
    async def ask():
        made = rounds(tokens=8)
        order = []

        async def one(name, ids):
            await made.ask(name, Ask(ids, logits=True))
            order.append(name)

        long = asyncio.ensure_future(one("long", tuple(range(120))))
        await made._step.second.wait()
        for number in range(5):
            await one(f"short {number}", (number, 1, 2))
        await long
        return order

    assert in_a_loop(ask())[-1] == "long"


class Door(asyncio.Event):
    """The gate in front of a round, open at first; tells when so many stood at it."""

    def __init__(self, many):
        super().__init__()
        self.set()
        self._left, self.all_there = many, asyncio.Event()

    async def wait(self):
        self._left -= 1
        if self._left == 0:
            self.all_there.set()
        return await super().wait()


def test_those_who_come_during_a_forward_go_together_into_the_next(rounds, gate):
    """Without the gate each would be a batch of its own behind the one that runs."""

    async def ask():
        made = rounds(tokens=64)
        made._gate = door = Door(10)
        first = asyncio.ensure_future(made.ask("first", Ask((1, 2, 3), logits=True)))
        await asyncio.get_running_loop().run_in_executor(None, gate.wait_until_entered)
        others = [asyncio.ensure_future(made.ask(f"{number}", Ask((number, 5), logits=True))) for number in range(9)]
        await asyncio.wait_for(door.all_there.wait(), 30)
        for _ in range(5):
            # whoever could begin a batch of his own does so in a turn of the loop
            await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(first, *others)
        return made._step.sizes

    assert in_a_loop(ask()) == [1, 9]


def test_a_failed_forward_is_told_to_all_of_it_and_the_next_works(model, rounds):
    broken = threading.Event()

    def fail(*_):
        if broken.is_set():
            raise ValueError("broken")

    async def ask():
        made = rounds()
        hook = model.register_forward_pre_hook(fail)
        broken.set()
        asks = [made.ask(f"{number}", Ask((1, 2, number), logits=True)) for number in range(3)]
        failed = await asyncio.gather(*asks, return_exceptions=True)
        broken.clear()
        hook.remove()
        return failed, await made.ask("0", Ask((1, 2, 0), logits=True))

    failed, (arrays, cost) = in_a_loop(ask())
    assert [type(error) for error in failed] == [ModelFailed] * 3
    torch.testing.assert_close(arrays["logits"], LocalEngine(model).logits((1, 2, 0)), **NEAR)
    assert cost.reused == 0


def test_a_student_who_leaves_makes_room(model, rounds):
    async def ask():
        made = rounds(tokens=4)
        gone = asyncio.ensure_future(made.ask("gone", Ask(tuple(range(100)), logits=True)))
        await made._step.second.wait()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        until = made.newest.number
        # the memory is whole: what was run of the text is known
        _, cost = await made.ask("gone", Ask(tuple(range(100)), logits=True))
        return until, cost

    until, cost = in_a_loop(ask())
    assert until < 20
    assert cost.reused >= 4 * (until - 1)
    assert cost.reused + cost.computed == 100


def test_a_text_that_no_memory_can_hold_is_refused(rounds):
    shelf = Shelf(BLOCK * 100, 100)

    async def ask():
        await rounds(shelf=shelf).ask("one", Ask(tuple(range(BLOCK + 1)), logits=True))

    with pytest.raises(TextTooLong, match="has room for the keys and values of 64"):
        in_a_loop(ask())


# limits


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_tokens_a_minute_come_back_with_time():
    clock = Clock()
    students = Students(Limits(tokens_a_minute=600, tokens_a_text=0, requests_at_once=0), clock)
    with students.admitted("one", 1_000) as student:
        students.spend(student, 1_000)
    with pytest.raises(ServerBusy) as refused, students.admitted("one", 1):
        pass
    assert refused.value.values["wait"] == pytest.approx(40.1)
    with students.admitted("other", 1):
        pass
    clock.now += 41
    with students.admitted("one", 1):
        pass


def test_no_student_has_more_requests_under_way_than_the_limit():
    students = Students(Limits(requests_at_once=2), Clock())
    with students.admitted("one", 1), students.admitted("one", 1):
        with pytest.raises(ServerBusy), students.admitted("one", 1):
            pass
        with students.admitted("other", 1):
            assert students.waiting == 3
    assert students.waiting == 0
    with students.admitted("one", 1):
        pass


def test_a_longer_text_than_the_limit_is_refused():
    students = Students(Limits(tokens_a_text=10), Clock())
    with pytest.raises(TextTooLong) as refused, students.admitted("one", 11):
        pass
    assert refused.value.values == {"tokens": 11, "context": 10}


def test_who_waits_is_shown_with_the_oldest_request_under_way():
    clock = Clock()
    students = Students(Limits(), clock)
    with students.admitted("one", 1):
        clock.now += 50
        second = students.admitted("one", 1)
        second.__enter__()
    clock.now += 3
    (line,) = students.lines()
    assert (line.waiting, line.waits, line.answered) == (1, 3, 1)
    second.__exit__(None, None, None)
    assert students.lines()[0].waits == 0


def test_a_replica_that_was_lost_is_counted_no_more():
    gauges = Gauges(Students(Limits(), Clock()), replicas=2)
    for name in ("11", "12", "11", "13", "11", "13"):
        gauges.pulse(Pulse(name, cache_bytes=5, texts=1))
    gauges.count("/run", 200, 0.1)
    families = {each.name: each for each in text_string_to_metric_families(gauges.text().decode())}
    assert {sample.labels["replica"] for sample in families["llmwidgets_cache_bytes"].samples} == {"11", "13"}
    assert all(each.documentation for each in families.values())
    assert all(name.startswith("llmwidgets_") for name in families)


def test_students_who_left_are_forgotten():
    students = Students(Limits(), Clock())
    with students.admitted("waits", 1):
        for number in range(MOST_STUDENTS + 50):
            with students.admitted(f"{number}", 1):
                pass
        assert len(students) <= MOST_STUDENTS
        assert students.lines()[0].label == "waits"


def test_only_the_token_opens():
    lock = Lock.of("白い鳥 secret")
    assert lock.opens("白い鳥 secret")
    assert not lock.opens("白い鳥 secre")
    assert not lock.opens("")
    assert not lock.opens(None)
    assert Lock.of(None).opens(None)
    assert "secret" not in repr(lock)


# the page


def test_labels_are_shown_as_text():
    clock = Clock()
    students = Students(Limits(), clock)
    with students.admitted("<script>alert(1)</script>", 1), students.admitted("花子", 1):
        clock.now += 3
        html = page("owner/<b>model</b>", students.lines(), "")
    assert "<script" not in html
    assert "<b>model" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "waits for 3.0 s" in html
    assert "<b>2</b> waiting" in html


def test_the_page_speaks_the_browsers_language():
    assert 'lang="ja"' in page("model", [], "fr-FR,fr;q=0.9,ja;q=0.8")
    assert 'lang="en"' in page("model", [], "fr")


def test_a_served_model_refuses_what_a_local_one_refuses(model):
    engine = ServedEngine(model)
    with pytest.raises(TextTooLong):
        engine.check(Ask((1,) * 129, logits=True))
    with pytest.raises(InvalidValue, match="no token 420"):
        engine.check(Ask((420,), logits=True))
    with pytest.raises(InvalidValue, match="Hidden states of 1,001"):
        engine.check(Ask((1,) * 1_001, states_from=0))


def test_a_port_that_another_has_is_told_before_anything_is_loaded():
    from llmwidgets.serving.app import Address, serve_forever
    from llmwidgets.serving.settings import Settings

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServerFailed, match=f"Port {port} of 127.0.0.1 cannot be used") as told:
            serve_forever(Settings(), Address(port=port), Lock())
    assert "--port" in told.value.hint
