"""A shop in Berlin with marts as their dbt contracts describe them, filled by hand: no dbt run needed."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

import dbt_project
from adtrack_pipeline.defs.accuracy.comparing import Look, looking
from adtrack_pipeline.defs.accuracy.pairs import Rules
from adtrack_pipeline.defs.accuracy.running import Ran, run_accuracy
from adtrack_pipeline.settings import Settings
from tests.dbt.raw_rows import put
from tests.postgres import settle

Connection = psycopg.Connection[Any]
MARTS = Path(dbt_project.__path__[0]) / "models" / "marts"
FILES = {
    "ad_performance_daily": "performance",
    "campaign_metrics": "performance",
    "creative_metrics": "creatives",
    "performance_metrics": "creatives",
}
OBJECT_IDS = {
    "ad": ("ad_performance_daily", "ad_id"),
    "campaign": ("campaign_metrics", "campaign_id"),
    "creative": ("creative_metrics", "creative_id"),
    "video": ("performance_metrics", "video_id"),
}
PREDICTED = {"predicted_ctr", "predicted_roas", "predicted_conversions", "predicted_spend"}
START = date(2026, 11, 2)  # first day predicted
RESTATED = 28
RULES = Rules(min_hours=24, max_days=30, restated=RESTATED)


def at(text: str) -> datetime:
    """An instant of Berlin's winter: `at("2026-11-03 00:00")`."""
    return datetime.fromisoformat(f"{text}+01:00")


@cache
def mart_statements() -> str:
    """The tables that predictions are held against, with the columns and types of their contracts."""
    statements = []
    for name, folder in FILES.items():
        text = (MARTS / folder / f"{name}.yml").read_text()
        columns = re.findall(r"^      - name: (\w+)\n        data_type: (.+)$", text, re.MULTILINE)
        assert len(columns) > 20
        statements.append(f"create table marts.{name} ({', '.join(f'{name} {kind}' for name, kind in columns)});")
    return "".join(statements)


@dataclass
class Shop:
    """Writes what dbt and people would write, looks as the hourly run does, and reads what became of it."""

    conn: Connection
    rules: Rules = field(default=RULES)

    def day(self, level: str, object_id: str, day: date, account_id: str = "100", **values: Any) -> None:
        """A day of an object instead of what was there, noted as a change; unnamed metrics are 0."""
        mart, column = OBJECT_IDS[level]
        zero = dict.fromkeys(("impressions", "clicks", "spend", "conversions", "revenue"), 0)
        row = {"platform": "meta", "account_id": account_id, "date_day": day, column: object_id}
        row |= {"currency": "EUR", "is_final": False, **zero, **values}
        row = {"conversions_nowcast": row["conversions"], "revenue_nowcast": row["revenue"], **row}
        self.conn.execute(
            f"delete from marts.{mart} where date_day = %s and {column} = %s and account_id = %s".encode(),
            [day, object_id, account_id],
        )
        self.conn.execute(
            sql.SQL("insert into marts.{} ({}) values ({})").format(
                sql.Identifier(mart),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            list(row.values()),
        )
        self.conn.execute(
            "insert into ops.model_changes (model, platform, account_id, date_day) values (%s, 'meta', %s, %s)"
            " on conflict (model, platform, account_id, date_day)"
            " do update set changed_xid = excluded.changed_xid",
            [mart, account_id, day],
        )

    def predict(self, prediction_id: str = "p", object_id: str = "a", level: str = "ad", **values: Any) -> None:
        """A prediction of a CTR of 2.5 % over one day, unless said otherwise."""
        row = {
            "prediction_id": prediction_id,
            "level": level,
            "object_id": object_id,
            "model_name": "net",
            "predicted_at": at("2026-11-01 12:00"),
            "window_start": START,
            "window_end": START,
            **({} if PREDICTED & values.keys() else {"predicted_ctr": 2.5}),
            **values,
        }
        self.conn.execute(
            sql.SQL("insert into raw.predictions ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(sql.Placeholder() * len(row))
            ),
            list(row.values()),
        )

    def settle(self, since: date = START, days: int = 1, account_id: str = "100") -> None:
        """Days were read after the platform's last word on them."""
        for n in range(days):
            day = since + timedelta(days=n)
            self.conn.execute(
                "insert into ops.insight_coverage"
                " (platform, account_id, report, date_day, fetched_at, row_count, run_id)"
                " values ('meta', %s, 'insights_daily', %s, %s, 1, 'r')"
                " on conflict (platform, account_id, report, date_day)"
                " do update set fetched_at = excluded.fetched_at",
                [account_id, day, at(f"{day + timedelta(days=RESTATED)} 06:00")],
            )

    def run(self, now: str, run_id: str | None = None) -> Ran:
        """One hour of the accuracy assets at a moment of Berlin."""
        settle(self.conn)
        return run_accuracy(self.conn, Settings(), at(now), run_id)

    def look(self, now: str, *, is_alone: bool = True, **options: Any) -> Look:
        """One hourly look at a moment of Berlin; `is_alone`: once no older transaction is open beside it."""
        if is_alone:
            settle(self.conn)
        with looking(self.conn, at(now), self.rules, **options) as look:
            pass
        return look

    def versions(self, prediction_id: str = "p") -> list[dict[str, Any]]:
        """All versions of a comparison, oldest first."""
        return self.rows(
            "select * from ops.prediction_comparisons where prediction_id = %s order by comparison_version",
            prediction_id,
        )

    def newest(self, prediction_id: str = "p") -> dict[str, Any]:
        """The comparison that counts."""
        (only,) = [row for row in self.versions(prediction_id) if row["superseded_at"] is None]
        return only

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a query."""
        with self.conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), values).fetchall()


def open_shop(conn: Connection) -> Shop:
    """Account 100 with ad a (creative k, which shows video v) and campaign c."""
    conn.execute(mart_statements().encode())
    put(conn, "accounts", {"account_id": "100"}, name="Berlin", currency="EUR", timezone_name="Europe/Berlin")
    put(conn, "ads", {"ad_id": "a"}, account_id="100", creative_id="k", campaign_id="c")
    put(conn, "campaigns", {"campaign_id": "c"}, account_id="100")
    put(conn, "creatives", {"creative_id": "k"}, account_id="100", video_id="v")
    return Shop(conn)
