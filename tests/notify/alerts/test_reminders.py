"""Alerts that nobody has acknowledged are told again, as the policies file says."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.alerts import AlertOptions, alert_options
from adtrack_pipeline.notify.channels.words import title
from adtrack_pipeline.settings import Settings
from tests.notify.alerts.conditions import Scans, ad, at, campaign, condition
from tests.notify.sample import alert_message

REMINDERS = {Severity.CRITICAL: timedelta(hours=24), Severity.HIGH: timedelta(hours=48)}


@pytest.fixture
def scans(scans: Scans) -> Iterator[Scans]:
    scans.options = AlertOptions(reminders=REMINDERS)
    return scans


def hours_told(scans: Scans, last: int, severity: str = "critical", every: int = 1) -> list[float]:
    """Scan after scan until an hour; the hours in which something was told."""
    for hour in range(0, last + 1, every):
        scans(hour, [condition(severity=severity)])
    return [(event["occurred_at"] - at(0)).total_seconds() / 3600 for event in scans.events()]


def test_a_critical_alert_nobody_acknowledged_is_told_again_every_day(scans: Scans) -> None:
    assert hours_told(scans, 50) == [0, 24, 48]
    assert scans.news() == [("a", "opened"), ("a", "reminded"), ("a", "reminded")]


@pytest.mark.parametrize(("severity", "told"), [("high", [0, 48]), ("medium", [0]), ("low", [0])])
def test_each_severity_has_its_own_time_or_none(scans: Scans, severity: str, told: list[float]) -> None:
    assert hours_told(scans, 60, severity) == told


def test_a_scan_some_minutes_early_does_not_put_it_off_by_an_hour(scans: Scans) -> None:
    scans(0.05, [condition(severity="critical")])
    scans(24, [condition(severity="critical")])
    assert scans.news() == [("a", "opened"), ("a", "reminded")]


def test_what_somebody_acknowledged_is_not_reminded_of(scans: Scans) -> None:
    scans(0, [condition(severity="critical")])
    scans.sql("select ops.acknowledge_alert(1, 'ada')")
    assert hours_told(scans, 50, every=5) == [0]


def test_a_silence_and_a_snooze_hold_and_the_reminder_comes_when_they_end(scans: Scans) -> None:
    scans(0, [condition(severity="critical"), condition(ad("b"), severity="critical")])
    scans.conn.execute("update ops.alerts set snoozed_until = %s where object_id = 'a'", [at(40)])
    scans.conn.execute(
        "insert into ops.alert_silences (starts_at, until_at, object_id, who, why)"
        " values (%s, %s, 'b', 'ada', 'launch')",
        [at(1), at(30)],
    )
    for hour in range(1, 45):
        scans(hour, [condition(severity="critical"), condition(ad("b"), severity="critical")])
    told = [(one["alert_id"], (one["occurred_at"] - at(0)).total_seconds() / 3600) for one in scans.events()[2:]]
    assert told == [(2, 30), (1, 40)]


def test_what_another_alert_explains_is_not_reminded_of(scans: Scans) -> None:
    both = [condition(severity="critical"), condition(campaign("c1"), severity="critical")]
    for hour in (0, 30):
        scans(hour, both)
    assert scans.news() == [("c1", "opened"), ("c1", "reminded")]


def test_an_alert_no_scan_has_seen_again_is_not_reminded_of(scans: Scans) -> None:
    scans(0, [condition(severity="critical")])
    scans(30, [])
    assert scans.news() == [("a", "opened")]


def test_worsening_starts_the_time_anew(scans: Scans) -> None:
    scans(0, [condition(severity="high")])
    scans(20, [condition(severity="critical")])
    scans(30, [condition(severity="critical")])
    scans(44, [condition(severity="critical")])
    assert scans.news() == [("a", "opened"), ("a", "escalated"), ("a", "reminded")]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", {"critical": 24}),
        ("reminders: {critical: null}", {}),
        ("reminders: {high: 72}", {"critical": 24, "high": 72}),
        ("reminders: {critical: soon}", {"critical": 24}),
    ],
    ids=["shipped", "off", "high-too", "a-mistake-told-elsewhere"],
)
def test_the_policies_file_says_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, hours: dict[str, int]
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)
    monkeypatch.setenv("ADTRACK_POLICIES", str(file))
    options = alert_options(Settings(_env_file=None))  # type: ignore[call-arg]
    assert {one.value: span / timedelta(hours=1) for one, span in options.reminders.items()} == hours


def test_the_message_says_that_it_is_still_so() -> None:

    assert title(alert_message(change="reminded")) == "STILL HIGH CTR drop: Spring sale"
