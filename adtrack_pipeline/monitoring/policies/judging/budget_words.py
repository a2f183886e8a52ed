"""What is said about a budget."""

from adtrack_pipeline.monitoring.policies.judging.budget import Budget
from adtrack_pipeline.monitoring.policies.judging.words import count, thing
from adtrack_pipeline.wording import money

_NAMES = {"daily": ("daily budget", " today"), "lifetime": ("lifetime budget", ""), "cap": ("spend cap", "")}


def depleted_message(budget: Budget) -> str:
    """Nearly spent: how much, how long it still has to last."""
    where, limit, spent = _parts(budget)
    if budget.kind == "cap":
        return f"{where} has spent {budget.used_pct:.0f} % of its spend cap: {spent} of {limit}. {_stops(budget)}"
    if budget.kind == "lifetime":
        rest = f" with {_long(budget.hours_left)} to run" if budget.hours_left is not None else ""
        return f"{where} has spent {budget.used_pct:.0f} % of its lifetime budget: {spent} of {limit}{rest}."
    first = f"{where} has spent {budget.used_pct:.0f} % of today's budget: {spent} of {limit}"
    left = f", and the account's day still lasts {_long(budget.hours_left or 0)}."
    if budget.used_up_at:
        return f"{first}{left} At this pace it is used up at about {budget.used_up_at:%H:%M} account time."
    return f"{first}{left}"


def exceeded_message(budget: Budget, allowance_pct: float | None) -> str:
    """More than spent: by how much. `allowance_pct`: what Meta allows itself, if this is within."""
    where, limit, spent = _parts(budget)
    more = f"{budget.used_pct - 100:.1f} % ({money(budget.spent - budget.limit, budget.currency)})"
    which, when = _NAMES[budget.kind]
    text = f"{where} has spent {spent}{when}, {more} more than its {which} of {limit}."
    if budget.spent <= budget.limit:
        text = f"{where} has spent {spent}{when}: {budget.used_pct:.1f} % of its {which} of {limit}."
    if budget.kind == "cap":
        text += f" {_stops(budget)}"
    if allowance_pct:
        text += f" Meta may spend up to {allowance_pct:g} % more on single days."
    return text


def _stops(budget: Budget) -> str:
    when = "stop when it is reached; raise" if budget.spent < budget.limit else "have stopped: raise"
    return f"All ads of the account {when} or reset it in the account's payment settings."


def _parts(budget: Budget) -> tuple[str, str, str]:
    subject = budget.subject
    where = thing(subject.level, subject.name, subject.object_id)
    return where, money(budget.limit, budget.currency), money(budget.spent, budget.currency)


def _long(hours: float | None) -> str:
    """`3 hours`, `2 days`, `40 minutes`."""
    hours = hours or 0
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{count(round(hours))} hours" if hours < 48 else f"{hours / 24:.0f} days"
