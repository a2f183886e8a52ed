"""Small real pictures for creatives: 64 × 64 PNGs, behind links that expire as Meta's do."""

import struct
import zlib
from datetime import datetime
from functools import lru_cache

import numpy as np

SIZE = 64


class ExpiredLinkError(Exception):
    """The link's `oe` is in the past, or is no time."""


def check_link(expiry: str | None, now: datetime) -> None:
    """Check a link's hexadecimal expiry.

    Raises:
        ExpiredLinkError: as its name says.
    """
    try:
        until = int(expiry or "", 16)
    except ValueError:
        raise ExpiredLinkError from None
    if now.timestamp() >= until:
        raise ExpiredLinkError


@lru_cache(maxsize=2048)
def picture(creative_id: str) -> bytes:
    """A PNG whose colours follow from the creative's id: two colours in a diagonal pattern."""
    mark = zlib.crc32(creative_id.encode())
    dark = np.array([mark >> shift & 0x7F for shift in (0, 8, 16)], dtype=np.uint8)
    light = (dark + 110).astype(np.uint8)
    rows, columns = np.indices((SIZE, SIZE))
    stripe = ((rows + columns * (1 + mark % 3)) // (6 + mark % 7)) % 2
    pixels = np.where(stripe[:, :, None] == 1, dark, light).astype(np.uint8)
    lines = b"".join(b"\x00" + line.tobytes() for line in pixels)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(lines))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
