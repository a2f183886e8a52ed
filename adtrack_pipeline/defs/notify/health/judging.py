"""From facts about the pipeline to what somebody should know now. Pure.

A condition holds until its opposite was seen, so that a job that fails hour after hour is told once. Does not
belong here: reading (`facts.py`), cool-downs and silences (`notify/alerts`).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from adtrack_pipeline.defs.notify.health.facts import ChannelTrouble, FailedCheck, JobRun, Ticker
from adtrack_pipeline.monitoring.condition import Condition, Level, Severity, Subject

START_WITHIN = timedelta(minutes=30)
SENSOR_GRACE = timedelta(minutes=10)
SCHEDULE_GRACE = timedelta(minutes=15)
MANUAL_JOB = "__ASSET_JOB"  # what Dagster calls runs somebody started from the asset pages
MANUAL_MATTERS = timedelta(hours=6)
LONGEST_REASON = 500
MANY_CHECKS = 5

# What a failure may repeat of a secret, and what is left of it.
_SECRETS = (
    (re.compile(r"(\w+://)\S*@"), r"\1…@"),
    (
        re.compile(
            r"(?i)\b(\w*(?:token|secret|password|passwd|api_?key|proof|signature))(['\"]?\s*[=:]\s*)['\"]?[^\s&,'\"]+"
        ),
        r"\1\2…",
    ),
    (re.compile(r"(?i)\b(bearer|authorization:\s*basic)\s+\S+"), r"\1 …"),
    (re.compile(r"(hooks\.slack\.com/)\S+|\bwhsec_\S+|\bEAA[A-Za-z0-9]{20,}"), r"\1…"),
)


def failed_jobs(runs: Iterable[JobRun], checks: Iterable[FailedCheck], now: datetime) -> list[Condition]:
    """Jobs whose newest finished run failed, with the checks that failed in that very run."""
    by_run: dict[str, list[str]] = {}
    for check in checks:
        by_run.setdefault(check.run_id, []).append(f"{check.asset} {check.check}")
    found = []
    for run in runs:
        is_old = run.job == MANUAL_JOB and now - run.ended_at > MANUAL_MATTERS
        if not run.has_failed or is_old:
            continue
        name = "A manual run" if run.job == MANUAL_JOB else f"The last run of {run.job}"
        text = f"{name} ({run.run_id[:8]}) failed. {_reason(run.reason)}"
        if failed := by_run.get(run.run_id):
            text += f" Failed checks: {_some(failed)}."
        severity = Severity.MEDIUM if run.job == MANUAL_JOB else Severity.HIGH
        found.append(_condition("run_failed", "run", run.job, severity, text, run.ended_at, now))
    return found


def red_checks(checks: Iterable[FailedCheck], failed_runs: Iterable[JobRun], now: datetime) -> list[Condition]:
    """Failed checks that no failed run tells already."""
    told = {run.run_id for run in failed_runs if run.has_failed}
    return [
        _condition(
            "check_failed",
            "check",
            f"{check.asset} {check.check}",
            Severity.HIGH,
            f"The check {check.check} of {check.asset} failed. {_reason(check.description)}",
            check.at,
            now,
        )
        for check in checks
        if check.run_id not in told
    ]


def silent_tickers(tickers: Iterable[Ticker], now: datetime) -> list[Condition]:
    """Sensors and schedules whose last tick failed, or that stopped ticking."""
    found = []
    for one in tickers:
        grace = SENSOR_GRACE if one.kind == "sensor" else SCHEDULE_GRACE
        if one.has_failed and one.last_tick_at:
            text = f"The last tick of {one.kind} {one.name} failed. {_reason(one.reason)}"
            found.append(_condition("tick_failed", "tick", one.name, Severity.HIGH, text, one.last_tick_at, now))
        elif one.last_tick_at and now - one.last_tick_at > one.every + grace:
            text = f"The {one.kind} {one.name} has not ticked since {one.last_tick_at:%Y-%m-%d %H:%M} UTC."
            found.append(_condition("tick_missing", "tick", one.name, Severity.HIGH, text, one.last_tick_at, now))
    return found


def stuck_runs(runs: Iterable[JobRun], now: datetime) -> list[Condition]:
    """Runs that wait to start for too long: the queue is full, or nothing takes them out of it."""
    oldest: Mapping[str, JobRun] = {
        run.job: run for run in sorted(runs, key=lambda one: one.ended_at, reverse=True)
    }
    return [
        _condition(
            "run_not_started",
            "run",
            job,
            Severity.HIGH,
            f"A run of {job} ({run.run_id[:8]}) waits to start since {run.ended_at:%Y-%m-%d %H:%M} UTC.",
            run.ended_at,
            now,
        )
        for job, run in oldest.items()
        if now - run.ended_at > START_WITHIN
    ]


def broken_channels(channels: Iterable[ChannelTrouble], now: datetime) -> list[Condition]:
    """Channels that deliver nothing: the others tell it."""
    found = []
    for one in channels:
        if one.is_disabled:
            text = f"The channel {one.channel} is switched off. {_reason(one.reason)}"
        elif one.given_up:
            text = f"The channel {one.channel} gave up {one.given_up} events within a day. {_reason(one.reason)}"
        else:
            text = f"The channel {one.channel} cannot be used. {_reason(one.reason)}"
        text += " See adtrack notify status."
        found.append(_condition("channel_down", "channel", one.channel, Severity.HIGH, text, one.since, now))
    return found


def _condition(
    alert_type: str, metric: str, name: str, severity: Severity, message: str, began_at: datetime, now: datetime
) -> Condition:
    return Condition(
        alert_type=alert_type,
        metric=metric,
        subject=Subject(Level.PIPELINE, name=name),
        severity=severity,
        message=message.strip(),
        began_at=min(began_at, now),
        seen_at=now,
    )


def _reason(text: str) -> str:
    """One line of what was said, without what could be a credential."""
    for secret, left in _SECRETS:
        text = secret.sub(left, text)
    line = " ".join(text.split())
    line = line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"
    return line if not line or line.endswith((".", "…", "!", "?")) else f"{line}."


def _some(names: list[str]) -> str:
    more = len(names) - MANY_CHECKS
    return ", ".join(names[:MANY_CHECKS]) + (f" and {more} more" if more > 0 else "")
