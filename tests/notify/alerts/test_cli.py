"""`adtrack alerts`, as a person types it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from adtrack_pipeline import clock
from adtrack_pipeline.cli.app import app
from adtrack_pipeline.warehouse.database import Database
from tests.notify.alerts.conditions import Scans, ad, at, campaign, condition

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `adtrack alerts ...` at half past the first scan."""
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    monkeypatch.setenv(clock.ENV, at(0.5).isoformat())
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, ["alerts", *arguments])


def test_the_worst_is_listed_first_with_names_as_they_are(scans: Scans, run: Run) -> None:
    named = condition(campaign("[red]c9[/red]"), "roas_drop", "roas", message="[bold]Sale[/bold] fell.")
    scans(0, [named, condition(severity="critical", money_at_stake=1234.5, currency="EUR")])
    told = run("list")
    assert told.exit_code == 0
    assert told.stdout.index("critical") < told.stdout.index("medium")
    assert "1,234.50 EUR" in told.stdout
    assert "campaign Campaign [red]c9[/red]" in told.stdout
    assert "[bold]Sale[/bold] fell." in told.stdout


def test_yen_have_no_decimals(scans: Scans, run: Run) -> None:
    scans(0, [condition(money_at_stake=895461.0, currency="JPY")])
    assert "895,461 JPY" in run("list").stdout


def test_without_alerts_it_says_so(scans: Scans, run: Run) -> None:
    assert "No open alerts." in run("list").stdout
    assert json.loads(run("list", "--json").stdout) == []


def test_json_can_be_filtered_and_holds_everything_if_asked(scans: Scans, run: Run) -> None:
    recorded = condition(ad("r"), pages=False)
    abroad = condition(ad("b", account_id="200"), severity="high")
    scans(0, [condition(), recorded, abroad], accounts=["100", "200"])

    def listed(*options: str) -> list[str]:
        return [one["object_id"] for one in json.loads(run("list", "--json", *options).stdout)]

    assert listed() == ["b", "a"]
    assert sorted(listed("--all")) == ["a", "b", "r"]
    assert listed("--account", "act_200") == ["b"]
    assert listed("--severity", "high") == ["b"]


def test_alerts_are_acknowledged_by_name(scans: Scans, run: Run) -> None:
    scans(0, [condition(), condition(campaign("c2"))])
    assert run("ack", "1", "2", "--who", "ada").stdout == "Alert 1, 2: acknowledged.\n"
    assert [alert["acknowledged_by"] for alert in scans.alerts()] == ["ada", "ada"]
    assert scans.alerts()[0]["acknowledged_at"] == at(0.5)


def test_one_wrong_number_changes_nothing(scans: Scans, run: Run) -> None:
    scans(0, [condition()])
    told = run("ack", "1", "99")
    assert told.exit_code == 2
    assert "Alert 99: not open" in told.stderr
    assert scans.alert()["status"] == "open"


def test_a_snooze_lasts_as_long_as_was_said(scans: Scans, run: Run) -> None:
    scans(0, [condition()])
    assert run("snooze", "1", "--for", "2h").exit_code == 0
    assert scans.alert()["snoozed_until"] == at(2.5)
    assert run("snooze", "1", "--until", "2026-11-21T09:00+01:00").exit_code == 0
    assert scans.alert()["snoozed_until"] == at(24)


def test_a_silence_is_made_listed_and_ended(scans: Scans, run: Run) -> None:
    made = run(
        "silence", "--campaign", "c1", "--type", "ctr_drop", "--for", "1d", "--why", "relaunch", "--who", "ada"
    )
    assert made.stdout.startswith("Silence 1 until 2026-11-21 08:30 UTC.")
    scans(1, [condition()])
    assert scans.events() == []
    listed = run("list").stdout
    assert "campaign c1, type ctr_drop" in listed
    assert "relaunch" in listed
    assert run("unsilence", "1").exit_code == 0
    assert "relaunch" not in run("list").stdout
    scans(2, [condition()])
    assert scans.news() == [("a", "opened")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["silence", "--for", "1d", "--why", "x"], "Say what to silence"),
        (["silence", "--account", "1", "--why", "x"], "Say how long"),
        (["silence", "--account", "1", "--for", "1d", "--until", "2027-01-01", "--why", "x"], "Say how long"),
        (["silence", "--account", "1", "--for", "1d", "--why", " "], "Say why"),
        (["silence", "--account", "1", "--for", "soon", "--why", "x"], "must be a number and m, h, d or w"),
        (["snooze", "1", "--until", "tomorrow"], "must be an instant"),
        (["snooze", "1", "--until", "2020-01-01"], "is not in the future"),
        (["snooze", "1", "--for", "1h"], "resolved or unknown"),
        (["unsilence", "5"], "not a silence that holds"),
    ],
)
def test_a_mistake_is_one_sentence(scans: Scans, run: Run, arguments: list[str], sentence: str) -> None:
    told = run(*arguments)
    assert told.exit_code == 2
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr


def test_everything_is_silenced_only_if_said_so(scans: Scans, run: Run) -> None:
    assert run("silence", "--everything", "--for", "30m", "--why", "move").exit_code == 0
    row = scans.conn.execute("select until_at, account_id from ops.alert_silences").fetchone()
    assert row == (at(0.5) + timedelta(minutes=30), None)


@pytest.mark.parametrize("command", ["list", "ack", "snooze", "silence", "unsilence"])
def test_each_command_shows_how_it_is_used(command: str, run: Run) -> None:
    assert f"adtrack alerts {command}" in run(command, "--help").stdout
