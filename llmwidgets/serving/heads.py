"""How much the head of a request may take, and how long: it is read before anybody knows who sends it."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 65_536
"""Bytes of a request's first line and headers."""

HEAD_WITHIN = 20.0
"""Seconds within which they must have come."""


class BoundedHeads(HttpToolsProtocol):
    """Uvicorn's own, which has no such bounds: whoever sends without end would take all memory."""

    _within = False
    _size = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if not self._within:
            super().data_received(data)
            return
        self._size += len(data)
        super().data_received(data)
        if self._within and self._size > MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        """See httptools."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._end()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._within, self._size = True, 0
        if self._late is None:
            self._late = self.loop.call_later(HEAD_WITHIN, self._close)

    def _end(self) -> None:
        self._within = False
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()
