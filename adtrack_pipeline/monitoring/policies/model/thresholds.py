"""`thresholds:` one rule per metric: the line, how much is needed to judge, when it is over again."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies.model.base import Line, Section


class ThresholdRule(Section):
    """Fires when a ratio over the window crosses the line; over when it is back by `clear_pct`."""

    enabled: bool = Field(True, description="false switches the rule off.")
    below: Line | None = Field(None, description="Fire when the value is below this line.")
    above: Line | None = Field(None, description="Fire when the value is above this line.")
    level: Literal["ad", "adset", "campaign", "account"] = Field("campaign", description="What is judged.")
    severity: Severity = Severity.MEDIUM
    pages: bool = Field(True, description="true: worth a message; false: only recorded.")
    window_days: Annotated[int, Field(ge=1, le=30)] = Field(
        7, description="Complete days of the account that are judged together."
    )
    min_impressions: Annotated[int, Field(ge=0)] = Field(0, description="Below this the ratio is not judged.")
    min_clicks: Annotated[int, Field(ge=0)] = Field(0, description="Below this the ratio is not judged.")
    min_spend: Line | None = Field(None, description="Below this (account currency) the ratio is not judged.")
    min_conversions: Annotated[float, Field(ge=0)] = Field(
        0, description="As many must have come, or be expected if the value were on the line."
    )
    clear_pct: Annotated[float, Field(ge=0, le=90)] = Field(
        10, description="Over again only when this percentage back behind the line."
    )
    cool_down_hours: Annotated[float, Field(ge=0)] = Field(
        24, description="Quiet time after it was over before it is told again."
    )

    @model_validator(mode="after")
    def _lines_apart(self) -> "ThresholdRule":
        for currency in {*(self.below or {}), *(self.above or {})}:
            low, high = (self.below or {}).get(currency), (self.above or {}).get(currency)
            if low is not None and high is not None and low >= high:
                raise ValueError(f"has below ({low:g}) at or over above ({high:g}): every value would fire")
        return self

    @property
    def is_on(self) -> bool:
        """Whether there is anything to judge."""
        return self.enabled and bool(self.below or self.above)


class FrequencyRule(ThresholdRule):
    """Frequency: reach cannot be added up, so only ads and accounts have one."""

    level: Literal["ad", "account"] = Field(
        "ad", description="Meta's reach adds up for neither ad sets nor campaigns."
    )


class Thresholds(Section):
    """One rule per metric, all ratios recomputed from sums over the window."""

    ripe_after_days: Annotated[int, Field(ge=0, le=28)] = Field(
        7, description="Days whose conversions have no forecast yet count as complete after this many days."
    )
    ctr: ThresholdRule = Field(ThresholdRule(), description="Clicks of all kinds per impression, percent.")
    link_ctr: ThresholdRule = Field(ThresholdRule(), description="Link clicks per impression, percent.")
    cpc: ThresholdRule = Field(ThresholdRule(), description="Money per click of any kind, account currency.")
    cpm: ThresholdRule = Field(ThresholdRule(), description="Money per 1,000 impressions, account currency.")
    cpa: ThresholdRule = Field(ThresholdRule(), description="Money per conversion, account currency.")
    roas: ThresholdRule = Field(ThresholdRule(), description="Revenue per unit of money spent.")
    conversion_rate: ThresholdRule = Field(ThresholdRule(), description="Conversions per link click, percent.")
    aov: ThresholdRule = Field(ThresholdRule(), description="Average value of a conversion, account currency.")
    frequency: FrequencyRule = Field(
        FrequencyRule(), description="Impressions per person and day, mean of the window."
    )

    def rules(self) -> dict[str, ThresholdRule]:
        """Every rule by its metric."""
        return {
            name: rule
            for name in type(self).model_fields
            if isinstance(rule := getattr(self, name), ThresholdRule)
        }
