"""Servers that misbehave: each failure is said in words, and nothing that was typed is lost."""

from __future__ import annotations

import math
import threading
import time
from email.utils import formatdate

import numpy as np
import pytest
from scripted_server import ScriptedServer, chat, completion

from llmwidgets import ModelSession, NextTokenBar, Sampler
from llmwidgets.errors import (
    Ambiguous,
    BadAnswer,
    InvalidValue,
    KeyRefused,
    LimitReached,
    ModelNotFound,
    NotOffered,
    ServerBusy,
    ServerFailed,
    ServerUnreachable,
)

TEXT = "He said"
TOKENS = {" hello": -0.3, " no": -2.0, " yes": -2.5}
MODELS = [{"id": "tiny", "object": "model", "owned_by": "someone"}]


def right(exchange):
    exchange.json(completion(TOKENS))


@pytest.fixture
def serve():
    """A server that answers so, and a session on it."""
    open_now = []

    def start(answer=right, models=MODELS, **options):
        server = ScriptedServer(right, models)
        open_now.append(server)
        session = ModelSession.connect(
            server.address, **{"tokenizer": "gpt-4o", "endpoint": "completions", "retries": 0, **options}
        )
        open_now.append(session)
        session.restart(TEXT)
        server.answer = answer
        return session, server

    yield start
    for each in reversed(open_now):
        each.close()


def _of_entry(**entry):
    return {"choices": [{"text": "", "logprobs": {"content": [{"token": " a", **entry}]}}]}


def failing(status, words="so it is", **headers):
    return lambda exchange: exchange.json({"error": {"message": words, "type": "t", "code": "c"}}, status, **headers)


def test_what_is_told_is_shown_and_the_rest_is_a_sum(serve):
    session, server = serve()
    assert [candidate.piece for candidate in session.distribution.top(10)] == list(TOKENS)
    assert session.distribution.rest == pytest.approx(1 - sum(map(math.exp, TOKENS.values())))
    body = server.asked[-1].body
    assert body["prompt"] == TEXT or body["prompt"] == session.tokens.ids.tolist()
    assert body["max_tokens"] == 1
    assert (body["temperature"], body["top_p"]) == (1.0, 1.0)
    assert session.stats.forwards == 1


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, InvalidValue, r"refused the request \(400\): so it is"),
        (401, KeyRefused, r"\(401\): no key was given. It says: so it is"),
        (403, KeyRefused, r"\(403\)"),
        (404, ModelNotFound, r"has no model 'tiny'"),
        (429, ServerBusy, r"no more requests for now \(429\)"),
        (408, ServerFailed, r"failed with 408: so it is"),
        (500, ServerFailed, r"failed with 500: so it is"),
        (503, ServerFailed, r"failed with 503"),
    ],
)
def test_an_error_of_the_server_is_said_in_its_words(serve, status, error, words):
    session, server = serve(failing(status))
    with pytest.raises(error, match=words):
        _ = session.distribution
    assert session.text == TEXT
    server.answer = right
    session.text = TEXT + "!"
    assert session.distribution.top(1)[0].piece == " hello"


def test_the_page_of_a_proxy_is_said_in_its_words_alone(serve):
    page = b"<!doctype html><html><head><title>x</title><style>p{a:b}</style></head><body><h1>502 Bad&nbsp;Gateway</h1>\n<hr>nginx</body>"
    session, _ = serve(lambda exchange: exchange.raw(page, 502, **{"content-type": "text/html"}))
    with pytest.raises(ServerFailed, match=r"failed with 502: 502 Bad Gateway nginx"):
        _ = session.distribution


def test_what_fastapi_finds_wrong_is_said_part_by_part(serve):
    wrong = {"detail": [{"type": "x", "loc": ["body", "top_k"], "msg": "must be above 0", "input": -1}, "and more"]}
    session, _ = serve(lambda exchange: exchange.json(wrong, 422))
    with pytest.raises(InvalidValue, match=r"\(422\): body.top_k: must be above 0; and more"):
        _ = session.distribution


def test_an_account_without_credit_is_not_asked_again(serve):
    spent = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    session, server = serve(lambda exchange: exchange.json(spent, 429), retries=2)
    with pytest.raises(ServerBusy, match=r"no credit left.*You exceeded") as caught:
        _ = session.distribution
    assert "credit" in caught.value.hint
    assert len(server.asked) == 1


def test_a_passing_error_is_tried_again_and_again_bounded(serve):
    def later(exchange):
        exchange.json(completion(TOKENS)) if len(server.asked) >= 3 else exchange.json({"error": "x"}, 500)

    session, server = serve(retries=2)
    server.answer = later
    assert session.distribution.top(1)
    assert len(server.asked) == 3
    session.text = "more"
    server.seen.clear()
    server.answer = failing(500)
    with pytest.raises(ServerFailed):
        _ = session.distribution
    assert len(server.asked) == 3


def test_how_long_a_busy_server_asks_to_wait_is_told(serve):
    session, _ = serve(failing(429, "slow down", retry_after="30"), retries=1, timeout=1.0)
    with pytest.raises(ServerBusy, match="asks to wait 30 seconds"):
        _ = session.distribution


def test_so_is_until_when(serve):
    until = formatdate(time.time() + 300, usegmt=True)
    session, server = serve(failing(429, "slow down", retry_after=until), retries=2, timeout=5.0)
    asked = len(server.asked)
    with pytest.raises(ServerBusy, match=r"asks to wait (29\d|300) seconds"):
        _ = session.distribution
    # it is not asked before
    assert len(server.asked) == asked + 1


def test_a_slow_server_is_not_waited_for_without_end(serve):
    held = threading.Event()
    session, _ = serve(lambda exchange: held.wait(20), timeout=0.5)
    with pytest.raises(ServerUnreachable, match="no answer in time"):
        _ = session.distribution
    held.set()


def test_nobody_there(serve):
    session, server = serve()
    server.close()
    with pytest.raises(ServerUnreachable, match=r"cannot be reached.*still there"):
        _ = session.distribution
    assert session.text == TEXT
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        ModelSession.connect(server.address, "tiny", tokenizer="gpt-4o", retries=0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda exchange: exchange.raw(b'{"choices": [', **{"content-type": "application/json"}), "damaged"),
        (lambda exchange: exchange.raw(b"<html>hello", **{"content-type": "text/html"}), "no choices"),
        (lambda exchange: exchange.json([1, 2]), "no choices"),
        (lambda exchange: exchange.json({"choices": [3]}), "no object"),
        (lambda exchange: exchange.json({"choices": []}), "no probabilities"),
        (lambda exchange: exchange.json({"choices": [{"text": " a", "logprobs": None}]}), "no probabilities"),
        (
            lambda exchange: exchange.json({"choices": [{"text": "", "logprobs": {"content": [{"x": 1}]}}]}),
            "logprobs cannot",
        ),
        (lambda exchange: exchange.json({"choices": [{"text": "", "logprobs": "?"}]}), "logprobs cannot"),
        (lambda exchange: exchange.json(_of_entry(logprob=10**400)), "logprobs cannot"),
        (lambda exchange: exchange.json(_of_entry(logprob=-1, bytes=10**12)), "logprobs cannot"),
        (lambda exchange: exchange.json(_of_entry(logprob=-1, bytes=[32, 97], id=1e400)), "logprobs cannot"),
        (lambda exchange: exchange.raw(b"[" * 100_000, **{"content-type": "application/json"}), "damaged"),
        (lambda exchange: exchange.json(completion({" hello": float("nan")})), "probabilities|none of"),
        (lambda exchange: exchange.json(completion({"\u4e00\u4e8c\u4e09\u56db": -0.1})), "not its tokenizer"),
        (lambda exchange: exchange.json(completion(TOKENS, model="huge")), "answered with 'huge'"),
    ],
)
def test_an_answer_of_another_form_is_refused(serve, answer, words):
    session, _ = serve(answer)
    with pytest.raises(BadAnswer, match=words):
        _ = session.distribution
    assert session.text == TEXT


def test_a_model_without_probabilities_is_said(serve):
    session, _ = serve(failing(400, "logprobs are not supported by this model"))
    with pytest.raises(NotOffered, match="logprobs are not supported"):
        _ = session.distribution


def test_probabilities_above_one_are_refused(serve):
    session, _ = serve(lambda exchange: exchange.json(completion({" hello": -0.1, " no": -0.1})))
    with pytest.raises(InvalidValue, match="add up to"):
        _ = session.distribution


def streamed(*parts, **how):
    def answer(exchange):
        exchange.events(list(parts), **how) if exchange.body.get("stream") else right(exchange)

    return answer


WORDS = [completion({piece: -0.5, " other": -1.5}, finish_reason=None) for piece in (" one", " two", " three")]
STOP = {"model": "tiny", "choices": [{"text": "", "index": 0, "logprobs": None, "finish_reason": "stop"}]}


def test_a_stream_is_written_token_by_token(serve):
    session, server = serve(streamed(*WORDS, STOP))
    made = session.generate(10)
    assert made.text == " one two three"
    assert made.reason == "eos"
    assert session.text == TEXT + made.text
    assert [choice.probability for choice in session.choices] == pytest.approx([math.exp(-0.5)] * 3)
    assert all(math.isnan(choice.drawn_with) for choice in session.choices)
    assert server.asked[-1].body["max_tokens"] == 10


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (streamed(*WORDS, cut=True), BadAnswer, "cut off"),
        (streamed(*WORDS, done=False), BadAnswer, "ended before its end"),
        (streamed(*WORDS, {"error": {"message": "out of memory"}}), ServerFailed, "out of memory"),
        (streamed(*WORDS, {"choices": 5}), BadAnswer, "no choices"),
    ],
)
def test_what_came_before_a_stream_broke_stays(serve, answer, error, words):
    session, server = serve(answer)
    with pytest.raises(error, match=words):
        session.generate(10)
    assert session.text == TEXT + " one two three"
    assert session.status.state != "generating"
    server.answer = streamed(*WORDS, STOP)
    assert session.generate(5).reason == "eos"


def test_stop_ends_a_stream_that_goes_on(serve):
    ended = threading.Event()

    def endless(exchange):
        if not exchange.body.get("stream"):
            return right(exchange)
        try:
            exchange.events(WORDS * 100_000)
        except OSError:
            ended.set()
        return None

    session, _ = serve(endless)
    counted = threading.Event()
    session.attach(lambda: counted.set() if len(session.tokens) > 20 else None)
    made = []
    thread = threading.Thread(target=lambda: made.append(session.generate(100_000)))
    thread.start()
    assert counted.wait(30)
    session.stop()
    thread.join(30)
    assert made[0].reason == "stopped"
    # the connection is let go, so that the server need not go on
    assert ended.wait(30)


def held_up_first():
    """An answer, the event that the first request is there, and the one that lets it be answered."""
    asked, held = threading.Event(), threading.Event()

    def answer(exchange):
        if exchange.number == 1:
            asked.set()
            held.wait(20)
        right(exchange)

    return answer, asked, held


def test_a_new_text_lets_go_of_the_request_for_the_old_one(serve):
    answer, asked, held = held_up_first()
    session, server = serve(answer)
    session.want_distribution()
    try:
        assert asked.wait(10)
        session.text = "newer"
        assert session.distribution.top(1)
        assert session.outcome.revision == session.state.revision
        assert len(server.asked) == 2
    finally:
        held.set()


def test_what_one_text_lets_go_of_is_not_anothers(serve):
    answer, asked, held = held_up_first()
    session, _ = serve(answer)
    other = session.beside("another text")
    other.want_distribution()
    assert asked.wait(10)
    session.text = "newer"
    assert session.distribution.top(1)
    held.set()
    other.settle()
    assert other.status.state == "ready"
    assert other.outcome.distribution.top(1)[0].piece == " hello"


def test_a_session_is_closed_without_waiting_for_its_server(serve):
    asked, held, ended = threading.Event(), threading.Event(), threading.Event()

    def answer(exchange):
        asked.set()
        held.wait(20)
        ended.set()

    session, _ = serve(answer)
    session.want_distribution()
    assert asked.wait(10)
    session.close()
    assert not ended.is_set()
    held.set()


def test_a_chat_that_cannot_go_on_tells_of_what_it_wrote_alone(serve):
    def answer(exchange):
        if exchange.body.get("stream"):
            words = [chat({piece: -0.5, " other": -1.5}, key="delta") for piece in (" one", " two")]
            exchange.events([*words, chat({" three": -0.7, " x": -2.0}, finish="stop", key="delta")])
        else:
            exchange.json(chat({" one": -0.5, " other": -1.5}, finish="length"))

    session, server = serve(answer, endpoint="chat", system="Be brief.")
    assert session.distribution.top(1)[0].piece == " one"
    first = server.asked[-1].body
    assert first["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": TEXT}]
    assert (first["logprobs"], first["top_logprobs"]) == (True, 20)
    assert session.generate(8).text == " one two three"
    asked = len(server.asked)
    session.position = 2
    assert session.distribution.top(1)[0].piece == " two"
    assert len(server.asked) == asked
    session.append(int(session.face.encode(" zero", special=False).ids[0]))
    with pytest.raises(NotOffered, match="cannot go on from a reply"):
        _ = session.distribution
    session.restart(session.text)
    assert session.distribution.top(1)[0].piece == " one"


def test_caps_on_requests_and_spending(serve):
    session, _ = serve(most_requests=3, cache=False)
    for text in ("a", "b", "c"):
        session.text = text
        _ = session.distribution
    session.text = "d"
    with pytest.raises(LimitReached, match="3 requests were made"):
        _ = session.distribution
    session, _ = serve(most_spent=0.001, prices=(100.0, 100.0))
    _ = session.distribution
    assert session._engine.client.budget.spent == pytest.approx(6 * 100 / 1e6)
    session.text = "b"
    _ = session.distribution
    session.text = "c"
    with pytest.raises(LimitReached, match=r"was spent"):
        _ = session.distribution


def test_what_a_stream_costs_counts_whether_the_server_tells_it_or_not(serve):
    silent = [{name: value for name, value in each.items() if name != "usage"} for each in WORDS]
    # some tell it with every part, of all up to there
    telling = {"choices": [], "usage": {"prompt_tokens": 1_000, "completion_tokens": 10}}
    session, _ = serve(streamed(*WORDS, STOP, telling), most_spent=0.1, prices=(100.0, 100.0))
    session.generate(10)
    budget = session._engine.client.budget
    assert (budget.tokens_in, budget.tokens_out) == (1_000, 10)
    with pytest.raises(LimitReached, match="was spent"):
        session.generate(10)
    session, _ = serve(streamed(*silent, STOP), most_spent=1e-3, prices=(100.0, 100.0))
    sent = len(session.tokens)
    session.generate(10)
    budget = session._engine.client.budget
    assert (budget.tokens_in, budget.tokens_out) == (sent, 3)
    session.generate(10)
    with pytest.raises(LimitReached, match="was spent"):
        session.generate(10)
    # a stream that broke was paid for too
    session, _ = serve(streamed(*silent, cut=True), most_spent=1, prices=(100.0, 100.0))
    with pytest.raises(BadAnswer):
        session.generate(10)
    assert session._engine.client.budget.tokens_out == 3


def test_an_answer_that_tells_no_use_is_counted_by_our_own_tokens(serve):
    def silent(exchange):
        exchange.json({name: value for name, value in completion(TOKENS).items() if name != "usage"})

    session, _ = serve(silent, most_spent=1, prices=(1, 1))
    _ = session.distribution
    budget = session._engine.client.budget
    assert (budget.tokens_in, budget.tokens_out) == (len(session.tokens), 1)


def test_several_models_ask_which(serve):
    with pytest.raises(Ambiguous, match="'tiny', 'huge'"):
        serve(models=[{"id": "tiny"}, {"id": "huge"}])
    session, server = serve(models=[{"id": "tiny"}, {"id": "huge"}], model="tiny")
    _ = session.distribution
    assert server.asked[-1].body["model"] == "tiny"


@pytest.mark.parametrize(
    "models",
    [
        [],
        lambda exchange: exchange.json({"data": "x"}),
        failing(403),
        failing(404),
        failing(405),
        failing(500),
        failing(501),
    ],
)
def test_a_server_that_names_no_model_needs_a_name(serve, models):
    with pytest.raises((InvalidValue, BadAnswer, ModelNotFound, ServerFailed, NotOffered, KeyRefused)):
        serve(models=models)
    session, _ = serve(models=models, model="tiny")
    assert session.distribution.top(1)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "ftp://x/v1",
        "http://",
        5,
        None,
        "http://x/v1?key=secret",
        "http://x/v1#secret",
        "https://me:secret@host/v1",
        "https://secret@host/v1",
        "https://secret@host/v1?a=b",
        "me:secret@host/v1",
        "http://[::1",
        "http://host:99999/v1",
        "http://host:port/v1",
    ],
)
def test_addresses_that_are_none(url):
    with pytest.raises(InvalidValue, match="base_url") as caught:
        ModelSession.connect(url)
    assert "secret" not in f"{caught.value}{caught.value.values}"


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint": "both"},
        {"top_logprobs": -1},
        {"timeout": 0},
        {"retries": 99},
        {"most_requests": 0},
        {"most_spent": 1.0},
        {"prices": "cheap"},
        {"prices": "12"},
        {"prices": (float("inf"), 1)},
        {"most_spent": float("nan"), "prices": (1, 1)},
        {"temperature": 1},
        {"api_key": 5},
        {"api_key": "ｋｅｙ"},
        {"api_key": "two\nlines"},
    ],
)
def test_options_that_are_none(options):
    with pytest.raises(InvalidValue, match=next(iter(options)) if options.get("api_key") in (None, 5) else "key"):
        ModelSession.connect("http://127.0.0.1:9/v1", "tiny", **options)


def test_a_view_says_what_stands_in_the_way(serve):
    session, server = serve(failing(500))
    bar = NextTokenBar(session)
    with pytest.raises(ServerFailed):
        _ = session.distribution
    bar.store.publish()
    assert bar.store.status["error"]["code"] == "server_failed"
    server.answer = right
    session.text = "again"
    _ = session.distribution
    bar.store.publish()
    assert bar.store.status["error"] is None
    assert np.isfinite(bar.distribution.rest)
    bar.close()


def test_the_sampler_travels_in_the_servers_names(serve):
    session, server = serve(streamed(*WORDS, STOP))
    session.sampler = Sampler(temperature=0.5, top_p=0.9, seed=3)
    session.generate(3)
    body = server.asked[-1].body
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.5, 0.9, 3)
    session.sampler = Sampler(top_k=5)
    with pytest.raises(NotOffered, match="top_k=5"):
        session.step()


def test_views_go_on_by_themselves_once_the_server_is_back(serve, monkeypatch):
    monkeypatch.setattr("llmwidgets.returning.FIRST_PAUSE", 0.01)
    session, server = serve()
    told = threading.Condition()

    def follow():
        with told:
            told.notify_all()

    def wait(until):
        with told:
            assert told.wait_for(until, timeout=60)

    session.attach(follow)
    session.want_distribution()
    wait(lambda: session.status.state == "ready")
    address, port = server.address, server.port
    server.close()
    session.text = "He says"
    wait(lambda: isinstance(session.status.error, ServerUnreachable))
    again = ScriptedServer(right, MODELS, port)
    assert again.address == address
    wait(lambda: session.status.state == "ready")
    assert session.outcome.distribution.top(1)[0].piece == " hello"
    assert session.text == "He says"
    session.close()
    again.close()


def test_nobody_looks_for_a_server_that_no_view_waits_for(serve, monkeypatch):
    monkeypatch.setattr("llmwidgets.returning.FIRST_PAUSE", 0.01)
    session, server = serve()
    server.close()
    with pytest.raises(ServerUnreachable):
        _ = session.distribution
    assert "llmwidgets returning" not in {thread.name for thread in threading.enumerate()}
