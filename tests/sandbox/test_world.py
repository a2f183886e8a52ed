"""The simulated world: the same for the same seed and instant, late as Meta is late, consistent with itself."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.simulation.calendar import day_number, local_day
from adtrack_pipeline.sandbox.simulation.incidents import KINDS, incidents_between
from adtrack_pipeline.sandbox.simulation.layout import build_plans
from tests.sandbox.conftest import HOURLY, NOW, all_rows, daily, span
from tests.sandbox_server import RunningSandbox, running_sandbox

EVERY_AD = '[{"field":"ad.effective_status","operator":"NOT_IN","value":[]}]'


def known(sandbox: RunningSandbox, account: str, day: str, instant: str) -> tuple[int, Decimal, int, Decimal]:
    """Impressions, spend, purchases and their value of a day as known at an instant."""
    sandbox.set_now(instant)
    rows = daily(sandbox, account, day, level="account", fields="impressions,spend,actions,action_values")
    if not rows:
        return 0, Decimal(0), 0, Decimal(0)

    def bought(name: str) -> str:
        return next((one["value"] for one in rows[0].get(name, []) if one["action_type"] == "purchase"), "0")

    return (
        int(rows[0]["impressions"]),
        Decimal(rows[0]["spend"]),
        int(bought("actions")),
        Decimal(bought("action_values")),
    )


def everything(sandbox: RunningSandbox) -> list[Any]:
    found: list[Any] = []
    for account in (one["id"] for one in all_rows(sandbox, "me/adaccounts", fields="name,currency")):
        fields = {"campaigns": "name,daily_budget,updated_time", "ads": "name,effective_status,creative{name}"}
        found += [all_rows(sandbox, f"{account}/{edge}", fields=names) for edge, names in fields.items()]
        found.append(daily(sandbox, account, "2026-11-19", fields="ad_id,spend,actions"))
        found.append(all_rows(sandbox, f"{account}/activities", fields="event_type,event_time,extra_data"))
    return found


def test_the_same_seed_and_instant_give_the_same_world_in_any_process_order_or_range() -> None:
    options = {"accounts": 3, "ads": 30, "now": NOW}
    with running_sandbox(seed=3, **options) as first, running_sandbox(seed=3, **options) as second:
        account = first.get("me/adaccounts").json()["data"][0]["id"]
        week = all_rows(
            second,
            f"{account}/insights",
            level="ad",
            time_increment=1,
            time_range=span("2026-11-13", "2026-11-19"),
            fields="ad_id,spend,actions",
        )
        assert everything(first) == everything(second)
        assert [row for row in week if row["date_start"] == "2026-11-19"] == daily(
            first, account, "2026-11-19", fields="ad_id,spend,actions"
        )
    with running_sandbox(seed=4, **options) as other:
        assert not {one["id"] for one in other.get("me/adaccounts").json()["data"]} & {account}


def test_history_does_not_change_because_the_account_grows_or_time_goes_by(
    sandbox: RunningSandbox, account: str
) -> None:
    old = known(sandbox, account, "2026-10-10", "2026-11-20T10:00:00Z")
    assert known(sandbox, account, "2026-10-10", "2027-02-01T10:00:00Z") == old


def test_conversions_arrive_late_only_grow_and_freeze_after_28_days(sandbox: RunningSandbox, account: str) -> None:
    end = datetime(2026, 11, 6, 8, tzinfo=UTC)  # midnight in Los Angeles after the 5th
    delays = [timedelta(), timedelta(hours=6), *(timedelta(days=days) for days in (1, 3, 7, 14, 28, 29, 60))]
    seen = [known(sandbox, account, "2026-11-05", (end + delay).isoformat()) for delay in delays]
    orders = [one[2] for one in seen]
    assert orders == sorted(orders)
    assert 0.5 < orders[0] / orders[-1] < 0.95
    assert orders[2] / orders[-1] > 0.8
    assert seen[-3] == seen[-2] == seen[-1]
    assert {one[:2] for one in seen} == {seen[0][:2]}  # delivery itself is complete at the end of the day


def test_the_running_day_grows_every_fifteen_minutes(sandbox: RunningSandbox, account: str) -> None:
    instants = [f"2026-11-20T{hour}:{minute}:00Z" for hour in (18, 19) for minute in ("00", "14", "15", "44")]
    seen = [known(sandbox, account, "2026-11-20", instant)[0] for instant in instants]
    assert seen == sorted(seen)
    assert seen[0] == seen[1] < seen[2]
    assert known(sandbox, account, "2026-11-21", "2026-11-20T18:00:00Z") == (0, 0, 0, 0)


def test_today_is_tomorrow_for_an_account_in_auckland(sandbox: RunningSandbox) -> None:
    yen = all_rows(sandbox, "me/adaccounts")[2]["id"]
    sandbox.set_now("2026-11-20T12:00:00Z")
    (row,) = all_rows(sandbox, f"{yen}/insights", date_preset="today")
    assert row["date_start"] == "2026-11-21"


@pytest.mark.parametrize(
    ("zone", "day", "hours", "labels"),
    [
        ("America/Los_Angeles", "2026-11-01", 25, 24),
        ("America/Los_Angeles", "2026-03-08", 23, 23),
        ("Europe/Paris", "2026-10-25", 25, 24),
        ("Pacific/Auckland", "2026-09-27", 23, 23),
        ("Asia/Kolkata", "2026-11-01", 24, 24),
    ],
)
def test_days_have_23_24_or_25_hours_and_at_most_24_labels(zone: str, day: str, hours: int, labels: int) -> None:
    found = local_day(day_number(date.fromisoformat(day)), zone)
    assert len(found.starts) == hours
    assert len(set(found.labels.tolist())) == labels


@pytest.mark.parametrize(("day", "missing"), [("2026-11-01", set()), ("2026-03-08", {"02:00:00 - 02:59:59"})])
def test_when_the_clocks_change_an_hour_is_merged_or_missing_and_the_day_still_adds_up(
    sandbox: RunningSandbox, account: str, day: str, missing: set[str]
) -> None:
    hours = daily(sandbox, account, day, level="account", fields="impressions,spend", breakdowns=HOURLY)
    (whole,) = daily(sandbox, account, day, level="account", fields="impressions,spend")
    labels = {f"{hour:02d}:00:00 - {hour:02d}:59:59" for hour in range(24)}
    assert labels - {row[HOURLY] for row in hours} == missing
    assert sum(int(row["impressions"]) for row in hours) == int(whole["impressions"])
    assert sum(Decimal(row["spend"]) for row in hours) == Decimal(whole["spend"])


def test_ads_range_from_tiny_to_huge(sandbox: RunningSandbox, account: str) -> None:
    spends = sorted(Decimal(row["spend"]) for row in daily(sandbox, account, "2026-11-18", fields="spend"))
    assert spends[-1] > 50 * spends[0] > 0


def test_the_ledger_is_what_the_rows_add_up_to(sandbox: RunningSandbox, account: str) -> None:
    books = sandbox.ledger("2026-11-15", "2026-11-18", account)[account.removeprefix("act_")]
    rows = all_rows(
        sandbox,
        f"{account}/insights",
        level="ad",
        time_increment=1,
        filtering=EVERY_AD,
        time_range=span("2026-11-15", "2026-11-18"),
        fields="ad_id,impressions,spend,actions",
    )
    told = {(row["date_start"], row["ad_id"]): (row["impressions"], row["spend"]) for row in rows}
    assert {(one["date_day"], one["ad_id"]): (one["impressions"], one["spend"]) for one in books} == told
    purchases = sum(
        int(one["value"])
        for row in rows
        for one in row.get("actions", [])
        if one["action_type"] == "omni_purchase"
    )
    assert sum(int(one["purchases"]) for one in books) == purchases > 0


def test_a_paused_campaign_spends_nothing_and_its_ads_say_so(sandbox: RunningSandbox) -> None:
    accounts = [one["id"] for one in all_rows(sandbox, "me/adaccounts")]
    changes = [
        (account, one)
        for account in accounts
        for one in all_rows(
            sandbox,
            f"{account}/activities",
            since="2026-06-01",
            fields="event_type,event_time,object_id,extra_data",
        )
        if one["event_type"] == "update_campaign_run_status"
        and "Paused" in json.loads(one["extra_data"])["new_value"]
    ]
    assert changes
    _, pause = changes[0]
    paused_at = datetime.fromisoformat(pause["event_time"])
    sandbox.set_now((paused_at + timedelta(hours=20)).isoformat())
    rows = all_rows(
        sandbox,
        f"{pause['object_id']}/insights",
        level="ad",
        date_preset="today",
        fields="spend",
        filtering=EVERY_AD,
    )
    ads = all_rows(sandbox, f"{pause['object_id']}/ads", fields="effective_status")
    assert sum(Decimal(row["spend"]) for row in rows) == 0
    assert (
        {"CAMPAIGN_PAUSED"}
        <= {one["effective_status"] for one in ads}
        <= {"CAMPAIGN_PAUSED", "PAUSED", "DISAPPROVED"}
    )


def test_a_budget_in_the_change_log_is_the_budget_of_the_object(sandbox: RunningSandbox, account: str) -> None:
    log = all_rows(
        sandbox, f"{account}/activities", since="2026-10-01", fields="event_type,event_time,object_id,extra_data"
    )
    changes = [one for one in log if one["event_type"] in {"update_ad_set_budget", "update_campaign_budget"}]
    assert len(changes) > 5
    for change in changes[:6]:
        at = datetime.fromisoformat(change["event_time"])
        values = json.loads(change["extra_data"])
        for moment, name in ((at - timedelta(minutes=30), "old_value"), (at + timedelta(minutes=30), "new_value")):
            sandbox.set_now(moment.isoformat())
            assert sandbox.get(change["object_id"], fields="daily_budget").json()["daily_budget"] == str(
                values[name]
            )


def test_the_change_log_is_newest_first_and_keeps_to_its_window(sandbox: RunningSandbox, account: str) -> None:
    since, until = int(NOW.timestamp()) - 20 * 86_400, int(NOW.timestamp()) - 5 * 86_400
    log = all_rows(sandbox, f"{account}/activities", since=since, until=until, fields="event_time", limit=10)
    times = [datetime.fromisoformat(one["event_time"]).timestamp() for one in log]
    assert times == sorted(times, reverse=True)
    assert len(times) > 10
    assert all(since <= at <= until for at in times)


def test_incidents_of_every_kind_happen_and_some_are_recent_on_any_day() -> None:
    plans = build_plans(SandboxOptions())
    hour = day_number(date(2026, 11, 20)) * 24
    year = [one.kind.name for one in incidents_between(plans[0], hour - 24 * 365, hour)]
    assert set(year) == {kind.name for kind in KINDS}
    for day in range(0, 365, 7):
        recent = [one for plan in plans for one in incidents_between(plan, hour - day * 24 - 72, hour - day * 24)]
        assert recent


def test_an_outage_of_tracking_takes_purchases_but_not_clicks(sandbox: RunningSandbox, account: str) -> None:
    plan = build_plans(SandboxOptions(accounts=4, ads=90))[0]
    hour = day_number(date(2026, 11, 15)) * 24
    outages = [one for one in incidents_between(plan, hour - 24 * 90, hour) if one.kind.name == "tracking_outage"]
    outage = max(outages, key=lambda one: one.end - one.begin)
    day = (date(1970, 1, 1) + timedelta(days=outage.begin // 24 + 1)).isoformat()
    (row,) = daily(sandbox, account, day, level="account", fields="clicks,actions")
    (usual,) = daily(sandbox, account, "2026-11-18", level="account", fields="clicks,actions")
    kinds = {one["action_type"]: int(one["value"]) for one in row["actions"]}
    normal = {one["action_type"]: int(one["value"]) for one in usual["actions"]}
    assert int(row["clicks"]) > int(usual["clicks"]) / 3
    assert kinds.get("omni_purchase", 0) / int(row["clicks"]) < 0.6 * normal["omni_purchase"] / int(
        usual["clicks"]
    )


def test_an_older_and_an_app_only_account_report_purchases_under_fewer_types() -> None:
    with running_sandbox(accounts=6, ads=120, now=NOW) as sandbox:
        _, _, older, _, app, _ = (one["id"] for one in all_rows(sandbox, "me/adaccounts"))
        for account, expected in (
            (older, {"offsite_conversion.fb_pixel_purchase", "omni_purchase"}),
            (app, {"app_custom_event.fb_mobile_purchase"}),
        ):
            (row,) = daily(sandbox, account, "2026-11-18", level="account", fields="actions")
            assert {one["action_type"] for one in row["actions"] if "purchase" in one["action_type"]} == expected
