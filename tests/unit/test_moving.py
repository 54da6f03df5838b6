"""A session that moves to another engine and back: what each open view shows, says that it lacks, and has again."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_page import settle
from scripted_server import ScriptedServer, completion

from llmwidgets import (
    BeamTree,
    CapabilityCard,
    ContinuationView,
    CostView,
    EmbeddingMap,
    NextTokenBar,
    PipelineStrip,
    SamplerSlider,
    TokenView,
)
from llmwidgets.errors import ModelNotCalled, NotOffered, ServerUnreachable
from llmwidgets.tokenizers.served import ServedTokenizer
from llmwidgets.widgets.store import store_for

pytestmark = pytest.mark.usefixtures("page")
WORDS = ["quick", "king", "queen"]


@pytest.fixture
def away():
    """A server that tells of the most probable token alone."""
    made = ScriptedServer(lambda exchange: exchange.json(completion({" a": -0.2})), [{"id": "tiny", "owned_by": "me"}])
    yield made
    made.close()


@pytest.fixture
def go(session, model, byte_tokenizer, away):
    """Moves the session to the server, or back to its model."""

    def move(where):
        if where == "away":
            session.move_to(away.address, byte_tokenizer, endpoint="completions", retries=0)
        else:
            session.move_to(model, byte_tokenizer)
        settle(session)

    return move


def test_a_map_says_that_there_are_no_vectors_and_shows_them_again(session, go):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True)
    before, ground = shown.vectors, shown.ground
    assert ground is not None
    go("away")
    assert shown.map["error"]["code"] == "not_offered"
    assert shown.map["error"]["values"]["server"] == session.capabilities.server
    assert shown.map["labels"] == []
    assert shown.ground is None
    assert shown.settings["words"] == WORDS
    for ask in (shown.figure, lambda: shown.neighbors("king"), shown._picture):
        with pytest.raises(NotOffered):
            ask()
    assert "makes vectors was named" in repr(shown)
    shown.words = [*WORDS, "man"]
    go("back")
    assert shown.map["error"] is None
    assert shown.map["labels"] == [*WORDS, "man"]
    np.testing.assert_array_equal(shown.vectors[: len(WORDS)], before[: len(WORDS)])
    assert shown.ground["count"] == ground["count"]
    shown.close()


def test_a_tokenizer_that_fails_leaves_the_session_where_it_was(session, model, build):
    """It had the new engine with the old tokenizer, and the old engine was never closed."""

    def ask(_path, body):
        if len(body["content"]) > 1:
            msg = "The server does not answer."
            raise ServerUnreachable(msg)
        return {"tokens": [1] * len(body["content"])}

    before, face = session.state, session.face
    served = ServedTokenizer("theirs", ask, dict.fromkeys(range(420), b"a"), 420)
    with pytest.raises(ServerUnreachable):
        session.move_to(build(), served)
    assert (session.model, session.face, session.state) == (model, face, before)
    assert session.distribution.logits.shape == (420,)


def test_a_map_that_begins_away_shows_its_words_at_home(session, go):
    go("away")
    words, empty = EmbeddingMap(session, words=WORDS), EmbeddingMap(session)
    assert words.map["error"]["code"] == empty.map["error"]["code"] == "not_offered"
    go("back")
    assert words.labels == tuple(WORDS)
    assert empty.map["error"] is None
    for each in (words, empty):
        each.close()


def test_tokens_in_context_come_back(session, go):
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    names = shown.contexts["names"]
    go("away")
    assert shown.map["error"]["code"] == "not_offered"
    assert shown.contexts["error"]["code"] == "not_offered"
    go("back")
    assert shown.contexts["error"] is None
    assert shown.contexts["names"] == names
    shown.close()


def test_the_ground_is_of_the_model_that_is_there(session, build, bos_tokenizer):
    one, other = (EmbeddingMap(session, words=WORDS, vocabulary=True, color_by="kind") for _ in range(2))
    session.move_to(build("llama", len(bos_tokenizer), hidden_size=32), bos_tokenizer)
    settle(session)
    fresh = EmbeddingMap(session, words=WORDS, vocabulary=True, color_by="kind")
    for each in (one, other):
        assert each.ground["count"] == len(bos_tokenizer)
        assert each.settings["dimensions"] == 32
        np.testing.assert_array_equal(each.projection.coordinates, fresh.projection.coordinates)
        assert each.labels == fresh.labels
        assert [each.ground[name] for name in ("classes", "variance")] == [
            fresh.ground[name] for name in ("classes", "variance")
        ]
        each.close()
    fresh.close()


def test_what_the_next_model_cannot_do_is_left(session, build, sentencepiece_tokenizer):
    values = np.arange(session.info.vocabulary)
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True, values=values, pooling="lesson")
    assert (shown.settings["color_by"], shown.settings["pooling"]) == ("values", "lesson")
    session.move_to(build("llama", len(sentencepiece_tokenizer)), sentencepiece_tokenizer)
    settle(session)
    assert shown.settings["color_by"] == "kind"
    assert shown.settings["pooling"] in shown.settings["poolings"]
    assert shown.map["error"] is None
    assert shown.map["labels"] == WORDS
    shown.close()


def test_the_strip_shows_no_call_of_a_model_that_is_out_of_sight(session, go):
    strip = PipelineStrip(session)
    _ = session.distribution
    strip.follow()
    assert strip.call is not None
    go("away")
    assert strip.flow is None
    assert strip.call is None
    with pytest.raises(NotOffered, match="not seen"):
        strip.figure()
    go("back")
    with pytest.raises(ModelNotCalled):
        strip.figure()
    _ = session.distribution
    assert strip.flow is not None
    strip.close()


def test_colours_by_surprisal_come_back(session, go):
    shown = TokenView(session, color_by="surprisal")
    settle(session)
    assert shown.surprisal["error"] is None
    go("away")
    assert shown.surprisal["error"]["code"] == "not_offered"
    assert shown.color_by == "surprisal"
    go("back")
    assert shown.surprisal["error"] is None
    assert shown.surprisal["revision"] == session.state.revision
    shown.close()


def test_colours_by_attention_come_back(session, go):
    shown = TokenView(session, color_by="attention")
    settle(session)
    assert shown.attention["error"] is None
    go("away")
    said = shown.attention["error"]
    assert said["code"] == "not_offered"
    assert said["message"] == session.capabilities["attentions"].detail
    assert shown.color_by == "attention"
    assert shown._repr_mimebundle_()
    with pytest.raises(NotOffered, match="attention weights"):
        shown.figure()
    go("back")
    assert shown.attention["error"] is None
    assert shown.attention["revision"] == session.state.revision
    assert shown.figure().data
    shown.close()


@pytest.mark.parametrize(
    "view",
    [
        TokenView,
        NextTokenBar,
        SamplerSlider,
        EmbeddingMap,
        PipelineStrip,
        BeamTree,
        ContinuationView,
        CapabilityCard,
        CostView,
    ],
)
def test_every_view_stays_open_on_the_way_there_and_back(view, session, go):
    shown, store = view(session), store_for(session)
    session.position = 2
    text, tokens, sampler = session.text, session.tokens.ids.tolist(), session.sampler
    for where in ("away", "back", "away"):
        go(where)
        assert (session.text, session.tokens.ids.tolist(), session.sampler) == (text, tokens, sampler)
        assert store.content["position"] == 2
        assert store.info["source"] == ("api" if where == "away" else "memory")
        if view is NextTokenBar:
            assert (store.distribution["partial"] is not None) == (where == "away")
            assert store.distribution["revision"] == session.state.revision
        assert repr(shown).startswith(view.__name__)
    shown.close()


def test_another_tokenizer_renames_the_tokens_on_the_page(session, build, bos_tokenizer):
    bar, store = NextTokenBar(session), store_for(session)
    session.move_to(build("llama", len(bos_tokenizer)), bos_tokenizer)
    settle(session)
    assert store.content["text"] == session.text
    assert store.info["tokenizer"] == session.tokenizer_name
    shown = store.distribution
    spelled = [session.token_bytes(candidate.id) for candidate in session.distribution.top(5)]
    written = [
        piece.encode() if piece else bytes.fromhex(part)
        for piece, part in zip(shown["pieces"], shown["bytes"], strict=True)
    ]
    assert written[:5] == spelled
    bar.close()


def test_a_text_beside_goes_along(session, go):
    """Otherwise it would go on with the model that was left, and keep it."""
    other = session.beside("The king")
    assert not other.distribution.is_partial
    go("away")
    assert other.distribution.is_partial
    assert other.text == "The king"
    go("back")
    assert not other.distribution.is_partial
    session.close()
    assert other.closed


def test_the_models_own_settings_are_those_of_where_the_session_is(session, model, go):
    model.generation_config.temperature, model.generation_config.do_sample = 0.5, True
    go("back")
    assert session.own_sampler.temperature == 0.5
    go("away")
    assert session.own_sampler.temperature == 1.0
    assert session.sampler_origins == {}
