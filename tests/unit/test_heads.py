"""Requests whose heads have no end, on a real door with nothing behind it."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import uvicorn
from starlette.requests import Request

from llmwidgets import wire
from llmwidgets.errors import InvalidValue
from llmwidgets.serving import front, heads
from llmwidgets.serving.heads import MOST_HEAD, BoundedHeads


async def echo(scope, receive, send):
    """Answers with how long the body was."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{size}".encode()})


@pytest.fixture(scope="module")
def port():
    server = uvicorn.Server(
        uvicorn.Config(echo, http=BoundedHeads, lifespan="off", ws="none", log_level="error", access_log=False)
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def test_requests_follow_each_other_on_a_connection(port):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for size in (0, 5, 3 * MOST_HEAD, 1):
            answer = client.post("/", content=b"x" * size, headers={"x-long": "y" * (MOST_HEAD // 2)})
            assert answer.text == f"{size}"


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\nx-long: ", b"GET /?", b"GET / HTTP/1.1\r\n"])
def test_a_head_without_end_is_refused(port, begin):
    more = b"a: b\r\n" if begin.endswith(b"\r\n") else b"x"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as hostile:
        hostile.sendall(begin)
        found = b""
        try:
            for _ in range(200):
                hostile.sendall(more * (MOST_HEAD // 8 // len(more)))
            found = hostile.recv(1_000)
        except (ConnectionResetError, BrokenPipeError):
            found = b"HTTP/1.1 400"
    assert found.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(port, begun, monkeypatch):
    monkeypatch.setattr(heads, "HEAD_WITHIN", 0.05)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(begun)
        assert slow.recv(1_000) == b""


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(front, "LONGEST_BODY", 0.05)

    async def never():
        await asyncio.Event().wait()

    async def read():
        scope = {"type": "http", "headers": [(b"content-type", wire.ARRAYS.encode())]}
        with pytest.raises(InvalidValue, match="slower than"):
            await front._read(Request(scope, never))

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, read()).result()
