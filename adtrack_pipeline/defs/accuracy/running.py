"""One hour of the accuracy assets: compare, pool, judge drift, tell.

Belongs here: the order, in one transaction. Does not belong here: any of the parts.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg

from adtrack_pipeline.defs.accuracy.comparing import Look, looking
from adtrack_pipeline.defs.accuracy.drifting import SOURCE, drift_conditions
from adtrack_pipeline.defs.accuracy.pairs import Rules, marts_are_built
from adtrack_pipeline.defs.accuracy.pooling import pool
from adtrack_pipeline.monitoring.condition import Scan
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT, AlertChanges, alert_options, apply_scan
from adtrack_pipeline.settings import Settings


@dataclass(frozen=True)
class Ran:
    """What an hour did.

    Attributes:
        look: what was compared.
        pooled: rows of accuracy, drift and ranking that changed.
        alerts: what became of alerts about models.
        is_drawn: whether this hour's run page has pictures: the first one of a day that pooled anything.
    """

    look: Look = field(default_factory=Look)
    pooled: int = 0
    alerts: AlertChanges = field(default_factory=AlertChanges)
    is_drawn: bool = False


def run_accuracy(
    conn: psycopg.Connection[Any], settings: Settings, now: datetime, run_id: str | None = None
) -> Ran:
    """Bring all tables of predictions up to date, all at once or not at all; before there are marts, nothing.

    `run_id`: the run whose page shows the pictures, if this is the hour that draws them.
    """
    if not marts_are_built(conn):
        return Ran()
    with looking(conn, now, Rules.of(settings)) as look:
        pooled = pool(conn, look.memory, now)
        day = date.fromisoformat(look.memory["pooled_until"])
        conditions = drift_conditions(conn, day, now)
        scan = Scan(SOURCE, frozenset({PIPELINE_ACCOUNT}), now)
        alerts = apply_scan(conn, scan, conditions, alert_options(settings))
        is_drawn = pooled > 0 and look.memory.get("drawn_on") != day.isoformat()
        if is_drawn:
            look.memory |= {"drawn_on": day.isoformat(), "drawn_in": run_id}
    return Ran(look, pooled, alerts, is_drawn)
