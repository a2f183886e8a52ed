"""Budgets of campaigns and ad sets and caps of accounts, nearly and more than spent."""

from collections.abc import Iterator
from datetime import datetime

from adtrack_pipeline.monitoring.condition import Condition, Severity
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.budget import Budget, budgets_of
from adtrack_pipeline.monitoring.policies.judging.budget_words import depleted_message, exceeded_message
from adtrack_pipeline.monitoring.policies.judging.calendar import hour_of
from adtrack_pipeline.monitoring.policies.judging.keys import key_of
from adtrack_pipeline.monitoring.policies.model import Budgets
from adtrack_pipeline.monitoring.policies.model.budgets import BudgetRule
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook

METRIC = "spend"


def judge_budgets(
    frames: PolicyFrames, book: Rulebook, *, open_keys: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Every budget beyond a line. One that is exceeded is not told as depleted, too."""
    for budget, rules in budgets_of(frames, book, now):
        exceeded = _holds(budget, rules.exceeded, rules.exceeded.above_pct, "budget_exceeded", open_keys)
        depleted = _holds(budget, rules.depleted, rules.depleted.at_pct, "budget_depleted", open_keys)
        was_depleted = key_of("budget_depleted", METRIC, budget.subject) in open_keys
        if exceeded:
            yield _exceeded(budget, rules, now)
        if depleted and (budget.is_running or was_depleted) and (was_depleted or not exceeded):
            yield _depleted(budget, rules, now, is_exceeded=exceeded)


def _holds(budget: Budget, rule: BudgetRule, line: float, alert_type: str, open_keys: frozenset[str]) -> bool:
    if not rule.enabled:
        return False
    if key_of(alert_type, METRIC, budget.subject) in open_keys:
        return budget.used_pct > line * (1 - rule.clear_pct / 100)
    if alert_type == "budget_depleted":  # from its line on; "exceeded" means more than the line
        return budget.used_pct >= line
    return budget.used_pct > line


def _depleted(budget: Budget, rules: Budgets, now: datetime, *, is_exceeded: bool) -> Condition:
    rule = rules.depleted
    if budget.kind == "daily":
        as_planned = budget.hours_left is not None and budget.hours_left <= rule.quiet_last_hours
    else:
        as_planned = budget.planned_pct is not None and budget.planned_pct >= budget.used_pct
    is_over = budget.kind == "cap" and budget.used_pct >= 100  # spent to the cent: nothing is shown any more
    return _condition(
        budget,
        "budget_depleted",
        rule,
        rules.exceeded.severity if is_over else rule.severity,
        rule.at_pct,
        now,
        message=depleted_message(budget),
        pages=rule.pages and not as_planned and not is_exceeded,
    )


def _exceeded(budget: Budget, rules: Budgets, now: datetime) -> Condition:
    rule = rules.exceeded
    over = budget.used_pct - 100
    is_allowed = budget.kind == "daily" and over <= rule.daily_allowance_pct
    return _condition(
        budget,
        "budget_exceeded",
        rule,
        Severity.LOW if is_allowed else rule.severity,
        rule.above_pct,
        now,
        message=exceeded_message(budget, rule.daily_allowance_pct if is_allowed else None),
        pages=rule.pages,
        money_at_stake=max(round(budget.spent - budget.limit, 2), 0.0),
        percentage_exceeded=max(round(over, 4), 0.0),
    )


def _condition(
    budget: Budget,
    alert_type: str,
    rule: BudgetRule,
    severity: Severity,
    line_pct: float,
    now: datetime,
    *,
    message: str,
    pages: bool,
    money_at_stake: float | None = None,
    **facts: float,
) -> Condition:
    return Condition(
        alert_type=alert_type,
        metric=METRIC,
        subject=budget.subject,
        severity=severity,
        message=message,
        began_at=hour_of(now),
        seen_at=hour_of(now),
        pages=pages,
        threshold=round(budget.limit * line_pct / 100, 6),
        actual=budget.spent,
        money_at_stake=money_at_stake,
        currency=budget.currency,
        evidence={
            "budget_limit": budget.limit,
            "current_spend": budget.spent,
            "percentage_used": round(budget.used_pct, 4),
            "budget_kind": budget.kind,
            "budget_level": budget.subject.level.value,
            "hours_left": None if budget.hours_left is None else round(budget.hours_left, 2),
            "used_up_at": budget.used_up_at.isoformat() if budget.used_up_at else None,
            "cool_down_hours": rule.cool_down_hours,
            **facts,
        },
    )
