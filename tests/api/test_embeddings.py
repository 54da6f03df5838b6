"""Words as vectors by a server: llama.cpp's agree with the local model's, and what a wrong server answers is refused."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from llama_cpp_server import serving
from scripted_server import ScriptedServer, completion

from llmwidgets import EmbeddingMap, ModelSession
from llmwidgets.engines.api import embedding
from llmwidgets.errors import BadAnswer, InvalidValue, KeyRefused, LimitReached, NotOffered, ServerFailed

WORDS = [
    "quick",
    "fast",
    "slow",
    "king",
    "queen",
    "man",
    "woman",
    " chatbot",
    "東京",
    "a longer text of several tokens",
]
# measured: 0.9992 at least, over 20 words; llama.cpp multiplies 4-bit weights with activations in 8 bits, transformers the same weights in float32
COSINE_BOUND = 0.995


@pytest.fixture(scope="module")
def with_vectors():
    with serving("MEAN") as address:
        yield address


@pytest.fixture(scope="module")
def session(with_vectors):
    with ModelSession.connect(with_vectors, text="The capital of France is") as session:
        yield session


def cosines(one, other):
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def test_llama_cpps_vectors_are_the_local_models_last_layer(session, same_weights):
    told, known = session.embed(WORDS), same_weights.embed(WORDS, layer="last")
    assert told.shape == known.shape
    assert told.dtype == np.float32
    assert cosines(told, known).min() > COSINE_BOUND
    # each is nearest to its own word's, and not to another's
    unit = known / np.linalg.norm(known, axis=1, keepdims=True)
    assert (told @ unit.T).argmax(axis=1).tolist() == list(range(len(WORDS)))
    # the same server tells of the next token too
    assert session.distribution.top(1)[0].piece == " Paris"


def test_the_card_says_what_there_is(session, llama_cpp):
    told = session.capabilities["word_vectors"]
    assert (told.extent, told.values["dimensions"], told.views) == ("exact", 576, ("EmbeddingMap",))
    assert "576 dimensions" in told.detail
    assert session.capabilities["embeddings"].extent == "absent"
    with ModelSession.connect(llama_cpp) as other:
        assert other.capabilities["word_vectors"].extent == "absent"
        assert "--embeddings" in other.capabilities["word_vectors"].detail
        with pytest.raises(NotOffered, match="Start it with"):
            other.embed(["king"])


def test_without_pooling_llama_cpp_has_none():
    with serving("NONE") as address, ModelSession.connect(address) as session:
        told = session.capabilities["word_vectors"]
        assert told.extent == "absent"
        assert "Pooling type 'none'" in told.detail


@pytest.mark.parametrize("asked", [{"layer": "input"}, {"layer": "last"}, {"pooling": "mean"}, {"pooling": "cls"}])
def test_what_a_server_does_not_let_choose_is_refused(session, asked):
    with pytest.raises(InvalidValue, match="It takes 'served'"):
        session.embed(["king"], **asked)


def test_a_map_stands_on_a_servers_vectors_and_gets_back_what_they_lack(with_vectors, same_weights):
    words = ["king", "queen", "man", "woman"]
    with ModelSession(same_weights.model, same_weights.tokenizer, text="Hi") as session:
        view = EmbeddingMap(session, words=words, vocabulary=True, pooling="lesson", show_tokens=True)
        session.move_to(with_vectors)
        assert (view.layer, view.pooling, view.vocabulary, view.show_tokens) == ("served", "served", False, False)
        assert view.labels == tuple(words)
        assert view.vectors == pytest.approx(session.embed(words))
        settings = view.settings
        assert (settings["layers"], settings["poolings"], settings["ground_kind"]) == (["served"], ["served"], "")
        assert not settings["can_tokens"]
        assert not settings["can_contexts"]
        assert settings["dimensions"] == 576
        assert {label for label, _ in view.neighbors("king", k=3)} == set(words) - {"king"}
        assert view.evaluate("king - man + woman").nearest[0][0] in words
        for refused in ({"vocabulary": True}, {"layer": "last"}, {"pooling": "mean"}, {"show_tokens": True}):
            with pytest.raises(InvalidValue):
                setattr(view, *next(iter(refused.items())))
        with pytest.raises(InvalidValue, match="no ground"):
            view.neighbors("king", among="ground")
        view.words = ["king", "queen", "ship"]
        session.move_to(same_weights.model, same_weights.tokenizer)
        assert (view.layer, view.pooling, view.vocabulary, view.show_tokens) == ("input", "lesson", True, True)
        assert view.words == ("king", "queen", "ship")
        view.close()


# a server that is told what to answer


def vector_of(word):
    return [float(len(word)), 1.0, 0.5]


def answered(words, **changes):
    data = [{"object": "embedding", "index": place, "embedding": vector_of(word)} for place, word in enumerate(words)]
    usage = {"prompt_tokens": len(words), "total_tokens": len(words)}
    return {"object": "list", "model": "vectors", "data": data, "usage": usage, **changes}


def right(exchange):
    if exchange.path.endswith("/embeddings"):
        exchange.json(answered(exchange.body["input"]))
    else:
        exchange.json(completion({" hello": -0.3}))


@pytest.fixture
def serve():
    """A server that answers so once the session on it is connected."""
    open_now = []

    def start(answer=right, **options):
        server = ScriptedServer(right, [{"id": "tiny", "object": "model", "owned_by": "someone"}])
        open_now.append(server)
        given = {"tokenizer": "gpt-4o", "endpoint": "completions", "retries": 0, "embedding_model": "vectors"}
        session = ModelSession.connect(server.address, **{**given, **options})
        open_now.append(session)
        server.answer = answer
        server.seen.clear()
        return session, server

    yield start
    for each in reversed(open_now):
        each.close()


def test_words_go_in_batches_and_each_is_asked_once(serve, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_WORDS", 3)
    session, server = serve()
    words = ["a", "bb", "ccc", "dddd", "a", "eeeee"]
    assert session.embed(words).tolist() == [vector_of(word) for word in words]
    assert [(each.path, each.body["model"], each.body["input"]) for each in server.asked] == [
        ("/v1/embeddings", "vectors", ["a", "bb", "ccc"]),
        ("/v1/embeddings", "vectors", ["dddd", "eeeee"]),
    ]
    session.embed(["bb", "ffffff"])
    assert server.asked[-1].body["input"] == ["ffffff"]
    assert session.embed("bb").tolist() == [vector_of("bb")]
    assert len(server.asked) == 3
    assert session.embed([]).shape == (0, 3)
    assert session.stats.tokens_computed == 3 + 2 + 1
    with pytest.raises(InvalidValue, match="no vector"):
        session.embed(["a", ""])


def test_long_words_share_no_request(serve, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_CHARACTERS", 10)
    session, server = serve()
    session.embed(["a" * 6, "b" * 6, "c" * 30, "d"])
    assert [len(each.body["input"]) for each in server.asked] == [1, 1, 1, 1]


def test_without_a_cache_words_are_asked_again(serve):
    session, server = serve(cache=False)
    for _ in range(2):
        session.embed(["king"])
    assert len(server.asked) == 2


def test_vectors_are_put_in_the_order_of_their_index(serve):
    def turned(exchange):
        told = answered(exchange.body["input"])
        exchange.json({**told, "data": told["data"][::-1]})

    session, _ = serve(turned)
    assert session.embed(["a", "bb", "ccc"])[:, 0].tolist() == [1, 2, 3]


def changed(change):
    def answer(exchange):
        told = answered(exchange.body["input"])
        change(told["data"])
        exchange.json(told)

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (changed(lambda data: data.pop()), "1 vectors for 2 words"),
        (changed(lambda data: data.append(data[0])), "3 vectors for 2 words"),
        (changed(lambda data: data[1].update(index=0)), "of which word"),
        (changed(lambda data: data[1].update(index=True)), "of which word"),
        (changed(lambda data: data[1].pop("index")), "of which word"),
        (changed(lambda data: data[1].update(embedding=[1.0, float("nan"), 2.0])), "no finite number"),
        (changed(lambda data: data[1].update(embedding=[1.0, float("inf"), 2.0])), "no finite number"),
        (changed(lambda data: data[1].update(embedding=[1.0, 1e300, 2.0])), "no finite number"),
        (changed(lambda data: data[1].update(embedding=[1.0, None, 2.0])), "no finite number"),
        (changed(lambda data: data[1].update(embedding=[])), "no finite number"),
        (changed(lambda data: data[1].update(embedding="AAAA")), "no finite number"),
        (changed(lambda data: data[1].update(embedding=[1.0])), "1 and 3 dimensions"),
        (changed(lambda data: [each.update(embedding=[1.0, 2.0]) for each in data]), "2 and 3 dimensions"),
        (lambda exchange: exchange.json(answered(exchange.body["input"], data="x")), "no vectors"),
        (lambda exchange: exchange.json([1]), "no vectors"),
        (lambda exchange: exchange.json(answered(exchange.body["input"], model="huge")), "answered with 'huge'"),
        (lambda exchange: exchange.raw(b'{"data": [', **{"content-type": "application/json"}), "damaged"),
    ],
)
def test_an_answer_of_another_form_is_refused(serve, answer, words):
    session, server = serve(answer)
    with pytest.raises(BadAnswer, match=words):
        session.embed(["king", "queen"])
    server.answer = right
    assert session.embed(["king", "queen"]).shape == (2, 3)


@pytest.mark.parametrize("status", [400, 404, 501])
def test_a_model_that_makes_none_is_said_at_once(serve, status):
    def refused(exchange):
        exchange.json({"error": {"message": "no such thing"}}, status)

    server = ScriptedServer(refused, [{"id": "tiny", "object": "model", "owned_by": "someone"}])
    options = {"tokenizer": "gpt-4o", "endpoint": "completions", "embedding_model": "vectors"}
    with pytest.raises(NotOffered, match=r"no vectors of words by 'vectors'. It says: no such thing"):
        ModelSession.connect(server.address, **options)
    assert len(server.asked) == 1, "what stays so is not asked again"
    server.close()


def test_a_server_that_is_not_known_is_asked_for_none_that_was_not_named(serve):
    session, server = serve(embedding_model=None)
    told = session.capabilities["word_vectors"]
    assert (told.extent, told.code) == ("absent", "api.word_vectors.unnamed")
    with pytest.raises(NotOffered, match="embedding_model"):
        session.embed(["king"])
    view = EmbeddingMap(session, words=["king"])
    assert view.map["error"]["code"] == "not_offered"
    view.close()
    assert not any(each.path.endswith("/embeddings") for each in server.seen)
    with pytest.raises(InvalidValue, match="embedding_model"):
        serve(embedding_model=5)


def test_failures_retries_and_caps_are_those_of_other_requests(serve):
    def failing(status):
        return lambda exchange: exchange.json({"error": {"message": "so it is"}}, status)

    session, server = serve(failing(401), retries=2)
    with pytest.raises(KeyRefused):
        session.embed(["king"])
    server.seen.clear()
    server.answer = lambda exchange: right(exchange) if len(server.asked) >= 3 else failing(500)(exchange)
    assert session.embed(["king"]).shape == (1, 3)
    assert len(server.asked) == 3
    session, server = serve(failing(500))
    with pytest.raises(ServerFailed, match="so it is"):
        session.embed(["king"])
    # connecting asked for one vector
    session, _ = serve(most_requests=2)
    session.embed(["king"])
    with pytest.raises(LimitReached):
        session.embed(["queen"])
    session, _ = serve(most_spent=1e-4, prices=(50.0, 0.0))
    session.embed(["king"])
    with pytest.raises(LimitReached):
        session.embed(["queen"])


def test_a_newer_text_goes_before_the_words_which_follow(serve):
    asked, held = threading.Event(), threading.Event()

    def answer(exchange):
        if exchange.path.endswith("/embeddings") and not asked.is_set():
            asked.set()
            held.wait(20)
        right(exchange)

    session, server = serve(answer)
    session.want_distribution()
    made = []
    thread = threading.Thread(target=lambda: made.append(session.embed(["king"])))
    thread.start()
    try:
        assert asked.wait(10)
        session.text = "newer"
        assert session.distribution.top(1)[0].piece == " hello"
        thread.join(20)
        assert made[0].tolist() == [vector_of("king")]
        paths = [each.path for each in server.asked]
        assert paths[0] == "/v1/embeddings"
        assert "/v1/embeddings" in paths[1:]
    finally:
        held.set()
