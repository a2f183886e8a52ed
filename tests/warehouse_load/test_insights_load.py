"""What users rely on when a window of insights is loaded."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import RejectedRow, Report
from adtrack_pipeline.warehouse.load import LoadError, put_conversion_rules
from tests.warehouse_load.loading import at, day, load_rows, opened, page, row, scalar, stored

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


async def test_every_value_of_a_row_arrives_unchanged(loader: Loader, conn: Conn) -> None:
    sent = row(
        video_plays="9", video_p25="8", video_p50="7", video_p75="6", video_p100="5", thruplays="4",
        video_avg_seconds="3.25", campaign_name="Größe – 日本 🚀", spend="0.0100",
    )  # fmt: skip
    await load_rows(loader, 0, [sent])
    names = [name for name in sent._fields if name not in {"hour", "actions", "action_values"}]
    found = conn.execute(f"select {', '.join(names)}, actions::text from raw.insights_daily").fetchone()
    assert found is not None
    assert [None if one is None else str(one) for one in found[:-1]] == [getattr(sent, name) for name in names]
    assert scalar(conn, "select action_values -> 1 ->> 'value' from raw.insights_daily") == "50.5"


async def test_a_restated_day_replaces_the_old_value_and_keeps_it_queryable(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(spend="10")])
    await load_rows(loader, 1, [row(spend="11")])
    assert stored(conn, "ad_id, spend, fetched_at") == [("1001", 11, at(1))]
    old = conn.execute("select spend, observed_at, superseded_at, is_withdrawal from raw.insight_revisions")
    assert old.fetchall() == [(10, at(0), at(1), False)]


async def test_an_unchanged_row_is_not_written_again(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(), row("1002")])
    before = stored(conn, "ad_id, xmin::text, changed_xid::text, fetched_at")
    result = await load_rows(loader, 1, [row(), row("1002")])
    assert (result.rows_fetched, result.rows_changed) == (2, 0)
    assert stored(conn, "ad_id, xmin::text, changed_xid::text, fetched_at") == before
    assert scalar(conn, "select count(*) from raw.insight_revisions") == 0


async def test_only_changed_rows_wake_the_models_that_read_changes(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(), row("1002"), row("1003")])
    first = scalar(conn, "select changed_xid::text from raw.insights_daily")
    await load_rows(loader, 1, [row(), row("1002", spend="1")])
    woken = conn.execute("select ad_id from raw.insights_daily where changed_xid > %s::xid8 order by 1", [first])
    assert woken.fetchall() == [("1002",), ("1003",)]  # changed, withdrawn


@pytest.mark.parametrize("report", [Report.DAILY, Report.HOURLY])
async def test_a_renamed_campaign_is_no_revision_of_its_numbers(
    loader: Loader, conn: Conn, report: Report
) -> None:
    hour = {"hour": 3} if report is Report.HOURLY else {}
    await load_rows(loader, 0, [row(**hour), row("1002", **hour)], report=report)
    first = scalar(conn, f"select max(changed_xid)::text from raw.{report}")
    renamed = [row(campaign_name="New", **hour), row("1002", campaign_name="New", spend="3", **hour)]
    assert (await load_rows(loader, 1, renamed, report=report)).rows_changed == 2
    assert stored(conn, "ad_id, campaign_name, fetched_at", report) == [
        ("1001", "New", at(0)),
        ("1002", "New", at(1)),
    ]
    kept = conn.execute("select ad_id, observed_at, superseded_at from raw.insight_revisions").fetchall()
    assert kept == [("1002", at(0), at(1))]
    woken = f"select count(*) from raw.{report} where changed_xid > '{first}'::xid8"
    assert scalar(conn, woken) == 2


async def test_the_same_actions_in_another_order_are_no_change(loader: Loader, conn: Conn) -> None:
    one, two = '{"action_type":"a","value":"1"}', '{"action_type":"b","value":"2","1d_click":"1"}'
    await load_rows(loader, 0, [row(actions=f"[{one},{two}]")])
    result = await load_rows(loader, 1, [row(actions=f"[{two},{one}]")])
    assert result.rows_changed == 0
    result = await load_rows(loader, 2, [row(actions=f"[{two}]")])
    assert result.rows_changed == 1


async def test_of_a_row_that_arrives_twice_the_last_one_counts(loader: Loader, conn: Conn) -> None:
    async with opened(loader, 0) as load:
        await load.add(page(row(spend="1"), row("1002"), row(spend="2")))
        await load.add(page(row("1002"), row(spend="3")))
        await load.add(page(row("1002")))
        result = await load.commit(day(1))
    assert (result.rows_fetched, result.rows_changed) == (2, 2)
    assert result.spend == Decimal("15.34")
    assert stored(conn, "ad_id, spend") == [("1001", 3), ("1002", Decimal("12.34"))]


async def test_nothing_is_visible_before_the_commit(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(spend="1")])
    async with opened(loader, 1) as load:
        await load.add(page(row(spend="2"), row("1002")))
        await load.add(page(row("1003")))
        assert stored(conn, "ad_id, spend") == [("1001", 1)]
        await load.commit(day(1))
        assert len(stored(conn, "ad_id, spend")) == 3


async def test_an_answer_that_breaks_off_leaves_nothing_but_its_archived_pages(loader: Loader, conn: Conn) -> None:
    async def breaks_off() -> None:
        async with opened(loader, 1) as load:
            await load.add(page(row(spend="2"), row("1002"), rejected=[RejectedRow(None, "bad", "{}")]))
            await load.add(page(row("1003")))
            raise ConnectionResetError

    await load_rows(loader, 0, [row(spend="1")])
    with pytest.raises(ConnectionResetError):
        await breaks_off()
    assert stored(conn, "ad_id, spend") == [("1001", 1)]
    assert scalar(conn, "select count(*) from raw.insight_revisions") == 0
    assert scalar(conn, "select count(*) from raw.rejected_rows") == 0
    assert scalar(conn, "select count(*) from ops.insight_coverage where fetched_at > '2026-11-20'") == 0
    result = await load_rows(loader, 2, [row(spend="3")])
    assert (result.rows_fetched, result.rows_changed, result.rows_withdrawn) == (1, 1, 0)


async def test_a_row_that_a_complete_answer_lacks_is_withdrawn_not_deleted(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(), row("1002", spend="5")])
    result = await load_rows(loader, 1, [row()])
    assert result.rows_withdrawn == 1
    gone = conn.execute("select ad_id, spend, withdrawn_at from raw.insights_daily where withdrawn_at is not null")
    assert gone.fetchall() == [("1002", 5, at(1))]
    kept = conn.execute("select ad_id, spend, is_withdrawal, was_withdrawn from raw.insight_revisions")
    assert kept.fetchall() == [("1002", 5, True, False)]
    assert (await load_rows(loader, 2, [row()])).rows_withdrawn == 0


async def test_a_withdrawn_row_comes_back_even_with_its_old_values(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row()])
    await load_rows(loader, 1, [])
    result = await load_rows(loader, 2, [row()])
    assert result.rows_changed == 1
    assert stored(conn, "ad_id, fetched_at, withdrawn_at") == [("1001", at(2), None)]
    kept = conn.execute(
        "select observed_at, superseded_at, is_withdrawal, was_withdrawn from raw.insight_revisions order by 1"
    )
    assert kept.fetchall() == [(at(0), at(1), True, False), (at(1), at(2), False, True)]


async def test_a_complete_empty_answer_is_legal_and_says_what_it_withdrew(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(), row("1002", 2)])
    result = await load_rows(loader, 1, [])
    assert (result.rows_fetched, result.rows_withdrawn, result.spend) == (0, 2, 0)
    assert stored(conn, "ad_id, spend") == []


async def test_days_outside_the_window_are_left_alone(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(number=1), row(number=4)], days=(1, 4))
    result = await load_rows(loader, 1, [], days=(2, 4))
    assert result.rows_withdrawn == 1
    assert stored(conn, "date_day, ad_id") == [(day(1), "1001")]


async def test_a_row_of_another_day_or_account_is_refused(loader: Loader, conn: Conn) -> None:
    strangers = [row(number=9), row(account_id="2"), row(ad="")]
    result = await load_rows(loader, 0, [row(), *strangers])
    assert (result.rows_fetched, result.rows_rejected) == (1, 3)
    reasons = " ".join(one for (one,) in conn.execute("select reason from raw.rejected_rows").fetchall())
    assert "of 2026-11-09, outside the days" in reasons
    assert "belongs to account 2" in reasons
    assert "names no ad" in reasons


async def test_days_the_platform_no_longer_keeps_stay_as_they_were(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(number=1), row(number=2)])
    result = await load_rows(loader, 1, [], available_from=2)
    assert result.rows_withdrawn == 1
    assert stored(conn, "date_day, ad_id") == [(day(1), "1001")]
    fetched = conn.execute("select date_day, fetched_at from ops.insight_coverage order by 1").fetchall()
    assert fetched == [(day(1), at(0)), (day(2), at(1)), (day(3), at(1))]


async def test_an_older_fetch_that_commits_late_changes_nothing_already_known_better(
    loader: Loader, conn: Conn
) -> None:
    await load_rows(loader, 5, [row(spend="2", number=2)], days=(2, 2))
    result = await load_rows(loader, 1, [row(spend="1", number=1), row(spend="1", number=2)])
    assert (result.rows_changed, result.days_superseded) == (1, 1)
    assert stored(conn, "date_day, spend") == [(day(1), 1), (day(2), 2)]
    assert scalar(conn, "select fetched_at from ops.insight_coverage where date_day = '2026-11-02'") == at(5)
    assert (await load_rows(loader, 2, [])).rows_withdrawn == 1  # the first day only


async def test_a_report_submitted_before_a_crash_is_as_old_as_its_submission(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 3, [row(spend="2", number=2)], days=(2, 2))
    async with opened(loader, 5) as load:
        await load.add(page(row(spend="1", number=1), row(spend="1", number=2)))
        result = await load.commit(day(1), at(1))
    assert (result.rows_changed, result.days_superseded) == (1, 1)
    assert stored(conn, "date_day, spend, fetched_at") == [(day(1), 1, at(1)), (day(2), 2, at(3))]


async def test_two_answers_asked_for_at_the_same_instant_both_count(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(spend="1")])  # a world replayed at one injected instant
    await load_rows(loader, 0, [row(spend="2")])
    assert stored(conn, "ad_id, spend") == [("1001", 2)]


async def test_a_refused_row_keeps_the_value_it_would_have_replaced(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(), row("1002"), row("1003")])
    result = await load_rows(
        loader, 1, [row("1002", impressions="9" * 20)], rejected=[_refused("1001/2026-11-01")]
    )
    assert (result.rows_withdrawn, result.rows_rejected) == (1, 2)
    assert [one[0] for one in stored(conn, "ad_id, spend")] == ["1001", "1002"]


@pytest.mark.parametrize(
    ("key", "left"),
    [
        ("1001/2026-11-01", [(day(1), "1001")]),
        ("1001/", [(day(1), "1001"), (day(2), "1001")]),
        ("1001", [(day(1), "1001"), (day(2), "1001")]),
        ("/2026-11-01", [(day(1), "1001"), (day(1), "1002")]),
        ("1/2026-11-01", [(day(1), "1001"), (day(1), "1002")]),
        (None, [(day(1), "1001"), (day(1), "1002"), (day(2), "1001"), (day(2), "1002")]),
    ],
)
async def test_the_less_is_known_of_a_refused_row_the_more_it_protects(
    loader: Loader, conn: Conn, key: str | None, left: list[Any]
) -> None:
    await load_rows(loader, 0, [row(ad, number) for ad in ("1001", "1002") for number in (1, 2)])
    await load_rows(loader, 1, [], rejected=[_refused(key)])
    assert stored(conn, "date_day, ad_id") == left


async def test_covered_days_are_remembered_quiet_ones_included(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(), row("1002"), row(number=3)])
    found = conn.execute("select date_day, row_count, fetched_at, run_id from ops.insight_coverage order by 1")
    assert found.fetchall() == [(day(n), count, at(0), "run-1") for n, count in ((1, 2), (2, 0), (3, 1))]


async def test_hours_are_kept_apart_and_a_missing_label_is_an_hour_of_its_own(loader: Loader, conn: Conn) -> None:
    rows = [row(hour=hour, spend=str(hour + 2)) for hour in (-1, 0, 23)]
    result = await load_rows(loader, 0, rows, report=Report.HOURLY)
    assert (result.rows_changed, result.spend) == (3, 28)
    await load_rows(loader, 1, rows[:2], report=Report.HOURLY)
    assert stored(conn, "hour, spend", "insights_hourly") == [(-1, 1), (0, 2)]
    assert scalar(conn, "select hour from raw.insight_revisions") == 23


async def test_account_totals_have_one_row_a_day(loader: Loader, conn: Conn) -> None:
    rows = [row("", number) for number in (1, 2)]
    await load_rows(loader, 0, rows, report=Report.ACCOUNT_DAILY)
    result = await load_rows(loader, 1, [row("", 1, reach="5"), row("1001", 2)], report=Report.ACCOUNT_DAILY)
    assert (result.rows_changed, result.rows_rejected, result.rows_withdrawn) == (1, 1, 1)  # refused: names an ad
    assert stored(conn, "date_day, reach", "account_insights_daily") == [(day(1), 5)]


async def test_conversions_follow_the_ordered_rule_and_are_never_summed_over_types(
    loader: Loader, conn: Conn
) -> None:
    purchase = '[{"action_type":"purchase","value":"7"}]'
    worth = '[{"action_type":"purchase","value":"70.25"}]'
    rows = [
        row(),
        row("1002", actions=purchase, action_values=worth),
        row("1003", actions=None, action_values=None),
    ]
    result = await load_rows(loader, 0, rows)
    assert (result.conversions, result.revenue) == (9, Decimal("120.75"))
    await put_conversion_rules(loader, ["purchase"], account_id="1")
    result = await load_rows(loader, 1, rows)
    assert (result.conversions, result.revenue) == (9, Decimal("120.75"))
    await put_conversion_rules(loader, ["lead"], account_id="1")
    assert (await load_rows(loader, 2, rows)).conversions == 0


async def test_pages_are_archived_as_they_came(loader: Loader, conn: Conn) -> None:
    import zlib

    async with opened(loader, 0) as load:
        await load.add(page(row(), row("1002"), body=b'{"data":[1,2]}'))
        await load.commit(day(1))
    found = conn.execute(
        "select report, run_id, window_since, window_until, row_count, raw_bytes, body from raw.pages"
    )
    kept = found.fetchall()[0]
    assert kept[:-1] == ("insights_daily", "run-1", day(1), day(3), 2, 14)
    assert zlib.decompress(kept[-1]) == b'{"data":[1,2]}'


async def test_a_connection_serves_one_load_at_a_time(loader: Loader) -> None:
    async with opened(loader, 0) as load:
        with pytest.raises(LoadError, match="connection of its own"):
            await load_rows(loader, 1, [])
        await load.add(page(row()))
        assert (await load.commit(day(1))).rows_changed == 1
        with pytest.raises(LoadError, match="committed already"):
            await load.commit(day(1))


async def test_a_connection_with_an_open_transaction_is_refused(loader: Loader) -> None:
    await loader.execute("select 1")
    with pytest.raises(LoadError, match="without an open transaction"):
        await load_rows(loader, 0, [])


def _refused(key: str | None) -> RejectedRow:
    return RejectedRow(key, "spend: NaN is no finite number", "{}")
