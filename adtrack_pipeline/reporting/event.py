"""A report as the event that sends it: `account.daily_report`. Pure.

Does not belong here: what the fields promise (`notify/events/daily_report.py`), writing it (`notify/outbox.py`).
"""

from typing import Any

from adtrack_pipeline.notify.events import DailyReport
from adtrack_pipeline.notify.outbox import OutboxEvent
from adtrack_pipeline.reporting.dashboard import dashboard
from adtrack_pipeline.reporting.report import Report


def report_event(report: Report, *, report_id: int, project_id: str) -> OutboxEvent:
    """The event, with data as its published schema says."""
    data = DailyReport.model_validate(
        {
            "missing_currencies": [],
            "accounts": [],
            **dashboard(report),
            "project_id": project_id,
            "report_id": report_id,
            "figures": figures(report),
            "highlights": list(report.highlights),
            "open_alerts": len(report.alerts),
        }
    )
    return OutboxEvent(
        event_type="account.daily_report",
        data=data.model_dump(mode="json"),
        occurred_at=report.as_of,
        platform=report.platform,
        account_id=report.account_id,
    )


def figures(report: Report) -> list[dict[str, Any]]:
    """Every metric against other days."""
    return [
        {
            "metric": one.metric.name,
            "value": _rounded(one.value),
            "expected": _rounded(one.ripe) if one.metric.is_late else None,
            "vs_day_before_pct": _rounded(one.day_before.percent),
            "vs_week_before_pct": _rounded(one.week_before.percent),
            "vs_usual_pct": _rounded(one.usual.percent),
        }
        for one in report.compared
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
