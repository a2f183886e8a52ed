"""The data of account.daily_report, version 1: the dashboard numbers of an account's day, or of all accounts'.

Names of fields are a promise. Money is in major units of `currency`; what is not known is null, never 0.
"""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class MlAccuracy(_Data):
    """How good the predictions of a week were, over all models; null where nothing could be scored.

    Of CTR and spend it is the last week, of ROAS and conversions the newest one whose conversions are in.
    """

    ctr_mae: float | None
    """Mean absolute error of predicted CTR, percent points."""
    roas_mae: float | None
    """Mean absolute error of predicted ROAS."""
    prediction_accuracy: float | None
    """0 to 100, over all metrics by how many predictions were scored."""
    ctr_since: date | None
    """First day on which the windows behind ctr_mae ended."""
    ctr_until: date | None
    """Last such day: the report's own."""
    roas_since: date | None
    """First day on which the windows behind roas_mae ended."""
    roas_until: date | None
    """Last such day: a week before the report's own, so that conversions are in."""


class Totals(_Data):
    """What a day came to, as the platform reports it so far."""

    total_spend: float | None
    """Money spent."""
    total_revenue: float | None
    """Value of the conversions known so far."""
    overall_roas: float | None
    """Revenue per unit of money spent."""
    total_conversions: float | None
    """Conversions known so far."""
    avg_cpa: float | None
    """Money per conversion."""
    expected_revenue: float | None
    """Revenue once all conversions have arrived; null while that is not known."""
    expected_conversions: float | None
    """Conversions once all have arrived; null while that is not known."""


class AccountTotals(Totals):
    """One account of a report over all accounts, in its own currency."""

    account_id: str
    """Ad account id without act_."""
    account_name: str
    """Name, exactly as its owner wrote it."""
    currency: str | None
    """Currency of the account."""
    rate: float | None
    """Reporting currency per unit of the account's; null: not known, and the account is in no total."""


class Figure(_Data):
    """One metric of the day against other days. Changes are in percent and account for late conversions."""

    metric: str
    """spend, revenue, roas, conversions, cpa, ctr, cpm, ..."""
    value: float | None
    """As reported so far; null without a denominator."""
    expected: float | None
    """Once all conversions have arrived; null while that is not known."""
    vs_day_before_pct: float | None
    """Against the day before."""
    vs_week_before_pct: float | None
    """Against the same weekday a week before."""
    vs_usual_pct: float | None
    """Against the median of the same weekday in the four weeks before."""


class DailyReport(Totals):
    """account.daily_report: the morning's report about an account's day, or about all accounts', once a day."""

    project_id: str = Field(min_length=1)
    """ADTRACK_PROJECT_ID of the installation that tells it."""
    report_id: int
    """ops.reports.report_id."""
    platform: str | None
    """Ad platform; null over all accounts."""
    account_id: str | None
    """Ad account it is about; null over all accounts."""
    account_name: str
    """Name, exactly as its owner wrote it."""
    date: date
    """The day it is about, in the account's time zone."""
    currency: str | None
    """Of the amounts: the account's, or the reporting currency over all accounts."""
    is_complete: bool
    """The day had been read completely, after it was over."""
    missing: list[str]
    """What was missing, in sentences."""
    is_final: bool
    """Nothing of the day will be restated any more."""
    is_sandbox: bool
    """Simulated data."""
    ml_accuracy: MlAccuracy
    """Accuracy of predictions."""
    missing_currencies: list[str]
    """Currencies without a rate; with any, the totals over all accounts are null."""
    accounts: list[AccountTotals]
    """The accounts of a report over all of them; else empty."""
    figures: list[Figure]
    """Every metric of the report; over all accounts of those that have a rate."""
    highlights: list[str]
    """The report in a few plain sentences; may hold names with markup."""
    open_alerts: int = Field(ge=0)
    """Alerts that are open and worth a message."""
