"""A warehouse with the marts that reports read, filled by hand: no dbt run needed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

import dbt_project
from adtrack_pipeline.defs.reporting.building import Builder
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.dbt.raw_rows import cover, put
from tests.postgres import PgServer

MARTS = Path(dbt_project.__path__[0]) / "models" / "marts"
TABLES = ("performance/account_metrics", "performance/campaign_metrics", "creatives/creative_metrics")
DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
Connection = psycopg.Connection[Any]
MakeBuilder = Callable[..., Builder]


@pytest.fixture
def database(pg_server: PgServer) -> Iterator[Database]:
    """A fresh, migrated database; Dagster has no part in most of these tests."""
    with pg_server.fresh_database() as fresh:
        yield fresh


@pytest.fixture
def shop(conn: Connection) -> Connection:
    """Two accounts in UTC whose yesterday was read at 06:10: 1 in euros, 2 in crowns."""
    for name in (*TABLES, "creatives/creative_fatigue"):
        create_mart(conn, name)
    create_alerts_view(conn)
    conn.execute(
        "create table intermediate.int_accounts (platform text, account_id text, conversion_action_types text[])"
    )
    for account_id, currency in (("1", "EUR"), ("2", "SEK")):
        add_account(conn, account_id, currency=currency)
    return conn


@pytest.fixture
def builder(conn: Connection, tmp_path: Path) -> MakeBuilder:
    """What builds reports at a moment."""

    def make(now: datetime = NOW, **names: Any) -> Builder:
        return Builder(conn, settings_of(tmp_path, **names), now)

    return make


def settings_of(home: Path, **names: Any) -> Settings:
    return Settings(**{"ADTRACK_HOME": home, "ADTRACK_REPORTING_CURRENCY": "EUR", **names})


def add_account(conn: Connection, account_id: str, zone: str = "UTC", **values: Any) -> None:
    """An account with five weeks of equal days, read completely."""
    put(
        conn,
        "accounts",
        {"account_id": account_id},
        **{"name": f"Shop {account_id}", "timezone_name": zone} | values,
    )
    conn.execute("insert into intermediate.int_accounts values ('meta', %s, '{purchase}')", [account_id])
    for back in range(36):
        put_day(conn, DAY - timedelta(days=back), account_id)
    read(conn, account_id)


def read(conn: Connection, account_id: str, day: date = DAY, at: str = "2026-11-20T06:10:00Z") -> None:
    """The day's complete answer."""
    cover(conn, "insights_daily", day, at, account_id)


def put_day(conn: Connection, day: date, account_id: str = "1", **values: Any) -> None:
    """A final day of an account: 100 spent, 10 conversions worth 300."""
    row = {"impressions": 10_000, "clicks": 200, "spend": 100, "conversions": 10, "revenue": 300, "is_final": True}
    late = {"conversions_nowcast": 10, "revenue_nowcast": 300}
    key = {"platform": "meta", "account_id": account_id, "date_day": day}
    conn.execute("delete from marts.account_metrics where account_id = %s and date_day = %s", [account_id, day])
    insert(conn, "account_metrics", **key, **row | late | values)


def put_object(conn: Connection, mart: str, object_id: str, day: date = DAY, **values: Any) -> None:
    """A day of a campaign or creative of account 1."""
    kind = mart.removesuffix("_metrics")
    row = {"impressions": 10_000, "clicks": 200, "spend": 100, "conversions": 10, "revenue": 300}
    names = {f"{kind}_id": object_id, f"{kind}_name": f"{kind.title()} {object_id}"}
    key = {"platform": "meta", "account_id": "1", "date_day": day}
    insert(conn, mart, **key, **names, **row | values)


def insert(conn: Connection, mart: str, **row: Any) -> None:
    insert_into(conn, f"marts.{mart}", **row)


def insert_into(conn: Connection, table: str, **row: Any) -> None:
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    conn.execute(statement, list(row.values()))


def create_mart(conn: Connection, name: str) -> None:
    """A table with the columns and types of its contract."""
    model = yaml.safe_load((MARTS / f"{name}.yml").read_text())["models"][0]
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(one["name"]), sql.SQL(one["data_type"])) for one in model["columns"]
    )
    conn.execute(sql.SQL("create table marts.{} ({})").format(sql.Identifier(name.split("/")[1]), columns))


def create_alerts_view(conn: Connection) -> None:
    """marts.performance_alerts as dbt makes it."""
    text = (MARTS / "alerts" / "performance_alerts.sql").read_text()
    text = re.sub(r"\{\{ config\(.*?\) \}\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}", r"\1.\2", text)
    conn.execute(f"create view marts.performance_alerts as {text}".encode())


def kept(conn: Connection) -> list[tuple[Any, ...]]:
    """What is in ops.reports: platform, account, day, version, whole."""
    return conn.execute(
        "select platform, account_id, report_date, version, is_complete from ops.reports order by report_id"
    ).fetchall()


def events(conn: Connection) -> list[tuple[Any, ...]]:
    """Streams and payloads of the reports that are to be sent."""
    return conn.execute(
        "select stream_key, data from ops.event_outbox where event_type = 'account.daily_report' order by position"
    ).fetchall()
