"""Sensors that deliver messages, and that watch Dagster itself. No run is launched for either.

Does not belong here: what is told (`notify/alerts`), how it travels (`notify/delivery`, `notify/channels`).
"""

from collections.abc import Sequence

import dagster as dg

from adtrack_pipeline.defs.notify.delivering import build_delivery_sensor
from adtrack_pipeline.defs.notify.watching import build_health_sensor
from adtrack_pipeline.settings import Settings


def build_sensors(settings: Settings) -> Sequence[dg.SensorDefinition]:
    """Both sensors, on by default."""
    return [build_delivery_sensor(settings), build_health_sensor(settings)]
