"""What an engine gives, as a view, as a figure, as plain HTML, and as a cell's last value."""

from __future__ import annotations

import json

import pytest
from ipython_shell import shell
from kernel_page import matches
from plotly.graph_objects import Figure
from scripted_server import ScriptedServer, completion

from llmwidgets import CapabilityCard, ModelSession, show
from llmwidgets.displaying import follow
from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.text import TextSession
from llmwidgets.widgets import payloads
from llmwidgets.widgets.encode import info_payload

__all__ = ["shell"]
pytestmark = pytest.mark.usefixtures("page")


@pytest.fixture
def server():
    """A server of one model, of no known kind."""
    made = ScriptedServer(lambda exchange: exchange.json(completion({" a": -0.2})), [{"id": "tiny", "owned_by": "me"}])
    yield made
    made.close()


def said(capabilities):
    """The abilities of a payload by name."""
    return {ability["name"]: ability["extent"] for ability in capabilities["abilities"]}


def test_it_is_read_from_the_sessions_store(session):
    card = CapabilityCard(session)
    info = json.loads(json.dumps(card._store.info))
    assert matches(info, payloads.InfoPayload)
    assert info["capabilities"]["server"] == "transformers"
    assert info["capabilities"]["address"] == ""
    assert set(said(info["capabilities"]).values()) == {"exact"}
    card.close()


def test_it_moves_with_the_session(session, model, byte_tokenizer, server):
    card = CapabilityCard(session)
    session.move_to(server.address, byte_tokenizer, endpoint="completions", api_key="a-secret-of-mine")
    assert card.capabilities is session.capabilities
    info = json.loads(json.dumps(card._store.info))
    assert matches(info, payloads.InfoPayload)
    assert info["capabilities"]["address"] == f"{server.address}/v1/"
    assert said(info["capabilities"]) | {"distribution": "cut", "embeddings": "absent", "calls": "absent"} == said(
        info["capabilities"]
    )
    assert "a-secret" not in json.dumps(card.get_state(), default=str) + json.dumps(info) + repr(card)
    session.move_to(model, byte_tokenizer)
    assert set(said(card._store.info["capabilities"]).values()) == {"exact"}
    card.close()


def test_an_encoder_predicts_nothing(build, wordpiece_tokenizer):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer) as encoder:
        card = CapabilityCard(encoder)
        found = said(card._store.info["capabilities"])
        assert found["distribution"] == found["surprisals"] == "absent"
        assert found["hidden_states"] == "exact"
        assert "It is an encoder" in card._picture()
        card.close()


def test_a_text_alone_has_none(byte_tokenizer):
    assert info_payload(TextSession(byte_tokenizer))["capabilities"] is None
    with pytest.raises(InvalidValue, match="needs a ModelSession"):
        CapabilityCard(TextSession(byte_tokenizer))


def test_the_figure_and_the_picture_say_all(session):
    card = CapabilityCard(session)
    figure = card.figure()
    assert isinstance(figure, Figure)
    rows = list(zip(*figure.data[0].cells.values, strict=True))
    assert [row[0] for row in rows] == [each.name.replace("_", " ") for each in session.capabilities.abilities]
    assert {row[1] for row in rows} == {"✓ exact"}
    picture = card._picture()
    for ability in session.capabilities.abilities:
        assert ability.detail.replace("'", "&#x27;") in picture
    assert repr(card) == f"CapabilityCard({session.info.name} by transformers: 10 ✓ exact)"
    card.close()


def test_as_a_cells_last_value_it_is_a_plain_table(session, shell):
    follow(shell)
    (output,) = shell.run("session.capabilities", session=session)
    assert output["text/plain"] == repr(session.capabilities)
    assert "<table>" in output["text/html"]
    assert "✓ exact" in output["text/html"]


def test_show_gives_the_sessions_card(session):
    card = show(session.capabilities, language="ja")
    assert isinstance(card, CapabilityCard)
    assert card.session is session
    kept = session.capabilities
    card.close()
    session.close()
    with pytest.raises(SessionClosed, match="No open session"):
        show(kept)
