"""Short ways to write insight rows and to read everything a client yields."""

from datetime import date
from typing import Any

from adtrack_pipeline.platforms.base import (
    Account,
    CallStats,
    InsightRow,
    ObjectKind,
    PlatformObject,
    RejectedRow,
    Report,
)
from adtrack_pipeline.platforms.meta import MetaClient

DAY = date(2026, 11, 1)
INSIGHTS = "/act_1/insights"


def row(ad_id: str = "11", day: date = DAY, **values: Any) -> dict[str, Any]:
    """One insight row as Meta would write it; None takes a key away."""
    base = {
        "account_id": "1", "account_currency": "USD", "campaign_id": "c1", "adset_id": "s1", "ad_id": ad_id,
        "impressions": "100", "clicks": "5", "spend": "1.5", "date_start": day.isoformat(),
        "date_stop": day.isoformat(),
    }  # fmt: skip
    return {name: value for name, value in {**base, **values}.items() if value is not None}


class Reading:
    """What one read of insights gave."""

    def __init__(self) -> None:
        self.rows: list[InsightRow] = []
        self.rejected: list[RejectedRow] = []
        self.bodies: list[bytes] = []
        self.stats = CallStats()

    @property
    def ads(self) -> list[str]:
        return [one.ad_id for one in self.rows]

    @property
    def days(self) -> list[str]:
        return sorted({one.date_day for one in self.rows})


async def read_insights(
    client: MetaClient,
    account: Account,
    since: date = DAY,
    until: date | None = None,
    report: Report = Report.DAILY,
    **options: Any,
) -> Reading:
    reading = Reading()
    async for page in client.insights(account, report, since, until or since, stats=reading.stats, **options):
        reading.rows += page.rows
        reading.rejected += page.rejected
        reading.bodies.append(page.body)
    return reading


async def read_objects(
    client: MetaClient, account: Account, kind: ObjectKind, **options: Any
) -> tuple[list[PlatformObject], list[RejectedRow]]:
    objects: list[PlatformObject] = []
    rejected: list[RejectedRow] = []
    stats = options.pop("stats", CallStats())
    async for page in client.objects(account, kind, stats=stats, **options):
        objects += page.objects
        rejected += page.rejected
    return objects, rejected
