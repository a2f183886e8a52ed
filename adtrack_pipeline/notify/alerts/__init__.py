"""Alerts with a life: one row per incident and object in `ops.alerts`, told once, told again when it worsens.

Belongs here: what a scan's conditions do to the alerts there are, who is told, and what people do with alerts.
Does not belong here: finding conditions (`monitoring/`), the form of events (`notify/events`), sending them.
"""

from adtrack_pipeline.notify.alerts.changes import AlertChanges
from adtrack_pipeline.notify.alerts.expiry import expire_unwatched
from adtrack_pipeline.notify.alerts.options import AlertOptions, Patience, alert_options
from adtrack_pipeline.notify.alerts.scanning import apply_scan
from adtrack_pipeline.notify.alerts.store import PIPELINE_ACCOUNT, open_keys

__all__ = [
    "PIPELINE_ACCOUNT",
    "AlertChanges",
    "AlertOptions",
    "Patience",
    "alert_options",
    "apply_scan",
    "expire_unwatched",
    "open_keys",
]
