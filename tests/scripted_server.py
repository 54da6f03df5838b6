"""A server on loopback that answers as it is told: right, or wrong in every way that servers are."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Exchange"], None]


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Any, number: int) -> None:
        self._handler = handler
        self.path, self.headers, self.body, self.number = handler.path, handler.headers, body, number

    def json(self, value: Any, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(value).encode(), status, **{"content-type": "application/json", **headers})

    def raw(self, data: bytes, status: int = 200, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in {"content-length": str(len(data)), **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()
        self._handler.wfile.write(data)

    def events(self, parts: list[Any], *, done: bool = True, cut: bool = False) -> None:
        """A stream of parts; `cut` closes the connection before its end."""
        self._handler.send_response(200)
        self._handler.send_header("content-type", "text/event-stream")
        self._handler.send_header("transfer-encoding", "chunked")
        self._handler.end_headers()
        for part in parts:
            self._chunk(f"data: {json.dumps(part)}\n\n".encode())
        if cut:
            self._handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if done:
            self._chunk(b"data: [DONE]\n\n")
        self._handler.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        self._handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self._handler.wfile.flush()


class ScriptedServer:
    """`answer` is called with each request to a model; GET /models is answered by `models`. `seen` keeps the requests."""

    def __init__(self, answer: Answer, models: list[dict[str, Any]] | Answer, port: int = 0) -> None:
        self.answer, self.models = answer, models
        self.seen: list[Exchange] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # headers and body are two writes, and the second would wait for the first one's acknowledgement
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None: ...

            def do_GET(self) -> None:
                exchange = Exchange(self, None, 0)
                outer.seen.append(exchange)
                if not self.path.endswith("/models"):
                    exchange.json({"error": "not found"}, 404)
                elif callable(outer.models):
                    outer.models(exchange)
                else:
                    exchange.json({"object": "list", "data": outer.models})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                number = sum(1 for each in outer.seen if each.body is not None) + 1
                exchange = Exchange(self, body, number)
                outer.seen.append(exchange)
                try:
                    outer.answer(exchange)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        class Server(ThreadingHTTPServer):
            def process_request(self, request: Any, client_address: Any) -> None:
                outer._connections.append(request)
                super().process_request(request, client_address)

        self._connections: list[Any] = []
        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[Exchange]:
        """The requests to a model."""
        return [each for each in self.seen if each.body is not None]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()


def completion(tokens: dict[str, float], model: str = "tiny", **choice: Any) -> dict[str, Any]:
    """A legacy completion of one token, the first, that tells these log-probabilities."""
    first = next(iter(tokens))
    logprobs = {"tokens": [first], "token_logprobs": [tokens[first]], "top_logprobs": [tokens]}
    made = {"text": first, "index": 0, "logprobs": logprobs, "finish_reason": "length", **choice}
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    return {"id": "1", "object": "text_completion", "model": model, "choices": [made], "usage": usage}


def chat(
    tokens: dict[str, float], model: str = "tiny", finish: str | None = None, key: str = "message"
) -> dict[str, Any]:
    """A chat's answer (or with key="delta" a part of a streamed one) of one token that tells these log-probabilities."""
    first = next(iter(tokens))
    top = [{"token": name, "bytes": list(name.encode()), "logprob": value} for name, value in tokens.items()]
    choice = {
        "index": 0,
        key: {"role": "assistant", "content": first},
        "logprobs": {"content": [{**top[0], "top_logprobs": top}]},
        "finish_reason": finish,
    }
    return {"id": "1", "object": "chat.completion", "model": model, "choices": [choice]}
