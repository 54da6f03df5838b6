"""Step, rewind, fork: how the tokens of a text came, what else could have come, the ways that were left, and why writing ended."""

from __future__ import annotations

import base64
import math

import numpy as np
import pytest
import torch
from kernel_page import request, settle

from llmwidgets import ModelSession, NextTokenBar, Sampler
from llmwidgets.errors import EmptyText, InvalidValue, SessionClosed, TextTooLong
from llmwidgets.stages.choices import MOST_FORKS, choice_of, rank_of, ranks_of
from llmwidgets.stages.distribution import largest
from llmwidgets.stages.tokens import spell


@pytest.fixture
def seeded(session):
    session.sampler = Sampler(seed=5, temperature=0.8, top_k=20)
    return session


def test_every_generated_token_remembers_its_alternatives(seeded):
    start = len(seeded.tokens)
    prompt = list(seeded.state.prefix)
    new = seeded.generate(4).tokens.ids.tolist()
    assert [choice.index for choice in seeded.choices] == list(range(start, start + 4))
    for step, choice in enumerate(seeded.choices):
        ids = torch.tensor([prompt + new[:step]])
        logits = seeded.model(input_ids=ids).logits[0, -1].detach()
        raw = logits.softmax(-1)
        sampled = seeded.sampler.apply(logits, ids[0]).probs
        assert (choice.token, choice.how) == (new[step], "drawn")
        assert choice.probability == pytest.approx(float(raw[new[step]]), rel=1e-4)
        assert choice.drawn_with == pytest.approx(float(sampled[new[step]]), rel=1e-4)
        assert choice.ids[:10].tolist() == raw.topk(10).indices.tolist()
        np.testing.assert_allclose(choice.probabilities, raw[choice.ids].numpy(), rtol=1e-4)
        np.testing.assert_allclose(choice.after_sampler, sampled[choice.ids], rtol=1e-4)
        assert choice.ranks.tolist() == ranks_of(logits.numpy(), choice.ids.tolist())


def test_a_greedy_token_is_drawn_with_certainty(session):
    session.sampler = Sampler(do_sample=False)
    session.step()
    (choice,) = session.choices
    assert (choice.how, choice.drawn_with, choice.ranks[0], choice.ids[0]) == ("greedy", 1.0, 1, choice.token)


def test_an_unlikely_token_is_among_its_alternatives_with_its_rank():
    logits = torch.arange(100.0)
    choice = choice_of(3, 40, "forced", logits, logits.softmax(-1))
    assert choice.ids.tolist() == [*range(99, 89, -1), 40]
    assert choice.ranks.tolist() == [*range(1, 11), 60]
    assert rank_of(logits.numpy(), 40) == 60
    few = choice_of(0, 1, "drawn", torch.tensor([0.0, 0.0]), None)
    assert (few.ids.tolist(), few.ranks.tolist()) == ([0, 1], [1, 2])


def test_forcing_another_token_forks_and_the_forks_stay(seeded):
    seeded.generate(4)
    first = seeded.text
    at = seeded.choices[1].index
    other = next(int(token) for token in seeded.choices[1].ids if token != seeded.choices[1].token)
    expected = dict(zip(seeded.choices[1].ids.tolist(), seeded.choices[1].probabilities.tolist(), strict=True))[other]
    seeded.fork(at, other)
    assert seeded.tokens.ids[at] == other
    assert len(seeded.tokens) == at + 1
    (fork,) = seeded.forks
    assert (fork.text, fork.at, len(fork.choices), fork.ending.reason) == (first, at, 4, "length")
    assert (seeded.choices[-1].how, seeded.choices[-1].probability) == ("forced", pytest.approx(expected))
    seeded.generate(2)
    second = seeded.text
    assert [fork.text for fork in seeded.forks] == [first]
    seeded.switch(0)
    assert (seeded.text, [fork.text for fork in seeded.forks]) == (first, [second])
    assert len(seeded.choices) == 4
    seeded.switch(0)
    assert (seeded.text, [fork.text for fork in seeded.forks]) == (second, [first])


def test_the_log_probability_of_a_way_is_that_of_its_tokens(seeded):
    seeded.generate(3)
    known = [math.log(choice.probability) for choice in seeded.choices]
    fork = seeded.state.as_fork(0)
    assert fork.log_prob() == (pytest.approx(sum(known)), 3)
    assert fork.log_prob(seeded.choices[1].index) == (pytest.approx(sum(known[1:])), 2)


def test_undo_takes_a_fork_back_too(seeded):
    seeded.generate(3)
    text = seeded.text
    seeded.fork(seeded.choices[0].index, 7)
    assert seeded.text != text
    seeded.undo()
    assert (seeded.text, seeded.forks) == (text, ())
    seeded.undo()
    assert seeded.choices == ()


def test_appending_inside_the_text_forks_and_the_token_that_came_moves_on(session):
    session.position = 1
    came = int(session.tokens.ids[2])
    whole = session.text
    session.append(came)
    assert (session.text, session.position, session.forks) == (whole, 2, ())
    session.position = 1
    _ = session.distribution
    session.append(came + 1)
    assert [fork.text for fork in session.forks] == [whole]
    assert len(session.tokens) == 3
    (choice,) = session.choices
    assert choice.how == "forced"
    assert not math.isnan(choice.probability)


def test_typing_behind_what_was_generated_keeps_its_choices_and_forks(seeded):
    seeded.fork(2, seeded.tokenizer(" king")["input_ids"][0])
    seeded.edit(seeded.text + " and")
    assert [fork.at for fork in seeded.forks] == [2]
    assert [choice.index for choice in seeded.choices] == [2]
    seeded.text = "quick fast slow"
    assert (seeded.choices, seeded.forks) == ((), ())


def test_no_more_forks_than_can_be_compared_and_none_twice(session):
    _ = session.distribution
    place = len(session.tokens) - 1
    for token in range(MOST_FORKS + 5):
        session.fork(place, token)
    assert len(session.forks) == MOST_FORKS
    texts = [tuple(fork.tokens.ids.tolist()) for fork in session.forks]
    assert len(set(texts)) == MOST_FORKS


def test_forks_are_refused_in_words(session):
    for wrong in (0, len(session.tokens), -1, "1", None):
        with pytest.raises(InvalidValue, match="index cannot be"):
            session.fork(wrong, 5)
    with pytest.raises(InvalidValue, match="token cannot be"):
        session.fork(1, 10**6)
    with pytest.raises(InvalidValue, match="There is no fork yet"):
        session.switch(0)
    session.fork(1, 5)
    with pytest.raises(InvalidValue, match="fork cannot be 1"):
        session.switch(1)


@pytest.mark.parametrize("number", [np.int64(3), np.int32(3), 3])
def test_numpys_whole_numbers_count(session, number):
    assert sum(count for _, count in session.sample(number)) == 3
    assert len(session.generate(number).tokens) <= 3


# why it ended


def test_a_stop_text_ends_the_writing_with_the_token_that_completes_it(session):
    session.sampler = Sampler(do_sample=False)
    session.text = "The quick brown fox"
    parts = session.generate(40).tokens.token_bytes
    session.undo()
    # two tokens in the middle of what is written that are whole characters together
    place = next(at for at in range(3, 39) if spell(parts[at] + parts[at + 1])[0] != "⟨")
    wanted = (parts[place] + parts[place + 1]).decode()
    done = session.generate(40, stop=["never written", wanted])
    assert (done.reason, done.ended_by) == ("stop_text", wanted)
    assert b"".join(done.tokens.token_bytes).endswith(wanted.encode())
    assert len(done.tokens) <= place + 2
    assert (session.status.reason, session.status.ended_by) == ("stop_text", wanted)
    for wrong in ("", [""], [3], 5):
        with pytest.raises(InvalidValue, match="stop cannot be"):
            session.generate(2, stop=wrong)


def test_a_stop_text_in_the_prompt_does_not_end_it(session):
    session.sampler = Sampler(do_sample=False)
    assert session.generate(2, stop="quick").reason == "length"


def test_the_end_token_is_named(session, model):
    session.sampler = Sampler(do_sample=False)
    first = session.distribution.top(1)[0].id
    model.generation_config.eos_token_id = first
    done = session.generate(5)
    assert (done.reason, done.ended_by) == ("eos", session.describe([first]).pieces[0])
    assert repr(done).endswith(f"ended by eos {done.ended_by!r})")


def test_no_step_beyond_the_context(model, byte_tokenizer):
    """A step from a text that filled the context went through, and the view then said that the text was too long."""
    with ModelSession(model, byte_tokenizer) as session:
        context = session.info.context
        session.tokens = [5] * context
        before = session.state
        with pytest.raises(TextTooLong, match="fills the context"):
            session.step()
        assert session.state is before
        assert session.generate(3).reason == "context"


def test_an_empty_text_has_no_draws(session):
    session.text = ""
    with pytest.raises(EmptyText):
        session.sample(3)


# the page


def decoded(payload):
    return np.frombuffer(base64.b64decode(payload["data"]), payload["dtype"]).reshape(payload["shape"])


def test_the_page_draws_forks_and_switches(seeded, page):
    bar = NextTokenBar(seeded)
    settle(seeded)
    store = bar._store
    assert page.ask(store, request("act", action="draw", n=100))["ok"]
    settle(seeded)
    draws = store.draws
    assert (draws["n"], draws["seed"], draws["device"], sum(draws["counts"])) == (100, 5, "cpu", 100)
    assert draws["ids"] == seeded.drawn.counted[0].tolist()
    assert page.ask(store, request("act", action="draw", n=200))["ok"]
    settle(seeded)
    assert store.draws["number"] == draws["number"] + 1
    seeded.sampler = seeded.sampler.replace(temperature=0.5)
    assert store.draws is None

    seeded.generate(3)
    at = seeded.choices[0].index
    found = page.ask(store, request("alternatives", index=at))
    assert found["ok"]
    ids = [candidate["id"] for candidate in found["result"]["candidates"]]
    assert ids == seeded.choices[0].ids.tolist()
    assert not page.ask(store, request("alternatives", index=0))["ok"]
    other = next(token for token in ids if token != seeded.choices[0].token)
    assert page.ask(store, request("act", action="fork", index=at, token=other, revision=seeded.state.revision))["ok"]
    paths = store.paths
    assert (paths["now"]["at"], paths["forks"][0]["tokens"], paths["forks"][0]["reason"]) == (at, 3, "length")
    assert page.ask(store, request("act", action="switch", fork=0, revision=seeded.state.revision))["ok"]
    assert len(seeded.tokens) == at + 3
    assert not page.ask(store, request("act", action="switch", fork=9, revision=seeded.state.revision))["ok"]


def test_the_page_stops_at_texts(seeded, page):
    store = NextTokenBar(seeded)._store
    assert page.ask(store, request("act", action="generate", max_new_tokens=3, stop=["zzz"]))["ok"]
    settle(seeded)
    assert store.status["reason"] in ("length", "eos")
    for wrong in ("text", [1], ["x" * 5000], [""]):
        assert not page.ask(store, request("act", action="generate", max_new_tokens=3, stop=wrong))["ok"]
    for wrong in (None, 0, -1, 1.5, 10**9, "3", True):
        assert not page.ask(store, request("act", action="draw", n=wrong))["ok"], wrong


def test_the_page_asks_for_the_exact_chain(seeded, page):
    store = NextTokenBar(seeded)._store
    settle(seeded)
    settings = {"temperature": 2.0, "top_p": 0.5}
    for order in ("transformers", "llama.cpp"):
        answer = page.ask(store, request("exact", sampler=settings, order=order))["result"]
        sampler = seeded.sampler.replace(**settings)
        expected = sampler.apply(seeded.distribution.logits, seeded.state.prefix, order=order)
        assert answer["revision"] == seeded.state.revision
        assert answer["kept"] == len(expected.kept)
        head = decoded(store.distribution["ids"])
        np.testing.assert_array_equal(decoded(answer["sampled"]), expected.probs[head])
        np.testing.assert_array_equal(decoded(answer["removed_by"]), expected.removed_by[head])
        assert [(stage["name"], stage["left"]) for stage in answer["stages"]] == [
            (stage.name, stage.left) for stage in expected.stages
        ]
    for wrong in (
        {"sampler": {"heat": 1}, "order": "vllm"},
        {"sampler": settings, "order": "other"},
        {"order": "vllm"},
    ):
        assert not page.ask(store, request("exact", **wrong))["ok"]


def test_the_page_hears_what_came_next(session, page):
    store = NextTokenBar(session)._store
    settle(session)
    assert store.distribution["came"] is None
    session.position = 1
    settle(session)
    came = store.distribution["came"]
    logits = session.distribution.logits
    token = int(session.tokens.ids[2])
    assert (came["id"], came["rank"]) == (token, rank_of(logits, token))
    assert came["logit"] == pytest.approx(float(logits[token]))


# what others do meanwhile


def test_draws_belong_to_the_sampler_that_made_them(seeded, page):
    """The last draws were shown with a later sampler's settings as soon as its chain had been read."""
    drawn = seeded.sample(200)
    before = seeded.sampler
    seeded.sampler = before.replace(top_k=1)
    _ = seeded.filtered
    assert seeded.drawn is None
    store = NextTokenBar(seeded)._store
    assert store.draws is None
    seeded.sampler = before
    assert seeded.drawn is drawn
    assert store.draws["sampler"]["top_k"] == before.top_k
    number = store.draws["number"]
    seeded.sampler = before.replace(seed=9)
    assert store.draws is None
    seeded.sampler = before
    assert store.draws["number"] == number


def test_a_sample_is_what_torch_draws(seeded):
    probs = torch.as_tensor(seeded.filtered.probs)
    for n in (1, 1000):
        torch.manual_seed(5)
        assert seeded.sample(n).ids.tolist() == torch.multinomial(probs, n, replacement=n > 1).tolist()


def test_many_draws_travel_as_counts(seeded, page):
    store = NextTokenBar(seeded)._store
    drawn = seeded.sample(200_000)
    assert store.draws["order"]["shape"] == [0]
    assert sum(store.draws["counts"]) == len(drawn.ids) == 200_000


def test_equal_logits_have_the_ranks_of_their_ids():
    """With bfloat16 many logits are equal; topk takes any of them, and two views named different ranks."""
    flat = torch.zeros(300)
    choice = choice_of(0, 150, "forced", flat, flat.softmax(-1))
    assert choice.ids.tolist() == [*range(10), 150]
    assert choice.ranks.tolist() == [*range(1, 11), 151]
    rounded = torch.randn(5000, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16).float()
    found = choice_of(0, 7, "forced", rounded, rounded.softmax(-1))
    assert found.ranks.tolist() == [rank_of(rounded.numpy(), int(token)) for token in found.ids]
    assert found.ids[:10].tolist() == largest(rounded.numpy(), 10).tolist()


def test_a_step_appends_what_it_returns(seeded):
    """Where another text came while its distribution was read, the token of the old one was drawn, lost, and returned."""
    plain = type(seeded).distribution.fget
    texts = iter(["The king", "The queen saw"])

    class Moving(type(seeded)):
        @property
        def distribution(self):
            found = plain(self)
            if (text := next(texts, None)) is not None:
                self.text = text
            return found

    seeded.__class__ = Moving
    drawn = seeded.step()
    assert seeded.tokens.ids[-1] == drawn.id
    assert seeded.text.startswith("The queen saw")


def test_a_fork_that_is_the_text_again_is_none(session):
    a, b, c = (session.tokenizer(letter)["input_ids"][0] for letter in "abc")
    session.tokens = [a, b, c]
    session.position = 0
    session.append(a)
    session.position = 0
    session.append(b)
    session.append(c)
    ways = [fork.tokens.ids.tolist() for fork in session.forks]
    assert [a, b, c] not in ways
    assert [a, a] in ways


def test_a_new_beginning_has_no_forks(session):
    session.fork(2, 7)
    session.restart(session.text)
    assert (session.forks, session.choices, session.can_undo) == ((), (), False)


def test_why_it_ended_is_said_of_what_was_written(seeded):
    seeded.generate(2)
    assert seeded.status.reason == "length"
    seeded.position = 1
    assert seeded.status.reason == "length"
    seeded.text = "The king"
    assert seeded.status.reason == ""
    seeded.generate(2)
    seeded.undo()
    assert seeded.status.reason == ""


def test_a_closed_session_forks_no_more(session):
    session.close()
    with pytest.raises(SessionClosed):
        session.fork(1, 5)
    assert (session._chain, session._drawn) == (None, None)


def test_one_token_leaves_nothing_to_fork(session):
    session.tokens = [5]
    with pytest.raises(InvalidValue, match="The text has 1 tokens"):
        session.fork(0, 3)


def test_the_page_forks_no_text_that_it_has_not_seen(seeded, page):
    store = NextTokenBar(seeded)._store
    settle(seeded)
    old = seeded.state.revision
    seeded.text = "The king and the queen"
    late = page.ask(store, request("act", action="fork", index=1, token=5, revision=old))
    assert (late["ok"], late["error"]["code"]) == (False, "outdated")
    assert seeded.text == "The king and the queen"


def test_a_moved_position_sends_no_ways_again(seeded, page):
    store = NextTokenBar(seeded)._store
    seeded.generate(3)
    settle(seeded)
    sent = len([data for data in page.of(store, "update") if "paths" in data["state"]])
    seeded.position = 1
    settle(seeded)
    assert len([data for data in page.of(store, "update") if "paths" in data["state"]]) == sent


def test_two_sessions_on_a_model_that_trains(model, byte_tokenizer):
    """The first pass to end put the model back to training while the other session's was under way, with dropout."""
    from llmwidgets.engines.passes import own_pass

    model.train()
    with own_pass(model):
        with own_pass(model):
            assert not model.training
        assert not any(module.training for module in model.modules())
    assert model.training
    model.eval()
