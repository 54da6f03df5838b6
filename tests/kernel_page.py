"""The kernel's side of widgets without a kernel or a page: what is sent is kept, and requests are delivered as a page sends them."""

from __future__ import annotations

import base64
import json
import typing

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm

from llmwidgets.widgets import base


class RecordingComm(BaseComm):
    """The kernel's end of a comm, without a kernel: what is sent is kept."""

    sent: typing.ClassVar[list] = []

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.sent.append((self.comm_id, msg_type, json.loads(json.dumps(data)), buffers))


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page that keeps what it is sent, and bundles for tests that need no front end."""
    views = (
        "token_view",
        "next_token_bar",
        "sampler_slider",
        "embedding_map",
        "beam_tree",
        "pipeline_strip",
        "capability_card",
        "continuation_view",
        "cost_view",
        "replay_view",
    )
    for name in ("session", *views):
        (tmp_path / f"{name}.js").write_text("export default {};\n")
        (tmp_path / f"{name}.css").write_text(f".{name} {{}}\n")
    monkeypatch.setattr(base, "STATIC", tmp_path)
    base.bundle.cache_clear()
    monkeypatch.setattr(RecordingComm, "sent", [])
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    yield Page(RecordingComm.sent)
    base.bundle.cache_clear()


class Page:
    """What a page would see and do."""

    def __init__(self, sent):
        self.sent = sent

    def of(self, widget, method):
        """The data of this widget's messages of one method, "update" or "custom"."""
        mine = [data for comm_id, kind, data, _ in self.sent if comm_id == widget.comm.comm_id and kind == "comm_msg"]
        return [data for data in mine if data["method"] == method]

    def ask(self, widget, content):
        """Sends a custom message as a page does, and gives the one answer."""
        before = len(self.of(widget, "custom"))
        self.deliver(widget, {"method": "custom", "content": content})
        answers = self.of(widget, "custom")[before:]
        assert len(answers) == 1
        return answers[0]["content"]

    def ask_for_numbers(self, widget, content):
        """The same, with the buffers that came with the answer."""
        answer = self.ask(widget, content)
        return answer, self.sent[-1][3]

    @staticmethod
    def deliver(widget, data):
        widget.comm.handle_msg(
            {"content": {"data": json.loads(json.dumps(data)), "comm_id": widget.comm.comm_id}, "buffers": []}
        )


def request(kind, **values):
    return {"kind": kind, "client": "page-1", "rid": 7, **values}


def settle(session):
    """Until the worker has done what was asked before."""
    session._worker.run(lambda: None)


def decoded(payload):
    """The array of an ArrayPayload."""
    array = np.frombuffer(base64.b64decode(payload["data"]), payload["dtype"])
    return array.reshape(payload["shape"])


def matches(value, hint):
    """Whether a JSON value is what an annotation says."""
    if typing.is_typeddict(hint):
        hints = typing.get_type_hints(hint)
        return (
            isinstance(value, dict) and set(value) == set(hints) and all(matches(value[k], t) for k, t in hints.items())
        )
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return value in args
    if origin is list:
        return isinstance(value, list) and all(matches(item, args[0]) for item in value)
    if origin is tuple:
        return isinstance(value, list) and len(value) == len(args) and all(map(matches, value, args))
    if origin is dict:
        return isinstance(value, dict) and all(matches(item, args[1]) for item in value.values())
    if args:
        return any(matches(value, arg) for arg in args)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, hint) and not (hint is int and isinstance(value, bool))
