"""How a text is put to a server: as a prompt that it completes, or as a message that it replies to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.errors import NotOffered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.engines.api.servers import Endpoint, Server
    from llmwidgets.tokenizers.base import BaseTokenizer


class Prompts:
    """Makes requests of a text's ids. `takes_ids`: the server gets the ids themselves; `system`: what a chat begins with."""

    def __init__(
        self, server: Server, endpoint: Endpoint, face: BaseTokenizer, *, takes_ids: bool, system: str = ""
    ) -> None:
        self._server, self._endpoint, self._face = server, endpoint, face
        self._takes_ids, self._system = takes_ids, system

    def body(self, ids: Sequence[int], reply: int | None) -> dict[str, Any]:
        """What a request says of the text. From place `reply` on it is what a model wrote, which a chat has as its reply; None is nowhere.

        Raises NotOffered for a text that this server cannot be asked about.
        """
        if self._endpoint == "completions":
            return {"prompt": list(ids) if self._takes_ids else self._text(ids)}
        end = len(ids) if reply is None else min(reply, len(ids))
        messages = [{"role": "system", "content": self._system}] if self._system else []
        messages.append({"role": "user", "content": self._text(ids[:end])})
        if end == len(ids):
            return {"messages": messages}
        if self._server.continues is None:
            msg = f"{self._server.name}'s chat cannot go on from a reply that is begun: it tells only of what it writes itself."
            hint = "Look at the end of your message, or make the whole text one: session.restart(session.text)."
            raise NotOffered(msg, hint=hint, what="a reply begun", server=self._server.name, known="")
        messages.append({"role": "assistant", "content": self._text(ids[end:])})
        return {"messages": messages, **self._server.continues}

    def _text(self, ids: Sequence[int]) -> str:
        """What tokens spell, without special ones in front: a server puts its own there."""
        first = 0
        while first < len(ids) and self._face.is_special(ids[first]):
            first += 1
        raw = b"".join(self._face.token_bytes(token) for token in ids[first:])
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            msg = f"{self._server.name} takes a text, and this one ends inside a character."
            hint = "Look after the token that completes the character."
            raise NotOffered(msg, hint=hint, what="part of a character", server=self._server.name, known="") from None
