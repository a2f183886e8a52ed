"""`pacing:` monthly budgets of your own, and when their forecast is worth telling."""

from typing import Annotated

from pydantic import Field, model_validator

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies.model.base import AccountName, ListOf, Name, Section


class MonthlyBudget(Section):
    """Money for a calendar month of the account: for one account, campaigns by id or name, or a tag."""

    name: Name = Field(description="What messages call it; unique.")
    account: AccountName | None = Field(None, description="Account id or name.")
    campaign: Name | None = Field(None, description="Campaign id, or name with * and ?.")
    tag: Name | None = Field(None, description="A tag of the section 'tags'.")
    monthly: Annotated[float, Field(gt=0)] = Field(
        description="Money per calendar month, in the account's currency."
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        None, description="What `monthly` is in; campaigns in another currency make the budget unjudgeable."
    )
    tolerance_pct: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="Instead of the section's."
    )

    @model_validator(mode="after")
    def _one_target(self) -> "MonthlyBudget":
        if sum(one is not None for one in (self.account, self.campaign, self.tag)) != 1:
            raise ValueError("needs exactly one of account, campaign and tag")
        return self


class Pacing(Section):
    """Month-to-date plus a forecast of the days to come, shaped by weekday, with an interval."""

    enabled: bool = True
    severity: Severity = Severity.MEDIUM
    pages: bool = True
    tolerance_pct: Annotated[float, Field(ge=0, le=100)] = Field(
        10, description="Fire when the month is forecast to end this far over or under."
    )
    clear_pct: Annotated[float, Field(ge=0, le=90)] = Field(5, description="Over again only when this far back.")
    interval_pct: Annotated[float, Field(ge=50, le=99)] = Field(
        80, description="The forecast's interval must lie on the same side of the budget."
    )
    min_days: Annotated[int, Field(ge=1, le=28)] = Field(
        3, description="Complete days of the month before judging."
    )
    cool_down_hours: Annotated[float, Field(ge=0)] = 72
    budgets: ListOf[MonthlyBudget] = ()

    @model_validator(mode="after")
    def _unique_names(self) -> "Pacing":
        names = [budget.name for budget in self.budgets]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"has two budgets called {twice!r}; names tell them apart")
        return self
