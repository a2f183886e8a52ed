"""Signed webhooks as Standard Webhooks 1.0 says: https://www.standardwebhooks.com.

The body is at once a Standard Webhooks payload (`type`, `timestamp`, `data`) and a CloudEvent in JSON.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pydantic import SecretStr
from standardwebhooks import Webhook

from adtrack_pipeline.notify.channels.envelope import json_body
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.channels.guard import Resolve, resolve
from adtrack_pipeline.notify.channels.http import Poster, checked_url, raise_for
from adtrack_pipeline.notify.channels.message import Message

TIMEOUT_SECONDS = 20.0


class WebhookChannel:
    """One receiver; several streams may be under way at once."""

    kind = "webhook"
    for_people = False
    batch = 1

    def __init__(
        self,
        name: str,
        url: SecretStr,
        secret: SecretStr,
        *,
        allow_private: bool = False,
        timeout: float = TIMEOUT_SECONDS,
        in_flight: int = 8,
        resolver: Resolve = resolve,
    ) -> None:
        self.name = name
        self.in_flight = in_flight
        self._url = checked_url(url.get_secret_value(), channel=name, key="url")
        self._host = urlsplit(self._url).hostname or ""
        self._signer = signer(secret, channel=name)
        self._poster = Poster(
            timeout=timeout, allow_private=allow_private, connections=in_flight, resolver=resolver
        )

    async def send(self, messages: Sequence[Message]) -> None:
        """Post one event; `webhook-id` is the event's id, also when it is sent again."""
        [message] = messages
        body = json_body(message)
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.event_id, now, body.decode()),
        }
        raise_for(await self._poster.post(self._url, body, headers), self._host)

    async def close(self) -> None:
        """Close idle connections."""
        await self._poster.close()


def signer(secret: SecretStr, *, channel: str) -> Webhook:
    """The library's signer.

    Raises:
        ChannelError: the secret is none: `whsec_` and base64 of 24 to 64 bytes.
    """
    problem = ChannelError(f"Channel {channel}: secret must be whsec_ followed by base64 of 24 to 64 bytes.")
    try:
        made = Webhook(secret.get_secret_value())
    except Exception:
        raise problem from None
    if not 24 <= len(made._whsecret) <= 64:
        raise problem
    return made
