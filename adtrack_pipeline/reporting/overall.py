"""The report over all accounts, side by side in the reporting currency. Pure.

All days are converted with the rate of the report's day, so that a change is one of the accounts and not of the
exchange rate. An account without a rate has its own line and is in no total: a missing rate is never 1.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import pandas as pd

from adtrack_pipeline.reporting.account import daily_sums, missing, with_highlights
from adtrack_pipeline.reporting.comparing import change, compare, usual
from adtrack_pipeline.reporting.frames import AccountFrames, Pace
from adtrack_pipeline.reporting.lines import (
    alert_line,
    alert_lines,
    fatigue_lines,
    fresh_lines,
    ml_accuracy,
    model_lines,
    records,
    restated_lines,
    worst_first,
)
from adtrack_pipeline.reporting.ranking import Ranked, rank, ranked_of
from adtrack_pipeline.reporting.report import AccountLine, FatigueLine, FreshLine, Report
from adtrack_pipeline.reporting.sums import BY_NAME, Sums, total

NAME = "All accounts"


def overall_report(
    accounts: Sequence[AccountFrames],
    day: date,
    currency: str,
    as_of: datetime,
    *,
    paces: Sequence[Pace] = (),
    accuracy: pd.DataFrame | None = None,
    model_alerts: pd.DataFrame | None = None,
    is_sandbox: bool = False,
) -> Report:
    """One day of several accounts.

    Args:
        accounts: each up to `day`; the same day of the calendar, in each account's own time zone.
        day: what the report is about.
        currency: the reporting currency.
        as_of: when the warehouse was looked at.
        paces: budgets that span several accounts.
        accuracy: of all predictions, ACCURACY_COLUMNS.
        model_alerts: about models, which belong to no account, ALERT_COLUMNS.
        is_sandbox: simulated data.
    """
    days_of = {one.account.account_id: daily_sums(one) for one in accounts}
    lines = [_line(one, days_of[one.account.account_id], day) for one in accounts]
    days = _together(accounts, days_of, day)
    models = model_lines(accuracy) if accuracy is not None else []
    about_models = [] if model_alerts is None else [alert_line(row) for row in records(model_alerts)]
    return with_highlights(
        Report(
            platform=None,
            account_id=None,
            name=NAME,
            day=day,
            currency=currency,
            timezone=None,
            as_of=as_of,
            sums=days.get(day),
            compared=compare(days, day),
            days=days,
            missing=[sentence for one in accounts for sentence in missing(one)],
            campaigns=rank(_objects(accounts, "campaigns")),
            creatives=rank(_objects(accounts, "creatives")),
            fatigue=_worn(accounts),
            alerts=worst_first([*about_models, *(line for one in accounts for line in alert_lines(one))]),
            paces=[*paces, *(pace for one in accounts for pace in one.paces if pace.kind == "monthly")],
            models=models,
            ml=ml_accuracy(models),
            freshness=[_oldest(one, as_of) for one in accounts],
            restated=[line for one in accounts for line in restated_lines(one)],
            restated_since=max((one.restated_since for one in accounts if one.restated_since), default=None),
            accounts=sorted(lines, key=_most_spent),
            is_sandbox=is_sandbox,
        )
    )


def _line(frames: AccountFrames, days: Mapping[date, Sums], day: date) -> AccountLine:
    own, spend = days.get(day), BY_NAME["spend"]
    is_rated = own is not None and frames.rate is not None
    return AccountLine(
        account_id=frames.account.account_id,
        name=frames.account.name,
        currency=frames.account.currency,
        own=own,
        rate=frames.rate,
        converted=own.times(frames.rate) if own and frames.rate is not None and is_rated else None,
        usual_spend_pct=change(spend, spend.ripe(own), usual(days, day, spend)).percent,
        is_read=frames.is_read,
    )


def _together(
    accounts: Sequence[AccountFrames], days_of: Mapping[str, Mapping[date, Sums]], day: date
) -> dict[date, Sums]:
    """Sums per day over the accounts with a rate.

    An account of whose report day nothing is known is in no other day either: that would be a fall.
    """
    rated = [(one, one.rate) for one in accounts if one.rate is not None]
    rated = [(one, rate) for one, rate in rated if day in days_of[one.account.account_id]] or rated
    parts: dict[date, list[Sums]] = {}
    for one, rate in rated:
        for when, sums in days_of[one.account.account_id].items():
            if when <= day:
                parts.setdefault(when, []).append(sums.times(rate))
    return {when: total(found) for when, found in sorted(parts.items())}


def _objects(accounts: Sequence[AccountFrames], what: str) -> list[Ranked]:
    """Campaigns or creatives of the accounts with a rate."""
    return [
        ranked_of({**row, "account_id": one.account.account_id}, rate=one.rate, account=one.account.name)
        for one in accounts
        if one.rate is not None
        for row in records(getattr(one, what))
    ]


def _worn(accounts: Sequence[AccountFrames]) -> list[FatigueLine]:
    lines = [(line, one.rate) for one in accounts for line in fatigue_lines(one)]
    lines.sort(key=lambda pair: (pair[0].status != "fatigued", -(pair[0].spend or 0.0) * (pair[1] or 0.0)))
    return [line for line, _ in lines]


def _oldest(frames: AccountFrames, as_of: datetime) -> FreshLine:
    """An account's kind of data that was read longest ago."""
    lines = fresh_lines(frames, as_of)
    worst = min(lines, key=lambda one: (one.last_ok_at is not None, one.last_ok_at or as_of))
    problem = next((one.problem for one in lines if one.problem), None)
    return replace(worst, problem=problem)


def _most_spent(line: AccountLine) -> tuple[bool, float, str]:
    return (line.converted is None, -(line.converted.spend if line.converted else 0.0), line.name)
