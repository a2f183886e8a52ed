"""Monthly budgets of the policies file against the month's forecast."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.calendar import hour_of, local_today, starts_at
from adtrack_pipeline.monitoring.policies.judging.keys import key_of
from adtrack_pipeline.monitoring.policies.judging.pace import Pace, pace_of
from adtrack_pipeline.monitoring.policies.judging.pacing_words import pacing_message
from adtrack_pipeline.monitoring.policies.judging.targets import find_target
from adtrack_pipeline.monitoring.policies.model import Pacing, Policies

HISTORY_DAYS = 33  # a month to date, or the four weeks the forecast learns from


def judge_pacing(
    frames: PolicyFrames, policies: Policies, *, open_keys: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Every monthly budget that will be over- or underspent. One in several currencies is not judged."""
    rules = policies.pacing
    if not rules.enabled:
        return
    for budget in rules.budgets:
        target = find_target(budget, policies, frames)
        if target.problem is None and (pace := pace_of(budget, target, frames, rules, now)):
            yield from _judge(pace, rules, open_keys, now)


def _judge(pace: Pace, rules: Pacing, open_keys: frozenset[str], now: datetime) -> Iterator[Condition]:
    limit, low_high, total = pace.budget.monthly, pace.interval, pace.outlook.total
    tolerance = pace.budget.tolerance_pct if pace.budget.tolerance_pct is not None else rules.tolerance_pct
    line_over, line_under = limit * (1 + tolerance / 100), limit * (1 - tolerance / 100)
    is_known = pace.days_complete >= rules.min_days
    if key_of("pacing_over", pace.metric, pace.subject) in open_keys:
        over = is_known and total > line_over * (1 - rules.clear_pct / 100)
    else:
        over = is_known and total > line_over and low_high[0] > limit
    if key_of("pacing_under", pace.metric, pace.subject) in open_keys:
        under = is_known and total < line_under * (1 + rules.clear_pct / 100)
    else:
        under = is_known and total < line_under and low_high[1] < limit
    # What is spent already needs no forecast.
    if over or pace.outlook.spent_so_far > line_over:
        yield _condition("pacing_over", pace, rules, line_over, now)
    elif under:
        yield _condition("pacing_under", pace, rules, line_under, now)


def _condition(alert_type: str, pace: Pace, rules: Pacing, line: float, now: datetime) -> Condition:
    currency = pace.target.currency
    account = pace.target.accounts[0]
    return Condition(
        alert_type=alert_type,
        metric=pace.metric,
        subject=pace.subject,
        severity=rules.severity,
        message=pacing_message(pace, is_over=alert_type == "pacing_over"),
        began_at=starts_at(local_today(pace.target.timezones[account], now), pace.target.timezones[account]),
        seen_at=hour_of(now),
        pages=rules.pages,
        threshold=round(line, 6),
        expected=pace.budget.monthly,
        actual=round(pace.outlook.total, 2),
        money_at_stake=round(abs(pace.outlook.total - pace.budget.monthly), 2),
        currency=currency,
        evidence=_evidence(pace, rules),
    )


def _evidence(pace: Pace, rules: Pacing) -> dict[str, Any]:
    total, limit = pace.outlook, pace.budget.monthly
    path = total.path
    actual = total.spent.reindex(path.index).cumsum()
    return {
        "budget_name": pace.budget.name,
        "budget_kind": "monthly",
        "budget_limit": limit,
        "current_spend": round(total.spent_so_far, 2),
        "forecast": round(total.total, 2),
        "forecast_low": round(pace.interval[0], 2),
        "forecast_high": round(pace.interval[1], 2),
        "interval_pct": rules.interval_pct,
        "percentage_off": round(100 * (total.total / limit - 1), 2),
        "runs_out_on": f"{pace.runs_out_on:%Y-%m-%d}" if pace.runs_out_on else None,
        "accounts": [account for _, account in pace.target.accounts],
        "cool_down_hours": rules.cool_down_hours,
        "series": {
            "ts": [f"{one:%Y-%m-%d}" for one in path.index],
            "actual": [None if pd.isna(one) else round(float(one), 2) for one in actual],
            "expected": [round(float(one), 2) for one in path],
        },
    }
