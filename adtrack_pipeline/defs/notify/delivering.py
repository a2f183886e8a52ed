"""The sensor that delivers: a tick sends what is due, then listens on for what is committed meanwhile.

A tick lasts shorter than the 60 s Dagster gives a sensor; between two of them lie at most a few seconds.
"""

import asyncio
from collections.abc import Sequence

import dagster as dg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.notify.delivery import Drained, build_lanes, deliver
from adtrack_pipeline.settings import Settings

SENSOR = "notification_sensor"
LISTEN_SECONDS = 20.0
NOTHING = "No channel is configured: set ADTRACK_SLACK_WEBHOOK_URL or another one of .env.example."


def build_delivery_sensor(settings: Settings, *, listen_seconds: float = LISTEN_SECONDS) -> dg.SensorDefinition:
    """Delivers to every configured channel; a channel that is down delays only itself.

    Args:
        settings: for the description.
        listen_seconds: how long a tick goes on listening.
    """

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=names.marked(
            settings, "Delivers alerts and events to the configured channels at the moment they are committed."
        ),
    )
    def tick(context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.SkipReason:
        lanes = build_lanes(pipeline.settings)
        if not lanes:
            return dg.SkipReason(NOTHING)
        drained = asyncio.run(deliver(pipeline.database, lanes, follow_seconds=listen_seconds))
        return dg.SkipReason(told(drained))

    return tick


def told(drained: Sequence[Drained]) -> str:
    """One sentence per channel that had something to do or is in trouble."""
    lines = []
    for one in drained:
        parts = [f"{one.delivered} delivered"] if one.delivered else []
        parts += [f"{one.refused} refused"] if one.refused else []
        parts += [f"{one.given_up} given up"] if one.given_up else []
        parts += [one.trouble] if one.trouble else []
        if parts:
            lines.append(f"{one.channel}: {', '.join(parts)}")
    return "; ".join(lines) or "Nothing to deliver."
