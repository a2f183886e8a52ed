"""One HTTP POST to an address a user gave: guarded, without redirects, with a time limit for the whole of it.

httpcore and not httpx: httpx logs whole URLs, and the URL of a Slack webhook is a secret. No redirect is followed
and no proxy variable is heard; either would lead around the guard.
"""

import asyncio
import email.utils
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import certifi
import httpcore

from adtrack_pipeline.notify.channels.errors import (
    ChannelError,
    DeliveryError,
    GoneError,
    RefusedError,
    UnavailableError,
)
from adtrack_pipeline.notify.channels.guard import PinnedBackend, Resolve, resolve

CONNECT_SECONDS = 10.0
LONGEST_ANSWER = 64 * 1024
THROTTLED = {429, 502, 503, 504}


@dataclass(frozen=True)
class Answer:
    """What came back: `status`, lower-case `headers`, at most 64 KiB of `body`."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Poster:
    """A small pool of connections to receivers."""

    def __init__(
        self, *, timeout: float, allow_private: bool = False, connections: int = 8, resolver: Resolve = resolve
    ) -> None:
        self._timeout = timeout
        self._backend = PinnedBackend(allow_private=allow_private, resolver=resolver)
        self._connections = connections
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST once.

        Raises:
            RefusedError: the connection broke or the time was up, so that nobody knows whether it arrived.
            UnavailableError: nobody answers there.
        """
        host = urlsplit(url).hostname or "the receiver"
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(url, body, headers)
        except DeliveryError:
            raise
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise RefusedError(f"{host} took longer than {self._timeout:.0f} s.") from error
        except httpcore.ConnectError as error:
            raise UnavailableError(f"{host} offers no connection that can be trusted.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise RefusedError(f"{host} broke off in the middle.") from error

    async def _exchange(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        pool = self._open()
        sent = {**headers, "Content-Length": str(len(body)), "User-Agent": "adtrack"}
        limits = {"connect": CONNECT_SECONDS, "read": self._timeout, "write": self._timeout, "pool": self._timeout}
        async with pool.stream(
            "POST", url, headers=list(sent.items()), content=body, extensions={"timeout": limits}
        ) as response:
            read = bytearray()
            async for chunk in response.aiter_stream():
                read += chunk
                if len(read) > LONGEST_ANSWER:
                    break
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, found, bytes(read[:LONGEST_ANSWER]))

    def _open(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=_trust(),
                max_connections=self._connections,
                keepalive_expiry=15.0,
                network_backend=self._backend,
            )
        return self._pool

    async def close(self) -> None:
        """Close the connections; the next post opens new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()


@cache
def _trust() -> ssl.SSLContext:
    """The system's authorities (a company may have added its own) and Mozilla's (a bare machine has none)."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def raise_for(answer: Answer, host: str) -> None:
    """Nothing for 2xx.

    Raises:
        GoneError: 410.
        UnavailableError: 429, 502, 503, 504: slow down, as long as Retry-After says.
        RefusedError: anything else, redirects too.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 410:
        raise GoneError(f"{host} answered 410 Gone: it does not want anything any more.")
    if status in THROTTLED:
        raise UnavailableError(f"{host} answered {status}.", retry_after=retry_after(answer.headers))
    if 300 <= status < 400:
        raise RefusedError(f"{host} answered {status}: redirects are not followed; configure the final address.")
    raise RefusedError(f"{host} answered {status}.")


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds asked for by Retry-After, a number or an HTTP date; None without one that makes sense."""
    text = headers.get("retry-after", "").strip()
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, at.timestamp() - (time.time() if now is None else now))


def checked_url(url: str, *, channel: str, key: str) -> str:
    """The URL, if it is one that can be posted to.

    Raises:
        ChannelError: it is not; the text holds no part of it beyond the host.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port)
    except ValueError:
        valid = False
    if not valid or parts.username or parts.password:
        raise ChannelError(
            f"Channel {channel}: {key} must be an address such as https://host/path, without a login."
        )
    return url
