"""Asynchronous report runs: their life, their traps, their failures."""

from collections.abc import Iterator
from datetime import date

import pytest

from adtrack_pipeline.sandbox.graph.jobs import Jobs
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.world import InsightQuery
from tests.sandbox.conftest import NOW, all_rows, error, span
from tests.sandbox_server import RunningSandbox, running_sandbox

REPORT = {
    "level": "ad",
    "time_increment": "1",
    "time_range": span("2026-11-10", "2026-11-16"),
    "fields": "ad_id,spend",
}


def polled(sandbox: RunningSandbox, run: str, times: int = 12) -> list[tuple[str, int]]:
    """States from poll to poll until the run ends."""
    states = []
    for _ in range(times):
        answer = sandbox.get(run)
        if answer.status_code != 200:
            states.append(("error", error(answer)[1] or 0))
            continue
        state = answer.json()
        states.append((state["async_status"], state["async_percent_completion"]))
        if not state["is_running"]:
            break
    return states


def test_a_run_gives_exactly_the_rows_of_the_synchronous_report(sandbox: RunningSandbox, account: str) -> None:
    run = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    assert polled(sandbox, run)[-1] == ("Job Completed", 100)
    assert all_rows(sandbox, f"{run}/insights", limit=40) == all_rows(sandbox, f"{account}/insights", **REPORT)


def test_a_run_shows_running_at_100_percent_before_it_is_complete(sandbox: RunningSandbox, account: str) -> None:
    run = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    states = polled(sandbox, run)
    assert ("Job Running", 100) in states[:-1]
    assert states[-1] == ("Job Completed", 100)


def test_reading_a_run_too_early_is_a_transient_error(sandbox: RunningSandbox, account: str) -> None:
    run = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    answer = sandbox.get(f"{run}/insights")
    assert error(answer) == (2601, 1815107)
    assert answer.json()["error"]["is_transient"] is True


def test_a_run_passes_through_the_queue_now_and_then(sandbox: RunningSandbox, account: str) -> None:
    runs = [sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"] for _ in range(3)]
    seen = {status for run in runs for status, _ in polled(sandbox, run)}
    assert {"Job Not Started", "Job Started", "Job Running", "Job Completed"} == seen


def test_every_fifth_run_is_unknown_to_its_first_poll() -> None:
    with running_sandbox(accounts=1, ads=9, now=NOW) as sandbox:
        account = sandbox.get("me/adaccounts").json()["data"][0]["id"]
        runs = [sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"] for _ in range(5)]
        first_polls = [sandbox.get(run).status_code for run in runs]
        assert first_polls == [200, 200, 200, 200, 400]
        assert polled(sandbox, runs[4])[-1] == ("Job Completed", 100)


def test_a_failed_run_says_why_as_since_v25(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("job", account=account, status="failed", code=-3, subcode=1504045, message="Too large")
    run = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    assert polled(sandbox, run)[-1] == ("Job Failed", 0)
    state = sandbox.get(run).json()
    assert (state["error_code"], state["error_subcode"], state["error_message"]) == (-3, 1504045, "Too large")
    again = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    assert polled(sandbox, again)[-1] == ("Job Completed", 100)


@pytest.mark.parametrize(("planned", "seen"), [("skipped", ("Job Skipped", 0)), ("stuck", ("Job Running", 82))])
def test_a_run_can_be_skipped_or_never_end(
    sandbox: RunningSandbox, account: str, planned: str, seen: tuple[str, int]
) -> None:
    sandbox.fault("job", status=planned)
    run = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    assert polled(sandbox, run)[-1] == seen


def test_a_run_lives_thirty_days(sandbox: RunningSandbox, account: str) -> None:
    run = sandbox.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    sandbox.set_now("2026-12-19T10:00:00Z")
    assert sandbox.get(run).status_code == 200
    sandbox.set_now("2026-12-20T10:07:00Z")
    assert error(sandbox.get(run)) == (100, 33)


def test_bad_parameters_fail_when_the_run_is_created(sandbox: RunningSandbox, account: str) -> None:
    assert error(sandbox.post(f"{account}/insights", fields="spemd")) == (100, None)


@pytest.fixture
def narrow() -> Iterator[RunningSandbox]:
    with running_sandbox(accounts=1, ads=60, now=NOW, max_async_rows=100, numeric_run_ids=True) as server:
        yield server


def test_a_run_with_too_many_rows_fails_and_the_id_may_be_a_number(narrow: RunningSandbox) -> None:
    account = narrow.get("me/adaccounts").json()["data"][0]["id"]
    run = narrow.post(f"{account}/insights", **REPORT).json()["report_run_id"]
    assert isinstance(run, int)
    assert polled(narrow, str(run))[-1] == ("Job Failed", 0)
    assert narrow.get(str(run)).json()["error_subcode"] == 1504045


def test_a_client_that_polls_seldom_does_not_wait_for_every_state() -> None:
    seconds = iter([0.0, 30.0])
    jobs = Jobs(SandboxOptions(), lambda: NOW, lambda: next(seconds))
    day = date(2026, 11, 19)
    query = InsightQuery("1", "ad", ("spend",), ((day, day),), NOW, only={}, without={})
    run = jobs.find(jobs.submit(query, {})["report_run_id"])
    assert run is not None
    assert jobs.poll(run)["async_status"] == "Job Completed"
