"""NATS JetStream: one message per event, CloudEvents in binary mode, deduplicated by the event's id.

Streams are published side by side, one message of each in flight: order per campaign holds whatever happens to the
connection. Uses nothing that NATS 2.9 does not have.
"""

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.errors import Error, MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.config import STREAM
from adtrack_pipeline.notify.channels.envelope import binary
from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.message import Message

SUBJECTS = "events.>"
CONNECT_SECONDS = 5
PUBLISH_SECONDS = 5.0
DUPLICATE_SECONDS = 120.0
KEEP_SECONDS = 30 * 86_400.0
SCHEMES = {"nats", "tls", "ws", "wss"}


class NatsChannel:
    """One NATS server or cluster (addresses separated by commas)."""

    kind = "nats"
    for_people = False
    batch = 1
    in_flight = 500

    def __init__(self, name: str, url: SecretStr, *, stream: str = STREAM) -> None:
        self.name = name
        self._servers = [part.strip() for part in url.get_secret_value().split(",") if part.strip()]
        if not self._servers or any(urlsplit(one).scheme not in SCHEMES for one in self._servers):
            raise ChannelError(f"Channel {name}: url must be an address such as nats://user:password@host:4222.")
        self._stream = stream
        self._client: Client | None = None
        self._context: JetStreamContext | None = None
        self._connecting = asyncio.Lock()

    async def send(self, messages: Sequence[Message]) -> None:
        """Publish one event and wait for its acknowledgement; a repeat within two minutes is stored once."""
        [message] = messages
        headers, body = binary(message)
        headers["Nats-Msg-Id"] = message.event_id
        context = await self._connected()
        try:
            await context.publish(message.event["subject"], body, timeout=PUBLISH_SECONDS, headers=headers)
        except MaxPayloadError as error:
            raise RefusedError("The event is larger than this NATS server takes.", permanent=True) from error
        except NoStreamResponseError as error:
            await (
                self.close()
            )  # the stream was deleted, or the server lost it: made again with the next connection
            raise UnavailableError("NATS has no stream for these subjects now.") from error
        except APIError as error:
            raise UnavailableError(f"NATS did not store the event: error {error.err_code}.") from error
        except (Error, OSError, TimeoutError, json.JSONDecodeError) as error:
            raise UnavailableError("NATS did not acknowledge the event.") from error

    @property
    def _is_connected(self) -> bool:
        return self._context is not None and self._client is not None and self._client.is_connected

    async def _connected(self) -> JetStreamContext:
        if self._context is not None and self._is_connected:
            return self._context
        async with self._connecting:
            if not self._is_connected:
                await self.close()
                try:
                    self._client = await nats.connect(
                        self._servers,
                        name="adtrack",
                        connect_timeout=CONNECT_SECONDS,
                        allow_reconnect=False,
                        max_reconnect_attempts=1,
                        reconnect_time_wait=0.1,
                        error_cb=_quietly,
                    )
                    self._context = await self._with_stream(self._client)
                except (Error, APIError, OSError, TimeoutError) as error:
                    await self.close()
                    raise UnavailableError(f"NATS does not answer at {self._places}: {_reason(error)}.") from error
            assert self._context is not None
            return self._context

    async def _with_stream(self, client: Client) -> JetStreamContext:
        """The context, with the stream created if it is missing; one that exists is left as its owner made it."""
        context = client.jetstream(timeout=PUBLISH_SECONDS)
        try:
            await context.stream_info(self._stream)
        except NotFoundError:
            await context.add_stream(
                StreamConfig(
                    name=self._stream,
                    subjects=[SUBJECTS],
                    retention=RetentionPolicy.LIMITS,
                    storage=StorageType.FILE,
                    max_age=KEEP_SECONDS,
                    duplicate_window=DUPLICATE_SECONDS,
                )
            )
        return context

    @property
    def _places(self) -> str:
        """Hosts and ports without logins."""
        parts = [urlsplit(one) for one in self._servers]
        return ", ".join(f"{one.hostname}:{one.port or 4222}" for one in parts)

    async def close(self) -> None:
        """Close the connection."""
        client, self._client, self._context = self._client, None, None
        if client is not None and not client.is_closed:
            try:
                await asyncio.wait_for(client.close(), CONNECT_SECONDS)
            except (Error, OSError, TimeoutError):
                return


async def _quietly(_error: Exception) -> None:
    """The client's own log would hold addresses with logins."""


def _reason(error: BaseException) -> str:
    if isinstance(error, APIError):
        return f"the stream cannot be used (error {error.err_code})"
    return {"AuthorizationError": "login refused", "NoServersError": "no connection"}.get(
        type(error).__name__, "no connection"
    )
