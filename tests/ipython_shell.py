"""A real IPython without a kernel: cells are run in it, and what they put out is kept."""

from __future__ import annotations

import sys
import weakref

import pytest
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import List, Type
from traitlets.config import Config

from llmwidgets import ModelSession


class _Hook(DisplayHook):
    def write_output_prompt(self):
        """No prompt."""

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.outputs.append(format_dict)


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **keys):
        self.shell.outputs.append(data)


class Shell(InteractiveShell):
    """`outputs`: what the newest cell displayed or had as its last value, each as a MIME bundle."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs = List()

    def run(self, code, **variables):
        """Runs a cell, with variables set before it; gives what it put out, and raises what it raised."""
        self.user_ns.update(variables)
        self.outputs = []
        self.run_cell(code, store_history=True).raise_error()
        return self.outputs

    def __getitem__(self, name):
        return self.user_ns[name]


@pytest.fixture
def shell(monkeypatch):
    """An IPython with no variables, and no session from elsewhere."""
    monkeypatch.setattr(ModelSession, "_current", None)
    monkeypatch.setattr(ModelSession, "_sessions", weakref.WeakValueDictionary())
    # IPython puts a module of its own there, from which no process can be spawned
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    settings = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    made = Shell.instance(config=settings)
    yield made
    made.reset(new_session=False)
    Shell.clear_instance()
