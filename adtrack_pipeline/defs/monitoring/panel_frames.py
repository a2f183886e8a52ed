"""One account of the warehouse as the frames detection takes. Reads only.

Bounded by the days that a baseline looks back on, never by the length of history, and by one account at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from adtrack_pipeline.defs.copying import copy_frame, copy_packed
from adtrack_pipeline.defs.monitoring import panel_queries as queries
from adtrack_pipeline.monitoring.hourly import Hours, hourly_panel
from adtrack_pipeline.monitoring.inputs.arrival import Arrival

Connection = psycopg.Connection[Any]
LOOKBACK_DAYS = 36  # four weeks of baseline before the oldest incident that can still be on
FRESH = timedelta(hours=3)

_ID, _NUMBER, _SECONDS = "str", "float64", "Float64"
_MIXED = {"conversions": _NUMBER, "revenue": _NUMBER}


@dataclass(frozen=True)
class AccountFrames:
    """What detection needs of one account.

    Attributes:
        platform: its platform.
        account_id: its id.
        panel: see `detect_anomalies`.
        arrival: how late the panel's conversions are known.
        plan: see `detect_anomalies`.
        changes: see `detect_anomalies`.
        names: index object id; `level, name, currency, parent` (of an ad: its ad set).
        read_at: until when its hours are known.
    """

    platform: str
    account_id: str
    panel: pd.DataFrame
    arrival: Arrival | None
    plan: pd.DataFrame
    changes: pd.DataFrame
    names: pd.DataFrame
    read_at: datetime


def read_accounts(conn: Connection, *, now: datetime) -> Iterator[AccountFrames]:
    """Every account whose hours were read within the last three hours, one at a time."""
    if not _built(conn):
        return
    since = (now - timedelta(days=LOOKBACK_DAYS)).date()
    for platform, account_id, read_at in conn.execute(
        queries.ACCOUNTS, {"now": now, "fresh": now - FRESH}
    ).fetchall():
        wanted = {"platform": platform, "account": account_id, "since": since, "now": read_at}
        frames = _read(conn, wanted, read_at)
        if frames is not None:
            yield frames


def _built(conn: Connection) -> bool:
    row = conn.execute(
        "select to_regclass('marts.ad_performance_hourly') is not null"
        " and to_regclass('intermediate.int_conversion_arrivals') is not null"
    ).fetchone()
    return bool(row and row[0])


def _read(conn: Connection, wanted: dict[str, Any], read_at: datetime) -> AccountFrames | None:
    words = ("account_id", "campaign_id", "ad_id")
    hours = _instants(copy_packed(conn, queries.HOURS, wanted, words=words, packed=queries.HOURS_PACKED))
    if hours.empty:
        return None
    kinds = {"ad_id": _ID, "date_day": "int32", **_MIXED, "reach": _NUMBER, "frequency": _NUMBER}
    row = conn.execute(queries.WATCHED_SINCE, wanted).fetchone()
    parts = Hours(
        hours=hours,
        days=copy_frame(conn, queries.DAYS, wanted, kinds),
        arrivals=_instants(copy_frame(conn, queries.ARRIVALS, wanted, {"ad_id": _ID, **_MIXED})),
        watched_since=pd.Timestamp(row[0]).ceil("h") if row and row[0] else None,
    )
    panel, arrival = hourly_panel(parts, now=pd.Timestamp(read_at))
    names = _text(conn, queries.NAMES, wanted, "object_id")
    return AccountFrames(
        platform=wanted["platform"],
        account_id=wanted["account"],
        panel=_with_adsets(panel, names),
        arrival=arrival,
        plan=_plan(conn, wanted),
        changes=_instants(copy_frame(conn, queries.CHANGES, wanted, {"object_id": _ID, "what": _ID})),
        names=names,
        read_at=read_at,
    )


def _with_adsets(panel: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Each ad's set, as a category: a column of text would cost hundreds of megabytes at ten thousand ads."""
    codes, ads = pd.factorize(panel["ad_id"])
    of_ad, adsets = pd.factorize(names.loc[names["level"] == "ad", "parent"].reindex(ads))
    return panel.assign(adset_id=pd.Categorical.from_codes(of_ad[codes], pd.Index(adsets)))


def _plan(conn: Connection, wanted: dict[str, Any]) -> pd.DataFrame:
    kinds = {"ad_id": _ID, "effective_status": _ID, "daily_budget": _NUMBER}
    frame = copy_frame(conn, queries.PLAN, wanted, kinds | {"ts_from": _SECONDS, "ts_to": _SECONDS})
    return _instants(_instants(frame, "ts_from"), "ts_to").sort_values("ts_from", na_position="first")


def _text(conn: Connection, query: sql.SQL, wanted: dict[str, Any], key: str) -> pd.DataFrame:
    columns = ("level", "object_id", "name", "currency", "parent")
    frame = copy_frame(conn, query, wanted, dict.fromkeys(columns, _ID))
    return frame.drop_duplicates(key).set_index(key)


def _instants(frame: pd.DataFrame, column: str = "ts") -> pd.DataFrame:
    """Seconds since 1970 to UTC instants: ten times faster than parsing text."""
    return frame.assign(**{column: pd.to_datetime(frame[column], unit="s", utc=True)})
