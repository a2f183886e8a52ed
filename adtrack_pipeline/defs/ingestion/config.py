"""What a run may ask of ingestion, and which days that means. Pure.

Does not belong here: secrets. Run config is shown in the UI and kept for ever.
"""

from datetime import date

import dagster as dg
from pydantic import Field


class ObjectsConfig(dg.Config):
    """Config of the op `objects`."""

    accounts: list[str] = Field(default=[], description="Only these ad account ids; empty: all.")
    full: bool = Field(default=False, description="Read full lists instead of what changed since the last read.")


class InsightsConfig(dg.Config):
    """Config of the op `insights`. Without `since` and `due` the run's partitions say which days to read."""

    accounts: list[str] = Field(default=[], description="Only these ad account ids; empty: all.")
    since: str | None = Field(
        default=None, description="First account-local day (YYYY-MM-DD), instead of partitions."
    )
    until: str | None = Field(default=None, description="Last account-local day; default: today.")
    due: bool = Field(
        default=False,
        description="Read what is due per account: today, yesterday, and days of its first window never read.",
    )


def asked_days(config: InsightsConfig, partitions: dg.PartitionKeyRange | None) -> tuple[date | None, date | None]:
    """First and last day to read; (None, None) leaves it to what is due per account.

    Raises:
        dagster.Failure: when a day in the config is no day.
    """
    if config.since:
        return _day(config.since), _day(config.until) if config.until else None
    if config.due or partitions is None:
        return None, None
    return date.fromisoformat(partitions.start), date.fromisoformat(partitions.end)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise dg.Failure(f"{text!r} is no day; write it as 2026-03-08.", allow_retries=False) from None
