"""`tags:` and `overrides:` who is judged by other rules than everybody."""

from pydantic import Field, model_validator

from adtrack_pipeline.monitoring.policies.model.base import AccountName, ListOf, MappingOf, Name, Section
from adtrack_pipeline.monitoring.policies.model.budgets import Budgets
from adtrack_pipeline.monitoring.policies.model.health import AccountHealth
from adtrack_pipeline.monitoring.policies.model.thresholds import Thresholds


class Tag(Section):
    """A name for a set of campaigns, given here (Meta's own ad labels are not read)."""

    campaigns: ListOf[Name] = Field((), description="Campaign ids, or names with * and ?; empty: all.")
    accounts: ListOf[AccountName] = Field((), description="Only in these accounts (id or name); empty: in all.")

    @model_validator(mode="after")
    def _not_everything(self) -> "Tag":
        if not self.campaigns and not self.accounts:
            raise ValueError("needs campaigns, accounts or both")
        return self


class Override(Section):
    """Only what differs; everything else stays as it is for the rest."""

    thresholds: Thresholds = Thresholds()
    budgets: Budgets = Budgets()


class AccountOverride(Override):
    """Accounts can also have health rules of their own."""

    health: AccountHealth = AccountHealth()


class Overrides(Section):
    """The most specific wins, field by field: account, then tag, then campaign name, then campaign id.

    Among equals the one further down in the file wins.
    """

    accounts: MappingOf[AccountOverride] = Field({}, description="By account id or name with * and ?.")
    tags: MappingOf[Override] = Field({}, description="By a name of the section 'tags'.")
    campaigns: MappingOf[Override] = Field({}, description="By campaign id, or name with * and ?.")
