"""The ECB's rates as Dagster fetches them: once a day, only when asked for, and never in the way of the marts."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import psycopg
import pytest

from adtrack_pipeline import clock
from adtrack_pipeline.definitions import build_definitions
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.fx.assets import CHECK, KEY, build_rates
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings
from tests.fx.bank import Bank, bank
from tests.fx.ecb_files import HISTORY, zipped

Fetch = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def ecb() -> Iterator[Bank]:
    with bank() as server:
        server.content = zipped(HISTORY)
        yield server


@pytest.fixture
def fetch(database: Database, ecb: Bank, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """Materialises the rates at an instant."""

    def run(now: str = "2026-11-20T05:00:00Z") -> dg.ExecuteInProcessResult:
        monkeypatch.setenv(clock.ENV, now)
        settings = Settings(META_ACCESS_TOKEN="token", ADTRACK_ECB=True, ADTRACK_ECB_URL=ecb.url)
        rates = build_rates(settings)
        assert rates
        return dg.materialize([rates], resources={"pipeline": Pipeline(settings, database)})

    return run


def told(result: dg.ExecuteInProcessResult) -> tuple[bool, str | None, dict[str, Any]]:
    [check] = result.get_asset_check_evaluations()
    [event] = result.asset_materializations_for_node("rates")
    assert check.check_name == CHECK
    return check.passed, check.description, {name: one.value for name, one in event.metadata.items()}


def test_the_rates_of_the_bank_arrive_and_the_page_says_which(fetch: Fetch, conn: psycopg.Connection[Any]):
    passed, _, metadata = told(fetch())
    assert passed
    assert (metadata["outcome"], metadata["newest day"], metadata["rates loaded"]) == ("loaded", "2026-11-20", 33)
    assert conn.execute("select count(*) from raw.fx_rates").fetchone() == (33,)
    assert conn.execute("select run_id is not null from ops.intake_files").fetchone() == (True,)


def test_a_bank_that_is_down_turns_the_check_red_and_stops_nothing(fetch: Fetch, ecb: Bank):
    fetch()
    ecb.status = 503
    result = fetch()
    passed, said, metadata = told(result)
    assert result.success
    assert not passed
    assert "answered 503" in (said or "")
    assert metadata["newest day"] == "2026-11-20"


def test_rates_that_no_longer_hold_turn_the_check_red(fetch: Fetch):
    assert told(fetch("2026-11-27T05:00:00Z"))[0]
    passed, said, _ = told(fetch("2026-11-28T05:00:00Z"))
    assert (passed, said) == (False, "The newest rate is of 2026-11-20.")


@pytest.mark.parametrize("is_on", [True, False], ids=["on", "off"])
def test_only_the_daily_job_asks_the_bank_and_only_when_told_to(make_settings: MakeSettings, is_on: bool):
    definitions = build_definitions(make_settings(META_ACCESS_TOKEN="token", ADTRACK_ECB=is_on))
    asking = {
        name
        for name in (names.HOURLY_JOB, names.NIGHTLY_JOB, names.DAILY_JOB, names.BACKFILL_JOB)
        if KEY in definitions.resolve_job_def(name).asset_layer.executable_asset_keys
    }
    assert asking == ({names.DAILY_JOB} if is_on else set())
