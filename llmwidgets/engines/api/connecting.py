"""How a session begins with a server: which kind it is, which model, which way of asking, which tokenizer."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.api.abilities import Terms, TokenizerOrigin
from llmwidgets.engines.api.answers import malformed, places_of
from llmwidgets.engines.api.budget import Budget
from llmwidgets.engines.api.client import Client, Manners
from llmwidgets.engines.api.embedding import probed
from llmwidgets.engines.api.engine import ApiEngine
from llmwidgets.engines.api.servers import (
    AZURE,
    EARLIER_AZURE,
    OPENAI,
    OTHER,
    TRANSFORMERS,
    by_address,
    by_models,
    by_version,
    hub_name,
    openai_name,
    short_name,
)
from llmwidgets.engines.engine import ServedVectors
from llmwidgets.engines.key import KEY_FOR_ANY, found_key
from llmwidgets.engines.opening import Opened
from llmwidgets.errors import (
    Ambiguous,
    BadAnswer,
    GatedModel,
    InvalidValue,
    KeyRefused,
    LLMWidgetsError,
    ModelNotFound,
    NoNetwork,
    NotOffered,
    NoTokenizer,
    ServerFailed,
    VocabulariesDiffer,
)
from llmwidgets.language import say
from llmwidgets.numbers import whole
from llmwidgets.tokenizers.face import as_tokenizer

if TYPE_CHECKING:
    from llmwidgets.engines.api.servers import Endpoint, Server
    from llmwidgets.engines.key import Key
    from llmwidgets.tokenizers.base import BaseTokenizer

ENDPOINTS = ("auto", "completions", "chat")
MOST_TOP = 300_000

OPENAIS = (OPENAI, AZURE, EARLIER_AZURE)
UNKNOWN_KEY = 401

_GUESS = "o200k_base"
_PROBE = "Hello, 世界! 1e-5\n"


@dataclass(frozen=True)
class Options:
    """What `ModelSession.connect` takes besides the address, the model, the key and the tokenizer; see there."""

    endpoint: str = "auto"
    top_logprobs: int | None = None
    system: str = ""
    api_version: str | None = None
    timeout: float = 60.0
    retries: int = 2
    cache: bool = True
    most_requests: int | None = None
    most_spent: float | None = None
    prices: tuple[float, float] | None = None
    embedding_model: str | None = None


def connect(address: str, model: str | None, key: Key | None, tokenizer: Any, options: Options) -> Opened:
    """An engine on a server at a `checked_address`, and the face of its tokenizer. Raises as ModelSession.connect does."""
    _check(options)
    known = by_version(options.api_version) or by_address(address)
    secret = found_key(key, (*(known.key_variables if known else ()), KEY_FOR_ANY))
    budget = Budget(options.most_requests, options.most_spent, options.prices)
    client = Client(address, secret, Manners(options.timeout, options.retries), budget, api_version=options.api_version)
    try:
        return _opened(client, known, model, tokenizer, options)
    except BaseException:
        client.close()
        raise


def _check(options: Options) -> None:
    if options.endpoint not in ENDPOINTS:
        allowed = ", ".join(map(repr, ENDPOINTS))
        msg = f"endpoint cannot be {options.endpoint!r}."
        raise InvalidValue(
            msg, hint=f"It takes {allowed}.", name="endpoint", value=repr(options.endpoint), allowed=allowed
        )
    if options.top_logprobs is not None:
        whole("top_logprobs", options.top_logprobs, 0, MOST_TOP)
    named: object = options.embedding_model
    if named is not None and (not isinstance(named, str) or not named.strip()):
        msg = f"embedding_model cannot be {named!r:.60}."
        hint = "Give the name of a model that makes vectors, or None."
        raise InvalidValue(msg, hint=hint, name="embedding_model", value=f"{named!r:.60}", allowed="a name")
    whole("retries", options.retries, 0, 10)
    if isinstance(options.timeout, bool) or not isinstance(options.timeout, (int, float)) or not options.timeout > 0:
        msg = f"timeout cannot be {options.timeout!r}."
        hint = "It takes seconds, above 0."
        raise InvalidValue(msg, hint=hint, name="timeout", value=repr(options.timeout), allowed="above 0")


def _opened(client: Client, known: Server | None, model: str | None, tokenizer: Any, options: Options) -> Opened:
    models = _models(client, needed=model is None)
    server = known or by_models(models) or _by_schema(client) or OTHER
    name = model or _only(models, client.base_url)
    facts = next((each for each in models if each.get("id") == name), models[0] if len(models) == 1 else {})
    endpoint = _endpoint(client, server, name, options.endpoint)
    face, origin = _tokenizer(client, server, name, tokenizer, facts)
    most = server.most[endpoint] if options.top_logprobs is None else options.top_logprobs
    vectors, refused = _vectors(client, server, name, options.embedding_model)
    terms = Terms(server, endpoint, min(most, face.size), origin, face.name, face.size, vectors, refused)
    engine = ApiEngine(
        client,
        terms,
        face,
        model=name,
        title=short_name(name),
        context=_context(facts),
        system=options.system,
        cache=options.cache,
    )
    if origin == "guessed":
        warnings.warn(
            say(
                f"The tokenizer of {name!r} is not known, so tokens are shown as {face.name} cuts them, which may be "
                "otherwise. Give the model's own: connect(..., tokenizer=...)."
            ),
            UserWarning,
            stacklevel=5,
        )
    return Opened(engine, face)


def _models(client: Client, *, needed: bool) -> list[dict[str, Any]]:
    """What the server says of its models; nothing where it does not tell and a name is given."""
    try:
        answer = client.get("/models")
    except (ModelNotFound, InvalidValue, BadAnswer, ServerFailed, NotOffered, KeyRefused) as error:
        # a key may ask a model, and not what models there are
        if needed or error.values.get("status") == UNKNOWN_KEY:
            raise
        return []
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        if needed:
            raise malformed("it lists no models")
        return []
    return [each for each in data if isinstance(each, dict) and isinstance(each.get("id"), str)]


def _by_schema(client: Client) -> Server | None:
    """Transformers' server by the paths that it alone has."""
    try:
        schema = client.get("/openapi.json", root=True)
    except LLMWidgetsError:
        return None
    paths = schema.get("paths") if isinstance(schema, dict) else None
    return TRANSFORMERS if isinstance(paths, dict) and {"/load_model", "/v1/completions"} <= set(paths) else None


def _only(models: list[dict[str, Any]], address: str) -> str:
    names = [str(each["id"]) for each in models]
    if len(names) == 1:
        return names[0]
    shown = ", ".join(map(repr, names[:12])) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    if not names:
        msg = f"{address} names no model."
        raise InvalidValue(
            msg, hint='Name it: connect(base_url, model="...").', name="model", value="None", allowed="a name"
        )
    msg = f"{address} has several models: {shown}."
    raise Ambiguous(msg, hint='Name one: connect(base_url, model="...").', name="model", value="None", allowed=shown)


def _endpoint(client: Client, server: Server, model: str, asked: str) -> Endpoint:
    if asked != "auto":
        return "chat" if asked == "chat" else "completions"
    if server in OPENAIS:
        base = model.lower()
        return "completions" if base.endswith(("-instruct", "-002")) else "chat"
    if server is OTHER and not _completes(client, model):
        return "chat"
    return server.endpoints[0]


def _completes(client: Client, model: str) -> bool:
    """Whether a server that is not known completes a prompt and tells probabilities: one token is asked for."""
    try:
        answer = client.post("/completions", {"model": model, "prompt": "a", "max_tokens": 1, "logprobs": 1})
        return bool(places_of(answer["choices"][0].get("logprobs")))
    except KeyRefused:
        raise
    except (LLMWidgetsError, KeyError, IndexError, TypeError, AttributeError, ValueError):
        return False


def _tokenizer(
    client: Client, server: Server, model: str, given: Any, facts: dict[str, Any]
) -> tuple[BaseTokenizer, TokenizerOrigin]:
    if given is not None:
        face: Any = as_tokenizer(given)
        _compare(client, server, model, face)
        return face, "given"
    if server.tokenizes == "llama.cpp":
        return _served(client, server, model, facts), "server"
    from llmwidgets.tokenizers.openai import encoding_name

    if server in OPENAIS:
        encoding = encoding_name(model)
        face = as_tokenizer(encoding or _GUESS)
        return face, "openai" if encoding else "guessed"
    if (encoding := encoding_name(model)) is not None and encoding != model:
        face = as_tokenizer(encoding)
        return face, "openai"
    try:
        face = as_tokenizer(hub_name(model, server))
    except (ModelNotFound, NoNetwork, NoTokenizer, GatedModel, ValueError, OSError):
        # the last two where a folder here happens to have the name of a model there
        encoding = encoding_name(openai_name(model))
        guess: Any = as_tokenizer(encoding or _GUESS)
        return guess, "openai" if encoding else "guessed"
    return face, "hub"


def _served(client: Client, server: Server, model: str, facts: dict[str, Any]) -> BaseTokenizer:
    """The server's own tokenizer: one request tells the bytes of every token."""
    from llmwidgets.tokenizers.served import ServedTokenizer

    meta = facts.get("meta")
    size = meta.get("n_vocab") if isinstance(meta, dict) else None
    if not isinstance(size, int) or not 0 < size <= MOST_TOP:
        raise malformed("it does not tell the size of its vocabulary")
    body = {"model": model, "prompt": "a", "max_tokens": 1, "temperature": 0, "logprobs": size}
    answer = client.post("/completions", body | dict(server.fixed))
    try:
        top = places_of(answer["choices"][0]["logprobs"])[0].top
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise malformed("it does not tell its vocabulary") from None
    tokens = {each.id: each.raw for each in top if each.id is not None}
    return ServedTokenizer(short_name(model), lambda path, asked: client.ask(f"/{path}", asked), tokens, size)


def _vectors(client: Client, server: Server, model: str, named: str | None) -> tuple[ServedVectors, str]:
    """By which model words become vectors there, or why not. Raises NotOffered where the one that was named makes none."""
    if named is not None:
        return ServedVectors(named, probed(client, named, renames=server.renames), named == model), ""
    if not server.embeds:
        return ServedVectors(), ""
    try:
        return ServedVectors(model, probed(client, model)), ""
    except LLMWidgetsError as error:
        return ServedVectors(), str(error.values.get("words", error.message))


def _compare(client: Client, server: Server, model: str, face: BaseTokenizer) -> None:
    """Raises VocabulariesDiffer where the server's tokenizer cuts a text otherwise than the one that was given."""
    if not server.tokenizes:
        return
    body: dict[str, Any] = (
        {"content": _PROBE, "add_special": False}
        if server.tokenizes == "llama.cpp"
        else {"model": model, "prompt": _PROBE, "add_special_tokens": False}
    )
    try:
        theirs = client.ask("/tokenize", body)["tokens"]
    except (NotOffered, ModelNotFound, InvalidValue, KeyError, TypeError):
        return
    ours = [int(token) for token in face.encode(_PROBE, special=False).ids]
    if theirs == ours:
        return
    msg = f"{face.name} is not the tokenizer of {model!r}: {_PROBE!r} is {ours} by it, and {theirs} by the server."
    hint = "Give the model's own tokenizer, or none where the server has one."
    raise VocabulariesDiffer(msg, hint=hint, name=face.name)


def _context(facts: dict[str, Any]) -> int:
    meta = facts.get("meta")
    told = facts.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return told if isinstance(told, int) and told > 0 else 0
