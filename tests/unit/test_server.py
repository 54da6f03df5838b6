"""The server extension, in a real Jupyter server with a real kernel on loopback."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from llmwidgets import server

TOKEN = "secret"


@pytest.fixture(autouse=True)
def handler_as_it_was(monkeypatch):
    """The extension patches a class of the server: each test starts from, and leaves, the original."""
    original = getattr(KernelWebsocketHandler.open, "__wrapped__", KernelWebsocketHandler.open)
    monkeypatch.setattr(KernelWebsocketHandler, "open", original)


@pytest.fixture
def jupyter_folders(tmp_path, monkeypatch):
    """No setting of this user or environment takes part."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    return tmp_path


class Server(ServerApp):
    """Runs in a thread, where no handler of signals can be set: in the main one, Playwright's loop may run."""

    def init_signal(self):
        pass


class Recording(KernelWebsocketHandler):
    """Keeps the connection that opened last, for the test to look at."""

    opened = None

    async def open(self, kernel_id):
        await super().open(kernel_id)
        Recording.opened = self


async def ask_a_kernel(address):
    """Start a kernel, open its websocket, and wait until it has answered once."""
    headers = {"Authorization": f"token {TOKEN}"}
    created = await AsyncHTTPClient().fetch(
        HTTPRequest(f"http://{address}", "POST", headers, body=json.dumps({"name": "python3"}))
    )
    kernel = json.loads(created.body)["id"]
    client = await websocket_connect(HTTPRequest(f"ws://{address}/{kernel}/channels?session_id=s", headers=headers))
    header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "s", "username": "u", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "channel": "shell"}
    await client.write_message(json.dumps(message))
    while True:
        answer = json.loads(await client.read_message())
        if answer["msg_type"] == "kernel_info_reply" and answer["parent_header"].get("msg_id") == "1":
            return client


def nodelay_of_a_kernel_websocket(folder, extension):
    """The server's own socket option while a client is connected to a kernel."""
    app = Server()
    app.initialize(
        [
            f"--ServerApp.root_dir={folder}",
            f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
            f"--ServerApp.jpserver_extensions=llmwidgets.server={extension}",
        ]
    )
    for router in (app.web_app.wildcard_router, app.web_app.default_router):
        for rule in router.rules:
            for inner in getattr(rule.target, "rules", [rule]):
                if inner.target is KernelWebsocketHandler:
                    inner.target = Recording
    found = []

    async def visit():
        try:
            port = next(iter(app.http_server._sockets.values())).getsockname()[1]
            client = await asyncio.wait_for(ask_a_kernel(f"127.0.0.1:{port}{app.base_url}api/kernels"), 60)
            stream = Recording.opened.ws_connection.stream
            found.append(stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            client.close()
        except Exception as error:
            found.append(error)
        finally:
            app.stop()

    app.io_loop.add_callback(visit)
    try:
        app.start()
    finally:
        Server.clear_instance()
        Recording.opened = None
    (option,) = found
    if isinstance(option, Exception):
        raise option
    return bool(option)


@pytest.mark.parametrize("extension", [True, False])
def test_the_kernel_websocket_has_nodelay_exactly_with_the_extension(jupyter_folders, extension):
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(nodelay_of_a_kernel_websocket, jupyter_folders, extension).result() is extension


def test_loading_twice_wraps_once():
    server._load_jupyter_server_extension(None)
    once = KernelWebsocketHandler.open
    server._load_jupyter_server_extension(None)
    assert KernelWebsocketHandler.open is once


class App:
    log = logging.getLogger("changed server")


@pytest.mark.parametrize("place", [("no.such.module", "Handler"), ("json", "NoSuchHandler")])
def test_a_server_without_the_handler_is_left_alone(monkeypatch, caplog, place):
    monkeypatch.setattr(server, "_HANDLER", place)
    server._load_jupyter_server_extension(App())
    assert "TCP_NODELAY stays unset" in caplog.text


def test_a_handler_without_open_is_left_alone(caplog):
    class Handler:
        pass

    assert not server.set_nodelay_on_open(Handler, App.log)
    assert not hasattr(Handler, "open")
    assert "TCP_NODELAY stays unset" in caplog.text


def test_a_class_that_takes_no_attributes_is_left_alone(caplog):
    assert not server.set_nodelay_on_open(type("Fixed", (), {"__slots__": (), "open": open})(), App.log)
    assert "TCP_NODELAY stays unset" in caplog.text


@pytest.mark.parametrize("failure", [AttributeError("gone"), OSError("closed"), NotImplementedError()])
def test_open_goes_on_where_the_option_cannot_be_set(caplog, failure):
    class Handler:
        def set_nodelay(self, _):
            raise failure

        def open(self, kernel_id):
            return f"open {kernel_id}"

    assert server.set_nodelay_on_open(Handler, App.log)
    assert Handler().open("1") == "open 1"
    assert "TCP_NODELAY stays unset" in caplog.text


def test_the_module_loads_nothing_heavy():
    heavy = ("torch", "transformers", "anywidget", "ipywidgets", "plotly", "sklearn", "tiktoken", "numpy")
    code = f"import sys, llmwidgets.server; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_installed_package_enables_it():
    config = Path(sys.prefix, "etc/jupyter/jupyter_server_config.d/llmwidgets.json")
    assert json.loads(config.read_text()) == {"ServerApp": {"jpserver_extensions": {"llmwidgets": True}}}
    import llmwidgets

    assert llmwidgets._jupyter_server_extension_points() == server._jupyter_server_extension_points()
