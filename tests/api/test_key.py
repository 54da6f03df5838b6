"""A key is seen nowhere: in no trait, repr, log, traceback, saved notebook or message to the page."""

from __future__ import annotations

import base64
import gzip
import io
import logging
import pickle
import re
import subprocess
import sys
import threading
import traceback

import pytest
from IPython.core.ultratb import VerboseTB
from scripted_server import ScriptedServer, completion

from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView
from llmwidgets.engines.key import found_key, hidden
from llmwidgets.engines.remote.link import Link, Manners
from llmwidgets.errors import KeyRefused, LLMWidgetsError, ServerBusy

SECRET = "sk-proj-Zq7TnotARealKey0123456789"
PARTS = (SECRET, SECRET[8:])
MODELS = [{"id": "tiny", "object": "model"}]


@pytest.fixture
def server():
    server = ScriptedServer(lambda exchange: exchange.json(completion({" hello": -0.3, " no": -2.0})), MODELS)
    yield server
    server.close()


def connected(server, **options):
    options = {"api_key": SECRET, "tokenizer": "gpt-4o", "endpoint": "completions", "retries": 0, **options}
    return ModelSession.connect(server.address, **options)


def clean(text):
    return not any(part in text for part in PARTS)


def keys_sent(server):
    return {exchange.headers["Authorization"] for exchange in server.seen if exchange.path != "/healthz"}


def test_it_reaches_the_server(server):
    with connected(server, text="He said") as session:
        assert session.distribution.top(1)
    assert keys_sent(server) == {f"Bearer {SECRET}"}
    # what only asks whose server it is needs none
    assert all(clean(str(exchange.headers)) for exchange in server.seen if exchange.path == "/healthz")


def test_no_trait_message_or_repr_holds_it(server, page, caplog):
    caplog.set_level(logging.DEBUG)
    with connected(server, text="He said") as session:
        views = [TokenView(session), NextTokenBar(session), SamplerSlider(session)]
        assert session.distribution.top(1)
        for view in views:
            assert clean(repr(view.get_state()))
            assert clean(repr(view._store.get_state()))
            assert clean(str(view._repr_mimebundle_()))
        assert clean(repr(session) + repr(session.capabilities) + repr(session.info) + repr(session.stats))
        assert clean(repr(vars(session)) + repr(vars(session._engine)) + repr(vars(session._engine.client)))
        for view in views:
            view.close()
    assert clean(caplog.text)


@pytest.mark.parametrize("status", [401, 403, 404, 400, 500])
def test_no_traceback_holds_it(server, status):
    """Not even one that shows every variable of every frame."""
    words = f"Incorrect API key provided: {SECRET[:7]}***********{SECRET[-4:]}. Or {SECRET}."
    with connected(server, text="He said") as session:
        server.answer = lambda exchange: exchange.json({"error": {"message": words}}, status)
        try:
            _ = session.distribution
        except LLMWidgetsError as error:
            shown = _everything(error)
    assert clean(shown)
    assert SECRET[-4:] not in shown.replace("6789.0", "")


def test_nor_where_connecting_fails(server):
    server.models = lambda exchange: exchange.json({"error": {"message": f"bad key {SECRET}"}}, 401)
    with pytest.raises(KeyRefused, match="the key was refused") as caught:
        connected(server)
    own = [frame for frame in traceback.walk_tb(caught.tb) if "llmwidgets" in frame[0].f_code.co_filename]
    assert own
    assert not any(part in repr(value) for frame, _ in own for value in frame.f_locals.values() for part in PARTS)
    server.close()
    with pytest.raises(LLMWidgetsError) as caught:
        ModelSession.connect("http://127.0.0.1:9/v1", "tiny", api_key=SECRET, tokenizer="gpt-4o", retries=0)
    assert clean(str(caught.value))


def _everything(error):
    """What IPython's most talkative traceback shows of the frames of this package, and all that hangs on the error."""
    shown = io.StringIO()
    frames = error.__traceback__
    while frames is not None and "llmwidgets" not in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    VerboseTB(theme_name="nocolor", ostream=shown)(type(error), error, frames)
    linked = [error, error.__cause__, error.__context__]
    return (
        shown.getvalue() + "".join(map(repr, linked)) + repr(error.values) + "".join(traceback.format_exception(error))
    )


def test_no_saved_notebook_holds_it(server):
    from ipywidgets.embed import embed_data

    with connected(server, text="He said") as session:
        view = NextTokenBar(session)
        assert session.distribution.top(1)
        assert clean(repr(embed_data(views=[view])))
        view.close()


def test_no_page_that_is_handed_out_holds_it(server, tmp_path):
    with connected(server, text="He said") as session:
        TokenView(session), NextTokenBar(session), SamplerSlider(session)
        page = session.export(tmp_path / "page.html").read_text("utf-8")
    packed = re.findall(r'<script type="text/plain"[^>]*>([^<]*)<', page)
    assert len(packed) > 3
    assert clean(page)
    assert all(clean(gzip.decompress(base64.b64decode(text)).decode()) for text in packed)


def test_no_recording_holds_it(server, tmp_path):
    path = tmp_path / "lesson.json"
    with connected(server, text="He said") as session, session.record(path):
        assert session.distribution.top(1)
        server.answer = lambda exchange: exchange.json(
            {"error": {"message": f"Bad key {SECRET}, {SECRET[:7]}***"}}, 401
        )
        session.text = "She said"
        with pytest.raises(KeyRefused):
            _ = session.distribution
    saved = path.read_text("utf-8")
    assert "key_refused" in saved
    assert clean(saved)
    assert server.address not in saved


@pytest.mark.parametrize("status", [400, 401, 429, 502])
def test_whoever_stands_before_a_server_of_ours_may_quote_it(server, status):
    """A proxy shows the request that it could not pass on."""
    server.models = lambda exchange: exchange.raw(f"<p>Authorization: Bearer {SECRET}</p>".encode(), status)
    link = Link(server.address, hidden(SECRET), "Hanako", Manners(retries=0))
    try:
        with pytest.raises(LLMWidgetsError) as caught:
            link.get("/models")
    finally:
        link.close()
    assert keys_sent(server) == {f"Bearer {SECRET}"}
    assert clean(_everything(caught.value))
    assert isinstance(caught.value, ServerBusy) == (status == 429)


def test_it_is_taken_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("LLMWIDGETS_API_KEY", SECRET)
    with connected(server, api_key=None):
        pass
    assert keys_sent(server) == {f"Bearer {SECRET}"}
    # a key of one server is not sent to another
    monkeypatch.delenv("LLMWIDGETS_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server.seen.clear()
    with connected(server, api_key=None):
        pass
    assert all(clean(str(exchange.headers)) for exchange in server.seen)


def test_it_is_asked_for_unseen(server, monkeypatch):
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or SECRET)
    with connected(server, api_key="ask"):
        pass
    assert asked == ["API key: "]
    assert keys_sent(server) == {f"Bearer {SECRET}"}


def test_a_key_shows_and_saves_nothing():
    key = hidden(SECRET)
    assert clean(repr(key) + str(key) + f"{key}" + repr([key]))
    assert key.scrubbed(f"it is {SECRET}, or {SECRET[:6]}****{SECRET[-3:]}") == "it is …, or …"
    with pytest.raises(TypeError, match="not written to disk"):
        pickle.dumps(key)
    assert not found_key(None, ("LLMWIDGETS_NO_SUCH",))
    assert not hasattr(key, "__dict__")


def test_a_key_over_http_to_another_machine_warns(monkeypatch):
    from llmwidgets.engines.api.address import checked_address

    with pytest.warns(UserWarning, match="by http"):
        checked_address("http://models.example.org/v1")
    for quiet in (
        "http://localhost:8000",
        "http://127.0.0.5:1",
        "http://[::1]:5/v1",
        "http://0.0.0.0:8000",
        "https://models.example.org",
    ):
        assert checked_address(quiet)


def test_a_local_session_loads_no_client():
    code = "import sys; from llmwidgets import ModelSession, TokenView; import llmwidgets.session; print('openai' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False"]


def test_a_session_that_ends_leaves_no_thread(server):
    before = set(threading.enumerate())
    session = connected(server, text="He said")
    _ = session.distribution
    new = {thread for thread in threading.enumerate() if thread.name == "llmwidgets requests"} - before
    assert len(new) == 1
    session.close()
    for thread in new:
        thread.join(20)
        assert not thread.is_alive()
