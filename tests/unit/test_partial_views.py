"""Partial distributions where they are drawn from, guessed at, compared and sent to the page."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from kernel_page import decoded, matches, request

from llmwidgets import Distribution, LogitsSession, NextTokenBar, Sampler, SamplerSlider, show
from llmwidgets.errors import NotReturned
from llmwidgets.stages.divergence import align, compare
from llmwidgets.stages.guessing import Score, judge
from llmwidgets.stages.tokens import UNKNOWN
from llmwidgets.widgets.payloads import DistributionPayload, DrawsPayload

PROBS = [0.4, 0.2, 0.1, 0.05, 0.02]
IDS = [300, 65, 66, 250, 97]


@pytest.fixture
def partial(byte_tokenizer):
    return Distribution.partial(IDS, np.log(PROBS), len(byte_tokenizer))


@pytest.fixture
def cut(partial, byte_tokenizer):
    return LogitsSession(partial, byte_tokenizer)


# a session of one


def test_a_session_can_be_made_of_one(cut, partial, byte_tokenizer):
    found = cut.distribution
    assert found.returned.tolist() == IDS
    assert found.rest == pytest.approx(0.23)
    assert [c.piece for c in found.top(3)] == [byte_tokenizer.decode([token]) for token in IDS[:3]]
    assert cut.info.vocabulary == len(byte_tokenizer)
    assert NextTokenBar(partial, tokenizer=byte_tokenizer).distribution.is_partial
    assert show(partial, byte_tokenizer).distribution.is_partial


def test_what_is_drawn_from_can_be_shown_as_far_as_it_is_known(cut, byte_tokenizer):
    cut.sampler = Sampler(temperature=0.5, top_k=3)
    shown = show(cut.filtered, byte_tokenizer).distribution
    assert shown.returned.tolist() == IDS[:3]
    assert shown.rest == pytest.approx(0, abs=1e-6)
    cut.sampler = Sampler(temperature=0.5)
    with pytest.raises(NotReturned, match="within bounds only"):
        show(cut.filtered, byte_tokenizer)


# draws


def test_draws_name_no_token_that_was_not_returned(cut):
    drawn = cut.sample(10_000)
    counts = {candidate.id: count for candidate, count in drawn}
    assert set(counts) == {*IDS, UNKNOWN}
    assert counts[UNKNOWN] / 10_000 == pytest.approx(0.23, abs=0.02)
    assert counts[300] / 10_000 == pytest.approx(0.4, abs=0.02)
    unknown = next(candidate for candidate, _ in drawn if candidate.id == UNKNOWN)
    assert (unknown.piece, unknown.probability) == ("", pytest.approx(0.23, abs=2e-6))
    assert "not returned 2," in repr(drawn)


def test_draws_are_those_of_torch_over_what_was_returned_and_the_rest(cut):
    cut.sampler = Sampler(seed=7)
    drawn = cut.sample(50)
    torch.manual_seed(7)
    expected = torch.multinomial(torch.tensor([*PROBS, 0.23]), 50, replacement=True)
    assert drawn.ids.tolist() == [[*IDS, UNKNOWN][place] for place in expected.tolist()]
    assert drawn == cut.sample(50)


def test_what_the_sampler_leaves_is_drawn_as_ever(cut):
    cut.sampler = Sampler(temperature=0.7, top_k=3)
    assert {candidate.id for candidate, _ in cut.sample(500)} == set(IDS[:3])
    cut.sampler = Sampler(do_sample=False)
    assert [(candidate.id, count) for candidate, count in cut.sample(5)] == [(300, 5)]


def test_nothing_is_drawn_by_probabilities_that_are_not_known(cut):
    cut.sampler = Sampler(temperature=0.7)
    with pytest.raises(NotReturned, match="Only 5 of 420 tokens were returned") as caught:
        cut.sample(10)
    assert "top_k to at most 5" in str(caught.value)
    assert caught.value.values == {"returned": 5}


def test_draws_reach_the_page(cut, page):
    bar = NextTokenBar(cut)
    cut.sampler = Sampler(seed=3)
    drawn = cut.sample(200)
    draws = json.loads(json.dumps(bar._store.draws))
    assert matches(draws, DrawsPayload)
    assert UNKNOWN in draws["ids"]
    at = draws["ids"].index(UNKNOWN)
    assert (draws["pieces"][at], draws["bytes"][at]) == ("", "")
    assert at not in draws["special"]
    assert sum(draws["counts"]) == 200
    assert [draws["ids"][place] for place in decoded(draws["order"])] == drawn.ids.tolist()
    shares = dict(zip(draws["ids"], decoded(draws["probabilities"]).tolist(), strict=True))
    assert (shares[UNKNOWN], shares[300]) == (pytest.approx(0.23, abs=2e-6), pytest.approx(0.4))


# the page


def test_the_payload_says_what_was_left_out(cut, page):
    bar = NextTokenBar(cut)
    payload = json.loads(json.dumps(bar._store.distribution, allow_nan=False))
    assert matches(payload, DistributionPayload)
    assert payload["partial"]["tokens"] == 415
    assert payload["partial"]["mass"] == pytest.approx(0.23)
    assert payload["partial"]["ceiling"] == pytest.approx(0.02)
    assert payload["partial"]["entropy"] == pytest.approx(list(cut.distribution.entropy_bounds))
    assert payload["log_sum"] == 0
    assert len(payload["pieces"]) == 5
    assert NextTokenBar([0.0, 2.0])._store.distribution["partial"] is None


def test_the_token_that_came_has_no_rank_if_it_was_not_returned(byte_tokenizer, page):
    def came(token):
        logits = Distribution.partial(IDS, np.log(PROBS), len(byte_tokenizer))
        session = LogitsSession(logits, byte_tokenizer)
        bar = NextTokenBar(session)
        state, outcome = session.state, session.outcome
        from llmwidgets.widgets.encode import distribution_payload

        del state
        return distribution_payload(
            outcome.distribution, bar._store.vocabulary, revision=1, summary=outcome.summary, came=token
        )["came"]

    assert (came(65)["rank"], came(65)["logit"]) == (2, pytest.approx(math.log(0.2)))
    assert (came(5)["rank"], came(5)["logit"]) == (0, None)


def test_only_what_was_returned_is_found(cut, page):
    bar = NextTokenBar(cut)
    found = page.ask(bar, request("find", text="a"))["result"]
    assert [candidate["id"] for candidate in found["candidates"]] == [
        token for token in IDS if b"a" in cut.token_bytes(token).lower()
    ]
    assert found["total"] == len(found["candidates"]) >= 1


def test_figures_and_pictures_say_so(cut):
    bar = NextTokenBar(cut, k=3)
    figure = bar.figure()
    model, sampled = figure.data[:2]
    assert list(model.y[3:]) == ["2 other tokens", "415 not returned"]
    assert model.x[3:] == pytest.approx((0.07, 0.23))
    assert model.marker.pattern.shape == ("", "", "", "", "/")
    assert sampled.error_x.array is None
    low, high = cut.distribution.entropy_bounds
    assert figure.layout.title.text == f"next token, entropy {low:.2f} to {high:.2f} nats"
    assert "415 not returned" in bar._picture()
    assert "23.00%" in bar._picture()
    cut.sampler = Sampler(temperature=2)
    sampled, bounds = bar.figure().data[1], cut.filtered.bounds
    ends = np.asarray(sampled.x) + sampled.error_x.array
    assert ends[:3] == pytest.approx(bounds.high[:3], rel=1e-4)
    assert ends[4] == pytest.approx(bounds.rest[1], rel=1e-4)
    assert np.asarray(sampled.x)[4] - sampled.error_x.arrayminus[4] == pytest.approx(bounds.rest[0], rel=1e-4)


def test_the_slider_says_from_to(cut):
    slider = SamplerSlider(cut)
    cut.sampler = Sampler(temperature=2, top_k=3)
    assert "100.00%" in slider._picture()
    assert list(slider.figure().data[0].text) == ["420", "420", "3"]
    least, most = cut.filtered.bounds.stages[1].mass
    assert slider.figure().data[1].text[2] == f"{least:.1%} to {most:.1%}"
    cut.sampler = Sampler(top_p=0.8)
    left = cut.filtered.bounds.stages[0].left
    assert slider.figure().data[0].text[1] == f"{left[0]} to {left[1]}"


# guesses


def test_a_guess_that_was_not_returned_is_below_the_last(partial):
    known = judge(partial, 66, "B")
    assert (known.rank, known.known, known.probability) == (3, True, pytest.approx(0.1))
    unknown = judge(partial, 5, "?")
    assert (unknown.rank, unknown.known, unknown.probability) == (6, False, pytest.approx(0.02))
    assert unknown.surprisal == pytest.approx(-math.log(0.02))
    score = Score.of([known, unknown])
    assert (score.total, score.right, score.in_top_ten, score.known) == (2, 0, 1, False)
    assert score.mean_surprisal == pytest.approx((known.surprisal + unknown.surprisal) / 2)
    assert Score.of([known]).known


def test_a_guess_reaches_the_page(cut, page):
    bar = NextTokenBar(cut, predict=True)
    assert page.ask(bar, request("guess", token=5, revision=cut.state.revision))["ok"]
    assert bar.guessed["guesses"][0]["known"] is False
    assert bar.guessed["known"] is False


# two at once


def kl(p, q):
    return float((p * np.log(p / q)).sum())


def test_the_divergence_is_a_bound(partial):
    rng = np.random.default_rng(1)
    for _ in range(30):
        p, q = (rng.normal(0, 1.5, 420) for _ in range(2))
        p, q = (np.exp(side) / np.exp(side).sum() for side in (p, q))
        ids = np.argsort(-p)[:360]
        found = compare(Distribution.partial(ids, np.log(p[ids]), 420), Distribution.of(np.log(q)))
        assert found.aligned == "returned"
        assert found.is_least
        assert 0 < found.kl <= kl(p, q)
        assert 0 < found.kl_back <= kl(q, p)
        assert (found.shared, found.outside) == (360, pytest.approx(1 - p[ids].sum(), abs=1e-4))
        assert all(pair.q is not None for pair in found.pairs if pair.id >= 0)
        for pair in found.pairs:
            if pair.p is not None:
                assert pair.p == pytest.approx(p[pair.id], rel=1e-3)
    assert compare(partial, partial).kl == 0
    assert "KL at least" in repr(compare(partial, partial))


def test_pairs_name_a_probability_only_where_it_was_returned(partial):
    other = Distribution.partial([65, 300, 7], np.log([0.5, 0.3, 0.1]), 420)
    found = compare(partial, other)
    pairs = {(pair.id, pair.other_id): (pair.p, pair.q) for pair in found.pairs}
    assert pairs[(65, 65)] == (pytest.approx(0.2), pytest.approx(0.5))
    assert pairs[(66, -1)] == (pytest.approx(0.1), None)
    assert pairs[(-1, 7)] == (None, pytest.approx(0.1))
    assert len(pairs) == 6
    assert (found.outside, found.other_outside) == (pytest.approx(0.4), pytest.approx(0.2))


def test_too_little_that_both_returned_is_refused_in_words(partial):
    found = compare(partial, Distribution.partial([300, 7], np.log([0.1, 0.09]), 420))
    assert found.kl is None
    assert isinstance(found.error, NotReturned)
    assert "Only 1 tokens are known on both sides, which hold 40.0%" in str(found.error)


def test_two_vocabularies_of_which_one_is_cut():
    p = Distribution.partial([0, 1], np.log([0.6, 0.3]), 4)
    q = Distribution.of(np.log([0.3, 0.5, 0.2]))
    found = compare(p, q, align([b"a", b"b", b"c", b"x"], [b"b", b"a", b"y"]))
    assert (found.aligned, found.shared) == ("returned", 2)
    assert found.kl == pytest.approx(0.6 * math.log(0.6 / 0.5) + 0.1 * math.log(0.1 / 0.2))
