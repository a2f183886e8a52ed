"""How the Meta client is set up: where, which version, which secrets, how patient.

Belongs here: plain settings with their defaults. Does not belong here: field lists (`fields.py`), the table of
error codes (`errors.py`), reading the environment (`adtrack_pipeline.settings`).
"""

import asyncio
import hashlib
import hmac
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

DEAD_WINDOWS = frozenset({"7d_view", "28d_view"})
"""Attribution windows Meta accepts but answers with silence since 2026-01-12."""


@dataclass(frozen=True)
class Timing:
    """How long the client waits, in seconds, and with which clock; tests inject both."""

    backoff_base: float = 1.0
    backoff_cap: float = 60.0
    tries: int = 6
    wait_deadline: float = 900.0
    """How long one piece of work may wait for quota in all, before it is given up as deferred."""
    default_block: float = 300.0
    """Pause at 95 % of the quota when no header says how long."""
    slow_down: float = 4.0
    """Largest pause between two calls of an account while its quota is between 75 % and 95 %."""
    poll_first: float = 2.0
    poll_cap: float = 30.0
    job_deadline: float = 3600.0
    job_resume_age: float = 3600.0
    """A report run older than this is not read after a crash: its numbers would be stale."""
    connect_timeout: float = 15.0
    read_timeout: float = 120.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True)
class MetaConfig:
    """Everything a `MetaClient` needs to know.

    `base_url` is Meta's, or that of a gateway or sandbox; no other host ever sees the token.

    Raises:
        ValueError: with one sentence, for an attribution window that Meta no longer answers, or a base URL
            that is none.
    """

    base_url: str
    version: str
    token: SecretStr = field(repr=False)
    app_secret: SecretStr | None = field(default=None, repr=False)
    page_size: int = 500
    attribution_windows: tuple[str, ...] = ("1d_click", "7d_click", "28d_click", "1d_view")
    max_calls: int = 16
    max_calls_per_account: int = 4
    max_jobs_per_account: int = 20
    prefetch_pages: int = 2
    sync_max_rows: int = 30_000
    """Windows expected to hold more rows than this are read by async report runs (mode auto)."""
    job_rows: int = 20_000
    """Rows a report run should hold: a run that fails costs that much, and several work side by side."""
    timing: Timing = Timing()

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or " " in self.base_url:
            raise ValueError(f"The Graph API's address must look like https://host, not {self.base_url!r}.")
        dead = DEAD_WINDOWS.intersection(self.attribution_windows)
        if dead:
            raise ValueError(f"The attribution window {min(dead)} returns nothing since 2026-01-12; leave it out.")

    def proof(self) -> str | None:
        """Meta's `appsecret_proof` (hex HMAC-SHA256 of the token), or None without an app secret."""
        if self.app_secret is None:
            return None
        secret = self.app_secret.get_secret_value().encode()
        return hmac.new(secret, self.token.get_secret_value().encode(), hashlib.sha256).hexdigest()
