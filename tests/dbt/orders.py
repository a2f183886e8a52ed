"""Orders as people hand them in by SQL, and what true ROAS makes of them."""

from typing import Any

import psycopg

from tests.dbt.conftest import Warehouse
from tests.dbt.raw_rows import BERLIN, DAY

OFFLINE = ("campaign_metrics", "true_roas")


def sell(conn: psycopg.Connection[Any], order_id: str, value: float = 100, **told: Any) -> None:
    """Hand in an order, or a new version of it: on the evening of DAY, in the shop, soon after the click."""
    row = {
        "account_id": BERLIN,
        "order_id": order_id,
        "occurred_at": f"{DAY} 18:00+00",
        "value": value,
        "currency": "EUR",
        "channel": "store",
        "campaign_id": "c",
        "lead_time_hours": 0.5,
        **told,
    }
    places = ", ".join(f"%({name})s" for name in row)
    conn.execute(f"insert into raw.offline_conversions ({', '.join(row)}) values ({places})".encode(), row)


def offline(warehouse: Warehouse, columns: str = "offline_revenue", **where: Any) -> list[tuple[Any, ...]]:
    """Day, campaign and columns of the rows that orders were handed in for."""
    conditions = "".join(f" and {name} = '{value}'" for name, value in where.items())
    return warehouse.rows(
        f"select date_day, campaign_id, {columns} from marts.true_roas where handed_in_orders > 0{conditions}"
        " order by 1, 2"
    )
