"""The `reports:` section of the policies file, and what becomes of a daily report on one channel. Pure.

A report is no alert: severities, alert types and digests of `routing:` are not about it; quiet hours are, and
which accounts a channel may hear of: one that only gets some accounts' alerts gets only their reports. Otherwise
every channel but PagerDuty gets each account's report and the one over all accounts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.routing.config import Names, Rule, bare_accounts
from adtrack_pipeline.notify.routing.deciding import quiet_until
from adtrack_pipeline.notify.routing.decision import DROP, SEND, Action, Decision

NEVER = {"pagerduty"}  # kinds of channels that wake people


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportRule(_Part):
    """Which reports go to which channels. What is not said matches everything."""

    channels: Names = Field(min_length=1, description="Names of channels; '*' for all.")
    accounts: Annotated[tuple[str, ...], BeforeValidator(bare_accounts)] = Field(
        (), description="Only the reports of these ad accounts."
    )
    about: Literal["each", "overall", "both"] = Field(
        "both", description="each: one report per account; overall: the one over all accounts."
    )

    @model_validator(mode="after")
    def _accounts_have_reports_of_their_own(self) -> "ReportRule":
        if self.accounts and self.about == "overall":
            raise ValueError("names accounts, but 'overall' is the report over all of them: leave one of them out")
        return self

    def matches(self, channel: str, account_id: str | None) -> bool:
        """Whether a report (None: over all accounts) goes to a channel."""
        if channel not in self.channels and "*" not in self.channels:
            return False
        if account_id is None:
            return self.about != "each" and not self.accounts
        return self.about != "overall" and (not self.accounts or account_id in self.accounts)


class ReportsSection(_Part):
    """Where daily reports go. They are built and kept in any case."""

    enabled: bool = Field(True, description="false: none is sent to people or machines.")
    send: tuple[ReportRule, ...] = Field((), description="None: every report goes to every channel but PagerDuty.")


def decide_report(
    section: ReportsSection,
    rules: Sequence[Rule],
    channel: str,
    message: Message,
    now: datetime,
    *,
    may_hold: bool,
) -> Decision:
    """Send a report, hold it until the channel's quiet hours end, or leave it out.

    Args:
        section: the `reports:` section.
        rules: the channel's rules of `routing:`, for their accounts and quiet hours.
        channel: its name.
        message: the report.
        now: the present; aware.
        may_hold: channels to machines get everything at once.
    """
    account_id = message.event["account_id"]
    if not section.enabled:
        return DROP
    rule = next((one for one in rules if one.send and (not one.accounts or account_id in one.accounts)), None)
    if section.send:
        is_wanted = any(one.matches(channel, account_id) for one in section.send)
    else:
        is_wanted = not rules or rule is not None
    if not is_wanted:
        return DROP
    until = quiet_until(rule.quiet_hours, now) if may_hold and rule and rule.quiet_hours else None
    return Decision(Action.HOLD, until, "quiet hours") if until else SEND
