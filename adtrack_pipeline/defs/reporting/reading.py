"""One account of the warehouse as the frames a report takes.

Reads only; marts that are not there yet are empty.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
from psycopg import sql

from adtrack_pipeline.defs.copying import copy_frame
from adtrack_pipeline.defs.reporting import queries
from adtrack_pipeline.defs.reporting.restatements import RESTATED
from adtrack_pipeline.monitoring.policies.judging.objectives import NOT_SELLING
from adtrack_pipeline.reporting.frames import (
    ACCURACY_COLUMNS,
    ALERT_COLUMNS,
    CREATIVE_COLUMNS,
    DAY_COLUMNS,
    FATIGUE_COLUMNS,
    FRESHNESS_COLUMNS,
    OBJECT_COLUMNS,
    RESTATED_COLUMNS,
    Account,
    AccountFrames,
    Pace,
    Picture,
    empty,
)

Connection = psycopg.Connection[Any]
_NUMBERS = {
    *("impressions", "clicks", "spend", "conversions", "revenue", "conversions_nowcast", "revenue_nowcast"),
    *("spend_yesterday", "recent_ctr", "best_ctr", "ctr_drop_pct", "frequency_recent", "days_since_onset"),
    *("money_at_stake", "failed_since_ok"),
}
_INSTANTS = ("began_at", "last_ok_at")
_DAY = timedelta(days=1)


def read_account(
    conn: Connection,
    platform: str,
    account_id: str,
    day: date,
    *,
    now: datetime,
    reporting_currency: str,
    paces: Sequence[Pace] = (),
    accuracy: pd.DataFrame | None = None,
) -> AccountFrames | None:
    """Everything a report about one account's day is made of; None for an account that was never listed.

    Args:
        conn: may read raw, marts and ops.
        platform: of the account.
        account_id: without act_.
        day: account-local.
        now: aware; of a day longer ago, alerts are those that were open a day after it.
        reporting_currency: what `rate` leads to.
        paces: of the account's budgets.
        accuracy: of its predictions, ACCURACY_COLUMNS.
    """
    wanted: dict[str, Any] = {
        "platform": platform,
        "account": account_id,
        "day": day,
        "not_selling": sorted(NOT_SELLING),
    }
    row = conn.execute(queries.ACCOUNT, wanted).fetchone()
    if row is None:
        return None
    account = Account(platform, account_id, *row)
    ends_at = datetime.combine(day + _DAY, datetime.min.time(), ZoneInfo(account.timezone or "UTC"))
    wanted["as_of"] = as_of = min(now, (ends_at + _DAY).astimezone(UTC))
    wanted["since"] = since = _one(conn, queries.LAST_BUILT, wanted)
    read_at = _one(conn, queries.READ_AT, wanted)
    return AccountFrames(
        account=account,
        day=day,
        as_of=as_of,
        is_read=read_at is not None and read_at >= ends_at,
        days=_days(_read(conn, "marts.account_metrics", queries.DAYS, wanted, DAY_COLUMNS)),
        campaigns=_read(conn, "marts.campaign_metrics", queries.CAMPAIGNS, wanted, OBJECT_COLUMNS),
        creatives=_read(conn, "marts.creative_metrics", queries.CREATIVES, wanted, CREATIVE_COLUMNS),
        fatigue=_read(conn, "marts.creative_fatigue", queries.FATIGUE, wanted, FATIGUE_COLUMNS),
        alerts=_read(conn, "marts.performance_alerts", queries.ALERTS, wanted, ALERT_COLUMNS),
        freshness=_read(conn, "ops.account_freshness", queries.FRESHNESS, wanted, FRESHNESS_COLUMNS),
        restated=_restated(conn, wanted),
        restated_since=since,
        accuracy=empty(ACCURACY_COLUMNS) if accuracy is None else accuracy,
        paces=paces,
        rate=_one(conn, queries.RATE, {"day": day, "currency": account.currency, "target": reporting_currency}),
    )


def read_model_alerts(conn: Connection, as_of: datetime) -> pd.DataFrame:
    """ALERT_COLUMNS of the models that predict."""
    return _read(conn, "marts.performance_alerts", queries.MODEL_ALERTS, {"as_of": as_of}, ALERT_COLUMNS)


def read_thumbnails(conn: Connection, hashes: Sequence[str]) -> dict[str, Picture]:
    """The kept pictures among these."""
    rows = conn.execute(queries.THUMBNAILS, [list(hashes)]).fetchall() if hashes else []
    return {key: Picture(media_type, bytes(content)) for key, media_type, content in rows}


def _restated(conn: Connection, wanted: Mapping[str, Any]) -> pd.DataFrame:
    if wanted["since"] is None:
        return empty(RESTATED_COLUMNS)
    return _days(_read(conn, "intermediate.int_accounts", RESTATED, wanted, RESTATED_COLUMNS))


def _read(
    conn: Connection, table: str, query: sql.SQL, wanted: Mapping[str, Any], columns: Sequence[str]
) -> pd.DataFrame:
    found = conn.execute("select to_regclass(%s)", [table]).fetchone()
    if found is None or found[0] is None:
        return empty(columns)
    kinds = {name: "float64" if name in _NUMBERS else "str" for name in columns}
    frame = copy_frame(conn, query, wanted, kinds)
    for name in _INSTANTS:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame[list(columns)]


def _days(frame: pd.DataFrame) -> pd.DataFrame:
    """With days as dates."""
    return frame.assign(date_day=[date.fromisoformat(str(one)) for one in frame["date_day"]])


def _one(conn: Connection, query: sql.SQL, wanted: Mapping[str, Any]) -> Any:
    row = conn.execute(query, wanted).fetchone()
    return row[0] if row else None
