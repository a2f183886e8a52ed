"""The channel: one letter per batch, to the same people."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError
from adtrack_pipeline.notify.channels.mail.letter import write_letter
from adtrack_pipeline.notify.channels.mail.smtp import Server
from adtrack_pipeline.notify.channels.message import Message

SECONDS = 30.0
ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


class EmailChannel:
    """One mail server and its recipients."""

    kind = "email"
    for_people = True
    in_flight = 1
    batch = 2_000

    def __init__(self, name: str, smtp: SecretStr, to: Sequence[str], *, sender: str | None = None) -> None:
        self.name = name
        self._server = Server.parse(smtp, channel=name)
        self._to = [_address(one, name, "to") for one in to]
        if not self._to:
            raise ChannelError(f"Channel {name}: to must name at least one address.")
        login = self._server.user or ""
        default = login if ADDRESS.fullmatch(login) else f"adtrack@{self._to[0].rsplit('@', 1)[1]}"
        self._sender = _address(sender or default, name, "from")

    async def send(self, messages: Sequence[Message]) -> None:
        """One letter about all of them."""
        try:
            await asyncio.wait_for(asyncio.to_thread(self._send, messages), SECONDS)
        except TimeoutError as error:
            raise RefusedError(f"{self._server.host} took longer than {SECONDS:.0f} s.") from error

    def _send(self, messages: Sequence[Message]) -> None:
        letter = write_letter(messages, sender=self._sender, to=self._to, at=datetime.now(UTC))
        self._server.send(letter, self._sender, self._to)

    async def close(self) -> None:
        """Nothing is kept open."""


def _address(text: str, channel: str, key: str) -> str:
    if not ADDRESS.fullmatch(text.strip()):
        raise ChannelError(f"Channel {channel}: {key} holds {text.strip()!r}, which is no e-mail address.")
    return text.strip()
