"""Orders, refunds, delivery, campaigns and rates in any order of events end where a full build does."""

import random
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.dbt.conftest import Warehouse
from tests.dbt.orders import OFFLINE, sell
from tests.dbt.raw_rows import AUCKLAND, BERLIN, delivery, put, put_insight

# The last hours hold one kind of thing each: what earlier orders owe to it is corrected by nothing else.
ORDERS = ("order", "order", "order", "refund")
ABROAD = "nz"  # the campaign of the second account
SHARED = [f"order {number}" for number in range(5)]  # a second account has orders of these ids, too
UNSHARED = f"order_id not in {tuple(SHARED)}"
HOURS = (
    (ORDERS, 60),
    ((*ORDERS, "delivery", "campaign", "rate"), 30),
    (ORDERS, 20),
    (("campaign",), 3),
    (("delivery",), 10),
    (("rate",), 4),
)


def test_whatever_happens_in_whatever_order_the_rows_are_those_of_a_full_build(warehouse: Warehouse) -> None:
    chance = random.Random(20261120)
    for kinds, events in HOURS:
        for _ in range(events):
            _something_happens(warehouse.conn, chance, chance.choice(kinds))
        warehouse.hourly("ad_performance_daily", *OFFLINE)
    compared = ("marts.true_roas", "intermediate.int_order_credits")
    incremental = {table: _content(warehouse, table) for table in compared}
    tested = warehouse.dbt(
        warehouse.database,
        "test",
        "--select",
        "true_roas",
        "int_order_credits",
        "--exclude",
        "test_type:unit",
    )
    assert tested.success, tested.errors
    built = warehouse.dbt(
        warehouse.database, "run", "--full-refresh", "--select", "int_order_credits", "true_roas"
    )
    assert built.success, built.errors
    assert {table: _content(warehouse, table) for table in compared} == incremental
    [(orders,)] = warehouse.rows(
        f"select count(distinct (order_id, refund_key)) from raw.offline_conversions where {UNSHARED}"
    )
    [(counted,)] = warehouse.rows(f"select count(*) from intermediate.int_order_credits where {UNSHARED}")
    assert counted == orders > 30
    [(handed_in,)] = warehouse.rows("select sum(handed_in_orders) from marts.true_roas")
    assert handed_in > orders


def _content(warehouse: Warehouse, table: str) -> list[str]:
    return sorted(row[0] for row in warehouse.rows(f"select to_jsonb(t)::text from {table} as t"))


def _something_happens(conn: psycopg.Connection[Any], chance: random.Random, what: str) -> None:
    """An order, a correction, a refund, delivery, a campaign or a rate comes in or changes."""
    day = date(2026, 10, 20) + timedelta(days=chance.randrange(30))
    campaign = chance.choice(["c", "d", "e", "f"])
    is_abroad = chance.random() < 0.2
    if what in {"order", "refund"}:
        told = chance.choice(["campaign_id", "utm_campaign", "utm_content", None])
        order_id = f"order {chance.randrange(40)}"
        accounts = [BERLIN, BERLIN, "*"]
        if order_id in SHARED:
            accounts, campaign = [*accounts, AUCKLAND], chance.choice([campaign, ABROAD])
        sell(
            conn,
            order_id,
            chance.randrange(1, 100) * (1 if what == "order" else -1),
            account_id=chance.choice(accounts),
            occurred_at=f"{day} {chance.randrange(24):02}:00+00",
            currency=chance.choice(["EUR", "EUR", "GBP"]),
            channel=chance.choice(["web", "store", None]),
            is_reported_to_platform=chance.choice([None, None, True, False]),
            lead_time_hours=chance.choice([None, 0, 167, 168, 169]),
            **({"campaign_id": None} | ({told: campaign} if told else {})),
        )
    elif what == "delivery" and is_abroad:
        put_insight(conn, "ad nz", day, AUCKLAND, **{**delivery(), "campaign_id": ABROAD, "campaign_name": ABROAD})
    elif what == "campaign" and is_abroad:
        put(conn, "campaigns", {"campaign_id": ABROAD}, account_id=AUCKLAND, name=chance.choice(["nz", "nz 2"]))
    elif what == "delivery":
        own = {"campaign_id": campaign, "campaign_name": campaign, "impressions": chance.choice([0, 10])}
        put_insight(conn, f"ad {campaign}", day, **{**delivery(), **own})
    elif what == "campaign":
        listed = {"campaign": chance.choice(["c", "d", "x"]), "ad": chance.choice(["e", "f"])}
        put(conn, "campaigns", {"campaign_id": campaign}, account_id=BERLIN, name=listed["campaign"])
        put(conn, "ads", {"ad_id": campaign}, account_id=BERLIN, campaign_id=campaign, name=listed["ad"])
        for kind, name in listed.items():
            conn.execute(
                "insert into raw.object_history values ('meta', %s, %s, %s, '', %s, clock_timestamp())",
                [kind, campaign, BERLIN, Jsonb({"name": name})],
            )
    else:
        conn.execute(
            "insert into raw.fx_rates values (%s, %s, %s, %s)"
            " on conflict (rate_date, from_currency, to_currency) do update set rate = excluded.rate",
            [day, *chance.choice([("GBP", "EUR"), ("EUR", "GBP"), ("EUR", "NZD")]), chance.choice([1.25, 1.6])],
        )
