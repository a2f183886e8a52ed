"""What is due is built once, kept, and sent in the same transaction; whatever happens in between."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.defs.reporting.building import Builder
from adtrack_pipeline.defs.reporting.keeping import keep, latest, write_missing_files
from adtrack_pipeline.reporting import Report
from adtrack_pipeline.warehouse import Database
from tests.defs.reporting.conftest import (
    DAY,
    NOW,
    Connection,
    MakeBuilder,
    add_account,
    events,
    kept,
    put_day,
    read,
    settings_of,
)
from tests.notify.writing import write_alert

BOTH = [("meta", "1", DAY, 1, True), ("meta", "2", DAY, 1, True), ("*", "*", DAY, 1, True)]


def save(builder: Builder, report: Report, html: str = "") -> bool:
    return keep(builder.conn, report, html, project_id="p", built_at=builder.now)


def report_of(builder: Builder, account_id: str = "1") -> Report:
    found = builder.of_account("meta", account_id, DAY)
    assert found is not None
    return found


def test_in_the_morning_every_account_and_then_all_of_them_have_a_report(shop: Connection, builder: MakeBuilder):
    built = builder().build_due()
    assert [one.name for one in built.reports] == ["Shop 1", "Shop 2", "All accounts"]
    assert kept(shop) == BOTH
    assert [stream for stream, _ in events(shop)] == ["meta:1:-", "meta:2:-", "-:-:-"]
    first = events(shop)[0][1]
    assert (first["total_spend"], first["overall_roas"], first["currency"]) == (100.0, 3.0, "EUR")


def test_before_the_morning_nothing_is_built_and_afterwards_nothing_twice(shop: Connection, builder: MakeBuilder):
    assert builder(NOW - timedelta(hours=1)).build_due().reports == []
    builder().build_due()
    assert builder(NOW + timedelta(hours=1)).build_due().reports == []
    assert (kept(shop), len(events(shop))) == (BOTH, 3)


def test_a_day_later_there_is_the_next_report(shop: Connection, builder: MakeBuilder):
    builder().build_due()
    tomorrow = DAY + timedelta(days=1)
    for account_id in ("1", "2"):
        put_day(shop, tomorrow, account_id)
        read(shop, account_id, tomorrow, "2026-11-21T06:10:00Z")
    built = builder(NOW + timedelta(days=1)).build_due()
    assert [(one.name, one.day) for one in built.reports][-1] == ("All accounts", tomorrow)
    assert built.reports[0].restated_since == NOW


def test_a_day_that_is_not_read_is_waited_for_three_hours_and_then_told_as_it_is(
    shop: Connection, builder: MakeBuilder
):
    shop.execute("delete from ops.insight_coverage where account_id = '2'")
    assert [one.name for one in builder().build_due().reports] == ["Shop 1"]
    late = builder(NOW + timedelta(hours=3)).build_due()
    assert [one.name for one in late.reports] == ["Shop 2", "All accounts"]
    assert kept(shop)[1:] == [("meta", "2", DAY, 1, False), ("*", "*", DAY, 1, False)]
    assert "Shop 2: Thu 19 Nov has not been read completely" in events(shop)[1][1]["missing"][0]
    assert events(shop)[2][1]["is_complete"] is False


def test_what_was_missing_makes_a_new_version_when_it_comes_and_is_not_sent_again(
    shop: Connection, builder: MakeBuilder
):
    shop.execute("delete from ops.insight_coverage where account_id = '2'")
    builder(NOW + timedelta(hours=3)).build_due()
    sent = len(events(shop))
    read(shop, "2", DAY, "2026-11-20T10:40:00Z")
    built = builder(NOW + timedelta(hours=4)).build_due()
    assert [one.name for one in built.reports] == ["Shop 2", "All accounts"]
    assert kept(shop)[-2:] == [("meta", "2", DAY, 2, True), ("*", "*", DAY, 2, True)]
    assert len(events(shop)) == sent
    assert builder(NOW + timedelta(hours=5)).build_due().reports == []


def test_the_same_inputs_make_no_new_version(shop: Connection, builder: MakeBuilder):
    assert save(builder(), report_of(builder()))
    assert not save(builder(), report_of(builder()))
    assert not save(builder(NOW + timedelta(hours=2)), report_of(builder(NOW + timedelta(hours=2))))
    put_day(shop, DAY, spend=101)
    assert save(builder(), report_of(builder()))
    assert [row[3] for row in kept(shop)] == [1, 2]
    assert len(events(shop)) == 1


def test_an_account_that_delivers_nothing_has_a_report_and_nobody_is_bothered(
    shop: Connection, builder: MakeBuilder
):
    shop.execute("delete from marts.account_metrics where account_id = '2'")
    builder().build_due()
    assert kept(shop) == BOTH
    assert [stream for stream, _ in events(shop)] == ["meta:1:-", "-:-:-"]


def test_an_account_whose_report_fails_does_not_stop_the_others(shop: Connection, builder: MakeBuilder):
    write_alert(shop, account="1")
    shop.execute("update ops.alerts set began_at = 'infinity'")
    built = builder().build_due()
    assert [one.name for one in built.reports] == ["Shop 2"]
    assert list(built.failed) == ["1"]
    assert kept(shop) == [("meta", "2", DAY, 1, True)]


def test_a_model_that_drifts_is_an_open_alert_of_all_accounts_and_of_none_alone(
    shop: Connection, builder: MakeBuilder
):
    write_alert(shop, account="1", alert_type="model_drift", name="net 1", money=None)
    shop.execute(
        "update ops.alerts set level = 'model', account_id = null, platform = null, campaign_id = null,"
        " currency = null, model_name = 'net'"
    )
    reports = builder().build_due().reports
    assert [[one.object_name for one in report.alerts] for report in reports] == [[], [], ["net 1"]]
    assert "net 1" in builder().page(reports[-1])


def test_two_runs_at_once_make_one_report_each_and_send_it_once(
    shop: Connection, database: Database, tmp_path: Path
):
    start = threading.Barrier(2)

    def run() -> None:
        with database.connect(autocommit=True) as conn:
            start.wait()
            Builder(conn, settings_of(tmp_path), NOW).build_due()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept(shop)) == sorted(BOTH)
    assert len(events(shop)) == 3


def test_killed_between_building_and_committing_nothing_is_there_and_the_next_run_does_it_all(
    shop: Connection, builder: MakeBuilder, database: Database, tmp_path: Path
):
    victim = database.connect()
    dying = Builder(victim, settings_of(tmp_path), NOW)
    assert save(dying, report_of(dying))
    pid = victim.info.backend_pid
    shop.execute("select pg_terminate_backend(%s)", [pid])
    with pytest.raises(psycopg.OperationalError):
        victim.commit()
    assert (kept(shop), events(shop)) == ([], [])
    builder().build_due()
    assert (kept(shop), len(events(shop))) == (BOTH, 3)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_killed_before_the_files_were_written_the_next_run_writes_them(
    shop: Connection, builder: MakeBuilder, tmp_path: Path
):
    builder().build_due()
    folder = tmp_path / "reports"
    assert len(write_missing_files(shop, folder, NOW - timedelta(days=3))) == 3
    assert files(folder) == [
        f"2026-11-19/{name}.{kind}" for name in ("all-accounts", "meta-1", "meta-2") for kind in ("html", "json")
    ]
    assert write_missing_files(shop, folder, NOW - timedelta(days=3)) == []
    (folder / "2026-11-19" / "meta-1.html").unlink()
    (folder / "2026-11-19" / "meta-2.json").write_text("{ half")
    assert len(write_missing_files(shop, folder, NOW - timedelta(days=3))) == 2


def test_a_new_version_replaces_the_file_of_the_old_one(shop: Connection, builder: MakeBuilder, tmp_path: Path):
    save(builder(), report_of(builder()), "first")
    [path] = write_missing_files(shop, tmp_path, NOW - timedelta(days=3))
    put_day(shop, DAY, spend=150)
    save(builder(), report_of(builder()), "second")
    assert write_missing_files(shop, tmp_path, NOW - timedelta(days=3)) == [path]
    assert path.read_text() == "second"
    assert '"total_spend": 150.0' in path.with_suffix(".json").read_text()


def test_the_newest_reports_are_listed_with_the_one_over_all_first(shop: Connection, builder: MakeBuilder):
    builder().build_due()
    found = latest(shop, NOW - timedelta(days=3))
    assert [(one.account_id, data["account_name"]) for one, data in found] == [
        ("*", "All accounts"),
        ("1", "Shop 1"),
        ("2", "Shop 2"),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "now"),
    [
        ("Europe/Berlin", "2026-10-24", "2026-10-25T06:10:00+00:00"),
        ("America/New_York", "2026-03-07", "2026-03-08T11:10:00+00:00"),
    ],
)
def test_a_report_is_built_on_the_morning_the_clocks_change(
    shop: Connection, builder: MakeBuilder, zone: str, day: str, now: str
):
    shop.execute("update raw.accounts set withdrawn_at = now()")
    add_account(shop, "7", zone)
    moment, about = datetime.fromisoformat(now), datetime.fromisoformat(day).date()
    put_day(shop, about, "7")
    read(shop, "7", about, (moment - timedelta(minutes=30)).isoformat())
    assert builder(moment - timedelta(minutes=15)).build_due().reports == []
    assert [one.day for one in builder(moment).build_due().reports] == [about]
    assert kept(shop) == [("meta", "7", about, 1, True)]


def test_accounts_that_can_no_longer_be_read_get_no_report(shop: Connection, builder: MakeBuilder):
    shop.execute("update raw.accounts set withdrawn_at = now() where account_id = '2'")
    assert [one.name for one in builder().build_due().reports] == ["Shop 1"]


def test_markup_in_names_is_kept_harmless_and_sent_as_it_is(shop: Connection, builder: MakeBuilder):
    name = "<script>alert(1)</script>"
    shop.execute("update raw.accounts set name = %s", [name])
    builder().build_due()
    [html] = shop.execute("select html from ops.reports where account_id = '1'").fetchone() or [""]
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert events(shop)[0][1]["account_name"] == name


def test_a_budget_of_the_policies_file_stands_in_the_report(
    shop: Connection, builder: MakeBuilder, tmp_path: Path
):
    policies = tmp_path / "policies.yaml"
    policies.write_text('pacing: {budgets: [{name: Shop one, account: "1", monthly: 3000}]}')
    made: dict[str, Any] = {"ADTRACK_POLICIES": policies}
    reports = {one.name: one for one in builder(**made).build_due().reports}
    assert [one.name for one in reports["Shop 1"].paces] == ["Shop one"]
    assert reports["Shop 2"].paces == []
    assert [one.name for one in reports["All accounts"].paces] == ["Shop one"]
