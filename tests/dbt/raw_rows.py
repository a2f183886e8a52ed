"""Raw rows as the loader would leave them, written directly: the tables are the contract between loading and dbt.

A small world of two accounts: `BERLIN` (EUR, Europe/Berlin) with a week of two ads and an account total, and
`AUCKLAND` (NZD, UTC+13) with one ad. Times fit the clock of tests.dbt.runner.
"""

from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]

BERLIN, AUCKLAND = "100", "200"
TODAY = date(2026, 11, 20)
OLD_DAY, DAY, YESTERDAY = date(2026, 10, 1), date(2026, 11, 13), date(2026, 11, 19)
FETCHED = "2026-11-20T11:30:00Z"
_NEVER_HASHED = b"\x00"


def actions(**values: float | str) -> Jsonb:
    """A list of actions as the platform sends it: `actions(omni_purchase=2)`."""
    return Jsonb([{"action_type": name, "value": str(value)} for name, value in values.items()])


def put(conn: Connection, table: str, key: dict[str, Any], **values: Any) -> None:
    """Insert or update one raw row, marked as changed by this transaction."""
    row = {"platform": "meta", "fetched_at": FETCHED, "content_hash": _NEVER_HASHED, **key, **values}
    if table in {"accounts", "campaigns", "adsets", "ads", "creatives"}:
        row = {"payload": Jsonb({}), "first_seen_at": FETCHED, **row}
    if table == "activities":
        row.pop("content_hash")
    names = [sql.Identifier(name) for name in row]
    conn.execute(
        sql.SQL(
            "insert into raw.{table} as stored ({names}) values ({values}) on conflict ({key}) do update"
            " set {updates}, changed_xid = pg_current_xact_id()"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(names),
            values=sql.SQL(", ").join(sql.Placeholder() * len(row)),
            key=sql.SQL(", ").join(sql.Identifier(name) for name in ("platform", *key)),
            updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(name) for name in names),
        ),
        list(row.values()),
    )


def put_insight(conn: Connection, ad_id: str, day: date, account_id: str = BERLIN, **values: Any) -> None:
    """An ad-day; unnamed metrics are what they were, or 0."""
    put(conn, "insights_daily", {"account_id": account_id, "date_day": day, "ad_id": ad_id}, **values)


def put_hour(conn: Connection, ad_id: str, day: date, hour: int, account_id: str = BERLIN, **values: Any) -> None:
    """An ad-hour."""
    key = {"account_id": account_id, "date_day": day, "ad_id": ad_id, "hour": hour}
    put(conn, "insights_hourly", key, **values)


def put_account_day(conn: Connection, day: date, account_id: str = BERLIN, **values: Any) -> None:
    """The account's own total of a day."""
    put(conn, "account_insights_daily", {"account_id": account_id, "date_day": day}, **values)


def put_ad(conn: Connection, ad_id: str, creative_id: str, observed_at: str = FETCHED, **values: Any) -> None:
    """An ad as listed, with its version in the history."""
    payload = Jsonb({"id": ad_id, "creative": {"id": creative_id}})
    put(conn, "ads", {"ad_id": ad_id}, account_id=BERLIN, creative_id=creative_id, payload=payload, **values)
    conn.execute(
        "insert into raw.object_history values ('meta', 'ad', %s, %s, %s, %s, %s)",
        [ad_id, BERLIN, _NEVER_HASHED, payload, observed_at],
    )


def cover(conn: Connection, report: str, day: date, fetched_at: str, account_id: str = BERLIN) -> None:
    """Remember that a day was asked for, whether or not anything came."""
    conn.execute(
        "insert into ops.insight_coverage (platform, account_id, report, date_day, fetched_at, row_count, run_id)"
        " values ('meta', %s, %s, %s, %s, 1, 'run') on conflict (platform, account_id, report, date_day)"
        " do update set fetched_at = excluded.fetched_at",
        [account_id, report, day, fetched_at],
    )


def withdraw(conn: Connection, table: str, where: str) -> None:
    """Mark rows as no longer contained in the platform's answer."""
    conn.execute(
        f"update raw.{table} set withdrawn_at = now(), changed_xid = pg_current_xact_id() where {where}".encode()
    )


def fill(conn: Connection) -> None:
    """Write the small world."""
    put(conn, "accounts", {"account_id": BERLIN}, name="Berlin", currency="EUR", timezone_name="Europe/Berlin")
    put(
        conn,
        "accounts",
        {"account_id": AUCKLAND},
        name="Auckland",
        currency="NZD",
        timezone_name="Pacific/Auckland",
    )
    put(conn, "campaigns", {"campaign_id": "c"}, account_id=BERLIN, name="Campaign", objective="OUTCOME_SALES")
    put(conn, "adsets", {"adset_id": "s"}, account_id=BERLIN, campaign_id="c", name="Ad set")
    for ad_id, creative_id in (("a", "k"), ("b", "l")):
        put_ad(conn, ad_id, creative_id, "2026-09-01T00:00:00Z", campaign_id="c", adset_id="s", name=f"Ad {ad_id}")
    put(
        conn, "creatives", {"creative_id": "k"}, account_id=BERLIN, name="Video", video_id="v", object_type="VIDEO"
    )
    put(conn, "creatives", {"creative_id": "l"}, account_id=BERLIN, name="Photo", object_type="PHOTO")
    for day in (OLD_DAY, DAY, DAY + timedelta(days=1), YESTERDAY, TODAY):
        for ad_id in ("a", "b"):
            put_insight(conn, ad_id, day, **delivery())
            put_hour(conn, ad_id, day, 10, impressions=100, clicks=4, spend=1, **names())
    put_account_day(
        conn,
        DAY,
        currency="EUR",
        impressions=2500,
        clicks=40,
        link_clicks=20,
        outbound_clicks=10,
        spend=21,
        reach=900,
        actions=actions(omni_purchase=4),
        action_values=actions(omni_purchase=80),
    )
    put_insight(
        conn,
        "z",
        DAY,
        AUCKLAND,
        impressions=10,
        spend=5,
        currency="NZD",
        campaign_id="nz",
        actions=actions(purchase=1),
        action_values=actions(purchase=50),
    )
    put(
        conn,
        "activities",
        {"account_id": BERLIN, "activity_key": "raised"},
        event_type="update_campaign_budget",
        event_at="2026-11-14T10:00:00Z",
        object_id="c",
        object_type="CAMPAIGN",
        extra_data=Jsonb({"old_value": 1}),
    )


def names() -> dict[str, str]:
    """Ids and names of the Berlin ads as an insight row carries them."""
    return {
        "campaign_id": "c",
        "campaign_name": "Campaign",
        "adset_id": "s",
        "adset_name": "Ad set",
        "ad_name": "Ad",
        "currency": "EUR",
    }


def delivery(**changes: Any) -> dict[str, Any]:
    """A day of a Berlin ad: 1000 impressions, 20 clicks, 10 EUR, 2 purchases worth 40 EUR."""
    return {
        **names(),
        "impressions": 1000,
        "clicks": 20,
        "link_clicks": 10,
        "outbound_clicks": 5,
        "spend": 10,
        "reach": 800,
        "video_plays": 50,
        "actions": actions(omni_purchase=2, link_click=10),
        "action_values": actions(omni_purchase=40),
        **changes,
    }
