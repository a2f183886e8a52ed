"""Statistics on performance: what was to be expected, what is strange, what crosses a line.

Belongs here: pure functions, frames in, frames or records out. Does not belong here: databases, HTTP, Dagster,
the clock (`now` is an argument).
"""

from adtrack_pipeline.monitoring.detect import detect_anomalies

__all__ = ["detect_anomalies"]
