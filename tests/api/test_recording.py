"""A class on a server's model, recorded: what came back is shown again as that, and where it came from is in no file."""

from __future__ import annotations

from recorded import Class, check

from llmwidgets import ModelSession, Sampler
from llmwidgets.widgets.store import store_for


def test_what_llama_cpp_returned_comes_back(llama_cpp, tmp_path):
    with ModelSession.connect(llama_cpp, text="The capital of France is") as session:
        lesson = Class(session, store_for(session))
        lesson.step()
        session.sampler = Sampler(temperature=0.7, top_k=20, seed=3)
        lesson.step()
        session.sample(50)
        lesson.step()
        session.generate(5)
        lesson.step()
        session.text = "日本の首都は🍜"
        lesson.step()
        session.step()
        lesson.step()
        replayed = check(lesson, tmp_path)
        assert replayed.distribution.is_partial
    told = (tmp_path / "class.json").read_text()
    for secret in (llama_cpp, "127.0.0.1", "localhost"):
        assert secret not in told
