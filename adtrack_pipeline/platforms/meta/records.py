"""What the Meta client hands over beside the common words of `platforms.base`.

Belongs here: plain records and the one protocol callers implement. Does not belong here: any behaviour.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from adtrack_pipeline.platforms.base import Account, Activity, PlatformError, PlatformObject, RejectedRow


@dataclass(frozen=True)
class AccountsFound:
    """Accounts that can be read, and those asked for that cannot, with why (key: account id without `act_`)."""

    accounts: list[Account]
    failed: dict[str, PlatformError]


class ObjectsPage(NamedTuple):
    """One answer of an object list: objects, refused entries, the token-free body for the archive."""

    objects: list[PlatformObject]
    rejected: list[RejectedRow]
    body: bytes


class ActivitiesPage(NamedTuple):
    """One answer of the change log: entries, refused ones, the token-free body for the archive."""

    activities: list[Activity]
    rejected: list[RejectedRow]
    body: bytes


@dataclass(frozen=True)
class TokenInfo:
    """What Meta says of the token. `expires_at` is None for one without an end (or where Meta does not tell)."""

    is_valid: bool
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: tuple[str, ...]
    app_id: str | None


class JobStore(Protocol):
    """Where submitted report runs are remembered, so that after a crash they are read and not paid for again."""

    async def get(self, key: str) -> tuple[str, datetime] | None:
        """The report run submitted under this key and when that was, or None."""
        ...

    async def put(self, key: str, account_id: str, report_run_id: str) -> None:
        """Remember a submitted report run, replacing an older one of the same key."""
        ...

    async def drop(self, key: str) -> None:
        """Forget a report run that was read or has failed."""
        ...
