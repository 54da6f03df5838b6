"""Which models of the notebook's variables can be watched, each with the tokenizer that fits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmwidgets import namespace
from llmwidgets.errors import Ambiguous, InvalidValue, NoTokenizer
from llmwidgets.finding import Known, variables_with_tokenizers
from llmwidgets.tokenizers.face import is_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

LOAD = "model = AutoModelForCausalLM.from_pretrained(...)"


@dataclass(frozen=True, eq=False)
class Pair:
    """A model and its tokenizer, each with the name by which a cell reaches it."""

    model_name: str
    model: Any
    tokenizer_name: str
    tokenizer: Any

    @property
    def line(self) -> str:
        """What watches it."""
        return f"%llm_watch {self.model_name} {self.tokenizer_name}"

    def __str__(self) -> str:
        """What they are, for a reader."""
        return f"{described(self.model)}; {type(self.tokenizer).__name__}"


def pairs() -> list[Pair]:
    """Every model of the variables with each tokenizer that fits it; of a model and what is wrapped around it, the outermost."""
    return [
        Pair(name, model, known.name, known.face.tokenizer)
        for name, model in _outermost().items()
        for known in _fitting(model)
    ]


def pair_of(model: str | None = None, tokenizer: str | None = None) -> Pair:
    """The model and the tokenizer of these names or expressions, in either order; the ones that fit where a name is left out.

    A transformers pipeline is its model and its tokenizer. Raises InvalidValue, Ambiguous, NoTokenizer.
    """
    if model is None:
        return _only(pairs(), "model")
    found = value_of(model)
    if tokenizer is not None:
        other = value_of(tokenizer)
        if is_tokenizer(found) and namespace.is_model(other):
            model, found, tokenizer, other = tokenizer, other, model, found
        return Pair(model, _checked(model, found), tokenizer, _checked_tokenizer(tokenizer, other))
    if namespace.is_model(getattr(found, "model", None)) and is_tokenizer(getattr(found, "tokenizer", None)):
        return Pair(f"{model}.model", found.model, f"{model}.tokenizer", found.tokenizer)
    _checked(model, found)
    return _only([Pair(model, found, known.name, known.face.tokenizer) for known in _fitting(found)], model)


def lack() -> str:
    """What is missing where there is no pair, and what to do."""
    models, tokenizers = _outermost(), variables_with_tokenizers()
    if not models:
        return f"There is no model in your variables yet. Load one with its tokenizer ({LOAD}), then: %llm_watch model tokenizer"
    name, model = next(iter(models.items()))
    if not tokenizers:
        return (
            f"{name} ({described(model)}) has no tokenizer in your variables yet. Load it "
            f"(tokenizer = AutoTokenizer.from_pretrained({name}.config.name_or_path)), then: %llm_watch {name} tokenizer"
        )
    size = (namespace.sizes(model) or (0, 0))[0]
    listed = ", ".join(map(str, tokenizers))
    return f"No tokenizer fits {name}, which has {size:,} tokens: {listed}. If one is meant all the same: %llm_watch {name} {tokenizers[0].name}"


def described(model: Any) -> str:
    """LlamaForCausalLM, 135 M parameters on cpu."""
    inner = namespace.unwrapped(model)
    kinds = type(model).__name__ if inner is model else f"{type(model).__name__} of {type(inner).__name__}"
    parameters = list(inner.parameters()) if hasattr(inner, "parameters") else []
    if not parameters:
        return kinds
    count = sum(parameter.numel() for parameter in parameters)
    return (
        f"{kinds}, {count / 1e6:,.0f} M parameters on {parameters[0].device}"
        if count >= 5e5
        else f"{kinds}, {count:,} parameters on {parameters[0].device}"
    )


def _outermost() -> dict[str, Any]:
    """Of the variables that lead to one model, the one that wraps it the most: its calls are seen with those of what it wraps."""
    chosen: dict[int, str] = {}
    found = namespace.models()
    for name, model in found.items():
        inner = namespace.unwrapped(model)
        if id(inner) not in chosen or found[chosen[id(inner)]] is inner:
            if id(inner) in chosen and model is inner:
                continue  # a second name of the same
            chosen[id(inner)] = name
    return {name: found[name] for name in chosen.values()}


def _fitting(model: Any) -> list[Known]:
    """The tokenizers of the variables that have as many tokens as the model, else those that fit a padded one."""
    size = (namespace.sizes(model) or (0, 0))[0]
    known = variables_with_tokenizers()
    return [each for each in known if each.vocabulary == size] or [each for each in known if each.fits(size)]


def _only(found: Sequence[Pair], what: str) -> Pair:
    if not found:
        raise (
            NoTokenizer(lack())
            if namespace.models()
            else InvalidValue(lack(), name="model", value="none", allowed="a model")
        )
    if len(found) > 1:
        listed = ", ".join(f"{pair.model_name} with {pair.tokenizer_name}" for pair in found)
        hint = "Name them: " + " or ".join(pair.line for pair in found)
        raise Ambiguous(f"Several could be watched: {listed}.", hint=hint, name=what, value=listed, allowed="one")
    return found[0]


def value_of(name: str) -> Any:
    """What a variable holds, or an expression such as `pipe.model` gives."""
    from difflib import get_close_matches

    shell = namespace.shell()
    try:
        return shell.ev(name)
    except Exception as error:
        meant = get_close_matches(name, [*namespace.models(), *namespace.tokenizers()], n=1)
        known = ", ".join([*namespace.models(), *namespace.tokenizers()])
        hint = f"Did you mean {meant[0]}?" if meant else f"There are {known}." if known else "Load a model first."
        msg = f"There is no {name!r} here."
        raise InvalidValue(msg, hint=hint, name="name", value=name, allowed=known or "none yet") from error


def _checked(name: str, model: Any) -> Any:
    if namespace.is_model(model):
        return model
    msg = f"{name} is a {type(model).__name__}, not a language model."
    raise InvalidValue(msg, hint="%llm_watch model tokenizer", name="model", value=name, allowed="a model")


def _checked_tokenizer(name: str, tokenizer: Any) -> Any:
    if is_tokenizer(tokenizer) or isinstance(tokenizer, str):
        return tokenizer
    msg = f"{name} is a {type(tokenizer).__name__}, not a tokenizer."
    raise InvalidValue(msg, hint="%llm_watch model tokenizer", name="tokenizer", value=name, allowed="a tokenizer")
