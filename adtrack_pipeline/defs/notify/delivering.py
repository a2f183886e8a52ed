"""The sensor that delivers: a tick sends what is due and leaves a thread that listens until another takes over.

So nobody waits for a tick: what is committed leaves at once, and a tick is over in a moment. A thread that no tick
takes over from (the sensor was switched off, the daemon is dead) ends by itself.
"""

from collections.abc import Sequence

import dagster as dg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.notify.delivery import Drained, Relay, build_lanes
from adtrack_pipeline.settings import Settings

SENSOR = "notification_sensor"
TICK_SECONDS = 15
LISTEN_SECONDS = 45.0  # two late ticks are survived
NOTHING = "No channel is configured: set ADTRACK_SLACK_WEBHOOK_URL or another one of .env.example."


def build_delivery_sensor(settings: Settings, *, listen_seconds: float = LISTEN_SECONDS) -> dg.SensorDefinition:
    """Delivers to every configured channel; a channel that is down delays only itself.

    Args:
        settings: for the description.
        listen_seconds: how long is listened after a tick, if no other one follows.
    """
    relay = Relay()

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=names.marked(
            settings, "Delivers alerts and events to the configured channels at the moment they are committed."
        ),
    )
    def tick(context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.SkipReason:
        lanes = build_lanes(pipeline.settings)
        if not lanes:
            relay.end()
            return dg.SkipReason(NOTHING)
        return dg.SkipReason(told(relay.take_over(pipeline.database, lanes, listen_seconds)))

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
