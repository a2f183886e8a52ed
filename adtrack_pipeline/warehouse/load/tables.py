"""Which columns of an insight row go into which table of `raw`, and how they are staged.

Belongs here: the map from `Report` to columns. The tables themselves are in `migrations/`; SQL that moves
rows is in `publish.py`. A new metric is one line here, one in the migration and one in `InsightRow`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from psycopg import sql

from adtrack_pipeline.platforms.base import InsightRow, Report

# The types rows are staged as: what Postgres checks while it copies, so that a bad row is found by itself.
# Building (and compressing) `jsonb` is the dearest part of a load: done here it overlaps with reading pages.
_TYPES = (
    {"date_day": "date", "hour": "smallint", "actions": "jsonb", "action_values": "jsonb"}
    | dict.fromkeys(("impressions", "clicks", "link_clicks", "outbound_clicks", "reach"), "bigint")
    | dict.fromkeys(("video_plays", "video_p25", "video_p50", "video_p75", "video_p100", "thruplays"), "bigint")
    | dict.fromkeys(("spend", "frequency", "video_avg_seconds"), "numeric")
)
_NEVER_NULL = ("date_day", "ad_id", "hour", "impressions", "clicks", "link_clicks", "outbound_clicks", "spend")
_COUNTS = ("impressions", "clicks", "link_clicks", "outbound_clicks", "spend")
_NAMES = ("campaign_id", "adset_id", "campaign_name", "adset_name", "ad_name", "currency")
REVISED = (*_COUNTS, "reach", "actions", "action_values")


@dataclass(frozen=True)
class InsightTable:
    """One insight table: `key` columns beside platform and account, and all `columns` that come from a row."""

    report: Report
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Key and values, in the order they are staged."""
        return self.key + self.values

    @cached_property
    def pick(self) -> Callable[[InsightRow], tuple[Any, ...]]:
        """Take this table's columns out of a row, in order."""
        return itemgetter(*(InsightRow._fields.index(name) for name in self.columns))

    @property
    def target(self) -> sql.Identifier:
        """The table in `raw`."""
        return sql.Identifier("raw", self.report.value)

    @property
    def staging(self) -> sql.Identifier:
        """This connection's own staging table: unlogged, invisible to others, gone with the connection."""
        return sql.Identifier("pg_temp", f"staged_{self.report.value}")

    @property
    def newest(self) -> sql.Identifier:
        """Beside the staging table: the last staged row of each key, narrow."""
        return sql.Identifier("pg_temp", f"newest_{self.report.value}")

    def staging_columns(self) -> sql.Composed:
        """Column definitions of the staging table. NaN and infinity are refused: one poisons every sum."""
        parts = []
        for name in self.columns:
            kind = _TYPES.get(name, "text")
            rule = " not null" if name in _NEVER_NULL else ""
            check = f" check ({name} < 'infinity'::numeric)" if kind == "numeric" else ""
            parts.append(sql.SQL(f"{name} {kind}{rule}{check}"))
        return sql.SQL(", ").join(parts)

    def key_columns(self) -> sql.Composed:
        """Column definitions of the key alone."""
        return sql.SQL(", ").join(sql.SQL(f"{name} {_TYPES.get(name, 'text')}") for name in self.key)

    def is_json(self, name: str) -> bool:
        """Whether a column holds a list of actions."""
        return _TYPES.get(name) == "jsonb"

    @cached_property
    def list_count(self) -> int:
        """How many lists of actions there are; they are the last columns."""
        return sum(map(self.is_json, self.columns))


TABLES = {
    Report.DAILY: InsightTable(
        Report.DAILY,
        ("date_day", "ad_id"),
        (
            *(*_NAMES, "objective", "optimization_goal", "attribution_setting"),
            *(*_COUNTS, "reach", "frequency"),
            *("video_plays", "video_p25", "video_p50", "video_p75", "video_p100", "thruplays"),
            *("video_avg_seconds", "actions", "action_values"),
        ),
    ),
    Report.HOURLY: InsightTable(Report.HOURLY, ("date_day", "ad_id", "hour"), (*_NAMES, *_COUNTS, "actions")),
    Report.ACCOUNT_DAILY: InsightTable(
        Report.ACCOUNT_DAILY,
        ("date_day",),
        ("currency", *_COUNTS, "reach", "frequency", "actions", "action_values"),
    ),
}
