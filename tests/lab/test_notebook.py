"""notebooks/pipeline.ipynb run top to bottom without a browser; its numbers against transformers' own."""

from __future__ import annotations

import re

import nbformat
import numpy as np
import pytest
import torch
from lab import NOTEBOOKS
from nbclient import NotebookClient

from llmwidgets import ModelSession

PROMPT = "You are a pirate chatbot who always responds in pirate speak!\nUser: Who are you?\nAssistant:"


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What each cell printed or returned, by the cell's id."""
    notebook = nbformat.read(NOTEBOOKS / "pipeline.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300).execute()
    found = {}
    for cell in notebook.cells:
        parts = [
            output["text"] if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
            for output in cell.get("outputs", [])
            if output.get("name") != "stderr"
        ]
        found[cell["id"]] = "".join(parts)
    return found


@pytest.fixture(scope="module")
def session() -> ModelSession:
    with ModelSession() as session:
        yield session


def test_no_outputs_are_saved() -> None:
    notebook = nbformat.read(NOTEBOOKS / "pipeline.ipynb", as_version=4)
    assert [cell["id"] for cell in notebook.cells if cell.get("outputs")] == []


def test_the_tokens_are_the_tokenizers(outputs: dict[str, str], session: ModelSession) -> None:
    ids = session.tokenizer(PROMPT)["input_ids"]
    assert [int(found) for found in re.findall(r"^\s*(\d+) ->", outputs["ids"], re.MULTILINE)] == ids
    assert outputs["ids"].startswith(f"{len(ids)} tokens")


def test_the_vector_is_the_embedding_matrix_row(outputs: dict[str, str], session: ModelSession) -> None:
    row = session.model.get_input_embeddings().weight[session.tokenizer(PROMPT)["input_ids"][0], :10].detach().numpy()
    printed = np.array(
        [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", outputs["vectors"].split("\n", 1)[1])]
    )
    np.testing.assert_allclose(printed, row, atol=1e-6)


def test_the_probabilities_are_the_models(outputs: dict[str, str], session: ModelSession) -> None:
    with torch.inference_mode():
        probs = session.model(**session.tokenizer(PROMPT, return_tensors="pt")).logits[0, -1].softmax(-1)
    printed = re.findall(r"^\s*(\d+)\s+([\d.]+)%", outputs["top"], re.MULTILINE)
    assert [int(token) for token, _ in printed] == probs.topk(10).indices.tolist()
    for token, share in printed:
        assert abs(float(share) / 100 - float(probs[int(token)])) < 1e-5


def test_greedy_and_draws(outputs: dict[str, str], session: ModelSession) -> None:
    with torch.inference_mode():
        logits = session.model(**session.tokenizer(PROMPT, return_tensors="pt")).logits[0, -1]
    assert f"greedy: {session.tokenizer.decode(logits.argmax())!r}" in outputs["draws"]
    counts = [int(count) for count in re.findall(r"(\d+) of 1000", outputs["draws"])]
    assert counts == sorted(counts, reverse=True)
    assert 0 < sum(counts) <= 1000


def test_generate_appends_what_the_models_own_generate_would(outputs: dict[str, str], session: ModelSession) -> None:
    inputs = session.tokenizer(PROMPT, return_tensors="pt")
    torch.manual_seed(0)
    out = session.model.generate(**inputs, max_new_tokens=25, do_sample=True, temperature=0.8, top_p=0.95, top_k=0)
    new = session.tokenizer.decode(out[0, inputs["input_ids"].shape[1] + 1 :])
    assert f"Generated({new!r}" in outputs["generate"]


def test_the_neighbours_of_quick(outputs: dict[str, str], session: ModelSession) -> None:
    table = session.model.get_input_embeddings().weight.detach()
    words = ["quick", "fast", "slow", "king", "queen", "man", "woman"]
    vectors = torch.stack(
        [table[session.tokenizer(word, add_special_tokens=False)["input_ids"]].mean(0) for word in words]
    )
    cosines = torch.nn.functional.cosine_similarity(vectors[:1], vectors)
    expected = sorted(
        ((float(cosine), word) for cosine, word in zip(cosines[1:], words[1:], strict=True)), reverse=True
    )
    printed = re.findall(r"(-?[\d.]+)\s+(\w+)", outputs["similar"])
    assert [word for _, word in printed] == [word for _, word in expected]
    for (shown, _), (cosine, _) in zip(printed, expected, strict=True):
        assert abs(float(shown) - cosine) < 1e-3
