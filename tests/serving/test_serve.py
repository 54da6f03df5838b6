"""A notebook on a served model: the same numbers, the same errors, and a class that goes on when a process is lost."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import numpy as np
import psutil
import pytest
import torch
from recorded import Class, check
from served import TOKEN, free_port, start, stop

from llmwidgets import ModelSession, Sampler, wire
from llmwidgets.engines.local import LocalEngine
from llmwidgets.engines.remote.link import is_llmwidgets_server
from llmwidgets.engines.remote.opening import open_remote
from llmwidgets.errors import (
    EmptyText,
    InvalidValue,
    KeyRefused,
    LLMWidgetsError,
    ServerBusy,
    ServerUnreachable,
    SessionClosed,
    TextTooLong,
)
from llmwidgets.widgets.store import store_for

NEAR = {"rtol": 0, "atol": 1e-4}
"""Float32 sums in another order, of logits about 1 apart."""

TEXT = "むかしむかし、あるところに a quick brown fox"


@pytest.fixture(scope="module")
def local(folder):
    """The same model in this process."""
    with ModelSession(str(folder)) as made:
        yield made


@pytest.fixture
def opened(server):
    """An engine on the server, as a student's notebook has one."""
    made = open_remote(server.url, TOKEN, student="Hanako 花子")
    yield made
    made.engine.close()


def _ids(text, session):
    return session.face.encode(text).ids.tolist()


def test_the_engine_gives_what_a_local_one_gives(opened, local):
    remote, own = opened.engine, LocalEngine(local.model)
    ids = _ids(TEXT, local)
    torch.testing.assert_close(remote.logits(ids), own.logits(ids), **NEAR)
    np.testing.assert_allclose(remote.surprisals(ids), own.surprisals(ids), **NEAR)
    np.testing.assert_allclose(remote.hidden_states(ids), own.hidden_states(ids), **NEAR)
    for found, expected in zip(remote.last_states([ids, ids[:3]]), own.last_states([ids, ids[:3]]), strict=True):
        np.testing.assert_allclose(found, expected, **NEAR)
    assert np.array_equal(remote.embeddings([5, 5, 9]), own.embeddings([5, 5, 9]))
    assert remote.embeddings([]).shape == (0, 32)
    assert torch.equal(remote.table(), own.table())
    assert remote.table() is remote.table()
    assert remote.stop_ids() == own.stop_ids() == {0}
    assert remote.about.generation["eos_token_id"] == 0
    assert remote.model is None
    assert remote.info == replace(own.info, name="tiny-llama", source=remote.info.source, runs_on="cpu")


def test_only_what_changed_is_computed(opened, local):
    engine, ids = opened.engine, _ids(TEXT, local)
    engine.logits(ids)
    before = engine.work
    engine.logits([*ids, 7])
    assert engine.work.tokens_computed - before.tokens_computed == 1
    engine.surprisals(ids)
    before = engine.work
    scores = engine.surprisals([*ids, 7, 8])
    # the places before the two new tokens
    assert engine.work.tokens_computed - before.tokens_computed == 2
    np.testing.assert_allclose(scores, LocalEngine(local.model).surprisals([*ids, 7, 8]), **NEAR)


def test_candidates_share_what_the_server_keeps_of_their_prompt(opened, local):
    engine, ids = opened.engine, _ids(TEXT, local)
    ends = [[7, 8, 9], [7, 11], [12]]
    before = engine.work
    found = engine.continuations(ids, ends)
    for scores, expected in zip(found, LocalEngine(local.model).continuations(ids, ends), strict=True):
        np.testing.assert_allclose(scores, expected, **NEAR)
    # the prompt once, and the places before the ends' other tokens
    assert engine.work.tokens_computed - before.tokens_computed <= len(ids) + 2 + 2 + 2


def test_recorded_states_need_no_pass_of_their_own(opened, local):
    engine, ids = opened.engine, _ids(TEXT, local)
    engine.record_states(True)
    engine.logits(ids[:5])
    engine.logits(ids)
    forwards = engine.work.forwards
    np.testing.assert_allclose(engine.hidden_states(ids), LocalEngine(local.model).hidden_states(ids), **NEAR)
    assert engine.work.forwards == forwards
    engine.record_states(False)


def test_two_texts_of_one_student_have_memories_of_their_own(opened, local):
    engine, ids = opened.engine, _ids(TEXT, local)
    other = engine.beside()
    engine.logits(ids)
    other.logits(list(reversed(ids)))
    before = engine.work
    engine.logits([*ids, 3])
    assert engine.work.tokens_reused - before.tokens_reused == len(ids)


def test_what_one_text_lets_go_of_is_not_anothers(opened):
    engine, other = opened.engine, opened.engine.beside()
    with ThreadPoolExecutor(1) as pool:
        # 32 rounds
        found = pool.submit(other.logits, [9] * 2_000)
        while not found.done():
            engine.outdated()
        assert found.result().shape == (400,)


def test_errors_are_those_of_a_local_engine(opened, local):
    for engine in (opened.engine, LocalEngine(local.model)):
        with pytest.raises(EmptyText):
            engine.logits([])
        with pytest.raises(TextTooLong):
            engine.logits([1] * 2_049)
        with pytest.raises(InvalidValue, match="no token 400"):
            engine.logits([1, 400])
        with pytest.raises(InvalidValue):
            engine.embeddings([-1])
        assert engine.surprisals([]).shape == (0,)
        assert engine.hidden_states([]).shape == (4, 0, 32)


def test_attention_is_a_local_engines_in_whole_and_by_row(opened, local):
    engine, ids = opened.engine, _ids(TEXT, local)
    engine.record_states(True)
    whole = LocalEngine(local.model).attentions(ids)
    np.testing.assert_allclose(engine.attentions(ids, 2, 3), whole[:, :, 2:3], **NEAR)
    np.testing.assert_allclose(engine.attentions(ids), whole, **NEAR)
    assert engine.attentions([]).size == 0


def test_a_session_on_it_is_as_any_other(server, local):
    with ModelSession(open_remote(server.url, TOKEN), text=TEXT) as session:
        local.text = TEXT
        assert session.tokens.ids.tolist() == local.tokens.ids.tolist()
        assert session.tokens.pieces == local.tokens.pieces
        np.testing.assert_allclose(session.distribution.logits, local.distribution.logits, **NEAR)
        session.sampler = local.sampler = local.sampler.replace(seed=5, temperature=0.8, do_sample=True)
        assert session.generate(12).tokens.ids.tolist() == local.generate(12).tokens.ids.tolist()
        np.testing.assert_allclose(session.hidden_states, local.hidden_states, **NEAR)
        np.testing.assert_allclose(session.attentions, local.attentions, **NEAR)
        np.testing.assert_allclose(session.embed(["king", "queen"]), local.embed(["king", "queen"]), **NEAR)
        np.testing.assert_allclose(
            session.embed(["king", "queen"], layer="last"), local.embed(["king", "queen"], layer="last"), **NEAR
        )
        with session.beside("The queen") as other:
            local.text = "The queen"
            np.testing.assert_allclose(other.distribution.logits, local.distribution.logits, **NEAR)


def test_a_closed_engine_says_so(server):
    engine = open_remote(server.url, TOKEN).engine
    engine.close()
    with pytest.raises(SessionClosed):
        engine.logits([1])


def test_the_notebooks_side_needs_nothing_of_the_server():
    code = (
        "import sys; from llmwidgets.engines.remote import opening; "
        "assert not {'ray', 'starlette', 'uvicorn', 'prometheus_client'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# who may come in


def test_what_answers_there_is_known_without_a_token(server):
    assert is_llmwidgets_server(server.url)
    assert not is_llmwidgets_server("http://127.0.0.1:9", timeout=1)
    assert not is_llmwidgets_server("no address")


@pytest.mark.parametrize("token", ["", "quite-another", TOKEN + "s", TOKEN[:-1]])
def test_a_wrong_token_is_refused(server, token):
    with pytest.raises(KeyRefused) as refused:
        open_remote(server.url, token)
    assert TOKEN not in f"{refused.value}{refused.value.values}"
    own = [frame for frame, _ in traceback.walk_tb(refused.tb) if "engines" in frame.f_code.co_filename]
    shown = "".join(repr(value) for frame in own for value in frame.f_locals.values())
    assert own
    assert not token or token not in shown


@pytest.mark.parametrize("name", ["LLMWIDGETS_TOKEN", "LLMWIDGETS_API_KEY"])
def test_the_token_may_stand_in_the_environment(server, name, monkeypatch):
    for each in ("LLMWIDGETS_TOKEN", "LLMWIDGETS_API_KEY"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, TOKEN)
    open_remote(server.url).engine.close()


def test_the_token_is_nowhere_seen(server, opened, tmp_path):
    logs = [server.log, *_ray_logs(server)]
    assert len(logs) > 3
    assert not [path for path in logs if TOKEN.encode() in path.read_bytes()]
    assert TOKEN not in repr(opened.engine._link)
    started = server.children()
    assert started
    assert not [process for process in started if TOKEN in f"{process.cmdline()}{process.environ()}"]


def _ray_logs(server):
    """What Ray wrote of this server."""
    from pathlib import Path

    opened = {Path(file.path) for process in server.children() for file in process.open_files()}
    folders = {path.parent for path in opened if path.parent.name == "logs"}
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/run", b"no safetensors", wire.ARRAYS),
        ("/run", wire.pack({"ids": np.ones(3)}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.ones(3, np.int64)}, {"scores_from": 9}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.ones(3, np.int64)}, {"states_from": 3}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.ones(3, np.int64)}, {"states_from": True}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.ones((3, 1), np.int64)}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.full(3, 400, np.int64)}, {"logits": True}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.full(3, -1, np.int64)}, {"logits": True}), wire.ARRAYS),
        ("/run", b"\xff" * 8 + b"{}", wire.ARRAYS),
        ("/run", b"", wire.ARRAYS),
        ("/embeddings", wire.pack({"ids": np.full(3, 2**62, np.int64)}), wire.ARRAYS),
        ("/last_states", wire.pack({"ids": np.ones(3, np.int64), "lengths": np.array([-1, 4])}), wire.ARRAYS),
        ("/run", wire.pack({"ids": np.ones(3, np.int64)}), "text/plain"),
        ("/run", b"x" * (wire.MOST_BYTES + 1), wire.ARRAYS),
        ("/last_states", wire.pack({"ids": np.ones(3_000, np.int64)}), wire.ARRAYS),
        ("/embeddings", wire.pack({"ids": np.ones(100_000, np.int64)}), wire.ARRAYS),
    ],
)
def test_what_no_notebook_sends_is_refused(server, path, content, kind):
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": kind, wire.SESSION: "a" * 32}
    answer = httpx.post(f"{server.url}{path}", content=content, headers=headers, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_value"


# for the teacher


def test_nothing_listens_but_on_loopback(server):
    processes = [psutil.Process(server.process.pid), *server.children()]
    listening = {
        (process.name(), found.laddr.ip.removeprefix("::ffff:"))
        for process in processes
        for found in process.net_connections("inet")
        if found.status == psutil.CONN_LISTEN
    }
    assert any("Replica" in name for name, _ in listening)
    assert {address for _, address in listening} == {"127.0.0.1"}


def test_the_page_shows_who_asked(server, opened):
    opened.engine.logits([1, 2, 3])
    assert httpx.get(server.url, trust_env=False).status_code == 401
    # a browser asks for a name and a password
    answer = httpx.get(server.url, auth=("anybody", TOKEN), trust_env=False)
    assert answer.status_code == 200
    assert "Hanako 花子" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_prometheus_reads_what_was_done(server, opened):
    opened.engine.logits([1, 2, 3])
    answer = httpx.get(f"{server.url}/metrics", headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False)
    metrics = answer.text
    assert 'llmwidgets_requests_total{kind="/run",status="200"}' in metrics
    assert "llmwidgets_waiting 0.0" in metrics
    assert "llmwidgets_cache_bytes{replica=" in metrics
    assert "Hanako" not in metrics


def test_what_nobody_waits_for_any_more_ends(server, opened):
    opened.engine.logits([1])
    rounds = _metric(server, "llmwidgets_rounds")
    ids = wire.pack({"ids": np.ones(2_000, np.int64)}, {"logits": True})
    head = (
        f"POST /run HTTP/1.1\r\nhost: llmwidgets\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: {wire.ARRAYS}\r\n"
        f"{wire.SESSION}: {'b' * 32}\r\ncontent-length: {len(ids)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as student:
        student.sendall(head.encode() + ids)
    given_up = 'llmwidgets_requests_total{kind="/run",status="499"}'
    # each look is a request, and takes its time
    assert any(_metric(server, given_up) == 1 for _ in range(300))
    assert _metric(server, "llmwidgets_waiting") == 0
    opened.engine.logits([2])
    # 2,000 tokens are 32 rounds of 64
    assert _metric(server, "llmwidgets_rounds") - rounds < 32


def _metric(server, name):
    """The newest value, whatever its further labels."""
    return next(iter(_all(server, name)), 0.0)


def _all(server, name):
    """The newest values, one for each further label."""
    answer = httpx.get(f"{server.url}/metrics", headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False)
    found = [line.rpartition(" ")[2] for line in answer.text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return [float(value) for value in found]


# limits


def test_one_student_uses_up_his_tokens_and_the_others_go_on(server):
    greedy = open_remote(server.url, TOKEN, student="greedy", retries=0).engine
    other = open_remote(server.url, TOKEN, student="other", retries=0).engine

    def use_up():
        for seed in range(40):
            greedy.logits([seed] + [7] * 1_499)

    with pytest.raises(ServerBusy, match="tokens a minute") as refused:
        use_up()
    assert refused.value.passing
    assert refused.value.values["wait"] > 0
    assert other.logits([1, 2]).shape == (400,)
    for engine in (greedy, other):
        engine.close()


def test_many_students_at_once_get_what_each_would_get_alone(server, local):
    own = LocalEngine(local.model)
    texts = [_ids(f"{TEXT} {number}", local) for number in range(24)]
    engines = [open_remote(server.url, TOKEN, student=f"student {number}").engine for number in range(24)]
    try:
        with ThreadPoolExecutor(24) as pool:
            found = list(pool.map(lambda pair: pair[0].logits(pair[1]), zip(engines, texts, strict=True)))
    finally:
        for engine in engines:
            engine.close()
    for logits, ids in zip(found, texts, strict=True):
        torch.testing.assert_close(logits, own.logits(ids), **NEAR)


def test_a_mistake_of_one_does_not_touch_those_who_ask_with_him(server, local):
    own, ids = LocalEngine(local.model), _ids(TEXT, local)
    engines = [open_remote(server.url, TOKEN, student=f"student {number}").engine for number in range(12)]

    def ask(number):
        try:
            return engines[number].logits([400, *ids] if number % 3 == 0 else [number, *ids])
        except LLMWidgetsError as error:
            return error

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(ask, range(12)))
    for engine in engines:
        engine.close()
    assert [isinstance(each, InvalidValue) for each in found] == [number % 3 == 0 for number in range(12)]
    for number in (1, 5, 11):
        torch.testing.assert_close(found[number], own.logits([number, *ids]), **NEAR)


# what is lost comes back


def test_a_replica_lost_in_the_middle_costs_nobody_a_text(server, local):
    own = LocalEngine(local.model)
    killed, answered = threading.Event(), threading.Semaphore(0)
    ids = _ids(TEXT, local)

    def student(number):
        engine = open_remote(server.url, TOKEN, student=f"student {number}", retries=8).engine
        told, text = [], [number + 1, *ids]
        try:
            while not (killed.is_set() and len(text) > len(ids) + 8):
                try:
                    logits = engine.logits(text)
                except LLMWidgetsError as error:
                    told.append(error)
                    continue
                text.append(int(logits.argmax()))
                answered.release()
            return text, logits, told
        finally:
            engine.close()

    (victim,) = server.replicas()
    with ThreadPoolExecutor(8) as pool:
        students = [pool.submit(student, number) for number in range(8)]
        # in the middle of their writing
        for _ in range(3 * len(students)):
            assert answered.acquire(timeout=60)
        victim.kill()
        victim.wait(10)
        killed.set()
        found = [each.result(timeout=80) for each in students]
    for text, logits, told in found:
        assert all(error.passing for error in told)
        torch.testing.assert_close(logits, own.logits(text[:-1]), **NEAR)
    (successor,) = server.replicas()
    assert successor.pid != victim.pid


def test_a_class_on_a_served_model_is_recorded_and_comes_back(server, tmp_path):
    with ModelSession.connect(server.url, api_key=TOKEN, text=TEXT) as session:
        lesson = Class(session, store_for(session))
        lesson.step()
        session.sampler = Sampler(temperature=0.8, top_k=30, seed=5)
        lesson.step()
        session.generate(4)
        lesson.step()
        session.sample(100)
        lesson.step()
        session.want_surprisals()
        session.text = "王様"
        surprisals = session.surprisals
        session.settle()
        lesson.step()
        replayed = check(lesson, tmp_path)
    np.testing.assert_array_equal(replayed.steps[-1].scores, surprisals)
    told = (tmp_path / "class.json").read_text()
    for secret in (server.url, "127.0.0.1", TOKEN):
        assert secret not in told


@pytest.fixture(scope="module")
def successor(server, folder):
    """A server in the place of the one that ended, with two replicas."""
    if server.process.poll() is None:
        stop(server)
    port = int(server.url.rpartition(":")[2])
    made = start(folder, server.log, "--replicas", "2", "--tokens-a-minute", "0", port=port)
    yield made
    stop(made)


def test_a_notebook_outlives_its_server_of_which_nothing_is_left(server, local, request):
    engine = open_remote(server.url, TOKEN, retries=1).engine
    ids = _ids(TEXT, local)
    engine.logits(ids)
    processes = server.children()
    assert len(processes) > 4
    stop(server)
    assert server.process.returncode == 0, server.log.read_text()
    assert not [process for process in processes if process.is_running()]
    with pytest.raises(ServerUnreachable) as told:
        engine.logits([*ids, 5])
    assert told.value.passing
    assert server.url in str(told.value)
    again = request.getfixturevalue("successor")
    assert again.url == server.url
    # what the server had kept is gone, and nothing else
    logits = engine.logits([*ids, 5])
    torch.testing.assert_close(logits, LocalEngine(local.model).logits([*ids, 5]), **NEAR)
    assert engine.work.tokens_computed == 2 * len(ids) + 1
    engine.close()


def test_a_class_on_two_replicas_goes_on_when_one_is_lost(successor, local):
    own, ids = LocalEngine(local.model), _ids(TEXT, local)
    two, known = successor, sum(_all(successor, "llmwidgets_cache_texts"))
    engines = [open_remote(two.url, TOKEN, student=f"student {number}", retries=8).engine for number in range(24)]

    def ask(number):
        return engines[number].logits([number, *ids])

    try:
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(ask, range(24)))
            reused = _metric(two, "llmwidgets_tokens_reused_total")
            list(pool.map(ask, range(24)))
            assert _metric(two, "llmwidgets_tokens_reused_total") - reused == 24 * len(ids)
            # each holds some of them, and nobody is held twice
            texts = _all(two, "llmwidgets_cache_texts")
            assert len(texts) == 2
            assert sum(texts) - known == 24
            victim = two.replicas()[0]
            asked = [pool.submit(ask, number) for number in range(24)]
            victim.kill()
            for number, each in enumerate(asked):
                torch.testing.assert_close(each.result(timeout=80), own.logits([number, *ids]), **NEAR)
    finally:
        for engine in engines:
            engine.close()


def test_a_model_that_cannot_be_loaded_says_why(tmp_path):
    """Ray's own words were that deployments could not be updated."""
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-m", "llmwidgets", "serve", str(tmp_path / "empty"), "--port", str(free_port())]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    (said,) = [line for line in ended.stderr.splitlines() if "could not be served" in line]
    assert str(tmp_path / "empty") in said.partition("could not be served")[2]
