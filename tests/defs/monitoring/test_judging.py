"""Accounts read from a real Postgres and judged: what the hourly run tells."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
from psycopg.types.json import Jsonb

from adtrack_pipeline.defs.monitoring import judging
from adtrack_pipeline.defs.monitoring.panel_frames import read_accounts
from adtrack_pipeline.monitoring.inputs.arrival import USUAL
from adtrack_pipeline.monitoring.policies import load_policies
from adtrack_pipeline.notify.alerts import apply_scan
from tests.dbt.raw_rows import put
from tests.defs.monitoring.marts import create_marts
from tests.monitoring.panels import Change, account

NOW = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)  # the last hour of the panels
SINCE = 29 * 24 + 6
POLICIES = load_policies(None)
Connection = psycopg.Connection[Any]


@pytest.fixture
def shop(conn: Connection) -> Connection:
    """Marts without rows, and the view of arrivals as a table."""
    create_marts(conn)
    conn.execute(
        "create table intermediate.int_conversion_arrivals (platform text, account_id text, date_day date,"
        " ad_id text, known_from timestamptz, conversions numeric, revenue numeric)"
    )
    return conn


HOURLY = "platform, account_id, date_day, hour, hour_start_at, campaign_id, ad_id, impressions, clicks, spend"
DAILY = "platform, account_id, date_day, campaign_id, ad_id, conversions, revenue, reach, frequency"


def fill(conn: Connection, panel: pd.DataFrame, account_id: str = "1", read_at: datetime | None = NOW) -> None:
    """One account's hours and days, as dbt would have built them."""
    put(conn, "accounts", {"account_id": account_id}, name=f"Shop {account_id}", currency="EUR")
    hours = panel.assign(platform="meta", account_id=account_id, date_day=panel["ts"].dt.date)
    hours = hours.assign(hour=panel["ts"].dt.hour, hour_start_at=panel["ts"], spend=panel["spend"].round(2))
    hours = hours.astype({"impressions": int, "clicks": int})
    keys = ["platform", "account_id", "date_day", "campaign_id", "ad_id"]
    days = hours.groupby(keys, as_index=False)[["conversions", "revenue"]].sum().assign(reach=1000, frequency=1.3)
    copy_rows(conn, "ad_performance_hourly", HOURLY, hours)
    copy_rows(conn, "ad_performance_daily", DAILY, days)
    if read_at:
        look(conn, account_id, "insights_hourly", read_at)


def copy_rows(conn: Connection, mart: str, columns: str, frame: pd.DataFrame) -> None:
    with conn.cursor().copy(f"copy marts.{mart} ({columns}) from stdin with (format csv)".encode()) as copy:
        copy.write(frame[columns.split(", ")].to_csv(index=False, header=False))


def look(conn: Connection, account_id: str, report: str, at: datetime, outcome: str = "ok") -> None:
    conn.execute(
        "insert into ops.sync_runs (run_id, platform, account_id, report, started_at, finished_at, outcome)"
        " values ('r', 'meta', %s, %s, %s, %s, %s)",
        (account_id, report, at, at, outcome),
    )


def quiet(**options: Any) -> pd.DataFrame:
    return account(ads=4, days=30, campaigns=1, **options)


def detected(conn: Connection, now: datetime = NOW) -> judging.Judged:
    return judging.detect(conn, POLICIES, now)


def test_a_collapse_in_the_marts_becomes_a_condition_about_the_ad(shop: Connection):
    fill(shop, quiet(changes=[Change("ctr", 0.25, SINCE)]))
    paged = [one for one in detected(shop).conditions if one.pages]
    assert [(one.alert_type, one.subject.ad_id) for one in paged] == [("ctr_drop", "a0")]


def test_what_is_found_is_told_once_however_often_it_is_looked_at(shop: Connection):
    fill(shop, quiet(changes=[Change("ctr", 0.25, SINCE)]))
    told = []
    for minutes in (0, 10, 20):
        judged = detected(shop, NOW + timedelta(minutes=minutes))
        told += apply_scan(shop, judged.scan, judged.conditions).told
    assert [change for _, change in told] == ["opened"]
    assert shop.execute("select count(*) from ops.event_outbox").fetchone() == (1,)


def test_an_account_that_was_not_read_lately_is_not_judged_and_keeps_its_alerts(shop: Connection):
    fill(shop, quiet(), "1", read_at=NOW - timedelta(hours=4))
    fill(shop, quiet(seed=1), "2")
    assert detected(shop).scan.accounts == {"2"}


def test_an_account_without_any_delivery_is_left_out_and_stops_no_other(shop: Connection):
    fill(shop, quiet(changes=[Change("ctr", 0.25, SINCE)]), "2")
    look(shop, "1", "insights_hourly", NOW)
    judged = detected(shop)
    assert (judged.scan.accounts, judged.failed) == ({"2"}, {})
    assert [one.alert_type for one in judged.conditions if one.pages] == ["ctr_drop"]


def test_hours_after_the_last_complete_read_are_no_outage(shop: Connection):
    panel = quiet()
    read_at = NOW - timedelta(hours=2)
    fill(shop, panel[panel["ts"] < pd.Timestamp(read_at)], read_at=read_at)
    assert not [one for one in detected(shop).conditions if one.pages]


def test_one_account_that_cannot_be_judged_stops_no_other(shop: Connection, monkeypatch: pytest.MonkeyPatch):
    fill(shop, quiet(), "1")
    fill(shop, quiet(changes=[Change("ctr", 0.25, SINCE)]), "2")
    real = judging.detect_anomalies

    def fails_for_one(panel: pd.DataFrame, **options: Any) -> pd.DataFrame:
        if panel["account_id"].iloc[0] == "1":
            raise ValueError("singular")
        return real(panel, **options)

    monkeypatch.setattr(judging, "detect_anomalies", fails_for_one)
    judged = detected(shop)
    assert judged.scan.accounts == {"2"}
    assert judged.failed == {"1": "ValueError: singular"}
    assert [one.subject.account_id for one in judged.conditions if one.pages] == ["2"]


def test_a_planned_pause_is_read_from_the_versions_of_the_ad(shop: Connection):
    panel = quiet()
    stopped = pd.Timestamp("2026-03-31 06:00", tz="UTC")
    panel = panel[(panel["ad_id"] != "a0") | (panel["ts"] < stopped)]
    fill(shop, panel)
    assert ("zero_delivery", "a0") in {(one.alert_type, one.subject.ad_id) for one in detected(shop).conditions}
    for at, status in ((datetime(2026, 3, 2, tzinfo=UTC), "ACTIVE"), (stopped, "CAMPAIGN_PAUSED")):
        shop.execute(
            "insert into raw.object_history (platform, object_type, object_id, account_id, content_hash, payload,"
            " observed_at) values ('meta', 'ad', 'a0', '1', '', %s, %s)",
            (Jsonb({"effective_status": status}), at),
        )
    assert "zero_delivery" not in {one.alert_type for one in detected(shop).conditions}


def test_budgets_come_from_the_ad_set_or_the_campaign(shop: Connection):
    fill(shop, quiet())
    put(shop, "ads", {"ad_id": "a0"}, account_id="1", adset_id="s1", campaign_id="c0")
    put(shop, "ads", {"ad_id": "a1"}, account_id="1", adset_id="s2", campaign_id="c0")
    for kind, object_id, budget in (("adset", "s1", "5000"), ("campaign", "c0", "0"), ("adset", "s2", None)):
        shop.execute(
            "insert into raw.object_history (platform, object_type, object_id, account_id, content_hash, payload,"
            " observed_at) values ('meta', %s, %s, '1', '', %s, %s)",
            (kind, object_id, Jsonb({"daily_budget": budget}), NOW - timedelta(days=20)),
        )
    (frames,) = read_accounts(shop, now=NOW)
    assert frames.plan[["ad_id", "daily_budget"]].values.tolist() == [["a0", 5000.0]]
    assert frames.plan["effective_status"].isna().all()


def test_an_edit_of_the_ad_set_is_named_as_a_possible_cause(shop: Connection):
    fill(shop, quiet(changes=[Change("ctr", 0.25, SINCE)]))
    put(shop, "ads", {"ad_id": "a0"}, account_id="1", adset_id="s1", campaign_id="c0")
    put(shop, "ads", {"ad_id": "a1"}, account_id="1", adset_id="s2", campaign_id="c0")
    for number, adset in enumerate(("s1", "s2")):
        edit = {"account_id": "1", "activity_key": str(number)}
        at = NOW - timedelta(hours=20)
        put(shop, "activities", edit, event_at=at, event_type="edit", object_id=adset, object_name=f"Set {adset}")
    (frames,) = read_accounts(shop, now=NOW)
    sets = frames.panel.drop_duplicates("ad_id").set_index("ad_id")["adset_id"]
    assert sets.dropna().to_dict() == {"a0": "s1", "a1": "s2"}
    (condition,) = [one for one in detected(shop).conditions if one.pages]
    assert [line.split(": ")[1] for line in condition.evidence["changed_before"]] == ["edit Set s1"]


def test_an_account_that_delivers_nothing_any_more_is_told_though_it_has_no_rows(shop: Connection):
    panel = quiet()
    fill(shop, panel[panel["ts"] < panel["ts"].max() - pd.Timedelta(hours=30)])
    (condition,) = [one for one in detected(shop).conditions if one.pages]
    assert (condition.alert_type, condition.subject.level.value) == ("zero_delivery", "account")


def test_arrivals_count_while_every_hour_was_looked_at(shop: Connection):
    fill(shop, quiet())
    for hour in range(96):
        look(shop, "1", "insights_daily", NOW - timedelta(hours=hour))
    known = NOW - timedelta(hours=1)
    shop.execute(
        "insert into intermediate.int_conversion_arrivals values ('meta', '1', %s, 'a0', %s, 7, 70)",
        (known.date(), known),
    )
    (frames,) = read_accounts(shop, now=NOW)
    assert frames.arrival is None
    recent = frames.panel[frames.panel["ts"] >= pd.Timestamp(NOW - timedelta(hours=48))]
    assert np.isclose(recent["conversions"].sum(), 7)


def test_a_gap_in_looking_makes_arrivals_a_guess_again(shop: Connection):
    fill(shop, quiet())
    for hour in (*range(5), *range(12, 96)):
        look(shop, "1", "insights_daily", NOW - timedelta(hours=hour))
    (frames,) = read_accounts(shop, now=NOW)
    assert frames.arrival is USUAL
    assert frames.panel["conversions"].sum() > 0


def test_before_the_marts_are_built_nothing_is_judged(conn: Connection):
    assert list(read_accounts(conn, now=NOW)) == []


def test_detection_can_be_switched_off_in_the_policies_file(shop: Connection, tmp_path: Path):
    file = tmp_path / "policies.yaml"
    file.write_text("detection: {enabled: false}\n")
    fill(shop, quiet(changes=[Change("ctr", 0.25, SINCE)]))
    assert not load_policies(file).detection.enabled
