"""When conversions became known: whatever was believed and given up between two builds, a full build says too."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.dbt.conftest import Warehouse
from tests.dbt.raw_rows import AUCKLAND, BERLIN, TODAY, YESTERDAY, actions, put_insight

ARRIVALS = "int_conversion_arrivals"
MORNING = datetime(2026, 11, 20, 0, 5, tzinfo=UTC)
GIVEN_UP = (
    "insert into raw.insight_revisions (platform, account_id, report, ad_id, date_day, observed_at, superseded_at,"
    " impressions, clicks, link_clicks, outbound_clicks, spend, actions, action_values, was_withdrawn,"
    " content_hash)"
    " select platform, account_id, 'insights_daily', ad_id, date_day, fetched_at, %(at)s, impressions, clicks,"
    " link_clicks, outbound_clicks, spend, actions, action_values, withdrawn_at is not null, content_hash"
    " from raw.insights_daily where ad_id = %(ad)s and date_day = %(day)s"
)


def believe(warehouse: Warehouse, ad: str, at: datetime, purchases: int | None, day: Any = TODAY) -> None:
    """From `at` on this is believed of an ad-day, as the loader leaves it; None: that there is no such row."""
    warehouse.conn.execute(GIVEN_UP, {"at": at, "ad": ad, "day": day})
    account = AUCKLAND if ad == "z" else BERLIN
    told = (
        {} if purchases is None else {"actions": actions(purchase=purchases), "action_values": actions(purchase=9)}
    )
    put_insight(warehouse.conn, ad, day, account, fetched_at=at, withdrawn_at=None if told else at, **told)


def arrivals(warehouse: Warehouse, where: str = "true") -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select account_id, ad_id, date_day, known_from, conversions, revenue"
        f" from intermediate.{ARRIVALS} where {where} order by 1, 2, 3, 4"
    )


def rebuilt(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """What a full build makes of the same beliefs."""
    done = warehouse.dbt(warehouse.database, "run", "--full-refresh", "--select", ARRIVALS)
    assert done.success, done.errors
    return arrivals(warehouse)


def test_what_came_in_between_two_looks_stands_at_the_moment_it_was_seen(warehouse: Warehouse) -> None:
    moments = [MORNING + timedelta(hours=hour) for hour in range(4)]
    for at, purchases in zip(moments, (2, 2, 5, 4), strict=True):
        believe(warehouse, "new", at, purchases)
        warehouse.hourly(ARRIVALS)
    assert [(at, count) for *_, at, count, _ in arrivals(warehouse, "ad_id = 'new'")] == [
        (moments[0], 2),
        (moments[2], 3),
        (moments[3], -1),
    ]


def test_an_hour_looks_at_new_beliefs_only_and_a_new_rule_at_all_of_the_account(warehouse: Warehouse) -> None:
    believe(warehouse, "z", MORNING, 3)
    warehouse.hourly(ARRIVALS)
    stored = f"select ctid::text, xmin::text from intermediate.{ARRIVALS} where ad_id = 'z'"
    before = warehouse.rows(stored)
    believe(warehouse, "a", MORNING + timedelta(hours=1), 7)
    warehouse.hourly(ARRIVALS)
    assert warehouse.rows(stored) == before
    warehouse.conn.execute(
        "insert into raw.conversion_rules (account_id, position, action_type) values (%s, 1, 'link_click')",
        [AUCKLAND],
    )
    warehouse.hourly(ARRIVALS)
    assert [row[4:] for row in arrivals(warehouse, "ad_id = 'z'")] == []
    assert arrivals(warehouse, "ad_id = 'a'")


def test_however_beliefs_come_and_go_the_rows_are_those_of_a_full_build(warehouse: Warehouse) -> None:
    chance = random.Random(7)
    at = MORNING
    for _ in range(12):
        for _ in range(chance.randrange(1, 8)):
            at += timedelta(minutes=chance.choice((0, 1, 20)))
            purchases = chance.choice((None, 0, 1, 2, 5))
            believe(warehouse, chance.choice("abcz"), at, purchases, chance.choice((TODAY, YESTERDAY)))
        warehouse.hourly(ARRIVALS)
    found = arrivals(warehouse)
    assert len(found) > 10
    assert found == rebuilt(warehouse)
