"""Servers shared by the sandbox's tests: one simulated, one replaying our small recording."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_server import RunningSandbox, running_sandbox

NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
REPLAY = Path(__file__).parents[1] / "fixtures" / "replay_small"
HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"


@pytest.fixture(scope="session")
def shared() -> Iterator[RunningSandbox]:
    """A simulated world for reading: four accounts (the last without ads), 90 ads, one year."""
    with running_sandbox(accounts=4, ads=90, days=365, now=NOW, job_race=False) as server:
        yield server


@pytest.fixture
def sandbox(shared: RunningSandbox) -> Iterator[RunningSandbox]:
    """The simulated world, as it was before and after each test."""
    shared.forget_calls()
    yield shared
    shared.no_faults()
    shared.set_now(NOW.isoformat())


@pytest.fixture(scope="session")
def replay() -> Iterator[RunningSandbox]:
    """Our small recording."""
    with running_sandbox(replay=REPLAY) as server:
        yield server


@pytest.fixture
def account(sandbox: RunningSandbox) -> str:
    """The largest simulated account, with its prefix."""
    return str(sandbox.get("me/adaccounts").json()["data"][0]["id"])


def span(since: str, until: str | None = None) -> str:
    """A `time_range`."""
    return f'{{"since":"{since}","until":"{until or since}"}}'


def all_rows(sandbox: RunningSandbox, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every entry of a list, page by page, stopping where `next` is missing."""
    answer = sandbox.get(path, **{"limit": 500, **params}).json()
    rows = list(answer["data"])
    while "next" in answer.get("paging", {}):
        answer = sandbox.get(answer["paging"]["next"]).json()
        rows += answer["data"]
    return rows


def daily(sandbox: RunningSandbox, account: str, day: str, **params: Any) -> list[dict[str, Any]]:
    """One day's rows."""
    return all_rows(sandbox, f"{account}/insights", **{"time_range": span(day), "level": "ad", **params})


def error(answer: Any) -> tuple[int, int | None]:
    """Code and subcode of an error answer."""
    found = answer.json()["error"]
    return found["code"], found.get("error_subcode")
