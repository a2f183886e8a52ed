"""Statistics on performance: what was to be expected, what is strange, what crosses a line.

Belongs here: pure functions, frames in, frames or records out. Does not belong here: databases, HTTP, Dagster,
the clock (`now` is an argument).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adtrack_pipeline.monitoring.detect import detect_anomalies, messages_per_1000_ad_days
    from adtrack_pipeline.monitoring.inputs.columns import PanelError
    from adtrack_pipeline.monitoring.series import score_series

__all__ = ["PanelError", "detect_anomalies", "messages_per_1000_ad_days", "score_series"]

_HOMES = {
    "PanelError": "inputs.columns",
    "detect_anomalies": "detect",
    "messages_per_1000_ad_days": "detect",
    "score_series": "series",
}


def __getattr__(name: str) -> Any:
    """Import pandas only for who detects: commands that only name a condition start half a second sooner."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
