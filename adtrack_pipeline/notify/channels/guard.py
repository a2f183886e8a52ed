"""Where user-given addresses may lead.

A name is resolved once, every answer is judged, and one of the judged addresses is what the socket connects to:
resolving again for the connection would let a second answer differ.

Belongs here: judging and connecting. Does not belong here: HTTP (`http.py`).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from adtrack_pipeline.notify.channels.errors import RefusedError, UnavailableError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")


async def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host name as the system knows them; numeric hosts are their own."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is on the open internet, also when it is an IPv4 address in IPv6 clothes."""
    try:
        parsed: Address = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    return all(_is_public(one) for one in (parsed, *_inside(parsed)))


def _is_public(address: Address) -> bool:
    forbidden = (
        not address.is_global
        or address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    # Addresses that carry an IPv4 one are reserved themselves; what they carry is what counts.
    carries = isinstance(address, ipaddress.IPv6Address) and bool(_inside(address))
    return carries or not (forbidden or (address.version == 6 and address in _SITE_LOCAL))


def _inside(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64, compatible."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    found += list(address.teredo or ())
    number = int(address)
    if address in _NAT64 or (number >> 32 == 0 and number > 1):
        found.append(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def judge(host: str, addresses: Iterable[str], *, allow_private: bool) -> list[str]:
    """The addresses, if all of them may be connected to.

    Raises:
        RefusedError: one of them is not on the open internet (permanent).
        UnavailableError: the name has no address.
    """
    found = list(addresses)
    if not found:
        raise UnavailableError(f"{host} has no address.")
    bad = [one for one in found if not is_public(one)]
    if bad and not allow_private:
        raise RefusedError(
            f"{host} leads to {bad[0]}, which is not on the open internet; set allow_private: true for this "
            "channel if that is meant.",
            permanent=True,
        )
    return found


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were judged."""

    def __init__(self, *, allow_private: bool, resolver: Resolve = resolve) -> None:
        self._backend = httpcore.AnyIOBackend()
        self._allow_private = allow_private
        self._resolve = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, judge, and connect to the first address that answers."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise UnavailableError(f"{host} cannot be resolved.") from error
        failure: Exception | None = None
        for address in judge(host, addresses, allow_private=self._allow_private):
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise UnavailableError(f"{host} does not answer on port {port}.") from failure

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise RefusedError("A channel cannot lead to a socket file.", permanent=True)

    async def sleep(self, seconds: float) -> None:
        """As the pool asks."""
        await self._backend.sleep(seconds)
