"""The file of a recording that runs: it is there while the class goes on, whole at every moment, and no other file's end."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from llmwidgets import ModelSession
from llmwidgets.errors import InvalidValue
from llmwidgets.recording import keeping
from llmwidgets.recording.reading import read
from llmwidgets.recording.recorder import Record
from llmwidgets.text import TextSession

TEXT = "The quick brown fox"
PATIENCE = 60.0
FOR_EVER = """
import itertools, os, sys
from tokenizers import Tokenizer, models, pre_tokenizers
from llmwidgets.recording import keeping
from llmwidgets.text import TextSession

keeping.EVERY = keeping.SHARE = 0
tokenizer = Tokenizer(models.WordLevel({"word": 0, "?": 1}, unk_token="?"))
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
session = TextSession(tokenizer, text=os.urandom(200_000).hex())  # long to write
record = session.record(sys.argv[1], clock=itertools.count(step=5).__next__)
for number in itertools.count():
    session.text = f"word {number} むかし"
"""


def steps_in(path: Path) -> int:
    try:
        return len(read(path))
    except InvalidValue:  # not there yet
        return 0


def texts(path: Path) -> list[str]:
    return [step.state.tokens.text for step in read(path).steps]


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No file can be longer than 100 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def text(byte_tokenizer) -> TextSession:
    return TextSession(byte_tokenizer, text=TEXT)


@pytest.fixture
def told(monkeypatch) -> threading.Event:
    """Set whenever a recording's thread has looked whether there is something to write, which it does without a pause."""
    told, plain = threading.Event(), Record._keep

    def keep(record: Record) -> None:
        plain(record)
        told.set()

    monkeypatch.setattr(keeping, "EVERY", 0)
    monkeypatch.setattr(Record, "_keep", keep)
    return told


def wait_kept(record: Record, told: threading.Event) -> None:
    while record._on_disk < record._count:
        assert told.wait(PATIENCE)
        told.clear()


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_recording(tmp_path):
    path = tmp_path / "class.json"
    child = subprocess.Popen([sys.executable, "-c", FOR_EVER, str(path)])
    try:
        for _ in range(int(PATIENCE / 0.02)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(child.wait(timeout=0.02))
            if steps_in(path) > 20:  # each look finds a whole file
                break
    finally:
        child.kill()
        child.wait()
    found = read(path).steps
    assert len(found) > 20
    assert all(after.seconds > before.seconds for before, after in pairwise(found))
    assert found[-1].state.tokens.text.startswith("word ")


def test_its_file_is_there_from_the_beginning_and_a_change_is_in_it_soon(text, tmp_path, told):
    record = text.record(tmp_path / "class.json")
    assert texts(record.path) == [TEXT]
    text.text = "The king"
    wait_kept(record, told)
    assert texts(record.path)[-1] == "The king"
    record.note("why?")
    wait_kept(record, told)
    assert [note.text for note in read(record.path).steps[-1].notes] == ["why?"]
    record.stop()


def test_what_had_its_name_before_is_kept(text, byte_tokenizer, tmp_path, caplog):
    path = tmp_path / "class.json"
    for words in ("first", "second", "third"):
        session = TextSession(byte_tokenizer, text=words)
        session.record(path).stop()
    assert [texts(tmp_path / name) for name in ("class-1.json", "class-2.json", "class.json")] == [
        ["first"],
        ["second"],
        ["third"],
    ]
    assert "is kept as class-2.json" in caplog.text
    # to save twice is to save the newest
    record = text.record()
    record.save(path)
    assert (texts(record.save(path)), len(list(tmp_path.iterdir()))) == ([TEXT], 3)


def test_stopping_again_leaves_alone_what_another_recording_has_written_there(text, tmp_path):
    first = text.record(tmp_path / "class.json")
    first.stop()
    second = text.record(tmp_path / "class.json")
    text.text = "The king"
    second.stop()
    first.stop()
    assert texts(tmp_path / "class.json")[-1] == "The king"


def test_two_sessions_do_not_write_one_file_and_a_forgotten_one_makes_way(text, byte_tokenizer, tmp_path):
    path = tmp_path / "class.json"
    other = TextSession(byte_tokenizer, text="other")
    other.record(path)
    with pytest.raises(InvalidValue, match=r"Another session is being recorded in 'class\.json'"):
        text.record(path)
    del other
    text.record(path).stop()
    assert (texts(tmp_path / "class-1.json"), texts(path)) == (["other"], [TEXT])


def test_it_stays_where_it_began_when_the_notebook_goes_elsewhere(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record = text.record("class.json")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    text.text = "The king"
    record.stop()
    assert record.path == tmp_path / "class.json"
    assert texts(record.path)[-1] == "The king"


@pytest.mark.parametrize("name", ["none/class.json", "x" * 300 + ".json", "a\0b.json", ""])
def test_where_it_cannot_be_written_it_does_not_begin(text, tmp_path, name):
    with pytest.raises(InvalidValue, match="cannot be written"):
        text.record(tmp_path / name)
    assert text.record().running
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_takes_nothing_of_the_class(text, tmp_path):
    record = text.record(tmp_path / "class.json")
    with full_disk():
        text.text = "The king"
        with pytest.raises(InvalidValue, match="cannot be written: File too large"):
            record.stop()
    assert texts(record.path) == [TEXT]
    assert not record.running
    assert texts(record.save(tmp_path / "again.json"))[-1] == "The king"
    record.stop()  # what could not be written then
    assert texts(record.path)[-1] == "The king"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again.json", "class.json"]


def test_a_session_that_closes_on_a_full_disk_says_so(model, byte_tokenizer, tmp_path, caplog):
    with ModelSession(model, byte_tokenizer, text=TEXT) as session:
        record = session.record(tmp_path / "class.json")
        _ = session.distribution
        with full_disk():
            session.close()
    assert caplog.text.count("the recording is in memory alone") == 1
    assert len(read(record.save(tmp_path / "again.json"))) == 1
