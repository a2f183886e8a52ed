"""The sensor on the inbox. Thin: what to do with what is found is decided in `intake/watching.py`."""

import dagster as dg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.jobs import run_config
from adtrack_pipeline.defs.schedules import UNFINISHED
from adtrack_pipeline.intake.inbox import look
from adtrack_pipeline.intake.watching import Batch, Memory, RunState, step
from adtrack_pipeline.settings import Settings

SENSOR = "inbox_sensor"
SECONDS = 30
RUN_KEY = "dagster/run_key"


def build_inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Looks twice a minute; a file that did not change between two looks is loaded."""

    @dg.sensor(
        name=SENSOR,
        job_name=names.INTAKE_JOB,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=names.marked(
            settings,
            "Loads files that appear or change in `predictions/` and `orders/` of the inbox (`ADTRACK_INBOX`, a "
            "folder or an object store). They stay where they are; hidden and unfinished ones (.tmp, .part) wait.",
        ),
    )
    def tick(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        memory = Memory.from_text(context.cursor)
        entries = look(settings.inbox_url)
        memory, batch = step(memory, entries, _state(context.instance, memory.asked))
        if batch is None:
            waiting = f"{len(memory.seen)} of them wait" if memory.seen else "all taken"
            said = f"{len(entries)} files in the inbox, {waiting}." if entries else "The inbox is empty."
            return dg.SensorResult(skip_reason=said, cursor=memory.to_text())
        return dg.SensorResult(run_requests=[_request(batch)], cursor=memory.to_text())

    return tick


def _request(batch: Batch) -> dg.RunRequest:
    config = run_config(names.INTAKE_JOB)
    config.setdefault("ops", {})["intake"] = {"config": {"files": list(batch.names)}}
    return dg.RunRequest(run_key=f"{names.INTAKE_JOB}:{batch.key}", run_config=config)


def _state(instance: dg.DagsterInstance, asked: Batch | None) -> RunState:
    """What became of the run that was asked for."""
    if asked is None:
        return "none"
    key = f"{names.INTAKE_JOB}:{asked.key}"
    runs = instance.get_runs(dg.RunsFilter(tags={RUN_KEY: key}), limit=1)
    if not runs:
        return "none"
    if runs[0].status in UNFINISHED:
        return "going"
    return "succeeded" if runs[0].status is dg.DagsterRunStatus.SUCCESS else "failed"
