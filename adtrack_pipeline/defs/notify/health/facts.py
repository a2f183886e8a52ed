"""Plain facts about Dagster's instance and our channels, read with few small queries."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import psycopg
from dagster._core.events.log import EventLogEntry
from dagster._core.scheduler.instigation import InstigatorStatus, InstigatorType, TickStatus
from dagster._core.storage.dagster_run import DagsterRunStatus, RunRecord
from dagster._serdes import deserialize_value
from dagster._utils.schedules import cron_string_iterator

FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
WAITING = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING]
RUNS_LOOKED_AT = 200
LOOK_BACK = timedelta(days=3)


@dataclass(frozen=True)
class JobRun:
    """One run: the newest finished one of its job, or one that has not started."""

    job: str
    run_id: str
    ended_at: datetime
    has_failed: bool
    reason: str = ""


@dataclass(frozen=True)
class FailedCheck:
    """The newest result of an asset check that failed with severity ERROR."""

    asset: str
    check: str
    run_id: str
    at: datetime
    description: str = ""


@dataclass(frozen=True)
class Ticker:
    """A sensor or schedule that is switched on. `every` is the longest time its ticks should lie apart."""

    name: str
    kind: str
    every: timedelta
    last_tick_at: datetime | None
    has_failed: bool = False
    reason: str = ""


@dataclass(frozen=True)
class ChannelTrouble:
    """A channel that cannot be used, or events that were given up on it."""

    channel: str
    since: datetime
    reason: str
    is_disabled: bool = False
    given_up: int = 0


def finished_runs(instance: dg.DagsterInstance, now: datetime) -> list[JobRun]:
    """The newest finished run per job."""
    filters = dg.RunsFilter(statuses=FINISHED, updated_after=now - LOOK_BACK)
    newest: dict[str, RunRecord] = {}
    for record in instance.get_run_records(filters, limit=RUNS_LOOKED_AT):
        newest.setdefault(record.dagster_run.job_name, record)
    return [_finished(instance, record) for record in newest.values()]


def waiting_runs(instance: dg.DagsterInstance, before: datetime) -> list[JobRun]:
    """Runs created before a moment that have not started."""
    records = instance.get_run_records(dg.RunsFilter(statuses=WAITING, created_before=before), limit=20)
    return [
        JobRun(one.dagster_run.job_name, one.dagster_run.run_id, one.create_timestamp, has_failed=False)
        for one in records
    ]


def failed_checks(conn: psycopg.Connection[Any], keys: Sequence[dg.AssetCheckKey]) -> list[FailedCheck]:
    """Checks whose newest result is a failure of severity ERROR; one that just runs counts as it was before."""
    by_name = {(key.asset_key.to_string(), key.name): key for key in keys}
    params = {"assets": [asset for asset, _ in by_name], "checks": [check for _, check in by_name]}
    found = []
    for asset, check, run_id, text, at in conn.execute(_CHECKS, params).fetchall():
        event = deserialize_value(text, EventLogEntry).dagster_event
        result = event.asset_check_evaluation_data if event else None
        if result and result.severity is dg.AssetCheckSeverity.ERROR:
            name = by_name[asset, check].asset_key.to_user_string()
            found.append(FailedCheck(name, check, run_id, at.replace(tzinfo=UTC), result.description or ""))
    return found


def tickers(instance: dg.DagsterInstance, repository: dg.RepositoryDefinition) -> list[Ticker]:
    """Sensors and schedules of this project that are switched on, with their last finished tick."""
    intervals = {one.name: one.minimum_interval_seconds or 30 for one in repository.sensor_defs}
    crons = {one.name: one for one in repository.schedule_defs}
    found = []
    for state in instance.all_instigator_state():
        name = state.instigator_name
        is_on = state.status in {InstigatorStatus.RUNNING, InstigatorStatus.DECLARED_IN_CODE}
        if not is_on or name not in {*intervals, *crons}:
            continue
        is_sensor = state.instigator_type is InstigatorType.SENSOR
        every = timedelta(seconds=intervals[name]) if is_sensor else _gap(crons[name])
        found.append(_ticker(instance, state, name, "sensor" if is_sensor else "schedule", every))
    return found


def channel_trouble(conn: psycopg.Connection[Any], channels: Sequence[str]) -> list[ChannelTrouble]:
    """Those that are off, that could not be used several times in a row, or that gave events up lately."""
    rows = conn.execute(_CHANNELS, [list(channels)]).fetchall()
    return [ChannelTrouble(*row) for row in rows]


_CHECKS = """
select newest.asset_key, newest.check_name, newest.run_id, newest.evaluation_event, newest.create_timestamp
from unnest(%(assets)s::text[], %(checks)s::text[]) as wanted (asset_key, check_name)
cross join lateral (
    select * from dagster.asset_check_executions as done
    where (done.asset_key, done.check_name) = (wanted.asset_key, wanted.check_name)
        and done.execution_status in ('SUCCEEDED', 'FAILED')
    order by done.id desc limit 1
) as newest
where newest.execution_status = 'FAILED'
"""
_CHANNELS = """
select channel.channel, coalesce(channel.disabled_at, channel.paused_until, kept.since, now()),
    coalesce(channel.last_error, kept.reason, ''), channel.disabled_at is not null, coalesce(kept.events, 0)
from ops.delivery_channels as channel
left join lateral (
    select count(*) as events, max(since) as since, max(reason) as reason from ops.deliveries
    where deliveries.channel = channel.channel and state = 'dead' and since > now() - interval '1 day'
) as kept on kept.events > 0
where channel.channel = any(%s)
    and (channel.disabled_at is not null or channel.failures >= 3 or kept.events > 0)
"""


def _finished(instance: dg.DagsterInstance, record: RunRecord) -> JobRun:
    run = record.dagster_run
    has_failed = run.status is DagsterRunStatus.FAILURE
    ended = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
    return JobRun(run.job_name, run.run_id, ended, has_failed, _why(instance, run.run_id) if has_failed else "")


def _why(instance: dg.DagsterInstance, run_id: str) -> str:
    """What the first failed step said, else what the run's failure event says."""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    for log in instance.get_records_for_run(run_id, of_type=kinds, limit=5).records:
        event = log.event_log_entry.dagster_event
        if event is None:
            continue
        if event.event_type is dg.DagsterEventType.STEP_FAILURE:
            failure = event.step_failure_data
            said = failure.user_failure_data.description if failure.user_failure_data else None
            return said or (failure.error.message.strip() if failure.error else "") or event.message or ""
        return event.message or ""
    return ""


def _ticker(instance: dg.DagsterInstance, state: Any, name: str, kind: str, every: timedelta) -> Ticker:
    ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=2)
    finished = [tick for tick in ticks if tick.status is not TickStatus.STARTED]
    last = datetime.fromtimestamp(ticks[0].timestamp, UTC) if ticks else None
    failed = bool(finished) and finished[0].status is TickStatus.FAILURE
    error = finished[0].error if failed else None
    return Ticker(name, kind, every, last, failed, error.message.strip() if error else "")


def _gap(schedule: dg.ScheduleDefinition) -> timedelta:
    """Between the next two ticks of a schedule."""
    crons = schedule.cron_schedule
    [cron, *_] = [crons] if isinstance(crons, str) else crons
    ticks = cron_string_iterator(time.time(), cron, schedule.execution_timezone)
    first = next(ticks)
    return next(ticks) - first
