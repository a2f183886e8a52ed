"""What the warehouse knows of ad sets, campaigns and accounts: names, and how much is running in them."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from adtrack_pipeline.monitoring.condition import Level, Subject

_TABLES = {
    Level.AD: ("ads", "ad_id"),
    Level.ADSET: ("adsets", "adset_id"),
    Level.CAMPAIGN: ("campaigns", "campaign_id"),
    Level.ACCOUNT: ("accounts", "account_id"),
}
_NAMES = "select platform, {id}, name from raw.{table} where {id} = any(%s) and name is not null"
_ACTIVE = """
    select platform, {id}, count(*) from raw.{table}
    where {id} = any(%s) and effective_status = 'ACTIVE' and withdrawn_at is null
    group by platform, {id}
"""


class StoredParents:
    """Looks parents up in `raw`, all of a level with one query."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn

    def names(self, parents: Iterable[Subject]) -> dict[Subject, str]:
        """What they are called, as far as they were ever listed."""
        wanted = list(parents)
        levels = {parent.level for parent in wanted}
        return {parent: name for level in levels for parent, name in self._look_up(_NAMES, level, level, wanted)}

    def active(self, parents: Iterable[Subject], children: Level) -> dict[Subject, int]:
        """How many running objects of the level `children` each of them has; those without any are left out."""
        wanted = list(parents)
        levels = {parent.level for parent in wanted}
        return {parent: n for level in levels for parent, n in self._look_up(_ACTIVE, children, level, wanted)}

    def _look_up(
        self, query: str, table: Level, level: Level, wanted: Iterable[Subject]
    ) -> list[tuple[Subject, Any]]:
        """Rows of a table by the id of their object at a level."""
        subjects = {(subject.platform, subject.object_id): subject for subject in wanted if subject.level is level}
        statement = sql.SQL(query).format(
            table=sql.Identifier(_TABLES[table][0]), id=sql.Identifier(_TABLES[level][1])
        )
        found = self._conn.execute(statement, [[object_id for _, object_id in subjects]])
        return [
            (subjects[platform, object_id], value)
            for platform, object_id, value in found
            if (platform, object_id) in subjects
        ]
