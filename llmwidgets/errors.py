"""Every error that llmwidgets raises on purpose.

It is raised in English. `str(error)`, and with it a traceback, is in the language of `llmwidgets.set_language`; a page shows it in the reader's.
"""

import re
import traceback


class LLMWidgetsError(Exception):
    """What happened, with which value, and what to do next.

    `message` and `hint` are English, and `code` and `values` the same in every language; `str(error)` is in the one of `set_language`.
    """

    code = "error"
    passing = False
    """Whether the same request may succeed later, so that asking again tries again."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        self.message = message
        self.hint = hint
        self.values = values
        super().__init__(f"{message} {hint}" if hint else message)

    def __str__(self) -> str:
        from llmwidgets.language import say

        return f"{say(self.message)} {say(self.hint)}" if self.hint else say(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.values)


def _rebuild(cls: type[LLMWidgetsError], message: str, hint: str, values: dict[str, object]) -> LLMWidgetsError:
    return cls(message, hint=hint, **values)


class ModelNotFound(LLMWidgetsError):
    """No model of this name on the hub, and no such folder here."""


class GatedModel(LLMWidgetsError):
    """The model exists, and its owner lets in only accounts that asked."""


class NoNetwork(LLMWidgetsError):
    """A file is needed that is not on this machine, and none of its sources could be reached."""


class DamagedFile(LLMWidgetsError):
    """A file is there, and is not what it should be: cut short, changed, or another file."""


class OutOfMemory(LLMWidgetsError):
    """The device has no room for the model or for the text's activations."""

    passing = True


class ModelFailed(LLMWidgetsError):
    """The model raised something of its own; it stands in `__cause__`."""

    passing = True


class TextTooLong(LLMWidgetsError):
    """The text has more tokens than the model's context."""


class EmptyText(LLMWidgetsError):
    """The text has no tokens, so nothing can be computed from it."""


class BadLogits(LLMWidgetsError):
    """The logits hold NaN or infinities where a number must be."""


class NotACausalModel(LLMWidgetsError):
    """The model does not predict a next token (an encoder, say)."""


class DoesNotWrite(NotACausalModel):
    """The model is an encoder: it fills places of a text, and writes nothing behind it."""


class NoMaskToken(LLMWidgetsError):
    """The model predicts masked tokens, and its tokenizer has no mask token."""


class SessionClosed(LLMWidgetsError):
    """The session was closed, and holds no model any more."""


class ModelNotCalled(LLMWidgetsError):
    """No call of the model was seen yet."""


class ModelGone(LLMWidgetsError):
    """The model was deleted; whoever showed it did not keep it alive."""


class ModelInTraining(LLMWidgetsError):
    """The model is in training mode, and who only watches it does not switch it."""

    passing = True


class Generating(LLMWidgetsError):
    """The text is being written by `generate` in a cell, and cannot be changed meanwhile."""

    passing = True


class Stopped(LLMWidgetsError):
    """The user stopped the work before its end."""


class InvalidValue(LLMWidgetsError, ValueError):
    """A value has the wrong type, range or size."""


class Ambiguous(InvalidValue):
    """Several things could be meant; the message names them, the hint says how to choose."""


class UnknownToken(InvalidValue):
    """An id is outside the vocabulary."""


class UnusedToken(InvalidValue):
    """An id lies within the vocabulary's range, and no token has it."""


class TooManyCharacters(InvalidValue):
    """A text is longer than what is done with it can take."""


class NoTokenizer(LLMWidgetsError):
    """No tokenizer was given, and none can be found from what was given."""


class NoChatTemplate(LLMWidgetsError):
    """The tokenizer has no template that makes a text of a conversation."""


class TokenizerFailed(LLMWidgetsError):
    """The tokenizer raised something of its own."""


class VocabulariesDiffer(LLMWidgetsError):
    """Two vocabularies share too little of what their models expect to be compared."""


class NotOffered(LLMWidgetsError):
    """What runs the model does not give this: a server without it, or a setting that the server does not know."""


class NotReturned(LLMWidgetsError):
    """A number depends on tokens that a server did not return."""


class NotRecorded(LLMWidgetsError):
    """A recording does not hold this: it was not there in the class, or not awaited."""


class KeyRefused(LLMWidgetsError):
    """The server refused the key, or has not seen one."""


class ServerUnreachable(LLMWidgetsError):
    """No server answered there, or not in time."""

    passing = True


class ServerFailed(LLMWidgetsError):
    """The server answered with an error of its own."""

    passing = True


class ServerBusy(LLMWidgetsError):
    """The server takes no more requests for now."""

    passing = True


class BadAnswer(LLMWidgetsError):
    """A server's answer is cut short, malformed, or of another thing than was asked."""

    passing = True


class TextEnded(LLMWidgetsError):
    """The model ended its text, so no token follows."""


class LimitReached(LLMWidgetsError):
    """The user's own limit on requests or spending is reached."""


class Outdated(LLMWidgetsError):
    """A request is about a text that is no longer there."""


class NotebookFailed(LLMWidgetsError):
    """A notebook that was to be made into a page could not be read or run."""


def in_words(error: Exception) -> LLMWidgetsError:
    """Any error as one of these: what it holds is let go."""
    # who shows it keeps it, whose frames would keep the model and what it computed
    traceback.clear_frames(error.__traceback__)
    if isinstance(error, LLMWidgetsError):
        return error
    what = f"{type(error).__name__}: {error}"
    failed = ModelFailed(
        f"The model failed: {what}", hint="The text is still there: change it or try again.", what=what
    )
    failed.__cause__ = error
    return failed
