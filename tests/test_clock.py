"""The one clock: real time, or any injected instant."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest

from adtrack_pipeline import clock


def test_without_injection_it_is_now_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= before + timedelta(minutes=1)
    assert clock.now().tzinfo == UTC


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00", "2026-11-20T12:00:00+02:00", " 2026-11-20T10:00Z "],
)
def test_the_world_can_be_replayed_at_any_instant(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ADTRACK_NOW", text)
    assert clock.now() == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "20/11/2026", "2026-13-01T00:00:00Z"])
def test_what_is_no_instant_is_named_with_an_example(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ADTRACK_NOW", text)
    with pytest.raises(ValueError, match=r"ADTRACK_NOW must be an ISO 8601 instant such as .* not "):
        clock.now()


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("Pacific/Auckland", date(2026, 11, 21)),
        ("America/Los_Angeles", date(2026, 11, 20)),
        ("UTC", date(2026, 11, 20)),
    ],
)
def test_today_is_the_accounts_own_day(monkeypatch: pytest.MonkeyPatch, timezone: str, day: date) -> None:
    monkeypatch.setenv("ADTRACK_NOW", "2026-11-20T12:30:00Z")
    assert clock.local_day(timezone) == day
    assert clock.local_day(timezone, datetime(2026, 1, 1, 12, 30, tzinfo=UTC)).year == 2026


def test_an_injected_clock_reaches_child_processes_and_nothing_unsets_it() -> None:
    clock.inject("2026-11-20T10:00:00Z")
    assert os.environ["ADTRACK_NOW"] == "2026-11-20T10:00:00Z"
    clock.inject(None)
    assert clock.now() == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_clock_injected_by_one_test_is_gone_in_the_next() -> None:
    assert "ADTRACK_NOW" not in os.environ
