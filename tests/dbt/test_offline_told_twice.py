"""An order that is handed in once with and once without its account counts once, as it was told last."""

from datetime import date

import pytest

from tests.dbt.conftest import Warehouse
from tests.dbt.orders import OFFLINE, offline, sell
from tests.dbt.raw_rows import AUCKLAND, BERLIN, DAY, put

NEXT_DAY = date(2026, 11, 14)  # where DAY's evening falls in Auckland


def owners(warehouse: Warehouse) -> list[tuple[str, int]]:
    """Accounts orders belong to, with their values."""
    return warehouse.rows("select order_account_id, value::int from intermediate.int_order_credits order by 1, 2")


def test_the_version_received_last_counts_whichever_way_it_was_told(warehouse: Warehouse) -> None:
    for account_id, value in ((BERLIN, 100), ("*", 80), (BERLIN, 100), (f"act_{BERLIN}", 90), ("*", 80)):
        sell(warehouse.conn, "one", value, account_id=account_id)
        warehouse.hourly(*OFFLINE)
        assert offline(warehouse, "handed_in_orders, offline_revenue") == [(DAY, "c", 1, value)]
        assert owners(warehouse) == [(BERLIN, value)]


def test_an_order_told_without_anything_is_still_that_of_its_account(warehouse: Warehouse) -> None:
    sell(warehouse.conn, "one", 80, account_id="*", campaign_id=None)
    warehouse.hourly(*OFFLINE)
    assert owners(warehouse) == [("*", 80)]
    sell(warehouse.conn, "one", 100)
    warehouse.hourly(*OFFLINE)
    assert offline(warehouse, "handed_in_orders, offline_revenue") == [(DAY, "c", 1, 100)]
    sell(warehouse.conn, "one", 70, account_id="*", campaign_id=None)
    warehouse.hourly(*OFFLINE)
    assert offline(warehouse, "account_id, unattributed_revenue") == [(DAY, "unattributed", BERLIN, 70)]


def test_a_refund_finds_its_order_however_the_two_were_told(warehouse: Warehouse) -> None:
    refund = {"occurred_at": "2026-11-20 08:00+00", "campaign_id": None}
    columns = "offline_orders, offline_refunds, offline_revenue"
    sell(warehouse.conn, "one")
    sell(warehouse.conn, "one", -30, account_id="*", **refund)
    warehouse.hourly(*OFFLINE)
    assert offline(warehouse, columns) == [(DAY, "c", 1, 1, 70)]
    sell(warehouse.conn, "one", -40, **{**refund, "occurred_at": "2026-11-20 09:00+00"})
    sell(warehouse.conn, "one", -30, **refund)
    warehouse.hourly(*OFFLINE)
    assert offline(warehouse, columns) == [(DAY, "c", 1, 2, 30)]


def test_a_version_that_is_committed_late_still_counts_when_it_was_received_last(warehouse: Warehouse) -> None:
    sell(warehouse.conn, "one")
    with warehouse.database.connect() as late:
        sell(late, "one", 80, account_id="*")
        warehouse.hourly(*OFFLINE)
        assert offline(warehouse) == [(DAY, "c", 100)]
        late.commit()
    warehouse.hourly(*OFFLINE)
    assert offline(warehouse, "handed_in_orders, offline_revenue") == [(DAY, "c", 1, 80)]


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        ("nz", [(DAY, "c", 100, 0), (NEXT_DAY, "nz", 9, 0)]),
        (None, [(DAY, "c", 100, 0), (DAY, "unattributed", 0, 9), (NEXT_DAY, "nz", 7, 0)]),
    ],
    ids=["it names a campaign of one of them", "it names nothing"],
)
def test_an_id_that_two_accounts_have_is_that_of_the_account_the_order_leads_to_else_its_own(
    warehouse: Warehouse, campaign: str | None, expected: list[tuple[object, ...]]
) -> None:
    sell(warehouse.conn, "one")
    sell(warehouse.conn, "one", 7, account_id=AUCKLAND, campaign_id="nz", currency="NZD")
    sell(warehouse.conn, "one", 9, account_id="*", campaign_id=campaign, currency="NZD" if campaign else "EUR")
    warehouse.hourly(*OFFLINE)
    assert offline(warehouse, "offline_revenue, unattributed_revenue") == expected
    tested = warehouse.dbt(
        warehouse.database, "test", "--select", "int_order_credits", "true_roas", "--exclude", "test_type:unit"
    )
    assert tested.success, tested.errors


def test_a_riddle_is_solved_once_the_campaign_it_names_becomes_known(warehouse: Warehouse) -> None:
    sell(warehouse.conn, "one")
    sell(warehouse.conn, "one", 7, account_id=AUCKLAND, campaign_id="nz", currency="NZD")
    sell(warehouse.conn, "one", 9, account_id="*", campaign_id="later")
    warehouse.hourly(*OFFLINE)
    assert owners(warehouse) == [("*", 9), (BERLIN, 100), (AUCKLAND, 7)]
    put(warehouse.conn, "campaigns", {"campaign_id": "later"}, account_id=BERLIN, name="Later")
    warehouse.hourly(*OFFLINE)
    assert owners(warehouse) == [(BERLIN, 9), (AUCKLAND, 7)]
    assert offline(warehouse) == [(DAY, "later", 9), (NEXT_DAY, "nz", 7)]


def test_a_version_that_did_not_count_parts_when_it_turns_out_to_be_of_another_account(
    warehouse: Warehouse,
) -> None:
    sell(warehouse.conn, "one", 9, account_id="*", campaign_id="later", currency="NZD")
    sell(warehouse.conn, "one")
    warehouse.hourly(*OFFLINE)
    assert owners(warehouse) == [(BERLIN, 100)]
    put(warehouse.conn, "campaigns", {"campaign_id": "later"}, account_id=AUCKLAND, name="Later")
    warehouse.hourly(*OFFLINE)
    assert owners(warehouse) == [(BERLIN, 100), (AUCKLAND, 9)]
