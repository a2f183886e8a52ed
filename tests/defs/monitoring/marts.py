"""Tables of schema marts as their dbt contracts describe them, to be filled by hand: no dbt run needed."""

from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

import dbt_project

MARTS = Path(dbt_project.__path__[0]) / "models" / "marts" / "performance"


def create_marts(conn: psycopg.Connection[Any]) -> None:
    """The tables that are judged, with the columns and types of their contracts."""
    for name in ("account_metrics", "campaign_metrics", "ad_performance_daily", "ad_performance_hourly"):
        model = yaml.safe_load((MARTS / f"{name}.yml").read_text())["models"][0]
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(one["name"]), sql.SQL(one["data_type"]))
            for one in model["columns"]
        )
        conn.execute(sql.SQL("create table marts.{} ({})").format(sql.Identifier(name), columns))


def put_row(conn: psycopg.Connection[Any], mart: str, **values: Any) -> None:
    """A row; metrics that are not named are 0."""
    zero = dict.fromkeys(("impressions", "clicks", "link_clicks", "spend", "conversions", "revenue"), 0)
    row = {"platform": "meta", "is_final": False, **zero, **values}
    conn.execute(
        sql.SQL("insert into marts.{} ({}) values ({})").format(
            sql.Identifier(mart),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        ),
        list(row.values()),
    )
