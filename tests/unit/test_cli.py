"""The command line: a token that was typed there is in no list of processes."""

from __future__ import annotations

import os
import sys

import pytest

from llmwidgets import cli

SECRET = "a token of the class"


@pytest.mark.parametrize(
    "given",
    [["--token", SECRET], [f"--token={SECRET}"], ["--tokens-a-minute", "5", "--token", SECRET], ["--token", "serve"]],
)
def test_a_token_that_was_typed_is_handed_on_in_the_environment(given, monkeypatch):
    begun = []

    def begin(program, command):
        begun.append((program, command))
        raise SystemExit

    monkeypatch.setattr(os, "execv", begin)
    monkeypatch.setenv(cli.TOKEN, "")
    monkeypatch.setattr(sys, "argv", ["llmwidgets", "serve", *given, "--port", "8123"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "llmwidgets", "serve", *given, "--port", "8123"])
    with pytest.raises(SystemExit):
        cli.main()
    ((program, command),) = begun
    left = ["--tokens-a-minute", "5"] if "--tokens-a-minute" in given else []
    assert program == command[0] == sys.executable
    assert command[1:] == ["-m", "llmwidgets", "serve", *left, "--port", "8123"]
    assert os.environ[cli.TOKEN] == given[-1].removeprefix("--token=")


def test_what_the_server_starts_has_no_token(monkeypatch):
    served = []
    monkeypatch.setattr("llmwidgets.serving.app.serve_forever", lambda *given: served.append(given))
    monkeypatch.setenv(cli.TOKEN, SECRET)
    assert cli.main(["serve"]) == 0
    assert cli.TOKEN not in os.environ
    assert served[0][2].opens(SECRET)
    assert not served[0][2].opens("another")
