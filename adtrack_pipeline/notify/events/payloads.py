"""The data of each event type, version 1. Names of fields are a promise: a changed or new one is a new version.

Money is in major units of the ad account's currency; `ctr` is in percent points; a ratio without a denominator is
null, never 0.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.events.daily_report import DailyReport
from adtrack_pipeline.notify.outbox import EventType

VERSION = 1


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class _CampaignData(_Data):
    project_id: str = Field(min_length=1)
    """ADTRACK_PROJECT_ID of the installation that tells it."""
    campaign_id: str | None
    """Campaign it is about; null for a whole account, and for a model that predicts."""


class Metrics(_Data):
    """A campaign's day so far."""

    campaignId: str  # noqa: N815
    """Campaign id."""
    campaignName: str | None  # noqa: N815
    """Name, exactly as its owner wrote it."""
    platform: str
    """Ad platform: meta."""
    impressions: int = Field(ge=0)
    """Times shown."""
    clicks: int = Field(ge=0)
    """Clicks of all kinds."""
    spend: float
    """Money spent."""
    conversions: float
    """Conversions known so far; late ones come with a later event."""
    revenue: float
    """Their value."""
    ctr: float | None
    """Clicks per 100 impressions."""
    cpc: float | None
    """Money per click."""
    cpm: float | None
    """Money per 1,000 impressions."""
    roas: float | None
    """Revenue per unit of money spent."""
    timestamp: datetime
    """When these values were computed."""
    date: date
    """Calendar day in the account's time zone."""


class MetricsUpdated(_Data):
    """campaign.metrics_updated: today's or yesterday's values of a campaign are others than before."""

    project_id: str = Field(min_length=1)
    """ADTRACK_PROJECT_ID of the installation that tells it."""
    campaign_id: str
    """Campaign it is about."""
    platform: str
    """Ad platform: meta."""
    metrics: Metrics
    """The values."""


class Alert(_Data):
    """An alert when it was told."""

    alertId: str  # noqa: N815
    """The same in every event of one incident; marts.performance_alerts.alert_id."""
    alertType: str  # noqa: N815
    """ctr_drop, budget_exceeded, tracking_outage, ..."""
    severity: Severity
    """low, medium, high or critical."""
    message: str
    """One or two plain sentences; may hold names with markup."""
    threshold: float | None
    """The line that was crossed, in the metric's unit."""
    currentValue: float | None  # noqa: N815
    """What was observed, in the metric's unit."""
    timestamp: datetime
    """When it was told."""


class PerformanceAlert(_CampaignData):
    """campaign.performance_alert: an alert opened, escalated, is still open (reminded), or was resolved."""

    alert: Alert
    """The alert."""


class BudgetExceeded(_CampaignData):
    """campaign.budget_exceeded: spend reached or passed a budget, once per crossing."""

    budget_limit: float
    """The budget."""
    current_spend: float
    """What was spent against it."""
    percentage_exceeded: float
    """How much of the budget was spent beyond it, percent."""


class PerformanceThreshold(_CampaignData):
    """campaign.performance_threshold: a metric crossed a line of the policies, once per crossing."""

    metric_name: str
    """ctr, roas, cpc, cpa, frequency, ..."""
    threshold_type: Literal["below", "above"]
    """On which side of the line it is."""
    threshold_value: float
    """The line."""
    current_value: float
    """The metric."""


class PipelineAlert(_Data):
    """pipeline.alert: news about the pipeline's own health, of one account or of all."""

    project_id: str = Field(min_length=1)
    """ADTRACK_PROJECT_ID of the installation that tells it."""
    account_id: str | None
    """Ad account it is about; null for the pipeline as a whole."""
    alert: Alert
    """The alert."""


class ScoredForecasts(_Data):
    """A period's predictions of a metric, as far as they could be scored."""

    forecasts: int = Field(ge=0)
    """How many."""
    accuracy: float | None
    """100 x (1 - sum of absolute errors / sum of actuals), not below 0."""
    bias: float | None
    """Sum of errors / sum of actuals: 0.1 means 10 % too much."""


class RetrainRecommended(_Data):
    """model.retrain_recommended: a model's errors are no longer what they were, once per incident."""

    project_id: str = Field(min_length=1)
    """ADTRACK_PROJECT_ID of the installation that tells it."""
    alert_id: str
    """The alert model_drift of the same incident; marts.performance_alerts.alert_id."""
    model_name: str
    """Name of the model."""
    model_version: str
    """The version that made most of its recent forecasts; all versions are judged together."""
    metric: Literal["ctr", "roas", "conversions", "spend"]
    """What it predicts."""
    direction: Literal["over", "under", "wider", "narrower"]
    """over: it predicts more than before, compared with what happens; under: less; wider, narrower: its errors."""
    effect: float
    """How much, in standard deviations of the errors before (wider and narrower: as a ratio of spreads)."""
    onset: date
    """First day of the change, as far as known."""
    recent: ScoredForecasts
    """Since then."""
    reference: ScoredForecasts
    """Before."""


PAYLOADS: dict[EventType, type[BaseModel]] = {
    "campaign.metrics_updated": MetricsUpdated,
    "campaign.performance_alert": PerformanceAlert,
    "campaign.budget_exceeded": BudgetExceeded,
    "campaign.performance_threshold": PerformanceThreshold,
    "pipeline.alert": PipelineAlert,
    "model.retrain_recommended": RetrainRecommended,
    "account.daily_report": DailyReport,
}
