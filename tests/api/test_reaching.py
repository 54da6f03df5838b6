"""To whom a request goes: to the server that was named, and to nobody else."""

from __future__ import annotations

import pytest
from scripted_server import ScriptedServer, completion

from llmwidgets import ModelSession
from llmwidgets.engines.waits import seconds_of
from llmwidgets.errors import InvalidValue, VocabulariesDiffer

SECRET = "sk-proj-Zq7TnotARealKey0123456789"
MODELS = [{"id": "tiny", "object": "model"}]
OPTIONS = {"api_key": SECRET, "tokenizer": "gpt-4o", "endpoint": "completions", "retries": 0}


def right(exchange):
    exchange.json(completion({" hello": -0.3, " no": -2.0}))


@pytest.fixture
def servers():
    """Two of them."""
    made = [ScriptedServer(right, MODELS) for _ in range(2)]
    yield made
    for server in made:
        server.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("version", [None, "2024-10-21"])
def test_neither_text_nor_key_follows_to_another_host(servers, status, version):
    first, second = servers
    options = {**OPTIONS, "model": "tiny", "api_version": version}
    with ModelSession.connect(first.address, **options, text="He said") as session:
        first.answer = lambda exchange: exchange.raw(b"", status, location=f"{second.address}/v1/x?token={SECRET}")
        with pytest.raises(InvalidValue, match=f"sends its callers on to {second.address}/v1/x") as caught:
            _ = session.distribution
    assert second.seen == []
    assert SECRET not in f"{caught.value}{caught.value.values}"


def test_nor_while_connecting(servers):
    first, second = servers
    first.models = lambda exchange: exchange.raw(b"", 307, location=f"{second.address}/v1/models")
    with pytest.raises(InvalidValue, match="sends its callers on"):
        ModelSession.connect(first.address, **OPTIONS)
    assert second.seen == []


def test_what_is_on_this_machine_is_not_asked_for_by_a_proxy(servers, monkeypatch):
    server, proxy = servers
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.address)
        monkeypatch.setenv(name.upper(), proxy.address)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ModelSession.connect(server.address, **OPTIONS, text="He said") as session:
        assert session.distribution.top(1)
    assert proxy.seen == []


def test_what_the_environment_says_of_openai_goes_to_openai_alone(servers, monkeypatch):
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"):
        monkeypatch.setenv(name, "mine-alone")
    server, _ = servers
    for version in (None, "2024-10-21"):
        with ModelSession.connect(
            server.address, **OPTIONS, model="tiny", api_version=version, text="He said"
        ) as session:
            assert session.distribution.top(1)
    assert not [each for each in server.seen if "mine-alone" in str(each.headers)]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/user/me/proxy/8080", "/user/me/proxy/8080/v1"])
def test_a_server_may_stand_below_a_path(servers, path):
    server, _ = servers

    def answer(exchange):
        if exchange.path.endswith("/tokenize"):
            exchange.json({"tokens": []})
        else:
            right(exchange)

    server.answer = answer
    server.models = lambda exchange: exchange.json({"data": [{"id": "tiny", "owned_by": "vllm"}]})
    below = path.removesuffix("/").removesuffix("/v1")
    with pytest.raises(VocabulariesDiffer, match="not the tokenizer of"):
        ModelSession.connect(server.address + path, **OPTIONS)
    assert server.asked[-1].path == f"{below}/tokenize"


def test_an_address_of_ipv6_is_taken(monkeypatch):
    from llmwidgets.engines.api.address import checked_address

    assert checked_address("http://[::1]:8080") == "http://[::1]:8080/v1/"
    assert checked_address(" HTTP://LOCALHOST:8080/ ") == "http://LOCALHOST:8080/v1/"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "30", "retry-after-ms": "1500"}, 1.5),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers, seconds):
    assert seconds_of(headers) == seconds
