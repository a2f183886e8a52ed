"""The sensor that watches Dagster itself, and tells through the same channels as everything else."""

from datetime import UTC, datetime

import dagster as dg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.notify.health import facts, judging
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT, alert_options, apply_scan
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.delivery import build_lanes
from adtrack_pipeline.settings import Settings

SENSOR = "pipeline_health_sensor"
SECONDS = 60
SOURCE = "health"


def build_health_sensor(settings: Settings) -> dg.SensorDefinition:
    """Looks once a minute; costs a dozen small queries."""

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=names.marked(
            settings,
            "Tells what Dagster tells nobody: failed runs and checks, sensors and schedules that stopped, runs "
            "that never started, channels that are down.",
        ),
    )
    def tick(context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]) -> dg.SkipReason:
        # Real time: Dagster's records are about this machine, not about an injected clock.
        now = datetime.now(UTC)
        assert context.repository_def is not None
        conditions = what_holds(context.instance, context.repository_def, pipeline, now)
        scan = Scan(SOURCE, frozenset({PIPELINE_ACCOUNT}), now)
        with pipeline.connect() as conn:
            changes = apply_scan(conn, scan, conditions, alert_options(pipeline.settings))
        opened, ended = len(changes.opened), len(changes.resolved)
        return dg.SkipReason(f"{len(conditions)} conditions hold; {opened} alerts opened, {ended} ended.")

    return tick


def what_holds(
    instance: dg.DagsterInstance, repository: dg.RepositoryDefinition, pipeline: Pipeline, now: datetime
) -> list[Condition]:
    """Everything somebody should know about the pipeline now."""
    runs = facts.finished_runs(instance, now)
    with pipeline.connect() as conn:
        checks = facts.failed_checks(conn, sorted(repository.asset_graph.asset_check_keys))
        channels = facts.channel_trouble(conn, _configured(pipeline.settings))
    return [
        *judging.failed_jobs(runs, checks, now),
        *judging.red_checks(checks, runs, now),
        *judging.silent_tickers(facts.tickers(instance, repository), now),
        *judging.stuck_runs(facts.waiting_runs(instance, now - judging.START_WITHIN), now),
        *judging.broken_channels(channels, now),
    ]


def _configured(settings: Settings) -> list[str]:
    """Names of the channels there are; a mistake in their configuration is told by the sensor that delivers."""
    try:
        return [lane.name for lane in build_lanes(settings)]
    except (ChannelError, PoliciesError):
        return []
