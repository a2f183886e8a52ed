"""Uvicorn's HTTP protocol with its transport within reach, so that a connection can be broken on demand."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "adtrack.transport"


class BreakableProtocol(HttpToolsProtocol):
    """Puts the transport into the extensions of every request's scope."""

    transport: asyncio.Transport
    scope: Any

    def on_message_begin(self) -> None:
        """A new request on this connection."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}
