"""One account's report from its frames. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from adtrack_pipeline.reporting.comparing import compare
from adtrack_pipeline.reporting.frames import AccountFrames
from adtrack_pipeline.reporting.lines import (
    alert_lines,
    fatigue_lines,
    fresh_lines,
    ml_accuracy,
    model_lines,
    records,
    restated_lines,
)
from adtrack_pipeline.reporting.numbers import short_day
from adtrack_pipeline.reporting.ranking import rank, ranked_of
from adtrack_pipeline.reporting.report import Report
from adtrack_pipeline.reporting.sentences import highlights
from adtrack_pipeline.reporting.sums import Sums


def account_report(frames: AccountFrames, *, is_sandbox: bool = False) -> Report:
    """Everything one account's day is told by."""
    days = daily_sums(frames)
    account, models = frames.account, model_lines(frames.accuracy)
    report = Report(
        platform=account.platform,
        account_id=account.account_id,
        name=account.name,
        day=frames.day,
        currency=account.currency,
        timezone=account.timezone,
        as_of=frames.as_of,
        sums=days.get(frames.day),
        compared=compare(days, frames.day),
        days=days,
        missing=missing(frames),
        campaigns=rank([ranked_of(row) for row in records(frames.campaigns)]),
        creatives=rank([ranked_of(row) for row in records(frames.creatives)]),
        fatigue=fatigue_lines(frames),
        alerts=alert_lines(frames),
        paces=frames.paces,
        models=models,
        ml=ml_accuracy(models),
        freshness=fresh_lines(frames, frames.as_of),
        restated=restated_lines(frames),
        restated_since=frames.restated_since,
        is_sandbox=is_sandbox,
    )
    return with_highlights(report)


def with_highlights(report: Report) -> Report:
    """The same with its summary."""
    return replace(report, highlights=highlights(report))


def daily_sums(frames: AccountFrames) -> Mapping[date, Sums]:
    """Sums by day; a day that was read and has no row was quiet, one that was not read is not there."""
    days = {row["date_day"]: Sums.of(row) for row in records(frames.days)}
    if frames.day not in days and frames.is_read:
        days[frames.day] = Sums.nothing()
    return dict(sorted(days.items()))


def missing(frames: AccountFrames) -> list[str]:
    """What is missing, in sentences; none: complete."""
    if frames.is_read:
        return []
    day = short_day(frames.day)
    has_some = frames.day in set(frames.days["date_day"])
    what = "only part of it is in these numbers" if has_some else "there are no numbers for it yet"
    return [f"{frames.account.name}: {day} has not been read completely since it ended; {what}."]
