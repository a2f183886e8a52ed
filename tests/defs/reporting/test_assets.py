"""The asset as a run executes it: what the run page shows, files people can open, a red check that says why."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.defs.reporting.assets import CHECK, KEY, build_reports
from adtrack_pipeline.warehouse import Database
from tests.defs.reporting.conftest import NOW, Connection, settings_of
from tests.notify.writing import write_alert


@pytest.fixture(autouse=True)
def _morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADTRACK_NOW", NOW.isoformat())


def run(database: Database, home: Path, **names: str) -> dg.ExecuteInProcessResult:
    settings = settings_of(home, **names)
    pipeline = Pipeline(settings, database)
    return dg.materialize([build_reports(settings)], resources={"pipeline": pipeline})


def shown(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    [event] = result.get_asset_materialization_events()
    return {name: str(value.value) for name, value in event.materialization.metadata.items()}


@pytest.mark.usefixtures("shop")
def test_the_run_page_links_the_newest_report_with_its_numbers_and_a_chart(database: Database, tmp_path: Path):
    page = shown(run(database, tmp_path))
    path = tmp_path / "reports" / "2026-11-19" / "all-accounts.html"
    assert page["built now"] == "3"
    with database.connect() as conn:
        newest = conn.execute("select report_id from ops.reports where account_id = '*'").fetchone()
    assert newest
    assert page["newest report"] == f"/reports/{newest[0]}"
    assert page["all reports"] == "/reports"
    assert page["its file"] == str(path)
    assert path.read_text().startswith("<!doctype html>")
    assert "100.00 EUR" in page["key numbers"]
    assert page["preview"].startswith("![Spend and revenue per day, 28 days](data:image/png;base64,")


@pytest.mark.usefixtures("shop")
def test_links_of_the_run_page_begin_with_the_address_people_know_if_it_is_configured(
    database: Database, tmp_path: Path
):
    page = shown(run(database, tmp_path, ADTRACK_UI_URL="https://dagster.example.com/"))
    assert page["all reports"] == "https://dagster.example.com/reports"


@pytest.mark.usefixtures("shop")
def test_an_hour_with_nothing_due_still_links_the_newest_report(database: Database, tmp_path: Path):
    run(database, tmp_path)
    page = shown(run(database, tmp_path))
    assert page["built now"] == "0"
    assert page["its file"].endswith("all-accounts.html")
    assert page["preview"].startswith("![Spend and revenue per day, 28 days](data:image/png;base64,")


def test_before_the_first_report_the_page_says_when_it_comes(
    shop: Connection, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ADTRACK_NOW", (NOW - timedelta(hours=2)).isoformat())
    assert "due in the account's morning" in shown(run(database, tmp_path))["reports"]


def test_an_account_whose_report_fails_turns_the_check_red_with_the_reason(
    shop: Connection, database: Database, tmp_path: Path
):
    write_alert(shop, account="1")
    shop.execute("update ops.alerts set began_at = 'infinity'")
    result = run(database, tmp_path)
    [check] = result.get_asset_check_evaluations()
    assert (check.asset_key, check.check_name, check.passed) == (KEY, CHECK, False)
    assert check.description is not None
    assert check.description.startswith("Account 1 has no report: ")


def test_names_with_markup_stay_text_on_the_run_page(shop: Connection, database: Database, tmp_path: Path):
    shop.execute("update raw.accounts set name = '[a](http://x) <img src=x> | b'")
    assert r"\[a\](http://x) \<img src=x\> \| b" in shown(run(database, tmp_path))["key numbers"]
