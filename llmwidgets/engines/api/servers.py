"""The servers that speak as OpenAI's does, and in what they differ: what each returns, and what it calls the sampler's settings.

Sources: the servers' own documentation and, for llama.cpp and transformers, what the tests see them answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Endpoint = Literal["completions", "chat"]
Tokenizing = Literal["", "llama.cpp", "vllm"]
Scoring = Literal["", "prompt_logprobs", "echo"]

_OPENAI = {"temperature": "temperature", "top_p": "top_p"}
_OPENAI_LENGTH: dict[Endpoint, str] = {"completions": "max_tokens", "chat": "max_completion_tokens"}
_VLLM = {**_OPENAI, "top_k": "top_k", "min_p": "min_p", "repetition_penalty": "repetition_penalty"}
_LLAMA = {
    **_OPENAI,
    "top_k": "top_k",
    "min_p": "min_p",
    "typical_p": "typical_p",
    "repetition_penalty": "repeat_penalty",
}

# its own order puts the temperature last, and its penalty looks back at 64 tokens
_LLAMA_FIXED: dict[str, Any] = {
    "samplers": ["penalties", "temperature", "top_k", "top_p", "min_p", "typ_p"],
    "repeat_last_n": 65_536,
    "cache_prompt": True,
}


@dataclass(frozen=True)
class Server:
    """One kind of server.

    `endpoints`: which it has, the better one first. `most` log-probabilities of a place by endpoint, 0 for none; `takes_ids`: a prompt
    may be token ids. `settings`: what it calls the sampler's fields; one that is missing it does not have. `fixed`: what every request
    says besides, `asks`: what one for log-probabilities does. `length`: what it calls the most tokens to write. `tells_usage`: a stream
    tells at its end what it used. `withholds`: it tells no probabilities where the token that comes ends the text or ends inside a character. `scores`: how it tells the log-probabilities of a prompt. `continues`: what has a chat go on with a reply begun, None
    where it cannot. `renames`: it answers under a name of its own, a version, a deployment's model, a provider's. `embeds`: the same model may make vectors of words, which one request tells. `key_variables`: where its key may stand in the environment.
    """

    name: str
    endpoints: tuple[Endpoint, ...] = ("completions", "chat")
    most: Mapping[Endpoint, int] = field(default_factory=lambda: {"completions": 5, "chat": 20})
    takes_ids: bool = False
    tokenizes: Tokenizing = ""
    scores: Scoring = ""
    settings: Mapping[str, str] = field(default_factory=lambda: _OPENAI)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    asks: Mapping[str, Any] = field(default_factory=dict)
    continues: Mapping[str, Any] | None = None
    length: Mapping[Endpoint, str] = field(default_factory=lambda: {"completions": "max_tokens", "chat": "max_tokens"})
    tells_usage: bool = False
    withholds: bool = False
    embeds: bool = False
    renames: bool = False
    key_variables: tuple[str, ...] = ()


OPENAI = Server(
    "OpenAI",
    ("chat", "completions"),
    takes_ids=True,
    scores="echo",
    length=_OPENAI_LENGTH,
    tells_usage=True,
    renames=True,
    key_variables=("OPENAI_API_KEY",),
)
AZURE = replace(OPENAI, name="Azure OpenAI", key_variables=("AZURE_OPENAI_API_KEY",))
EARLIER_AZURE = replace(AZURE, length={"completions": "max_tokens", "chat": "max_tokens"}, tells_usage=False)
"""By its versions before NEWER_AZURE, which know no other words for these."""
NEWER_AZURE = "2024-09-01"

HUGGING_FACE = Server("Hugging Face", ("chat",), tells_usage=True, renames=True, key_variables=("HF_TOKEN",))
VLLM = Server(
    "vLLM",
    most={"completions": 20, "chat": 20},
    takes_ids=True,
    tokenizes="vllm",
    scores="prompt_logprobs",
    settings=_VLLM,
    # its tokens come by their ids, so that none is guessed from its text
    asks={"return_tokens_as_token_ids": True},
    continues={"continue_final_message": True, "add_generation_prompt": False},
    tells_usage=True,
)
LLAMA_CPP = Server(
    "llama.cpp",
    most={"completions": 100, "chat": 100},
    takes_ids=True,
    tokenizes="llama.cpp",
    settings=_LLAMA,
    fixed=_LLAMA_FIXED,
    withholds=True,
    embeds=True,
    continues={},
    tells_usage=True,
)
OLLAMA = Server(
    "Ollama",
    ("chat", "completions"),
    most={"completions": 0, "chat": 20},
    tells_usage=True,
    key_variables=("OLLAMA_API_KEY",),
)
TRANSFORMERS = Server("transformers serve", most={"completions": 0, "chat": 0})
OTHER = Server("an OpenAI-compatible server")

_HOSTS = {
    "api.openai.com": OPENAI,
    "openai.azure.com": AZURE,
    "services.ai.azure.com": AZURE,
    "cognitiveservices.azure.com": AZURE,
    "huggingface.co": HUGGING_FACE,
    "ollama.com": OLLAMA,
}
_OWNERS = {"llamacpp": LLAMA_CPP, "vllm": VLLM, "library": OLLAMA}


def by_address(address: str) -> Server | None:
    """The server that is known by its host; None where the host says nothing."""
    host = (urlsplit(address).hostname or "").lower()
    return next((server for end, server in _HOSTS.items() if host == end or host.endswith(f".{end}")), None)


def by_version(api_version: str | None) -> Server | None:
    """Azure, which alone has versions; None where there is none."""
    if api_version is None:
        return None
    return EARLIER_AZURE if api_version[: len(NEWER_AZURE)] < NEWER_AZURE else AZURE


def by_models(models: list[dict[str, Any]]) -> Server | None:
    """The server that is known by what it says of its models; None where that says nothing."""
    owners = {str(model.get("owned_by", "")) for model in models}
    return next((server for owner, server in _OWNERS.items() if owner in owners), None)


def hub_name(model: str, server: Server) -> str:
    """The name of a model on the hub: Hugging Face's router has its provider behind it, "owner/model:provider"."""
    return model.partition(":")[0] if server is HUGGING_FACE else model


def openai_name(model: str) -> str:
    """What OpenAI itself calls a model that others offer: "openai/gpt-4o" at a gateway, "gpt-oss:20b" at Ollama."""
    return model.removeprefix("openai/").replace(":", "-")


def short_name(model: str) -> str:
    """A model's name without the folder that it lies in."""
    return model.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gguf")
