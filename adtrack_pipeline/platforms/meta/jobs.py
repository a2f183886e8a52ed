"""Report runs: submitted together, polled together, read as they complete, found again after a crash.

Belongs here: the life of a run at Meta. Does not belong here: what a window is cut into (`slices.py`), what is
read instead of a run that failed for its size (`splitting.py`).
A run is readable only when it is completed *and* at 100 %. Skipped means expired: submitted again.
"""

from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import Account, ErrorClass, InsightsPage, PlatformError
from adtrack_pipeline.platforms.meta.errors import from_body, number
from adtrack_pipeline.platforms.meta.insights import InsightsReader
from adtrack_pipeline.platforms.meta.records import JobStore
from adtrack_pipeline.platforms.meta.slices import Slice, parameters
from adtrack_pipeline.platforms.meta.streams import merge, together
from adtrack_pipeline.platforms.meta.throttle import Work

POLL_FIELDS = "async_status,async_percent_completion,time_ref,error_code,error_subcode,error_message"
MAX_SUBMISSIONS = 3
RACE_POLLS = 4
"""Polls during which a run that was just created may be reported as missing."""


@dataclass(frozen=True)
class Attempt:
    """A slice and how often it has been submitted already."""

    part: Slice
    submissions: int = 0


@dataclass
class Run:
    """A report run at Meta. `resumed`: when an earlier process submitted it, if this one did not."""

    attempt: Attempt
    run_id: str
    key: str
    started: float
    resumed: datetime | None = None
    polls: int = 0


@dataclass
class ReportRuns:
    """Reads slices of one account through report runs."""

    reader: InsightsReader
    store: JobStore | None
    work: Work
    account: Account

    async def read(self, parts: list[Slice]) -> AsyncGenerator[InsightsPage, None]:
        """Yield every row of the slices at least once; the runs are forgotten when all have been read.

        Raises:
            PlatformError: when a run fails for good; runs still at work are found again next time.
        """
        waiting = deque(Attempt(part) for part in parts)
        running: list[Run] = []
        read: list[Run] = []
        timing = self.reader.transport.config.timing
        pause = timing.poll_first
        while waiting or running:
            async for page in self._unsubmittable(waiting):
                yield page
            running += await self._submit(waiting, running)
            ready, failed = await self._poll(running)
            for run, error in failed:
                await self._forget(run)
                waiting += await self._instead(run.attempt, error)
            async for page in self._results(ready, waiting):
                yield page
            read += ready
            settled = [*ready, *(run for run, _ in failed)]
            running = [run for run in running if run not in settled]
            pause = timing.poll_first if settled else min(timing.poll_cap, pause * 1.5)
            if running and not settled:
                await timing.sleep(pause)
        for run in read:
            await self._forget(run)

    async def _unsubmittable(self, waiting: deque[Attempt]) -> AsyncGenerator[InsightsPage, None]:
        """Slices that are read field by field need no run."""
        for attempt in [one for one in waiting if one.part.by_fields]:
            waiting.remove(attempt)
            async for page in self.reader.read(self.work, self.account, attempt.part):
                yield page

    async def _submit(self, waiting: deque[Attempt], running: list[Run]) -> list[Run]:
        """Start as many waiting slices as the account may have at work."""
        room = self.reader.transport.config.max_jobs_per_account - len(running)
        batch = [waiting.popleft() for _ in range(min(room, len(waiting)))]
        started: list[Run] = []
        for outcome in await together([self._start(attempt) for attempt in batch]):
            if isinstance(outcome, Run):
                started.append(outcome)
            else:
                waiting.extend(outcome)
        return started

    async def _start(self, attempt: Attempt) -> Run | list[Attempt]:
        """A run for the slice (an earlier one if the store knows it), or what to submit instead."""
        part = self.reader.clip(self.work, self.account, attempt.part)
        if part is None:
            return []
        attempt = Attempt(part, attempt.submissions)
        config = self.reader.transport.config
        key = part.key(self.account.account_id, config)
        known = await self.store.get(key) if self.store is not None else None
        now = config.timing.monotonic()
        if known is not None:
            return Run(attempt, known[0], key, now, resumed=known[1])
        try:
            answer = await self.reader.transport.call(
                self.work, self.reader.path(self.account), parameters(part, config), method="POST"
            )
            run_id = answer.node().get("report_run_id")  # text, or a number in some versions
            if not isinstance(run_id, str | int):
                raise PlatformError("Meta started a report without naming it.", error_class=ErrorClass.RETRY)
        except PlatformError as error:
            return await self._instead(attempt, error)
        if self.store is not None:
            await self.store.put(key, self.account.account_id, str(run_id))
        return Run(attempt, str(run_id), key, now)

    async def _poll(self, running: list[Run]) -> tuple[list[Run], list[tuple[Run, PlatformError]]]:
        """Ask after all runs at once: those readable now, and those that failed."""
        verdicts = await together([self._verdict(run) for run in running])
        ready = [run for run, verdict in zip(running, verdicts, strict=True) if verdict is True]
        failed = [
            (run, verdict)
            for run, verdict in zip(running, verdicts, strict=True)
            if isinstance(verdict, PlatformError)
        ]
        return ready, failed

    async def _verdict(self, run: Run) -> bool | PlatformError:
        """True: readable. False: at work. An error: it will never be readable."""
        transport = self.reader.transport
        run.polls += 1
        path = f"/{transport.config.version}/{run.run_id}"
        try:
            answer = await transport.call(self.work, path, {"fields": POLL_FIELDS})
        except PlatformError as error:
            if (error.code, error.subcode) != (100, 33):
                raise
            # Meta may not find a run that it has just created; one from before a crash may have expired.
            return False if not run.resumed and run.polls <= RACE_POLLS else _gone()
        state = answer.node()
        if run.resumed and self._is_stale(state):
            return _gone()
        verdict = judge(state)
        if verdict is False and transport.config.timing.monotonic() - run.started > (
            transport.config.timing.job_deadline
        ):
            return PlatformError("A report run did not finish in time.", error_class=ErrorClass.SPLIT)
        return verdict

    def _is_stale(self, state: dict[str, Any]) -> bool:
        begun = number(state.get("time_ref"))
        age = self.reader.transport.config.timing.job_resume_age
        return begun is not None and clock.now().timestamp() - begun > age

    async def _results(self, ready: list[Run], waiting: deque[Attempt]) -> AsyncGenerator[InsightsPage, None]:
        config = self.reader.transport.config
        sources = [partial(self._pages, run, waiting) for run in ready]
        concurrency = min(len(sources), config.max_calls_per_account)
        async for page in merge(sources, concurrency, config.prefetch_pages):
            yield page

    async def _pages(self, run: Run, waiting: deque[Attempt]) -> AsyncGenerator[InsightsPage, None]:
        """The rows of a run; when reading them fails, its slice goes back in line."""
        path = f"/{self.reader.transport.config.version}/{run.run_id}/insights"
        if run.resumed is not None:  # its rows are as old as their submission
            stats = self.work.stats
            stats.asked_at = min(run.resumed, stats.asked_at or run.resumed)
        try:
            async for page in self.reader.pages(self.work, self.account, run.attempt.part, path, {}):
                yield page
        except PlatformError as error:
            await self._forget(run)
            waiting += await self._instead(run.attempt, error)

    async def _instead(self, attempt: Attempt, error: PlatformError) -> list[Attempt]:
        """The same slice once more, or smaller ones; raises the error when neither may help."""
        lost = error.error_class in {ErrorClass.RETRY, ErrorClass.RESTART}
        if lost and attempt.submissions + 1 < MAX_SUBMISSIONS:
            self.work.stats.retries += 1
            return [Attempt(attempt.part, attempt.submissions + 1)]
        if lost:
            error.error_class = ErrorClass.SPLIT
        pieces = await self.reader.pieces(self.work, self.account, attempt.part, error)
        return [Attempt(piece) for piece in pieces]

    async def _forget(self, run: Run) -> None:
        if self.store is not None:
            await self.store.drop(run.key)


def judge(state: dict[str, Any]) -> bool | PlatformError:
    """What the state of a run means: True readable, False wait, an error when it failed."""
    status = state.get("async_status")
    if status == "Job Completed":
        return number(state.get("async_percent_completion")) == 100
    if status == "Job Skipped":
        return _gone()
    if status != "Job Failed":
        return False
    if number(state.get("error_code")) is None:
        return PlatformError("A report run failed without a reason.", error_class=ErrorClass.RETRY)
    error, _ = from_body(
        {
            "code": state.get("error_code"),
            "error_subcode": state.get("error_subcode"),
            "message": state.get("error_message"),
        },
        None,
    )
    if error.error_class is ErrorClass.WAIT:
        error.error_class = ErrorClass.RETRY  # submitting it again is paced by the headers anyway
    return error


def _gone() -> PlatformError:
    return PlatformError("A report run expired before it was read.", error_class=ErrorClass.RETRY)
