"""What events look like to other programs: payloads, envelope, and the published description of both.

Belongs here: models, JSON schemas, AsyncAPI. Does not belong here: deciding what is told (`notify/alerts`),
writing it (`notify/outbox.py`), sending it (`notify/channels`).
"""

from adtrack_pipeline.notify.events.daily_report import DailyReport
from adtrack_pipeline.notify.events.envelope import dataschema_of, to_cloudevent
from adtrack_pipeline.notify.events.payloads import (
    PAYLOADS,
    BudgetExceeded,
    MetricsUpdated,
    PerformanceAlert,
    PerformanceThreshold,
    PipelineAlert,
    RetrainRecommended,
)
from adtrack_pipeline.notify.events.publishing import published_files

__all__ = [
    "PAYLOADS",
    "BudgetExceeded",
    "DailyReport",
    "MetricsUpdated",
    "PerformanceAlert",
    "PerformanceThreshold",
    "PipelineAlert",
    "RetrainRecommended",
    "dataschema_of",
    "published_files",
    "to_cloudevent",
]
