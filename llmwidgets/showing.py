"""show: any object of the pipeline in the view that fits it.

Not here: which view that is (picking.py), which tokenizer is meant (finding.py), how it gets into the cell (displaying.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets import displaying, namespace
from llmwidgets.errors import InvalidValue, NoTokenizer, NotReturned, SessionClosed
from llmwidgets.finding import (
    missing,
    open_sessions,
    tokenizer_behind,
    tokenizer_for_size,
    tokenizer_for_text,
    tokenizer_for_tokens,
)
from llmwidgets.logits import LogitsSession
from llmwidgets.picking import (
    VECTORS,
    VIEWS,
    are_probabilities,
    field,
    is_chat,
    is_config,
    numbers,
    pick,
)
from llmwidgets.prediction import PredictionSession
from llmwidgets.session import ModelSession
from llmwidgets.stages.distribution import Distribution
from llmwidgets.stages.drawn import Drawn
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.sampling import NOT_RETURNED, Filtered, Sampler
from llmwidgets.stages.tokens import Tokens
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.face import is_tokenizer
from llmwidgets.tokenizers.nameless import NamelessTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.widgets.capability_card import CapabilityCard
    from llmwidgets.widgets.embedding_map import EmbeddingMap
    from llmwidgets.widgets.next_token_bar import NextTokenBar
    from llmwidgets.widgets.sampler_slider import SamplerSlider
    from llmwidgets.widgets.stack import Stack
    from llmwidgets.widgets.token_view import TokenView


def show(x: Any, tokenizer: Any = None, *, view: Any = None, **options: Any) -> Any:
    """Shows any object of the pipeline in the view that fits it, and returns that view.

    a text, token ids (n,) or (rows, n), what a tokenizer gave, a conversation      TokenView
    logits or probabilities (vocabulary,), (n, vocabulary), (b, n, vocabulary), a model's output     NextTokenBar
    vectors (n, d), an nn.Embedding, hidden states, a data frame, a dict of vectors     EmbeddingMap
    a GenerationConfig, a Sampler       SamplerSlider of `session=`, or of the newest session, whose sampler it becomes
    a session, or a model               the views of its text, below each other; a model is watched from then on
    a session's capabilities            its CapabilityCard
    Tokens, Distribution, Filtered, Drawn, Table, Projection     also without `show`, as a cell's last value

    The view is displayed where `show` is called, in a loop or in the middle of a cell too, and only once where it is the cell's last
    value as well; so `view = show(x)` both shows it and keeps it. Outside IPython it is only returned.

    Numbers are told apart by their last axis, which fits the vocabulary or the vectors of a model at hand; those that are not negative
    and add up to 1 are probabilities. Where several views fit, Ambiguous names them; `view` decides: a class or its name, as in
    `show(x, view="EmbeddingMap")`. Without `tokenizer` that of the newest session is meant, if it fits, else the one among the
    sessions and the notebook's variables that does: NoTokenizer or Ambiguous names those at hand where none or several do. `options` are
    the view's own. Raises InvalidValue for what cannot be shown.

    >>> show("He said", "gpt-4o").tokens.ids.tolist()       # doctest: +SKIP
    [2066, 2059]
    >>> for layer in outputs.hidden_states:                 # doctest: +SKIP
    ...     show(layer)
    """
    made = view_of(x, tokenizer, view=view, **options)
    displaying.display_now(made)
    return made


def view_of(x: Any, tokenizer: Any = None, *, view: Any = None, **options: Any) -> Any:
    """The view, without displaying it."""
    name = pick(x, tokenizer) if view is None else _name_of(view)
    return _MAKERS[name](x, tokenizer, options)


def _name_of(view: Any) -> str:
    name = getattr(view, "__name__", view)
    if name in VIEWS:
        return str(name)
    allowed = ", ".join(map(repr, VIEWS))
    msg = f"view cannot be {view!r:.60}."
    raise InvalidValue(msg, hint=f"It takes {allowed}.", name="view", value=f"{view!r:.60}", allowed=allowed)


# one maker a view


def _token_view(x: Any, tokenizer: Any, options: dict[str, Any]) -> TokenView:
    from llmwidgets.widgets.token_view import TokenView

    if isinstance(x, Tokens):
        return TokenView(_session_of(x, tokenizer), **options)
    if is_chat(x):
        # without one, the conversation would become the newest session's text
        return TokenView(tokenizer=tokenizer or tokenizer_for_text("A conversation"), messages=x, **options)
    if is_tokenizer(x):
        return TokenView(tokenizer=x, **options)
    sequences = None if isinstance(x, (str, bytes)) else field(x, "sequences")
    return TokenView(x if sequences is None else sequences, tokenizer=tokenizer, **options)


def _next_token_bar(x: Any, tokenizer: Any, options: dict[str, Any]) -> NextTokenBar:
    from llmwidgets.widgets.next_token_bar import NextTokenBar

    if isinstance(x, (Distribution, Filtered, Drawn)):
        return NextTokenBar(_logits_of(x, tokenizer), **options)
    if isinstance(x, PredictionSession):
        return NextTokenBar(x, tokenizer=tokenizer, **options)
    if "values" not in options and are_probabilities(x):
        options = {**options, "values": "probs"}
    return NextTokenBar(x, tokenizer=tokenizer, **options)


def _embedding_map(x: Any, tokenizer: Any, options: dict[str, Any]) -> EmbeddingMap:
    from llmwidgets.widgets.embedding_map import EmbeddingMap

    if isinstance(x, TextSession):
        return EmbeddingMap(x, **options)
    if isinstance(x, Table):
        session = next((each for each in open_sessions() if each.info.can_embed and each.embeddings is x), None)
        if session is not None:
            return EmbeddingMap(session, **{"vocabulary": True, **options})
        x = x.tensor
    vectors = _vectors_of(x)
    if tokenizer is None and "labels" not in options:
        tokenizer = _labelling(vectors)
    return EmbeddingMap(vectors, tokenizer=tokenizer, **options)


def _sampler_slider(x: Any, tokenizer: Any, options: dict[str, Any]) -> SamplerSlider:
    from llmwidgets.widgets.sampler_slider import SamplerSlider

    _no_tokenizer(tokenizer, "A SamplerSlider")
    if isinstance(x, PredictionSession):
        return SamplerSlider(x, **options)
    if not (isinstance(x, Sampler) or is_config(x)):
        shown = f"{type(x).__name__} {x!r:.60}"
        msg = f"A SamplerSlider cannot be made from {shown}."
        hint = "It takes a session, a Sampler or a GenerationConfig."
        raise InvalidValue(msg, hint=hint, name="x", value=shown, allowed="a session, a Sampler, a GenerationConfig")
    session = options.pop("session", None) or ModelSession._current
    if session is None:
        msg = f"A {type(x).__name__} is shown by what it makes of a session's next token, and there is no session."
        name = namespace.name_of(x)
        raise SessionClosed(
            msg, hint=f"session = ModelSession(model, tokenizer), then show({name}); or show({name}, session=...)."
        )
    made = SamplerSlider(session, **options)
    # a configuration has no seed, so the session's stays
    session.sampler = x if isinstance(x, Sampler) else Sampler.from_config(x).replace(seed=session.sampler.seed)
    return made


def _views_of_session(session: ModelSession, tokenizer: Any, options: dict[str, Any]) -> Stack:
    from llmwidgets.widgets.embedding_map import EmbeddingMap
    from llmwidgets.widgets.next_token_bar import NextTokenBar
    from llmwidgets.widgets.stack import Stack
    from llmwidgets.widgets.token_view import TokenView

    _no_tokenizer(tokenizer, "A session")
    language = {name: options.pop(name) for name in ("language",) if name in options}
    if options:
        name = min(options)
        msg = f"{name}= belongs to one view, and a session is shown in several."
        raise InvalidValue(
            msg,
            hint=f'Say which: view="NextTokenBar", {name}=...',
            name=name,
            value=f"{options[name]!r:.60}",
            allowed="none",
        )
    below = (
        NextTokenBar(session, **language)
        if session.info.can_predict
        else EmbeddingMap(session, show="contexts", **language)
    )
    return Stack([TokenView(session, **language), below])


def _views_of_model(model: Any, tokenizer: Any, options: dict[str, Any]) -> Stack:
    """The session that has this model already, or else one that watches it."""
    inner = namespace.unwrapped(model)
    session = next((each for each in open_sessions() if each.model is inner), None)
    if session is None or tokenizer is not None:
        session = ModelSession.watch(model, tokenizer or _tokenizer_of(model))
    return _views_of_session(session, None, options)


def _itself(x: Any, tokenizer: Any, options: dict[str, Any]) -> Any:
    _no_tokenizer(tokenizer, "A view")
    if options:
        name = min(options)
        msg = f"{name}= belongs to a new view, and this one is there already."
        raise InvalidValue(
            msg, hint=f"Set it: view.{name} = ...", name=name, value=f"{options[name]!r:.60}", allowed="none"
        )
    return x


def _figure(projection: Any, tokenizer: Any, options: dict[str, Any]) -> Any:
    """A projection's points alone: what they are near to is known of their vectors, which it does not hold."""
    from llmwidgets.widgets.map_figure import figure_of

    _no_tokenizer(tokenizer, "A Projection")
    count = len(projection.coordinates)
    return figure_of(options.pop("labels", [str(index) for index in range(count)]), ("word",) * count, projection)


def _card(capabilities: Any, tokenizer: Any, options: dict[str, Any]) -> CapabilityCard:
    """Of the session that has these capabilities now."""
    from llmwidgets.widgets.capability_card import CapabilityCard

    _no_tokenizer(tokenizer, "A CapabilityCard")
    session = next((each for each in open_sessions() if each.capabilities == capabilities), None)
    if session is None:
        msg = f"No open session has these capabilities of {capabilities.model}: it was closed, or has moved to another engine."
        raise SessionClosed(msg, hint="Show those of now: show(session.capabilities).")
    return CapabilityCard(session, **options)


_MAKERS: dict[str, Callable[[Any, Any, dict[str, Any]], Any]] = {
    "TokenView": _token_view,
    "NextTokenBar": _next_token_bar,
    "EmbeddingMap": _embedding_map,
    "SamplerSlider": _sampler_slider,
    "session": _views_of_session,
    "model": _views_of_model,
    "itself": _itself,
    "figure": _figure,
    "card": _card,
}


# what they are made from


def _session_of(tokens: Tokens, tokenizer: Any) -> TextSession:
    """These very tokens as a session's text; without a tokenizer that has them, nothing more can be asked of them."""
    session = TextSession(tokenizer or tokenizer_for_tokens(tokens) or NamelessTokenizer())
    session.restart(tokens)
    return session


def _logits_of(stage: Distribution | Filtered | Drawn, tokenizer: Any) -> LogitsSession:
    if isinstance(stage, Filtered):
        found = tokenizer or tokenizer_for_size(len(stage.probs), "A Filtered")
        if stage.bounds is not None:
            return LogitsSession(_drawn_from(stage), found)
        return LogitsSession(stage.probs, found, values="probs")
    distribution = stage.distribution if isinstance(stage, Drawn) else stage
    found = tokenizer or tokenizer_behind(distribution.token_bytes)
    found = found or tokenizer_for_size(len(distribution.logits), "A Distribution")
    session = LogitsSession(distribution, found)
    if isinstance(stage, Drawn):
        session.show_draws(stage)
    return session


def _drawn_from(filtered: Filtered) -> Distribution:
    """What is drawn from, as far as it is known. Raises NotReturned where that is not enough."""
    if not filtered.exact:
        raise NotReturned(
            "Its probabilities are known within bounds only, since the server returned some tokens alone.",
            hint="Show the distribution and move the sampler: show(session.distribution).",
            returned=int((filtered.removed_by != NOT_RETURNED).sum()),
        )
    ids = filtered.kept
    return Distribution.partial(ids, np.log(filtered.probs[ids].astype(np.float64)), len(filtered.probs))


def _vectors_of(x: Any) -> Any:
    """Vectors (n, d) from a model's output, its hidden states or one text's batch; what else an EmbeddingMap takes, as it is."""
    held = (
        next((found for name in VECTORS if (found := field(x, name)) is not None), x)
        if not hasattr(x, "columns")
        else x
    )
    given = numbers(held)
    if given is not None and len(given.shape) == 4:
        held, given = held[-1], numbers(held[-1])  # the last layer
    if given is None or len(given.shape) != 3:
        return held
    if given.shape[0] == 1:
        return held[0]
    name = namespace.name_of(held, default=f"{namespace.name_of(x)}...")
    msg = f"These are the vectors of {given.shape[0]} texts, {given.shape}, and a map shows one."
    raise InvalidValue(msg, hint=f"Choose one: show({name}[0]).", name="x", value=str(given.shape), allowed="(n, d)")


def _labelling(vectors: Any) -> Any:
    """The tokenizer whose vocabulary these vectors are, one a token; None for others."""
    module = hasattr(vectors, "weight")
    given = numbers(vectors.weight if module else vectors)
    if given is None or len(given.shape) != 2:
        return None
    # a table of weights may be padded; as many vectors of something else only happen to be nearly as many
    return tokenizer_for_size(given.shape[0], f"{given.shape[0]:,} vectors", padded=module)


def _tokenizer_of(model: Any) -> Any:
    found = namespace.sizes(model)
    assert found is not None  # noqa: S101 (it was picked as a model)
    what = type(namespace.unwrapped(model)).__name__
    face = tokenizer_for_size(found[0], what)
    if face is None:
        error = missing(what)
        name = namespace.name_of(model, default="model")
        raise NoTokenizer(
            error.message,
            hint=f"show({name}, tokenizer), or session = ModelSession.watch({name}, tokenizer).",
            **error.values,
        )
    return getattr(face, "tokenizer", face)


def _no_tokenizer(tokenizer: Any, what: str) -> None:
    if tokenizer is not None:
        msg = f"{what} takes no tokenizer."
        raise InvalidValue(msg, hint="Leave it away.", name="tokenizer", value=str(tokenizer)[:60], allowed="none")
