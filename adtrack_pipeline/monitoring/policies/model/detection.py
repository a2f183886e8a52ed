"""`detection:` how strange is strange enough. The rule itself is in `monitoring/`."""

from typing import Annotated, Literal

from pydantic import Field

from adtrack_pipeline.monitoring.policies.model.base import Section


class Detection(Section):
    """Anomaly detection."""

    enabled: bool = True
    method: Literal["evidence", "zscore"] = Field(
        "evidence",
        description="evidence: counts against the ad's own level; zscore: the classic rule, to compare.",
    )
    threshold_std: Annotated[float, Field(ge=0.5, le=20)] = Field(
        2.0, description="Recorded from this many standard deviations on."
    )
    page_std: Annotated[float, Field(gt=0, le=50)] = Field(5.0, description="Told from this many on.")
