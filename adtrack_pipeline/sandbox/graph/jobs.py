"""Asynchronous report runs: their life from poll to poll, their failures, their expiry.

A run advances one state with each poll, so that a test never waits for nothing, and one more for every two
seconds of real time, so that nor does a client that polls seldom. Polled often, every run shows `Job Running` at
100 % once; every third one also queues; every fifth is unknown to its first poll.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.world import InsightQuery

LIFETIME = timedelta(days=30)
_SECONDS_PER_STATE = 2.0
COMPLETED = ("Job Completed", 100)
_SHORT = (("Job Running", 60), ("Job Running", 100))
_LONG = (("Job Not Started", 0), ("Job Started", 0), ("Job Running", 37), *_SHORT)


@dataclass
class Outcome:
    """How a run ends: `Job Completed`, `Job Failed` with its error, `Job Skipped`, or never ("Job Running")."""

    status: str = "Job Completed"
    code: int | None = None
    subcode: int | None = None
    message: str | None = None


TOO_LARGE = Outcome("Job Failed", -3, 1504045, "The report is too large.")


@dataclass
class Run:
    """One report run."""

    run_id: str
    account_id: str
    query: InsightQuery
    params: dict[str, str]
    created: datetime
    states: tuple[tuple[str, int], ...]
    outcome: Outcome
    unknown_polls: int = 0
    polls: int = 0  # states passed
    polled_at: float = 0.0

    @property
    def state(self) -> tuple[str, int]:
        """Status and percent after the polls so far."""
        if self.polls == 0:
            return self.states[0] if self.states else self._end()
        return self.states[self.polls - 1] if self.polls <= len(self.states) else self._end()

    def _end(self) -> tuple[str, int]:
        percents = {"Job Completed": 100, "Job Running": 82}
        return self.outcome.status, percents.get(self.outcome.status, 0)


class Jobs:
    """All report runs of one server; a restart forgets them, as an expiry would."""

    def __init__(
        self, options: SandboxOptions, clock: Callable[[], datetime], pace: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = options
        self._clock = clock
        self._pace = pace
        self._runs: dict[str, Run] = {}
        self._number = 0
        self.outcomes: list[tuple[str | None, Outcome]] = []

    def submit(self, query: InsightQuery, params: dict[str, str], fate: Outcome | None = None) -> dict[str, Any]:
        """Start a run, with its own fate or else the one planned for its account, which is used up."""
        self._number += 1
        number, created = self._number, self._clock()
        self._runs = {one: run for one, run in self._runs.items() if created - run.created < LIFETIME}
        run_id = str(362_000_000_000_000 + int(created.timestamp()) % 100_000_000 * 1_000 + number)
        at_once = self._options.prerender  # answers made beforehand need no time
        race = self._options.job_race and number % 5 == 0 and not at_once
        states = () if at_once else _LONG if number % 3 == 0 else _SHORT
        outcome = fate or self._outcome(query.account_id)
        run = Run(run_id, query.account_id, query, params, created, states, outcome)
        run.unknown_polls = 1 if race else 0
        run.polled_at = self._pace()
        self._runs[run_id] = run
        return {"report_run_id": int(run_id) if self._options.numeric_run_ids else run_id}

    def _outcome(self, account_id: str) -> Outcome:
        for place, (wanted, outcome) in enumerate(self.outcomes):
            if wanted in (None, account_id):
                del self.outcomes[place]
                return outcome
        return Outcome()

    def find(self, run_id: str) -> Run | None:
        """A run that has not expired."""
        run = self._runs.get(run_id)
        return run if run is not None and self._clock() - run.created < LIFETIME else None

    def expire(self, run_id: str | None = None) -> None:
        """Forget one run, or all."""
        for one in [run_id] if run_id else list(self._runs):
            self._runs.pop(one, None)

    def poll(self, run: Run) -> dict[str, Any]:
        """The run object; polling moves the run one step on.

        Raises:
            GraphError: 100/33 while a just-created run is not yet known everywhere.
        """
        if run.unknown_polls > 0:
            run.unknown_polls -= 1
            raise errors.unknown_object(run.run_id)
        now = self._pace()
        run.polls += 1 + int((now - run.polled_at) // _SECONDS_PER_STATE)
        run.polled_at = now
        status, percent = run.state
        first, last = run.query.ranges[0][0], run.query.ranges[-1][1]
        answer: dict[str, Any] = {
            "id": run.run_id,
            "account_id": run.account_id,
            "time_ref": int(run.created.timestamp()),
            "async_status": status,
            "async_percent_completion": percent,
            "date_start": first.isoformat(),
            "date_stop": last.isoformat(),
            "is_running": status in {"Job Not Started", "Job Started", "Job Running"},
        }
        if (status, percent) == COMPLETED:
            answer["time_completed"] = int(run.created.timestamp()) + 2
        if status == "Job Failed":
            answer.update(_failure(run.outcome))
        return answer

    def check_readable(self, run: Run) -> None:
        """Raise 2601/1815107 unless the run is complete."""
        if run.state != COMPLETED:
            raise errors.report_not_ready()


def _failure(outcome: Outcome) -> dict[str, Any]:
    """The error fields that a failed run carries since v25."""
    message = outcome.message or "The report could not be generated."
    fields = {
        "error_code": outcome.code if outcome.code is not None else -2,
        "error_message": message,
        "error_subcode": outcome.subcode,
        "error_user_title": "Report failed",
        "error_user_msg": message,
    }
    return {name: value for name, value in fields.items() if value is not None}
