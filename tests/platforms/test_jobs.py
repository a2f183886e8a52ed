"""Report runs: submitted and polled together, taken up again, given up."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import Account, PlatformError, Report
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.jobs import judge
from tests.platforms.conftest import MakeClient, VirtualClock
from tests.platforms.reading import DAY, INSIGHTS, Reading, read_insights, row
from tests.platforms.scripted import Call, Reply, ScriptedGraph, failure

RUNNING = {"async_status": "Job Running", "async_percent_completion": 40}
DONE = {"async_status": "Job Completed", "async_percent_completion": 100}
LAST = DAY + timedelta(days=6)


class Store:
    """A job store in memory, kept over "crashes"."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[str, datetime]] = {}

    async def get(self, key: str) -> tuple[str, datetime] | None:
        return self.jobs.get(key)

    async def put(self, key: str, account_id: str, report_run_id: str) -> None:
        self.jobs[key] = (report_run_id, clock.now())

    async def drop(self, key: str) -> None:
        self.jobs.pop(key, None)


class Runs:
    """Report runs at "Meta": one row per day; `state` decides what a poll says."""

    def __init__(self, graph: ScriptedGraph) -> None:
        self.graph = graph
        self.submitted: list[dict[str, Any]] = []
        self.polls: dict[str, int] = {}
        self.state: Callable[[dict[str, Any], int], dict[str, Any] | Reply] = lambda _asked, _poll: DONE
        self.run_id: Callable[[int], Any] = str
        self.read: Callable[[Call], Reply] | None = None
        graph.on("", self)

    def __call__(self, call: Call) -> Reply:
        if call.method == "POST":
            span = call.json("time_range")
            self.submitted.append({**span, "params": call.params})
            return Reply({"report_run_id": self.run_id(1000 + len(self.submitted))})
        parts = call.path.split("/")
        if parts[-1] == "insights":
            return self.read(call) if self.read else self.rows(parts[-2])
        return self._poll(parts[-1])

    def _poll(self, run: str) -> Reply:
        self.polls[run] = self.polls.get(run, 0) + 1
        said = self.state(self.asked(run), self.polls[run])
        return said if isinstance(said, Reply) else Reply({"id": run, **said})

    def asked(self, run: str) -> dict[str, Any]:
        return self.submitted[int(run) - 1001]

    def rows(self, run: str) -> Reply:
        asked = self.asked(run)
        day, until = date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
        return Reply({"data": [row(day=day + timedelta(days=n)) for n in range((until - day).days + 1)]})


@pytest.fixture
def runs(graph: ScriptedGraph) -> Runs:
    return Runs(graph)


async def read(client: MetaClient, account: Account, until: date = LAST, **options: Any) -> Reading:
    return await read_insights(client, account, DAY, until, mode="async", **options)


def days(count: int) -> list[str]:
    return [(DAY + timedelta(days=n)).isoformat() for n in range(count)]


async def test_a_run_is_read_once_completed_and_at_a_hundred_percent(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    answers = [
        RUNNING,
        {**RUNNING, "async_percent_completion": 100},
        {**DONE, "async_percent_completion": 99},
        DONE,
    ]
    runs.state = lambda _asked, poll: answers[poll - 1]
    reading = await read(client, account)
    assert reading.days == days(7)
    assert runs.polls == {"1001": 4}


async def test_a_run_id_that_is_a_number_is_as_good_as_text(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    runs.run_id = int
    assert (await read(client, account)).days == days(7)


async def test_runs_are_submitted_together_up_to_the_limit_and_with_the_status_filter(
    runs: Runs, make_client: MakeClient, account: Account
) -> None:
    client = make_client(max_jobs_per_account=2)
    seen: list[int] = []
    runs.state = lambda _asked, poll: seen.append(len(runs.submitted)) or (DONE if poll > 2 else RUNNING)
    reading = await read(client, account, DAY + timedelta(days=27))
    assert reading.days == days(28)
    assert seen[0] == 2
    assert len(runs.submitted) == 4
    assert all("ad.effective_status" in one["params"]["filtering"] for one in runs.submitted)


async def test_pauses_between_polls_grow(
    runs: Runs, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    runs.state = lambda _asked, poll: DONE if poll > 12 else RUNNING
    await read(client, account)
    assert virtual.slept == sorted(virtual.slept)
    assert max(virtual.slept) == 30


@pytest.mark.parametrize(
    "failed",
    [
        {"async_status": "Job Skipped", "async_percent_completion": 0},
        {"async_status": "Job Failed", "async_percent_completion": 0},
        {"async_status": "Job Failed", "error_code": -2, "error_subcode": 2490547},
        {"async_status": "Job Failed", "error_code": 2, "error_subcode": 1504043},
    ],
)
async def test_a_run_that_failed_for_no_fault_of_ours_is_submitted_again(
    runs: Runs, client: MetaClient, account: Account, failed: dict[str, Any]
) -> None:
    runs.state = lambda _asked, _poll: failed if len(runs.submitted) == 1 else DONE
    assert (await read(client, account)).days == days(7)
    assert [one["since"] for one in runs.submitted] == [DAY.isoformat()] * 2


@pytest.mark.parametrize(
    "failed",
    [
        {"async_status": "Job Failed", "error_code": -3, "error_subcode": 1504045},
        {"async_status": "Job Failed", "error_code": 100, "error_subcode": 1487534},
        {"async_status": "Job Failed", "error_code": 2, "error_subcode": 1504038},
    ],
)
async def test_a_run_that_was_too_large_is_split_at_once(
    runs: Runs, client: MetaClient, account: Account, failed: dict[str, Any]
) -> None:
    runs.state = lambda asked, _poll: DONE if asked["since"] == asked["until"] else failed
    assert (await read(client, account)).days == days(7)
    windows = [(one["since"], one["until"]) for one in runs.submitted]
    assert len(windows) == len(set(windows)) == 13


async def test_a_run_that_fails_for_ever_is_split_after_three_tries_and_ends_with_its_error(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    runs.state = lambda _asked, _poll: {"async_status": "Job Failed", "error_code": -2, "error_message": "no"}
    runs.read = lambda _call: failure(100, 1487534)
    with pytest.raises(PlatformError):
        await read(client, account, DAY, report=Report.ACCOUNT_DAILY)
    assert len(runs.submitted) == 3


async def test_a_run_that_never_ends_is_given_up_at_its_deadline_and_split(
    runs: Runs, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    runs.state = lambda asked, _poll: DONE if asked["since"] == asked["until"] else RUNNING
    reading = await read(client, account, DAY + timedelta(days=1))
    assert reading.days == days(2)
    assert 3600 < sum(virtual.slept) < 3700


async def test_a_run_that_was_just_created_may_be_missing_for_a_moment(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    runs.state = lambda _asked, poll: DONE if poll > 2 else failure(100, 33, "Unsupported get request")
    assert (await read(client, account)).days == days(7)
    assert len(runs.submitted) == 1


async def test_a_report_that_is_not_loadable_yet_is_read_again(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    answers = [
        failure(2601, 1815107, "Loading Async Ads Report Failed"),
        failure(100, None, "(#100) Cannot include spend in summary param"),
    ]
    runs.read = lambda call: answers.pop() if answers else runs.rows(call.path.split("/")[-2])
    reading = await read(client, account)
    assert reading.days == days(7)
    assert len(runs.submitted) == 1
    assert reading.stats.retries == 2


async def test_a_field_refused_only_when_reading_is_left_out_of_a_new_run(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    answers = [failure(100, None, "(#100) Tried accessing nonexisting summary field (reach)")]
    runs.read = lambda call: answers.pop() if answers else runs.rows(call.path.split("/")[-2])
    reading = await read(client, account)
    assert reading.days == days(7)
    assert "reach" not in runs.submitted[1]["params"]["fields"].split(",")
    assert "reach" in reading.stats.warnings[0]


async def test_days_that_are_gone_are_learned_by_runs_too(
    runs: Runs, graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    def script(call: Call) -> Reply:
        if call.method == "POST" and call.json("time_range")["since"] < "2026-11-03":
            return failure(3018)
        return runs(call)

    graph.on("", script)
    reading = await read(client, account)
    assert reading.days == days(7)[2:]
    assert reading.stats.unavailable_until == date(2026, 11, 2)


async def test_after_a_crash_the_runs_already_paid_for_are_read(
    runs: Runs, make_client: MakeClient, account: Account
) -> None:
    store = Store()
    runs.state = lambda _asked, poll: failure(190, 463, "expired") if poll > 1 else RUNNING
    with pytest.raises(PlatformError):
        await read(make_client(), account, DAY + timedelta(days=13), jobs=store)
    assert len(store.jobs) == len(runs.submitted) == 2
    submitted = min(instant for _, instant in store.jobs.values())
    runs.state = lambda _asked, _poll: DONE
    reading = await read(make_client(), account, DAY + timedelta(days=13), jobs=store)
    assert reading.days == days(14)
    assert reading.stats.asked_at == submitted
    assert len(runs.submitted) == 2
    assert store.jobs == {}


async def test_a_remembered_run_that_is_gone_or_stale_is_replaced(
    runs: Runs, make_client: MakeClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADTRACK_NOW", "2026-11-20T12:00:00Z")
    stale = datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp()
    for first in (failure(100, 33, "gone"), {**DONE, "time_ref": stale}):
        store = Store()
        runs.submitted.clear()
        runs.polls.clear()
        runs.state = lambda _asked, _poll: failure(190, 463, "expired")
        with pytest.raises(PlatformError):
            await read(make_client(), account, jobs=store)
        runs.state = lambda _asked, _poll, first=first: first if len(runs.submitted) == 1 else DONE
        reading = await read(make_client(), account, jobs=store)
        assert (reading.days, reading.stats.asked_at) == (days(7), None)
        assert len(runs.submitted) == 2


async def test_runs_are_remembered_until_their_rows_have_been_read(
    runs: Runs, client: MetaClient, account: Account
) -> None:
    store = Store()
    async for _ in client.insights(
        account, Report.DAILY, DAY, LAST, stats=Reading().stats, mode="async", jobs=store
    ):
        assert len(store.jobs) == 1
    assert store.jobs == {}


async def test_a_different_request_is_a_different_job(
    runs: Runs, make_client: MakeClient, account: Account
) -> None:
    store = Store()
    runs.state = lambda _asked, _poll: failure(190, 463, "expired")
    for client in (make_client(), make_client(attribution_windows=("7d_click",)), make_client(version="v26.0")):
        with pytest.raises(PlatformError):
            await read(client, account, jobs=store)
    assert len(store.jobs) == 3


async def test_large_windows_go_to_runs_by_themselves_and_small_ones_do_not(
    runs: Runs, graph: ScriptedGraph, make_client: MakeClient, account: Account
) -> None:
    def direct(call: Call) -> Reply:
        if call.method == "POST":
            return runs(call)
        span = call.json("time_range")
        day, until = date.fromisoformat(span["since"]), date.fromisoformat(span["until"])
        return Reply({"data": [row(day=day + timedelta(days=n)) for n in range((until - day).days + 1)]})

    graph.on(INSIGHTS, direct)
    client = make_client(sync_max_rows=20)
    small = await read_insights(client, account, DAY, DAY + timedelta(days=6))
    assert small.days == days(7)
    assert not runs.submitted
    large = await read_insights(client, account, DAY, DAY + timedelta(days=27))
    assert large.days == days(28)
    assert len(runs.submitted) == 1


def test_no_other_state_of_a_run_means_readable() -> None:
    for status in ("Job Not Started", "Job Started", "Job Running", "job completed", None, 5):
        assert judge({"async_status": status, "async_percent_completion": 100}) is False
    assert judge({"async_status": "Job Completed", "async_percent_completion": "100"}) is True
    assert judge({}) is False
