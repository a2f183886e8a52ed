"""What is said about a monthly budget."""

from adtrack_pipeline.monitoring.policies.judging.pace import Pace
from adtrack_pipeline.monitoring.policies.judging.words import day
from adtrack_pipeline.wording import money


def pacing_message(pace: Pace, *, is_over: bool) -> str:
    """What is spent, where the month will end, by how much and by which day."""
    limit, total, currency = pace.budget.monthly, pace.outlook.total, pace.target.currency
    first, last = pace.month
    name = " ".join(pace.budget.name.split())
    off = f"{money(abs(total - limit), currency)} ({abs(100 * (total / limit - 1)):.0f} %)"
    spent = money(pace.outlook.spent_so_far, currency)
    start = f"Budget “{name}”: {spent} of {money(limit, currency)} for {first:%B} is spent"
    low, high = (money(one, None) for one in pace.interval)
    ends = f"At the recent pace the month ends at {money(total, currency)} ({low} to {high})"
    if not is_over:
        return f"{start} with {(last - first).days + 1 - pace.days_complete} days to go. {ends}, {off} unspent."
    if pace.outlook.spent_so_far > limit:
        return f"{start}. {ends}, {off} over."
    when = f"; the budget is used up on {day(pace.runs_out_on)}" if pace.runs_out_on else ""
    return f"{start}. {ends}, {off} over{when}."
