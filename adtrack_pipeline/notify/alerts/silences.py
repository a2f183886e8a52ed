"""Silences that people asked for: which alerts they cover. Matching is pure; reading them is one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from adtrack_pipeline.notify.alerts.rows import Alert


@dataclass(frozen=True)
class Silence:
    """Covers alerts that have every value given here; None matches anything."""

    silence_id: int
    platform: str | None = None
    account_id: str | None = None
    campaign_id: str | None = None
    object_id: str | None = None
    alert_type: str | None = None

    def covers(self, alert: Alert) -> bool:
        """Whether the alert is not to be told."""
        return all(
            wanted is None or wanted == actual
            for wanted, actual in (
                (self.platform, alert.platform),
                (self.account_id, alert.account_id),
                (self.campaign_id, alert.campaign_id),
                (self.object_id, alert.object_id),
                (self.alert_type, alert.alert_type),
            )
        )


def silences_at(conn: psycopg.Connection[Any], at: datetime) -> list[Silence]:
    """The silences that hold at an instant."""
    with conn.cursor(row_factory=class_row(Silence)) as cursor:
        return cursor.execute(
            "select silence_id, platform, account_id, campaign_id, object_id, alert_type"
            " from ops.alert_silences where starts_at <= %(at)s and until_at > %(at)s order by silence_id",
            {"at": at},
        ).fetchall()


def covering(alert: Alert, silences: Sequence[Silence]) -> int | None:
    """The id of the first silence that covers the alert."""
    return next((silence.silence_id for silence in silences if silence.covers(alert)), None)
