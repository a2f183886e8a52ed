"""Minor units to major units by Meta's own offset table: the one place where budgets are converted.

Belongs here: the table and the conversion. Meta's list of currencies without cents differs from ISO 4217
(COP, CRC, HUF, IDR and TWD have none here), so no library of ISO currencies will do. Insights money is in major
units already and never comes here.
"""

from decimal import Decimal
from typing import Any

from adtrack_pipeline.platforms.meta.values import BadValueError, decimal

OFFSET_ONE = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})
"""Currencies Meta counts in whole units; all others, also unknown ones, in hundredths (as Meta documents it)."""

NO_CAP = "922337203685478"
"""What Meta answers for a campaign spend cap that was removed."""


def offset(currency: str) -> int:
    """How many of Meta's minor units make one unit of a currency."""
    return 1 if currency in OFFSET_ONE else 100


def to_major(minor: Any, currency: str) -> str | None:
    """Minor units (text or number) as canonical decimal text in major units; None for none or nonsense.

    A value that is no number leaves the column empty and stays readable in the payload.
    """
    if minor is None or str(minor) == NO_CAP:
        return None
    try:
        amount = Decimal(decimal(minor, negative=True))
    except BadValueError:
        return None
    return decimal(amount / offset(currency), negative=True)


def budget(minor: Any, currency: str) -> str | None:
    """Like `to_major`; "0" means that the budget or cap does not sit on this level, so it is None."""
    major = to_major(minor, currency)
    return None if major == "0" else major
