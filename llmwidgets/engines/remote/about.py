"""What a server says of its model, and the model's tokenizer as it came from there."""

from __future__ import annotations

import base64
import binascii
import json
import re
import tempfile
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmwidgets import wire
from llmwidgets.engines.engine import Info
from llmwidgets.errors import BadAnswer
from llmwidgets.tokenizers.face import as_tokenizer

if TYPE_CHECKING:
    from llmwidgets.tokenizers.face import Tokenizer

_FILE = re.compile(r"[\w-][\w.-]*\.(json|txt|model|jinja|tiktoken)")
"""What a tokenizer's file may be called: no path, and nothing that is run."""


@dataclass(frozen=True)
class About:
    """A server's model. `info.device` is where its arrays are here; `device` where it runs. `generation`: its generation_config."""

    info: Info
    device: str
    stop_ids: frozenset[int]
    generation: dict[str, Any]
    longest: int
    files: dict[str, str]


def about_of(answer: bytes, url: str) -> About:
    """What an answer says. Raises BadAnswer where it is none, or of another version."""
    try:
        told = json.loads(answer)
        version = told["version"]
        _check_version(version, url)
        info = Info(**told["info"])
        about = About(
            # logits and tables lie in this process
            changed(info, device="cpu", source=url, runs_on=str(info.device)),
            str(info.device),
            frozenset(map(int, told["stop_ids"])),
            dict(told["generation"]),
            int(told["limits"]["tokens_a_text"]),
            {str(name): str(data) for name, data in told["tokenizer"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{url} does not say what its model is."
        raise BadAnswer(msg, hint="Is it a server started by `llmwidgets serve`?", why="no model") from error
    return about


def _check_version(version: object, url: str) -> None:
    if version != wire.VERSION:
        msg = f"{url} speaks version {version}, this notebook version {wire.VERSION}."
        raise BadAnswer(msg, hint="Install the same llmwidgets on both sides.", why=f"version {version}")


def tokenizer_of(about: About) -> Tokenizer:
    """The face of the server's own tokenizer, made from its files. No code of the server's is run."""
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as folder:
        for name, data in about.files.items():
            if _FILE.fullmatch(name):
                (Path(folder) / name).write_bytes(_bytes(data))
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except Exception as error:
            # whatever the library raises of files that are none
            msg = f"The tokenizer that came from {about.info.source} cannot be read: {error}"
            raise BadAnswer(msg, hint="Give it yourself: tokenizer=...", why=str(error)) from error
    tokenizer.name_or_path = about.info.name
    return as_tokenizer(tokenizer)


def _bytes(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        msg = "A file of the tokenizer came damaged."
        raise BadAnswer(msg, hint="Try again.", why="base64") from error
