"""Alerts nobody looks at any more: of an account that was disconnected, or of a source that was switched off."""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from adtrack_pipeline.notify.alerts import store
from adtrack_pipeline.notify.alerts.announcing import announcements
from adtrack_pipeline.notify.alerts.options import AlertOptions
from adtrack_pipeline.notify.alerts.telling import decide
from adtrack_pipeline.notify.outbox import append

UNWATCHED = timedelta(days=7)


def expire_unwatched(
    conn: psycopg.Connection[Any], at: datetime, options: AlertOptions, after: timedelta = UNWATCHED
) -> list[int]:
    """Resolve alerts that no scan has seen or missed for so long, and tell whoever was told of them; returns ids.

    One transaction. Scans that look at an account either see its alerts or end them, so these are left over.
    """
    with conn.transaction():
        store.lock_alerts(conn)
        ended = store.end_unwatched(conn, at, at - after)
        if not ended:
            return []
        alerts = store.read_alerts(conn, (), ended, at)
        decisions = decide([alert for alert in alerts if not alert.is_live], {}, ended, (), at, options)
        events = announcements(decisions, {}, at, options.project_id)
        store.write_decisions(conn, decisions, frozenset(event.alert_id for event in events), at)
        append(conn, events)
    return ended
