"""What the different servers are asked, and the shapes in which they answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scripted_server import ScriptedServer, chat, completion

from llmwidgets import ModelSession, Sampler
from llmwidgets.engines.api.address import checked_address
from llmwidgets.engines.api.answers import piece_of, places_of
from llmwidgets.engines.api.servers import (
    AZURE,
    EARLIER_AZURE,
    HUGGING_FACE,
    OLLAMA,
    OPENAI,
    by_address,
    by_version,
    hub_name,
)
from llmwidgets.errors import BadAnswer, InvalidValue, NotOffered

TEXT = "He said"


@pytest.fixture
def connect():
    """A server that answers so and names such models, and a session on it."""
    open_now = []

    def start(answer, owner="someone", **options):
        server = ScriptedServer(answer, [{"id": "tiny", "object": "model", "owned_by": owner}])
        open_now.append(server)
        session = ModelSession.connect(server.address, **{"tokenizer": "gpt-4o", "retries": 0, **options})
        open_now.append(session)
        session.restart(TEXT)
        return session, server

    yield start
    for each in reversed(open_now):
        each.close()


def test_a_completions_logprobs_are_read():
    told = places_of(
        {
            "tokens": [" a", "bytes:\\xe3\\x81", "token_id:42"],
            "token_logprobs": [-0.5, None, -1.5],
            "top_logprobs": [{" a": -0.5, " b": -2.0}, None, {"token_id:42": -1.5, "token_id:7": -9999.0}],
        }
    )
    assert [place.chosen.raw for place in told] == [b" a", b"\xe3\x81", b""]
    assert [place.chosen.id for place in told] == [None, None, 42]
    assert math.isnan(told[1].chosen.log_prob)
    assert [[each.log_prob for each in place.top] for place in told] == [[-0.5, -2.0], [], [-1.5]]


def test_a_chats_logprobs_are_read():
    entry = {"token": "\ufffd", "bytes": [227, 129], "logprob": -0.25, "top_logprobs": []}
    bare = {"token": " x", "bytes": None, "logprob": -1.0}
    (told,) = places_of({"content": [{**entry, "top_logprobs": [entry, bare]}]})
    assert [each.raw for each in told.top] == [b"\xe3\x81", b" x"]
    assert told.chosen.log_prob == -0.25


@pytest.mark.parametrize("answer", [None, "x", {}, {"choices": None}, {"choices": ["x"]}])
def test_what_is_no_answer(answer):
    with pytest.raises(BadAnswer, match="cannot be read"):
        piece_of(answer)


def test_the_last_part_of_a_stream_may_bring_the_usage_alone():
    assert piece_of({"choices": [], "usage": {"prompt_tokens": 3}}).text == ""


def vllm(exchange):
    if exchange.path == "/tokenize":
        from llmwidgets.tokenizers.face import as_tokenizer

        exchange.json({"tokens": as_tokenizer("gpt-4o").encode(exchange.body["prompt"]).ids.tolist()})
    elif "prompt_logprobs" in exchange.body:
        ids = exchange.body["prompt"]
        told = [None, *({str(token): {"logprob": -0.5 * place, "rank": 1}} for place, token in enumerate(ids[1:], 1))]
        exchange.json({"model": "tiny", "choices": [{"text": "", "index": 0, "prompt_logprobs": told}]})
    else:
        exchange.json(completion({"token_id:40617": -0.1, "token_id:2066": -3.0}))


def test_vllm_is_asked_by_ids_and_answers_by_ids(connect):
    session, server = connect(vllm, "vllm")
    assert [each.id for each in session.distribution.top(2)] == [40617, 2066]
    body = server.asked[-1].body
    assert body["prompt"] == session.tokens.ids.tolist()
    assert body["return_tokens_as_token_ids"] is True
    assert (body["top_k"], body["min_p"], body["repetition_penalty"]) == (-1, 0.0, 1.0)
    assert session.surprisals[1:].tolist() == [0.5 * place for place in range(1, len(session.tokens))]
    assert np.isnan(session.surprisals[0])
    assert session.capabilities["surprisals"].extent == "exact"


def test_candidates_are_scored_where_the_server_scores_a_prompt(connect):
    session, server = connect(vllm, "vllm")
    before = len(server.asked)
    found = session.continuations([" she", " he laughed"])
    start = len(session.tokens)
    for one in found:
        assert one.surprisals.tolist() == [0.5 * place for place in range(start, start + len(one.ids))]
    assert len(server.asked) == before + 2
    # what was asked before is not asked again
    assert session.continuations([" she", " he laughed"]).scores == found.scores
    session.continuations([" she", " it"])
    assert len(server.asked) == before + 3


def test_candidates_are_not_scored_where_it_does_not(connect):
    session, server = connect(lambda exchange: exchange.json(completion({" a": -0.2})), endpoint="completions")
    before = len(server.asked)
    with pytest.raises(NotOffered, match="does not tell the probabilities of a text's own tokens"):
        session.continuations([" she"])
    assert len(server.asked) == before


def test_vllms_chat_goes_on_with_a_reply_begun(connect):
    def answer(exchange):
        vllm(exchange) if exchange.path == "/tokenize" else exchange.json(chat({" one": -0.1}))

    session, server = connect(answer, "vllm", endpoint="chat")
    session.append(int(session.face.encode(" zero", special=False).ids[0]))
    _ = session.distribution
    body = server.asked[-1].body
    assert body["messages"] == [{"role": "user", "content": TEXT}, {"role": "assistant", "content": " zero"}]
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_azure_is_asked_by_its_deployment_and_version(connect):
    session, server = connect(
        lambda exchange: exchange.json(completion({" a": -0.2})),
        model="tiny",
        api_version="2024-10-21",
        api_key="the-key",
        endpoint="completions",
    )
    assert session.distribution.top(1)
    asked = server.asked[-1]
    assert asked.path == "/openai/deployments/tiny/completions?api-version=2024-10-21"
    assert asked.headers["api-key"] == "the-key"


def test_a_deployment_answers_under_its_models_name(connect):
    """Azure's deployments have names of their own, and the answer names the model and its version."""
    body = chat({" a": -0.2}, model="gpt-4o-2024-11-20")
    filtered = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}], "model": "", "usage": None}
    parts = [
        filtered,
        chat({" a": -0.2}, "gpt-4o-2024-11-20", key="delta"),
        chat({" b": -0.2}, "gpt-4o-2024-11-20", "stop", "delta"),
    ]
    session, server = connect(
        lambda exchange: exchange.events(parts) if exchange.body.get("stream") else exchange.json(body),
        model="class-one",
        api_version="2024-10-21",
        api_key="the-key",
    )
    assert session.distribution.top(1)[0].piece == " a"
    asked = server.asked[-1]
    assert asked.path == "/openai/deployments/class-one/chat/completions?api-version=2024-10-21"
    assert asked.body["max_completion_tokens"] == 1
    assert "max_tokens" not in asked.body
    assert session.generate(4).text == " a b"
    assert server.asked[-1].body["stream_options"] == {"include_usage": True}


def test_an_earlier_version_of_azure_is_asked_in_its_words(connect):
    session, server = connect(
        lambda exchange: exchange.events([chat({" a": -0.2}, finish="stop", key="delta")]),
        model="tiny",
        api_version="2024-06-01",
    )
    assert session.generate(4).text == " a"
    assert server.asked[-1].body["max_tokens"] == 4
    assert "stream_options" not in server.asked[-1].body
    assert [
        by_version(each) for each in (None, "2024-08-01-preview", "2024-09-01-preview", "2025-04-01", "preview")
    ] == [
        None,
        EARLIER_AZURE,
        AZURE,
        AZURE,
        AZURE,
    ]


@pytest.mark.parametrize(
    ("below", "path"),
    [
        ("", "/openai/deployments/tiny/chat/completions"),
        ("/openai", "/openai/deployments/tiny/chat/completions"),
        ("/openai/v1/", "/openai/v1/chat/completions"),
    ],
)
def test_azures_addresses_are_taken_as_it_writes_them(below, path):
    server = ScriptedServer(lambda exchange: exchange.json(chat({" a": -0.2})), [])
    options = {"api_version": "preview", "tokenizer": "gpt-4o", "api_key": "the-key", "retries": 0}
    with ModelSession.connect(server.address + below, "tiny", text=TEXT, **options) as session:
        assert session.distribution.top(1)
    assert server.asked[-1].path == f"{path}?api-version=preview"
    server.close()


def test_the_address_of_a_deployment_says_how_it_is_given():
    pasted = "https://mine.openai.azure.com/openai/deployments/class-one/chat/completions?api-version=2024-10-21"
    with pytest.raises(
        InvalidValue, match=r'connect\("https://mine.openai.azure.com", "class-one", api_version="2024-10-21"\)'
    ):
        ModelSession.connect(pasted)


def test_a_provider_of_hugging_faces_router_is_no_part_of_the_models_name(connect, monkeypatch):
    assert hub_name("owner/model:provider", HUGGING_FACE) == "owner/model"
    assert hub_name("gemma3:1b", OLLAMA) == "gemma3:1b"
    monkeypatch.setattr("llmwidgets.engines.api.connecting.by_address", lambda _: HUGGING_FACE)
    session, _ = connect(
        lambda exchange: exchange.json(chat({" a": -0.2}, "accounts/somebody/models/m")), model="owner/model:provider"
    )
    assert session.distribution.top(1)[0].piece == " a"


def test_a_model_without_probabilities_writes_all_the_same(connect):
    """As OpenAI says it of its reasoning models: not as of a request that is wrong, but as of a key that may not."""

    def answer(exchange):
        if "logprobs" in exchange.body:
            words = {"message": "You are not allowed to request logprobs from this model."}
            exchange.json({"error": words}, 403)
        else:
            exchange.events([{"choices": [{"delta": {"content": " a b"}, "index": 0, "finish_reason": "stop"}]}])

    session, _ = connect(answer, endpoint="chat")
    with pytest.raises(NotOffered, match="not allowed to request logprobs"):
        _ = session.distribution
    assert session.generate(4).text == " a b"


@pytest.mark.parametrize(
    ("address", "server", "url"),
    [
        ("https://api.openai.com", OPENAI, "https://api.openai.com/v1/"),
        ("https://api.openai.com/v1", OPENAI, "https://api.openai.com/v1/"),
        (
            "https://mine.cognitiveservices.azure.com/openai/v1",
            AZURE,
            "https://mine.cognitiveservices.azure.com/openai/v1/",
        ),
        ("https://ollama.com/v1", OLLAMA, "https://ollama.com/v1/"),
        ("https://mine.openai.azure.com", AZURE, "https://mine.openai.azure.com/openai/v1/"),
        ("https://router.huggingface.co/v1/", HUGGING_FACE, "https://router.huggingface.co/v1/"),
        ("http://localhost:8080", None, "http://localhost:8080/v1/"),
        ("https://api.openai.com.evil.example", None, "https://api.openai.com.evil.example/v1/"),
    ],
)
def test_a_server_is_known_by_its_host(address, server, url):
    assert by_address(address) is server
    assert checked_address(address) == url


def test_an_unknown_server_that_tells_no_probabilities_of_a_completion_is_asked_by_chat(connect):
    def answer(exchange):
        if exchange.path.endswith("/chat/completions"):
            exchange.json(chat({" a": -0.2}))
        else:
            exchange.json({"model": "tiny", "choices": [{"text": " a", "index": 0, "finish_reason": "length"}]})

    session, server = connect(answer)
    assert session.distribution.top(1)[0].piece == " a"
    assert server.asked[-1].path == "/v1/chat/completions"


def test_text_that_ends_inside_a_character_is_said_where_only_text_is_taken(connect):
    session, _ = connect(lambda exchange: exchange.json(completion({" a": -0.2})), endpoint="completions")
    session.text = "日本の 🏴‍☠️"
    whole = session.tokens.token_bytes
    inside = next(place for place in range(len(whole)) if not _whole(b"".join(whole[: place + 1])))
    session.position = inside
    with pytest.raises(NotOffered, match="ends inside a character"):
        _ = session.distribution
    session.position = -1
    assert session.distribution.top(1)


def _whole(raw):
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_an_unknown_tokenizer_warns_and_shows_no_ids_to_the_server(monkeypatch):
    server = ScriptedServer(
        lambda exchange: exchange.json(completion({" a": -0.2}, model="nobody-knows")), [{"id": "nobody-knows"}]
    )
    with pytest.warns(UserWarning, match="tokenizer of 'nobody-knows' is not known"):
        session = ModelSession.connect(server.address, endpoint="completions", text=TEXT)
    assert session.distribution.top(1)
    assert server.asked[-1].body["prompt"] == TEXT
    assert session.capabilities["tokens"].extent == "cut"
    session.close()
    server.close()


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini", "gpt-4o:2024-08-06"])
def test_a_model_of_openais_is_known_under_others_names(name):
    server = ScriptedServer(lambda exchange: exchange.json(chat({" a": -0.2}, model=name)), [{"id": name}])
    with ModelSession.connect(server.address, text=TEXT) as session:
        assert session.tokenizer_name == "o200k_base"
        tokens = session.capabilities["tokens"]
        assert (tokens.extent, tokens.detail) == ("exact", "By o200k_base, which is the model's by its name.")
    with ModelSession.connect(server.address, text=TEXT, tokenizer="o200k_base") as session:
        assert session.capabilities["tokens"].detail == "By o200k_base, which was given."
    server.close()


def test_a_folder_here_that_is_called_as_a_model_there_is_no_tokenizer(tmp_path):
    """Whatever a server calls its model, the folder of that name holds something else."""
    (tmp_path / "config.json").write_text("{}")
    name = str(tmp_path)
    server = ScriptedServer(lambda exchange: exchange.json(chat({" a": -0.2}, model=name)), [{"id": name}])
    with pytest.warns(UserWarning, match="is not known"):
        session = ModelSession.connect(server.address, text=TEXT)
    assert session.distribution.top(1)
    session.close()
    server.close()


def test_what_is_below_a_token_without_a_name_is_not_shown(connect):
    told = {" a": -0.7, "\u4e00\u4e8c\u4e09\u56db": -1.2, " b": -3.0}
    session, _ = connect(lambda exchange: exchange.json(completion(told)), endpoint="completions")
    assert [each.piece for each in session.distribution.top(9)] == [" a"]
    assert session.distribution.rest == pytest.approx(1 - math.exp(-0.7))


def test_neutral_settings_are_sent(connect):
    session, server = connect(lambda exchange: exchange.json(completion({" a": -0.2})), endpoint="completions")
    session.sampler = Sampler(temperature=0.3)
    _ = session.distribution
    assert server.asked[-1].body["temperature"] == 1.0
