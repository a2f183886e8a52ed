"""Pieces of an insights report: which days, which objects, which fields, and how they become parameters.

Belongs here: pure planning. Does not belong here: calls (`insights.py`, `jobs.py`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from adtrack_pipeline.platforms.base import Report
from adtrack_pipeline.platforms.meta.config import MetaConfig
from adtrack_pipeline.platforms.meta.fields import AD_STATUSES, HOURLY_BREAKDOWN, REPORT_FIELDS, REPORT_LEVEL

CHUNK_DAYS = 7
"""Days of one request in a long window: several are in flight at once, and each has few half-empty pages."""


@dataclass(frozen=True)
class Slice:
    """One request's worth of a report; `level` and `ids` narrow it to some campaigns, ad sets or ads.

    `by_fields`: it is as small as can be and still fails, so its fields are read apart.
    """

    report: Report
    since: date
    until: date
    fields: tuple[str, ...]
    level: str | None = None
    ids: tuple[str, ...] = ()
    by_fields: bool = False

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.until - self.since).days + 1

    def halves(self) -> list["Slice"]:
        """The newer and the older half of its days (it has two at least)."""
        middle = self.since + timedelta(days=(self.days - 1) // 2)
        return [replace(self, since=middle + timedelta(days=1)), replace(self, until=middle)]

    def key(self, account_id: str, config: MetaConfig) -> str:
        """The same text for the same request of the same account, whichever process asks."""
        asked = json.dumps([account_id, self.report, config.version, parameters(self, config)], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()[:40]


def plan(report: Report, since: date, until: date, chunk_days: int = CHUNK_DAYS) -> list[Slice]:
    """Cut a window into requests, newest first.

    Hourly: one day each, since Meta adds up the same hour of different days.
    """
    size = 1 if report is Report.HOURLY else chunk_days
    pieces = []
    while since <= until:
        start = max(since, until - timedelta(days=size - 1))
        pieces.append(Slice(report, start, until, REPORT_FIELDS[report]))
        until = start - timedelta(days=1)
    return pieces


def parameters(part: Slice, config: MetaConfig) -> dict[str, str]:
    """The request's parameters without its limit."""
    days = {"since": part.since.isoformat(), "until": part.until.isoformat()}
    params = {
        "level": REPORT_LEVEL[part.report],
        "fields": ",".join(part.fields),
        "time_range": json.dumps(days),
        "time_increment": "1",
    }
    filters = filtering(part)
    if filters:
        params["filtering"] = json.dumps(filters)
    if "actions" in part.fields or "action_values" in part.fields:
        params["action_attribution_windows"] = json.dumps(config.attribution_windows)
    if part.report is Report.HOURLY:
        params["breakdowns"] = HOURLY_BREAKDOWN
    return params


def filtering(part: Slice) -> list[dict[str, object]]:
    """Every status of ads named, or archived and deleted ads would be missing; split parts need it as well.

    An account's own totals hold all ads already, also those Meta has deleted for good: no filter there.
    """
    filters: list[dict[str, object]] = []
    if part.report is not Report.ACCOUNT_DAILY:
        filters.append({"field": "ad.effective_status", "operator": "IN", "value": list(AD_STATUSES)})
    if part.level is not None:
        filters.append({"field": f"{part.level}.id", "operator": "IN", "value": list(part.ids)})
    return filters


def discovery(part: Slice, level: str) -> dict[str, str]:
    """Parameters that list which campaigns, ad sets or ads have rows in a slice: no breakdowns, no metrics."""
    days = {"since": part.since.isoformat(), "until": part.until.isoformat()}
    return {
        "level": level,
        "fields": f"{level}_id",
        "time_range": json.dumps(days),
        "filtering": json.dumps(filtering(part)),
    }


def groups(part: Slice, level: str, ids: Sequence[str], parts: int = 4) -> list[Slice]:
    """The slice narrowed to objects, in a few groups of even size."""
    size = max(1, -(-len(ids) // parts))
    return [replace(part, level=level, ids=tuple(ids[start : start + size])) for start in range(0, len(ids), size)]
