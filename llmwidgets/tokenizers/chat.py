"""A conversation as the text that the model sees, and which parts of it the chat template wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue, NoChatTemplate
from llmwidgets.tokenizers.checks import check_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_OWN = ("tokenize", "return_dict", "return_tensors", "conversation")


@dataclass(frozen=True)
class Chat:
    """The text of a conversation. `template` lists the spans (start, end), in characters, that the template put there."""

    text: str
    template: tuple[tuple[int, int], ...]

    def __repr__(self) -> str:
        written = sum(end - start for start, end in self.template)
        return f"Chat({len(self.text)} characters, {written} of them by the template: {self.text[:60]!r}…)"


def render(tokenizer: Any, name: str, messages: Any, *, add_generation_prompt: bool = True, **options: Any) -> Chat:
    """The messages by a transformers tokenizer's `apply_chat_template`, which gets the options.

    Raises InvalidValue for messages that are none or that the template refuses, NoChatTemplate where there is no template.
    """
    checked = check_messages(messages)
    if taken := next((option for option in _OWN if option in options), None):
        raise _refuse(taken, repr(options[taken]), "an option of the template: a chat is always given as text")
    if not getattr(tokenizer, "chat_template", None) and not options.get("chat_template"):
        raise NoChatTemplate(
            f"{name} has no chat template.",
            hint="Take an instruction-tuned model, set tokenizer.chat_template, or give chat_template=.",
            name=name,
        )

    def write(conversation: Sequence[dict[str, Any]]) -> str:
        return _applied(tokenizer, conversation, add_generation_prompt=add_generation_prompt, **options)

    text = check_text(write(checked))
    return Chat(text, tuple(_outside(len(text), _contents(text, checked, write))))


def check_messages(messages: Any) -> list[dict[str, Any]]:
    """The messages, if each is a dict with a `role` and a `content` that are strings. Else InvalidValue, which names the place."""
    if isinstance(messages, (str, bytes, Mapping)) or not hasattr(messages, "__iter__"):
        raise _refuse("messages", type(messages).__name__, "a list of dicts with role and content")
    checked = []
    for place, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise _refuse(f"messages[{place}]", type(message).__name__, "a dict with role and content")
        for key in ("role", "content"):
            if key not in message:
                raise _refuse(f"messages[{place}]", f"without {key!r}", "a dict with role and content")
            if not isinstance(message[key], str):
                raise _refuse(f"messages[{place}][{key!r}]", type(message[key]).__name__, "a str")
            check_text(message[key])
        checked.append(dict(message))
    if not checked:
        raise _refuse("messages", "an empty list", "at least one message")
    return checked


def _applied(tokenizer: Any, conversation: Sequence[dict[str, Any]], **options: Any) -> str:
    from jinja2 import TemplateError

    try:
        return str(tokenizer.apply_chat_template(list(conversation), tokenize=False, **options))
    except (TemplateError, ValueError, TypeError, KeyError, AttributeError) as error:
        said = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise InvalidValue(
            f"The chat template refuses these messages: {said}",
            hint="Give the roles and the order that this model was trained with: an optional system message, then user and "
            "assistant by turns.",
            name="messages",
            value=" ".join(str(message["role"]) for message in conversation)[:200],
            allowed="what the template takes",
        ) from error


def _contents(
    text: str, messages: Sequence[dict[str, Any]], write: Callable[[Sequence[dict[str, Any]]], str]
) -> list[tuple[int, int]]:
    """Where the contents stand in the text.

    The template writes once more around marks that no text has; what it writes between them must be what stands in the text
    between the contents. A template may treat blank contents in another way, so these are kept in a second try. If it
    looks into the contents, they are looked for one behind the other.
    """
    filled = [place for place, message in enumerate(messages) if message["content"]]
    for places in (filled, [place for place in filled if messages[place]["content"].strip()]):
        if (found := _by_marks(text, messages, places, write)) is not None:
            return found
    return _in_order(text, [message["content"] for message in messages])


def _by_marks(
    text: str,
    messages: Sequence[dict[str, Any]],
    places: Sequence[int],
    write: Callable[[Sequence[dict[str, Any]]], str],
) -> list[tuple[int, int]] | None:
    marks = {place: _mark(text, place) for place in places}
    try:
        skeleton = write(
            [message | ({"content": marks[place]} if place in marks else {}) for place, message in enumerate(messages)]
        )
    except InvalidValue:
        return None
    order = sorted((at, place) for place, mark in marks.items() if (at := skeleton.find(mark)) >= 0)
    if any(skeleton.count(mark) > 1 for mark in marks.values()):
        return None
    between, at = [], 0
    for start, place in order:
        between.append(skeleton[at:start])
        at = start + len(marks[place])
    between.append(skeleton[at:])
    return _fit(text, between, [_forms(messages[place]["content"]) for _, place in order])


def _fit(text: str, between: Sequence[str], forms: Sequence[Sequence[str]]) -> list[tuple[int, int]] | None:
    """Where the contents stand if the text is between[0], a form of the first content, between[1] and so on; None if it is not."""
    if not text.startswith(between[0]):
        return None
    reached: list[tuple[int, list[tuple[int, int]]]] = [(len(between[0]), [])]
    for written, choices in zip(between[1:], forms, strict=True):
        after: dict[int, list[tuple[int, int]]] = {}
        for at, spans in reached:
            for form in choices:
                if text.startswith(form + written, at):
                    after.setdefault(at + len(form) + len(written), [*spans, (at, at + len(form))])
        reached = list(after.items())
    return next((spans for at, spans in reached if at == len(text)), None)


def _in_order(text: str, contents: Iterable[str]) -> list[tuple[int, int]]:
    spans, at = [], 0
    for content in contents:
        found = next(((text.find(form, at), form) for form in _forms(content) if form and form in text[at:]), None)
        if found is not None:
            start, form = found
            at = start + len(form)
            spans.append((start, at))
    return spans


def _forms(content: str) -> list[str]:
    """A content as typed, and without the white space around it, which many templates strip."""
    return list(dict.fromkeys([content, content.strip(), content.rstrip(), content.lstrip()]))


def _mark(text: str, place: int) -> str:
    """A word that stands nowhere in the text, and that is part of no other mark."""
    size = 1
    while (mark := f"⟦{'x' * size}{place}⟧") in text:
        size += 1
    return mark


def _outside(length: int, spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    at = 0
    for start, end in spans:
        if start > at:
            yield at, start
        at = max(at, end)
    if at < length:
        yield at, length


def _refuse(name: str, value: str, allowed: str) -> InvalidValue:
    return InvalidValue(
        f"{name} cannot be {value}.", hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed
    )
