"""The kernel's side of widgets without a kernel or a page: what is sent is kept, and requests are delivered as a page sends them."""

from __future__ import annotations

import json
import typing

import comm
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
    for name in ("session", "token_view", "next_token_bar", "sampler_slider", "embedding_map"):
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
