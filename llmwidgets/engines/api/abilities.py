"""What a session on a server can give, worked out from what the server is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmwidgets.engines.api.servers import short_name
from llmwidgets.engines.api.settings import unknown_settings
from llmwidgets.stages.capabilities import Ability, Capabilities

if TYPE_CHECKING:
    from llmwidgets.engines.api.servers import Endpoint, Server
    from llmwidgets.engines.engine import ServedVectors

TokenizerOrigin = Literal["server", "given", "openai", "hub", "guessed"]
"""Where a session's tokenizer comes from: the server itself, the user, tiktoken by the model's name, the hub, or nobody knows."""


@dataclass(frozen=True)
class Terms:
    """How a server is used: which endpoint, how many log-probabilities are asked for, by which tokenizer, by which model words become vectors.

    `no_vectors`: why they do not, in the server's words.
    """

    server: Server
    endpoint: Endpoint
    top: int
    origin: TokenizerOrigin
    tokenizer: str
    vocabulary: int
    vectors: ServedVectors
    no_vectors: str = ""

    @property
    def scores(self) -> bool:
        """Whether the server tells the log-probabilities of a prompt's tokens."""
        return self.endpoint == "completions" and bool(self.server.scores)


def capabilities_of(terms: Terms, address: str, model: str) -> Capabilities:
    """See Capabilities."""
    made = (_tokens(terms), _distribution(terms), _surprisals(terms), _writing(terms), _sampling(terms))
    absent = (
        Ability("embeddings", "absent", "api.embeddings", "An API does not give the model's input embeddings."),
        _vectors(terms),
        Ability("hidden_states", "absent", "api.hidden_states", "An API does not give hidden states."),
        Ability("attentions", "absent", "api.attentions", "An API does not give attention weights."),
        Ability("calls", "absent", "api.calls", "What happens inside the server is not seen."),
    )
    return Capabilities(terms.server.name, address, model, (*made, *absent))


def _tokens(terms: Terms) -> Ability:
    values: dict[str, object] = {"tokenizer": terms.tokenizer}
    if terms.origin == "guessed":
        detail = f"The server's tokenizer is not known; shown are the tokens of {terms.tokenizer}, which may be others."
        return Ability("tokens", "cut", "api.tokens.guessed", detail, values)
    if terms.origin == "server":
        return Ability("tokens", "exact", "api.tokens.server", "The server's own tokens.", values)
    if terms.origin == "given":
        return Ability("tokens", "exact", "api.tokens.given", f"By {terms.tokenizer}, which was given.", values)
    detail = f"By {terms.tokenizer}, which is the model's by its name."
    return Ability("tokens", "exact", "api.tokens.named", detail, values)


def _distribution(terms: Terms) -> Ability:
    values: dict[str, object] = {"top": terms.top, "vocabulary": f"{terms.vocabulary:,}"}
    if terms.top == 0:
        detail = f"{terms.server.name} returns no probabilities."
        return Ability("distribution", "absent", "api.distribution.absent", detail, {"server": terms.server.name})
    if terms.top >= terms.vocabulary:
        return Ability("distribution", "exact", "api.distribution.whole", "All tokens are returned.", values)
    detail = f"The {terms.top} most probable of {terms.vocabulary:,} tokens; the rest is one sum."
    return Ability("distribution", "cut", "api.distribution.top", detail, values)


def _surprisals(terms: Terms) -> Ability:
    if terms.scores:
        return Ability("surprisals", "exact", "api.surprisals", "The server scores the prompt's tokens.")
    detail = f"{terms.server.name} does not tell the probabilities of a text's own tokens here."
    return Ability("surprisals", "absent", "api.surprisals.absent", detail, {"server": terms.server.name})


def _writing(terms: Terms) -> Ability:
    values: dict[str, object] = {"server": terms.server.name}
    if terms.endpoint == "completions":
        return Ability("writing", "exact", "api.writing", f"{terms.server.name} draws the tokens.", values)
    if terms.server.continues is None:
        detail = f"{terms.server.name} replies to the text as a message, and cannot go on from a token of your choice."
        return Ability("writing", "cut", "api.writing.chat", detail, values)
    detail = f"{terms.server.name} replies to the text as a message."
    return Ability("writing", "exact", "api.writing.reply", detail, values)


def _vectors(terms: Terms) -> Ability:
    server, dimensions, model = terms.server.name, terms.vectors.dimensions, short_name(terms.vectors.model)
    if dimensions:
        detail = f"By {model} at {server}, {dimensions} dimensions, pooled as it is set there; none of the vocabulary."
        values: dict[str, object] = {"server": server, "model": model, "dimensions": dimensions}
        return Ability("word_vectors", "exact", "api.word_vectors", detail, values)
    if terms.no_vectors:
        detail = f"{server} makes no vectors of words: {terms.no_vectors}"
        values = {"server": server, "words": terms.no_vectors}
        return Ability("word_vectors", "absent", "api.word_vectors.refused", detail, values)
    detail = f"No model of {server} that makes vectors was named: connect(..., embedding_model=...) names one."
    return Ability("word_vectors", "absent", "api.word_vectors.unnamed", detail, {"server": server})


def _sampling(terms: Terms) -> Ability:
    lacking = ", ".join(unknown_settings(terms.server))
    values: dict[str, object] = {"server": terms.server.name, "lacking": lacking}
    if not lacking:
        return Ability("sampling", "exact", "api.sampling", f"{terms.server.name} takes every setting.", values)
    return Ability("sampling", "cut", "api.sampling.cut", f"{terms.server.name} draws without {lacking}.", values)
