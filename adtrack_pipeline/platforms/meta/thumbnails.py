"""Downloading thumbnails: links in data we did not write, so guarded in every direction.

Belongs here: the guards and the download. Does not belong here: storing the bytes.
Only images, at most 1 MB, over https, from public addresses; the API's own host is trusted as it is configured.
No token is ever sent. A link that leads to no picture is no error: None. A host that does not answer is one.
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from functools import cached_property

import httpx

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta.config import MetaConfig
from adtrack_pipeline.platforms.meta.transport import tls_context

MAX_BYTES = 1_000_000
SECONDS = 15.0
MAX_REDIRECTS = 3
GIVE_UP_AFTER = 3
"""Failures after which a host is not asked any more by this client."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _NotAllowedError(Exception):
    """The link is refused, or its answer is no usable image."""


class Thumbnails:
    """Fetches images with a client of its own, which knows no token."""

    def __init__(self, config: MetaConfig, at_once: int = 8) -> None:
        self._trusted = httpx.URL(config.base_url).host
        self._failures: Counter[str] = Counter()
        self._gate = asyncio.Semaphore(at_once)

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        """Made when the first picture is asked for: most syncs ask for none."""
        return httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, verify=tls_context())

    async def aclose(self) -> None:
        """Close all connections."""
        if "_http" in vars(self):
            await self._http.aclose()

    async def fetch(self, link: str) -> tuple[bytes, str] | None:
        """The image behind a link and its media type; None when there is none to be had.

        Raises:
            PlatformError: of class RETRY when the host does not answer as it should now.
        """
        try:
            host = httpx.URL(link).host
        except (httpx.InvalidURL, ValueError):
            return None
        if self._failures[host] >= GIVE_UP_AFTER:
            raise _no_answer(host)
        try:
            async with self._gate, asyncio.timeout(SECONDS):
                image = await self._follow(link)
        except _NotAllowedError:
            return None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):  # TimeoutError is an OSError
            self._failures[host] += 1
            raise _no_answer(host) from None
        self._failures[host] = 0
        return image

    async def _follow(self, link: str) -> tuple[bytes, str]:
        for _ in range(MAX_REDIRECTS + 1):
            found = await self._get(httpx.URL(link))
            if isinstance(found, tuple):
                return found
            link = str(httpx.URL(link).join(found))
        raise _NotAllowedError("too many redirects")

    async def _get(self, url: httpx.URL) -> tuple[bytes, str] | str:
        """An image, or the location of a redirect."""
        target, extensions = await self._checked(url)
        request = self._http.build_request(
            "GET", target, headers={"Host": url.netloc.decode(), "Accept": "image/*"}, extensions=extensions
        )
        response = await self._http.send(request, stream=True)
        try:
            if response.status_code in _REDIRECTS:
                return str(response.headers.get("location", ""))
            if response.status_code >= 500:
                raise httpx.RemoteProtocolError("server error")
            media = response.headers.get("content-type", "").split(";")[0].strip().lower()
            if response.status_code != 200 or not media.startswith("image/"):
                raise _NotAllowedError("no image")
            return await _bounded(response), media
        finally:
            await response.aclose()

    async def _checked(self, url: httpx.URL) -> tuple[httpx.URL, dict[str, str]]:
        """The URL to connect to: for foreign hosts the very address that was checked, not a second look-up."""
        if url.host == self._trusted and url.scheme in {"http", "https"}:
            return url, {}
        if url.scheme != "https" or not url.host:
            raise _NotAllowedError("not https")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
        addresses = [entry[4][0] for entry in found]
        if not addresses or not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise _NotAllowedError("not a public address")
        return url.copy_with(host=str(addresses[0])), {"sni_hostname": url.host}


def _no_answer(host: str) -> PlatformError:
    return PlatformError(f"{host} does not answer for a thumbnail.", error_class=ErrorClass.RETRY)


async def _bounded(response: httpx.Response) -> bytes:
    if int(response.headers.get("content-length") or 0) > MAX_BYTES:
        raise _NotAllowedError("too large")
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MAX_BYTES:
            raise _NotAllowedError("too large")
    if not body:
        raise _NotAllowedError("empty")
    return bytes(body)
