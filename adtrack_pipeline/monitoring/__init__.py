"""Statistics on performance: what was to be expected, what is strange, what crosses a line.

Belongs here: pure functions, frames in, frames or records out. Does not belong here: databases, HTTP, Dagster,
the clock (`now` is an argument).
"""

from adtrack_pipeline.monitoring.detect import detect_anomalies, messages_per_1000_ad_days
from adtrack_pipeline.monitoring.panel import PanelError
from adtrack_pipeline.monitoring.series import score_series

__all__ = ["PanelError", "detect_anomalies", "messages_per_1000_ad_days", "score_series"]
