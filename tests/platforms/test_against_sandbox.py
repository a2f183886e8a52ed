"""The client against the sandbox: whatever goes wrong on the way, the rows are those of the sandbox's ledger."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from adtrack_pipeline.platforms.base import Account, ErrorClass, ObjectKind, PlatformError, Report
from adtrack_pipeline.platforms.meta import MetaClient, MetaConfig, Timing
from tests.platforms.conftest import VirtualClock
from tests.platforms.reading import Reading, read_insights, read_objects
from tests.sandbox_server import RunningSandbox, running_sandbox

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LAST = date(2026, 11, 19)
FIRST = LAST - timedelta(days=9)


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=3, accounts=3, ads=40, days=60, now=NOW, job_race=True) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: RunningSandbox) -> RunningSandbox:
    _sandbox.no_faults()
    _sandbox.forget_calls()
    return _sandbox


def config(sandbox: RunningSandbox, virtual: VirtualClock, **options: Any) -> MetaConfig:
    timing = Timing(sleep=virtual.sleep, monotonic=virtual.monotonic, read_timeout=5.0)
    chosen = {"page_size": 50, "timing": timing, **options}
    return MetaConfig(sandbox.base_url, sandbox.version, SecretStr(sandbox.token), **chosen)


@pytest.fixture
async def client(sandbox: RunningSandbox, virtual: VirtualClock) -> AsyncIterator[MetaClient]:
    async with MetaClient(config(sandbox, virtual)) as client:
        yield client


@pytest.fixture
async def account(client: MetaClient) -> Account:
    return (await client.discover_accounts()).accounts[0]


def truth(sandbox: RunningSandbox, account: Account) -> dict[tuple[str, str], tuple[int, Decimal]]:
    book = sandbox.ledger(FIRST.isoformat(), LAST.isoformat(), account.account_id)
    return {
        (entry["ad_id"], entry["date_day"]): (int(entry["impressions"]), Decimal(entry["spend"]))
        for entry in book[account.account_id]
    }


def read_as(reading: Reading) -> dict[tuple[str, str], tuple[int, Decimal]]:
    return {(one.ad_id, one.date_day): (int(one.impressions), Decimal(one.spend)) for one in reading.rows}


@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_every_row_of_the_ledger_is_read(
    sandbox: RunningSandbox, client: MetaClient, account: Account, mode: str
) -> None:
    reading = await read_insights(client, account, FIRST, LAST, mode=mode)
    assert read_as(reading) == truth(sandbox, account)
    assert len(reading.rows) > 100
    assert reading.rejected == []


TOO_MUCH = "Please reduce the amount of data you're asking for, then retry your request"
PASSING = [
    {"kind": "unavailable", "times": 2},
    {"kind": "html", "status": 200, "times": 2},
    {"kind": "empty", "status": 500},
    {"kind": "truncated", "skip": 1, "times": 2},
    {"kind": "cut", "skip": 1},
    {"kind": "reset"},
    {"kind": "ok_error", "skip": 1},
    {"kind": "error", "code": 1, "subcode": 99, "status": 500},
    {"kind": "error", "code": 1, "status": 500, "message": TOO_MUCH, "times": 2},
    {"kind": "error", "code": 100, "subcode": 1487534, "times": 3},
    {"kind": "quota", "code": 80000, "percent": 118, "minutes": 3},
    {"kind": "quota", "code": 17, "percent": 100, "minutes": 1},
    {"kind": "quota", "code": 4, "percent": 100, "minutes": 1},
    {"kind": "expired_cursor"},
    {"kind": "duplicate_page"},
]  # fmt: skip


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault['kind']}-{fault.get('code', '')}")
@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_after_any_passing_fault_the_rows_are_those_of_the_ledger(
    sandbox: RunningSandbox, client: MetaClient, account: Account, fault: dict[str, Any], mode: str
) -> None:
    sandbox.fault(path="insights", **fault)
    reading = await read_insights(client, account, FIRST, LAST, mode=mode)
    assert read_as(reading) == truth(sandbox, account)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "job", "status": "failed"},
        {"kind": "job", "status": "failed", "code": -3, "subcode": 1504045},
        {"kind": "job", "status": "skipped"},
        {"kind": "job", "status": "stuck"},
    ],
    ids=lambda fault: f"{fault['status']}{fault.get('code', '')}",
)
async def test_a_report_run_that_goes_wrong_costs_no_row(
    sandbox: RunningSandbox, client: MetaClient, account: Account, fault: dict[str, Any]
) -> None:
    sandbox.fault(**fault)
    reading = await read_insights(client, account, FIRST, LAST, mode="async")
    assert read_as(reading) == truth(sandbox, account)


@pytest.mark.parametrize("limits", [{"max_page_rows": 20}, {"max_sync_rows": 6}, {"max_async_rows": 6}])
async def test_limits_on_rows_are_met_by_asking_for_less(virtual: VirtualClock, limits: dict[str, int]) -> None:
    with running_sandbox(seed=3, accounts=1, ads=20, days=20, now=NOW, **limits) as sandbox:
        mode = "async" if "max_async_rows" in limits else "sync"
        async with MetaClient(config(sandbox, virtual)) as client:
            (account,) = (await client.discover_accounts()).accounts
            reading = await read_insights(client, account, FIRST, LAST, mode=mode)
        assert read_as(reading) == truth(sandbox, account)


async def test_days_beyond_metas_memory_are_told_and_all_others_read_in_few_calls(
    sandbox: RunningSandbox, virtual: VirtualClock, account: Account
) -> None:
    async with MetaClient(config(sandbox, virtual, page_size=500)) as client:
        reading = await read_insights(client, account, date(2023, 9, 1), LAST)
    recent = {key: value for key, value in read_as(reading).items() if key[1] >= FIRST.isoformat()}
    assert recent == truth(sandbox, account)
    gone = reading.stats.unavailable_until
    assert gone is not None
    assert date(2023, 10, 1) < gone < date(2023, 11, 1)
    assert reading.stats.api_calls < 60


async def test_hours_add_up_to_their_day(sandbox: RunningSandbox, client: MetaClient, account: Account) -> None:
    daily = await read_insights(client, account, LAST)
    hourly = await read_insights(client, account, LAST, report=Report.HOURLY)
    assert sum(int(one.impressions) for one in hourly.rows) == sum(int(one.impressions) for one in daily.rows)
    assert {one.hour for one in hourly.rows} <= set(range(24))
    assert all(one.reach is None for one in hourly.rows)


async def test_account_totals_hold_what_the_ads_hold(
    sandbox: RunningSandbox, client: MetaClient, account: Account
) -> None:
    daily = await read_insights(client, account, FIRST, LAST)
    total = await read_insights(client, account, FIRST, LAST, report=Report.ACCOUNT_DAILY)
    assert sum(Decimal(one.spend) for one in total.rows) == sum(Decimal(one.spend) for one in daily.rows)


async def test_every_kind_of_object_is_listed_once_over_several_pages(
    sandbox: RunningSandbox, client: MetaClient, account: Account
) -> None:
    found = {}
    for kind in ObjectKind:
        objects, rejected = await read_objects(client, account, kind)
        assert rejected == []
        ids = [one.object_id for one in objects]
        assert len(ids) == len(set(ids))
        found[kind] = set(ids)
    rows = (await read_insights(client, account, FIRST, LAST)).rows
    assert {one.ad_id for one in rows} <= found[ObjectKind.AD]
    assert {one.campaign_id for one in rows} <= found[ObjectKind.CAMPAIGN]


async def test_an_incremental_list_holds_what_has_changed_and_no_more(
    sandbox: RunningSandbox, client: MetaClient, account: Account
) -> None:
    since = NOW - timedelta(days=5)
    everything, _ = await read_objects(client, account, ObjectKind.AD)
    changed, _ = await read_objects(client, account, ObjectKind.AD, updated_since=since)
    ads = {one.object_id: one for one in changed if one.kind is ObjectKind.AD}
    assert 0 < len(ads) < len(everything)
    assert ads == {one.object_id: one for one in everything if one.object_id in ads}
    expected = {
        one.object_id for one in everything if datetime.fromisoformat(str(one.columns["updated_at"])) > since
    }
    assert set(ads) == expected


async def test_a_thumbnail_can_be_downloaded(client: MetaClient, account: Account) -> None:
    creatives, _ = await read_objects(client, account, ObjectKind.CREATIVE)
    image = await client.thumbnail(str(creatives[0].columns["thumbnail_url"]))
    assert image is not None
    assert image[1].startswith("image/")


@pytest.mark.parametrize(
    "variant",
    [
        "nan",
        "infinity",
        "overflow",
        "int64",
        "negative",
        "text",
        "bad_date",
        "no_id",
        "action_nan",
        "actions_object",
    ],
)
async def test_one_hostile_row_is_refused_and_all_others_load(
    sandbox: RunningSandbox, client: MetaClient, account: Account, variant: str
) -> None:
    sandbox.fault("hostile", path="insights", variant=variant)
    reading = await read_insights(client, account, FIRST, LAST)
    expected = truth(sandbox, account)
    assert len(reading.rejected) == 1
    assert len(reading.rows) == len(expected) - 1
    assert read_as(reading).items() <= expected.items()


@pytest.mark.parametrize(
    "variant",
    [
        "null",
        "missing",
        "number",
        "nul",
        "surrogate",
        "long_name",
        "unicode",
        "formula",
        "unknown_field",
        "unknown_currency",
    ],
)
async def test_strange_but_harmless_values_cost_no_row(
    sandbox: RunningSandbox, client: MetaClient, account: Account, variant: str
) -> None:
    sandbox.fault("hostile", path="insights", variant=variant)
    reading = await read_insights(client, account, FIRST, LAST)
    assert read_as(reading).keys() == truth(sandbox, account).keys()
    assert reading.rejected == []
    assert not any("\x00" in (one.ad_name or "") for one in reading.rows)


async def test_an_account_without_permission_fails_alone(sandbox: RunningSandbox, client: MetaClient) -> None:
    everyone = (await client.discover_accounts()).accounts
    sandbox.fault("permission", account=everyone[1].account_id)
    found = await client.discover_accounts([one.account_id for one in everyone])
    assert set(found.failed) == {everyone[1].account_id}
    readings = await asyncio.gather(
        *(read_insights(client, one, FIRST, LAST) for one in everyone), return_exceptions=True
    )
    assert isinstance(readings[1], PlatformError)
    assert readings[1].error_class is ErrorClass.ALERT
    assert isinstance(readings[0], Reading)
    assert read_as(readings[0]) == truth(sandbox, everyone[0])


async def test_a_wrong_token_and_a_dead_version_are_told_in_a_sentence(virtual: VirtualClock) -> None:
    with running_sandbox(seed=3, accounts=1, ads=5, days=5, now=NOW, tokens=frozenset({"right-token"})) as sandbox:
        for options, said in (
            ({"token": SecretStr("wrong-token-x")}, "META_ACCESS_TOKEN"),
            ({"version": "v19.0"}, "META_API_VERSION"),
        ):
            base = config(sandbox, virtual)
            chosen = {"base_url": base.base_url, "version": base.version, "token": base.token, **options}
            async with MetaClient(MetaConfig(**chosen)) as client:
                with pytest.raises(PlatformError, match=said) as caught:
                    await client.discover_accounts()
            assert caught.value.error_class is ErrorClass.ALERT
            assert "wrong-token-x" not in str(caught.value)


async def test_the_proof_opens_an_app_that_demands_it(virtual: VirtualClock) -> None:
    options: dict[str, Any] = {"seed": 3, "accounts": 1, "ads": 5, "days": 5, "now": NOW}
    with running_sandbox(**options, app_secret="shh-secret", require_proof=True) as sandbox:
        async with MetaClient(config(sandbox, virtual, app_secret=SecretStr("shh-secret"))) as client:
            (account,) = (await client.discover_accounts()).accounts
            await read_insights(client, account, FIRST, LAST, mode="async")
        async with MetaClient(config(sandbox, virtual)) as client:
            with pytest.raises(PlatformError):
                await client.discover_accounts()


async def test_an_hour_of_an_account_costs_one_call_per_page_and_no_more(
    sandbox: RunningSandbox, client: MetaClient, account: Account
) -> None:
    sandbox.forget_calls()
    since = LAST - timedelta(days=1)
    daily = await read_insights(client, account, since, LAST)
    total = await read_insights(client, account, since, LAST, report=Report.ACCOUNT_DAILY)
    assert daily.stats.api_calls == max(1, -(-len(daily.rows) // 50))
    assert total.stats.api_calls == 1
    assert sandbox.calls()["total"] == daily.stats.api_calls + total.stats.api_calls
