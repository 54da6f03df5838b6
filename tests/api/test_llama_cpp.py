"""A session on llama.cpp's server with the same weights: tokens equal, probabilities within what its quantised arithmetic allows."""

from __future__ import annotations

import numpy as np
import pytest

from llmwidgets import ModelSession, Sampler
from llmwidgets.errors import NotOffered, VocabulariesDiffer

TEXTS = [
    "The capital of France is",
    "You are a pirate chatbot who always responds in pirate speak!\nUser: Who are you?\nAssistant:",
    "日本の首都は",
    "むかしむかし、あるところに",
    "for index in range(10):\n    print(",
    "🏴‍☠️ é ñ 中文 العربية",
    "1 + 1 =",
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
]
# llama.cpp multiplies 4-bit weights with activations in 8 bits, transformers the same weights in float32
LOG_PROB_BOUND = 0.5
PROBABILITY_BOUND = 0.05


@pytest.fixture(scope="module")
def session(llama_cpp):
    with ModelSession.connect(llama_cpp) as session:
        yield session


@pytest.fixture(autouse=True)
def _neutral(session):
    session.sampler = Sampler()
    session.restart("")


@pytest.mark.parametrize("text", [*TEXTS, "", " ", "\n\n", "a" * 300, "１２３ ｱｲｳ", "<|im_end|>", "日"])
def test_tokens_are_equal(session, same_weights, text):
    session.text = same_weights.text = text
    ours, theirs = session.tokens, same_weights.tokens
    assert ours.ids.tolist() == theirs.ids.tolist()
    assert ours.token_bytes == theirs.token_bytes
    assert ours.spans.tolist() == theirs.spans.tolist()
    assert ours.special.tolist() == theirs.special.tolist()


@pytest.mark.parametrize("text", TEXTS)
def test_the_ten_most_probable_agree(session, same_weights, text):
    session.text = same_weights.text = text
    told, known = session.distribution, same_weights.distribution
    ids = [candidate.id for candidate in told.top(10)]
    assert np.abs(told.log_probs()[ids] - known.log_probs()[ids]).max() < LOG_PROB_BOUND
    assert np.abs(told.probs()[told.returned] - known.probs()[told.returned]).max() < PROBABILITY_BOUND
    assert len(set(ids) & {candidate.id for candidate in known.top(10)}) >= 8
    assert len(told.returned) == 100
    assert told.rest == pytest.approx(1 - told.probs()[told.returned].sum(), abs=1e-4)


def test_the_whole_distribution_where_it_is_asked_for(llama_cpp, same_weights):
    with ModelSession.connect(llama_cpp, top_logprobs=300_000, text=TEXTS[0]) as session:
        same_weights.text = TEXTS[0]
        assert session.capabilities["distribution"].extent == "exact"
        assert not session.distribution.is_partial
        assert session.distribution.probs().sum() == pytest.approx(1, abs=1e-5)
        assert np.abs(session.distribution.probs() - same_weights.distribution.probs()).max() < PROBABILITY_BOUND


def test_an_identical_question_is_not_asked_again(session):
    session.text = "The sky is"
    first, asked = session.distribution, session._engine.client.budget.requests
    session.text = "Another"
    _ = session.distribution
    session.text = "The sky is"
    assert session.distribution.top(5) == first.top(5)
    assert session._engine.client.budget.requests == asked + 1


def test_without_a_cache_it_is(llama_cpp):
    with ModelSession.connect(llama_cpp, cache=False, text="The sky is") as session:
        first = session.distribution
        asked = session._engine.client.budget.requests
        session.text = "Another"
        session.text = "The sky is"
        assert session.distribution.top(3)[0].id == first.top(3)[0].id
        assert session._engine.client.budget.requests == asked + 1


def test_greedy_generate_takes_the_most_probable(session):
    session.sampler = Sampler(do_sample=False)
    session.text = "The capital of France is"
    expected = []
    with session.beside(session.text) as other:
        for _ in range(6):
            best = other.distribution.top(1)[0].id
            expected.append(best)
            other.append(best)
    made = session.generate(6)
    assert made.tokens.ids.tolist() == expected
    assert made.reason == "length"
    assert session.text == "The capital of France is" + made.text
    assert [choice.token for choice in session.choices] == expected
    assert all(choice.how == "greedy" and 0 < choice.probability <= 1 for choice in session.choices)


def test_a_step_tells_a_token_that_ends_inside_a_character(session):
    session.sampler = Sampler(do_sample=False)
    session.text = "日本の首都は「"
    parts = []
    while len(parts) < 12 and not any(_is_open(part) for part in parts):
        parts.append(session.token_bytes(session.step().id))
    assert any(_is_open(part) for part in parts), parts
    assert [len(session.tokens.token_bytes)] == [len(session.tokens)]


def _is_open(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_japanese_is_generated_whole(session):
    session.sampler = Sampler(temperature=0.7, seed=3)
    session.text = "日本の首都は「"
    made = session.generate(20)
    assert "�" not in made.text
    assert session.text == "日本の首都は「" + made.text
    assert session.tokens.ids.tolist() == session.face.decode(session.tokens.ids).ids.tolist()


def test_settings_reach_the_server(session):
    session.text = "The capital of France is"
    session.sampler = Sampler(top_k=1, temperature=5.0)
    assert session.step().id == session.face.encode(" Paris", special=False).ids[0]
    # its own default would leave the 40 most probable: with a temperature this high most draws lie beyond them
    session.sampler = Sampler(temperature=100.0)
    known = {candidate.id for candidate in session.distribution.top(40)}
    drawn = set()
    for _ in range(8):
        drawn.add(session.step().id)
        session.undo()
    assert not drawn <= known


def test_the_same_seed_draws_the_same(session):
    session.sampler = Sampler(temperature=1.0, seed=7)
    made = []
    for _ in range(2):
        session.text = ""
        session.text = "Once upon a time"
        made.append(session.generate(12).text)
    assert made[0] == made[1]


def test_a_setting_that_the_server_lacks_is_named(session):
    session.text = "Hi"
    session.sampler = Sampler(top_h=0.3)
    with pytest.raises(NotOffered, match=r"top_h=0\.3.*temperature, top_p"):
        session.generate(2)
    assert session.text == "Hi"


@pytest.mark.parametrize("ask", ["surprisals", "embeddings", "hidden_states", "attentions"])
def test_what_the_server_does_not_give_is_said(session, ask):
    session.text = "Hi there"
    with pytest.raises(NotOffered, match="capabilities"):
        getattr(session, ask)
    assert session.capabilities[ask].extent == "absent"


def test_a_stop_text_ends_it(session):
    session.sampler = Sampler(do_sample=False)
    session.text = "1, 2, 3, 4,"
    made = session.generate(40, stop="7")
    assert made.reason == "stop_text"
    assert made.text.endswith("7")


def test_the_end_of_a_text_is_told(session):
    session.sampler = Sampler(do_sample=False)
    session.text = "<|im_start|>user\nSay only the word yes.<|im_end|>\n<|im_start|>assistant\n"
    made = session.generate(200)
    assert made.reason == "eos"


def test_a_given_tokenizer_is_compared_with_the_servers(llama_cpp, same_weights):
    with ModelSession.connect(llama_cpp, tokenizer=same_weights.tokenizer, text="日本") as session:
        assert session.face is same_weights.face
        assert session.distribution.top(1)
    with pytest.raises(VocabulariesDiffer, match="o200k_base is not the tokenizer"):
        ModelSession.connect(llama_cpp, tokenizer="gpt-4o")


def test_a_chat_replies_and_goes_on(llama_cpp):
    with ModelSession.connect(llama_cpp, endpoint="chat", text="Say hello.") as session:
        session.sampler = Sampler(do_sample=False)
        first = session.distribution.top(1)[0]
        made = session.generate(4)
        assert int(made.tokens.ids[0]) == first.id
        session.position = 3
        asked = session._engine.client.budget.requests
        assert session.distribution.top(1)[0].id == int(session.tokens.ids[4])
        # what was told while the reply came is not asked again
        assert session._engine.client.budget.requests == asked


def test_moving_keeps_text_and_sampler(llama_cpp, same_weights):
    with ModelSession(same_weights.model, same_weights.tokenizer, text="The capital of Japan is") as session:
        session.sampler = Sampler(temperature=0.5)
        here = session.distribution.top(1)[0]
        session.move_to(llama_cpp)
        assert session.text == "The capital of Japan is"
        assert session.sampler.temperature == 0.5
        assert session.distribution.is_partial
        assert session.distribution.top(1)[0].id == here.id
        with pytest.raises(NotOffered):
            session.embed(["king"])
        session.move_to(same_weights.model, same_weights.tokenizer)
        assert not session.distribution.is_partial
        assert session.embed(["king"]).shape[0] == 1
