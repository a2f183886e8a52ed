"""`budgets:` when a campaign's or ad set's own budget, or an account's cap, is nearly or more than spent."""

from typing import Annotated

from pydantic import Field

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies.model.base import Section

Percent = Annotated[float, Field(gt=0, le=1000)]


class BudgetRule(Section):
    """What both rules share."""

    enabled: bool = Field(True, description="false switches the rule off.")
    severity: Severity = Severity.MEDIUM
    pages: bool = Field(True, description="true: worth a message; false: only recorded.")
    clear_pct: Annotated[float, Field(ge=0, le=90)] = Field(
        5,
        description="Over again only when this percentage back behind the line (a higher budget, a new day).",
    )
    cool_down_hours: Annotated[float, Field(ge=0)] = 4


class Depleted(BudgetRule):
    """Nearly spent."""

    at_pct: Percent = Field(90, description="Fire from this share of the budget on.")
    quiet_last_hours: Annotated[float, Field(ge=0, le=24)] = Field(
        4, description="In the last hours of the day a spent daily budget is as planned: recorded, no message."
    )


class Exceeded(BudgetRule):
    """More than spent."""

    severity: Severity = Severity.HIGH
    above_pct: Percent = Field(100, description="Fire above this share of the budget.")
    daily_allowance_pct: Annotated[float, Field(ge=0, le=100)] = Field(
        25,
        description="Meta may exceed a daily budget by this much on single days; up to here the severity is low.",
    )


class Budgets(Section):
    """Against budgets of campaigns and ad sets (daily, lifetime), wherever set, and spend caps of accounts."""

    depleted: Depleted = Depleted()
    exceeded: Exceeded = Exceeded()
