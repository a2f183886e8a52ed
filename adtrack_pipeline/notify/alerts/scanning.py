"""One scan applied to the alerts there are, in one transaction: all of it happens or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg

from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.notify.alerts import store
from adtrack_pipeline.notify.alerts.announcing import announcements
from adtrack_pipeline.notify.alerts.changes import AlertChanges
from adtrack_pipeline.notify.alerts.explaining import LONGEST_LINGER
from adtrack_pipeline.notify.alerts.grouping import with_parents
from adtrack_pipeline.notify.alerts.objects import StoredParents
from adtrack_pipeline.notify.alerts.options import AlertOptions
from adtrack_pipeline.notify.alerts.rows import worst_of_each
from adtrack_pipeline.notify.alerts.silences import silences_at
from adtrack_pipeline.notify.alerts.telling import Decision, decide, is_snoozed
from adtrack_pipeline.notify.outbox import append

Connection = psycopg.Connection[Any]


def apply_scan(
    conn: Connection, scan: Scan, conditions: Sequence[Condition], options: AlertOptions | None = None
) -> AlertChanges:
    """Open, go on with, escalate and resolve alerts, and write the events of what is worth telling.

    Alerts of `scan.source` in `scan.accounts` whose key is not among the conditions have ended (after the patience
    of the source). Alerts without an account (of the pipeline itself) end only if `PIPELINE_ACCOUNT` is among the
    accounts. Conditions of other accounts are taken too; silence about those accounts means nothing.

    Args:
        conn: in autocommit mode or not; inside an open transaction, that one decides.
        scan: who looked at what and when. Scans of one source are expected in the order of their `at`.
        conditions: what holds now; of several with one key the most severe counts.
        options: `alert_options(settings)`; None: the defaults.

    Raises:
        psycopg.Error: nothing was changed.
    """
    options = options or AlertOptions()
    with conn.transaction():
        store.lock_alerts(conn)
        groups = store.open_groups(conn, scan.source)
        held = with_parents(worst_of_each(conditions), groups, StoredParents(conn), options)
        ids = store.put_conditions(conn, scan, held, options)
        ended = store.end_missing(conn, scan, held, options)
        accounts = scan.accounts | {condition.subject.account_id or "" for condition in held}
        alerts = store.read_alerts(conn, accounts, ended, scan.at - LONGEST_LINGER)
        by_key = {condition.key: condition for condition in held}
        decisions = decide(alerts, by_key, ended, silences_at(conn, scan.at), scan.at, options)
        events = announcements(decisions, by_key, scan.at, options.project_id)
        store.write_decisions(conn, decisions, frozenset(event.alert_id for event in events), scan.at)
        written = append(conn, events)
    return _changes(ids, ended, decisions, scan, written)


def _changes(
    ids: Mapping[str, tuple[int, ...]],
    ended: Sequence[int],
    decisions: Iterable[Decision],
    scan: Scan,
    events: int,
) -> AlertChanges:
    made = list(decisions)
    return AlertChanges(
        opened=ids.get("opened", ()),
        reopened=ids.get("reopened", ()),
        updated=ids.get("updated", ()),
        resolved=tuple(ended),
        suppressed=tuple(
            decision.alert_id
            for decision in made
            if decision.alert.is_live
            and (decision.suppressed_by or decision.silenced_by or is_snoozed(decision.alert, scan.at))
        ),
        told=tuple((decision.alert_id, decision.change) for decision in made if decision.change),
        events=events,
    )
