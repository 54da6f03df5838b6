"""Models by name and folder: what is missing, damaged or closed to us is said in words; nothing unsafe is run."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import huggingface_hub
import pytest
import torch
import transformers
from huggingface_hub import errors as hub

from llmwidgets import ModelSession
from llmwidgets.engines import loading
from llmwidgets.engines.loading import load, load_tokenizer
from llmwidgets.errors import DamagedFile, GatedModel, LLMWidgetsError, ModelNotFound, NoNetwork, OutOfMemory
from llmwidgets.tokenizers.face import as_tokenizer


@pytest.fixture
def folder(tmp_path, build, byte_tokenizer):
    """A model and its tokenizer on disk."""
    build("llama").save_pretrained(tmp_path / "tiny")
    byte_tokenizer.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_folder_is_loaded_in_float32_and_put_to_work(folder):
    with ModelSession(folder, text="The king") as session:
        assert (session.info.name, session.info.source, session.info.dtype) == ("tiny", "folder", "float32")
        assert len(session.generate(2).tokens) == 2


def test_loading_arguments_pass_through(folder):
    loaded = load(str(folder), dtype=torch.bfloat16, device_map="cpu", attn_implementation="eager")
    assert loaded.model.dtype == torch.bfloat16
    assert loaded.model.config._attn_implementation == "eager"
    assert loaded.model.device.type == "cpu"


def test_a_tokenizer_by_the_name_of_its_folder(folder, byte_tokenizer):
    assert as_tokenizer(str(folder)).encode("king").ids.tolist() == byte_tokenizer("king")["input_ids"]


def test_safetensors_come_before_pickles(folder):
    """A pickle beside them runs code when it is opened."""
    (folder / "pytorch_model.bin").write_bytes(b"not even a pickle")
    assert load(str(folder)).model.dtype == torch.float32


def test_code_of_a_model_is_not_run_unless_asked(folder):
    marker = folder / "ran"
    (folder / "modeling_own.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "of-its-own"
    config["auto_map"] = {
        "AutoConfig": "modeling_own.OwnConfig",
        "AutoModelForCausalLM": "modeling_own.OwnModel",
    }
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises((ValueError, LLMWidgetsError), match="trust_remote_code"):
        load(str(folder))
    assert not marker.exists()


def test_a_weights_file_cut_short_is_damaged(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(DamagedFile, match="damaged") as caught:
        load(str(folder))
    assert caught.value.hint


def test_a_folder_without_weights_says_so(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(DamagedFile, match="holds no complete model"):
        load(str(folder))


def test_a_damaged_configuration_is_damaged(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(DamagedFile, match="tiny"):
        load(str(folder))


@pytest.mark.parametrize("name", ["no such folder/ at all/", "../nowhere", "has spaces", "x" * 200])
def test_a_name_that_cannot_be_is_not_found(name):
    with pytest.raises(ModelNotFound, match="no model") as caught:
        load(name)
    assert "owner/name" in caught.value.hint


@pytest.fixture
def answering(monkeypatch):
    """The hub's answer, as its own library raises it: no hub is asked."""
    monkeypatch.setattr(loading, "reachable", lambda _: True)

    def answer(error):
        def refuse(*_args, **_keys):
            raise error

        for owner in (transformers.AutoConfig, transformers.AutoModelForCausalLM, transformers.AutoTokenizer):
            monkeypatch.setattr(owner, "from_pretrained", refuse)

    return answer


def response(status):
    return httpx.Response(status, request=httpx.Request("GET", "https://hub.example/owner/name"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (hub.GatedRepoError("403", response=response(403)), GatedModel),
        (OSError("You are trying to access a gated repo."), GatedModel),
        (hub.RepositoryNotFoundError("404", response=response(404)), ModelNotFound),
        (hub.RevisionNotFoundError("404", response=response(404)), ModelNotFound),
        (OSError("owner/name is not a local folder and is not a valid model identifier"), ModelNotFound),
        (OSError("We couldn't connect to 'https://huggingface.co' to load the files"), NoNetwork),
        (hub.LocalEntryNotFoundError("cannot find an appropriate cached snapshot; check your connection"), NoNetwork),
        (hub.OfflineModeIsEnabled("offline mode is enabled"), NoNetwork),
        (httpx.ConnectError("[Errno -2] Name or service not known"), NoNetwork),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_what_the_hub_says_is_said_in_words(error, expected, answering):
    answering(error)
    for ask in (load, load_tokenizer):
        with pytest.raises(expected, match="owner/name") as caught:
            ask("owner/name")
        assert caught.value.hint
        assert caught.value.__cause__ is error
        assert caught.value.values["name"] == "owner/name"


@pytest.fixture
def unreachable(monkeypatch):
    """A hub whose name is nowhere, and what its client is asked: it would ask again for most of a minute."""
    asked = []
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "https://hub.invalid")
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *args, **keys: asked.append((args, keys)))
    return asked


@pytest.mark.parametrize("ask", [load, load_tokenizer, as_tokenizer, lambda name: as_tokenizer(Path(name))])
def test_an_unknown_name_without_a_hub_is_refused_before_its_client_tries(ask, unreachable):
    with pytest.raises(NoNetwork, match="owner/nowhere") as caught:
        ask("owner/nowhere")
    assert caught.value.values["name"] == "owner/nowhere"
    assert not unreachable


def test_a_name_in_the_cache_is_loaded_from_there_when_no_hub_answers(unreachable, tmp_path, monkeypatch):
    """Of each file the client would ask the hub first, and again, before it took the one in the cache."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--owner--name" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "tokenizer.json").write_text("{}")
    load_tokenizer("owner/name")
    assert unreachable == [(("owner/name",), {"local_files_only": True})]


def test_who_asks_for_local_files_alone_asks_no_hub(folder, monkeypatch):
    monkeypatch.setattr(loading, "reachable", lambda _: pytest.fail("the hub was asked"))
    assert load(str(folder), local_files_only=True).model is not None
    with pytest.raises(LLMWidgetsError, match="owner/nowhere"):
        load("owner/nowhere", local_files_only=True)


def test_no_room_on_the_device(folder, monkeypatch):
    def full(*_args, **_keys):
        msg = "CUDA out of memory"
        raise torch.OutOfMemoryError(msg)

    monkeypatch.setattr(transformers.LlamaForCausalLM, "to", full)
    with pytest.raises(OutOfMemory, match="no room") as caught:
        load(str(folder))
    assert "device_map" in caught.value.hint
    monkeypatch.undo()
    assert Path(folder).is_dir()
    assert load(str(folder)).model is not None


def test_no_room_while_the_weights_are_read(folder, answering):
    """With device_map the weights go to the device while they are read."""
    answering(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(OutOfMemory):
        load(str(folder), device_map="cpu")
