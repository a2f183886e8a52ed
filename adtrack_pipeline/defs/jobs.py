"""The jobs: which assets one run materialises together, and with which config.

Every job runs in one process: Dagster's default starts one per step and imports the world in each (55 s instead
of 15 s for an hour).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion.config import InsightsConfig, ObjectsConfig
from adtrack_pipeline.defs.transform.arguments import DAILY_TAG, TransformConfig
from adtrack_pipeline.settings import Settings

MAX_RUNTIME_TAG = "dagster/max_runtime"
PRIORITY_TAG = "dagster/priority"
SOURCE_TAG = "adtrack/source"
HOUR = 3600
LEAN_JOBS = {names.HOURLY_JOB, names.NIGHTLY_JOB, names.BACKFILL_JOB}

Job = dg.JobDefinition | UnresolvedAssetJobDefinition

_CONFIG: Mapping[str, Mapping[str, dg.Config]] = {
    names.HOURLY_JOB: {"insights": InsightsConfig(due=True)},
    names.DAILY_JOB: {"objects": ObjectsConfig(full=True), "transform": TransformConfig(daily=True)},
}


@dataclass(frozen=True)
class Parts:
    """The asset definitions jobs are made of."""

    objects: dg.AssetsDefinition
    insights: dg.AssetsDefinition
    transform: dg.AssetsDefinition
    alerts: dg.AssetsDefinition
    accuracy: dg.AssetsDefinition
    reports: dg.AssetsDefinition
    watch: dg.AssetChecksDefinition
    intake: dg.AssetsDefinition
    rates: dg.AssetsDefinition | None = None

    @property
    def everything(self) -> dg.AssetSelection:
        """All that an hour materialises, with all checks; files that people hand in come when they come."""
        return dg.AssetSelection.assets(*self._keys)

    @property
    def built_daily(self) -> set[dg.AssetKey]:
        """The models that are built once a day."""
        return {spec.key for spec in self.transform.specs if DAILY_TAG in spec.tags}

    def lean_selection(self, instance: dg.DagsterInstance, job_name: str) -> list[dg.AssetKey] | None:
        """What a run of this job leaves when it leaves out the models built once a day.

        None, the whole job, until each of them has been built once: others read them.
        """
        if job_name not in LEAN_JOBS:
            return None
        records = instance.get_asset_records(sorted(self.built_daily))
        built = {one.asset_entry.asset_key for one in records if one.asset_entry.last_materialization_record}
        if self.built_daily - built:
            return None
        unread = set(self.objects.keys) if job_name == names.NIGHTLY_JOB else set()
        return sorted(self._keys - self.built_daily - unread)

    @property
    def _keys(self) -> set[dg.AssetKey]:
        return {
            *self.objects.keys,
            *self.insights.keys,
            *self.transform.keys,
            *self.accuracy.keys,
            *self.alerts.keys,
            *self.reports.keys,
        }

    @property
    def fetched_daily(self) -> dg.AssetSelection:
        """What only the daily job reads from elsewhere, where somebody asked for it."""
        return dg.AssetSelection.assets(*(self.rates.keys if self.rates else ()))

    @property
    def watching(self) -> dg.AssetSelection:
        """The checks that stand on their own."""
        return dg.AssetSelection.checks(self.watch)


def run_config(job_name: str) -> dict[str, Any]:
    """The config a run of this job starts with.

    Whoever requests a run has to pass it: the one in a job's definition only fills the launchpad of the UI.
    """
    # The console of a run is the code server's log; the UI has every event anyway.
    quiet = {"console": {"config": {"log_level": "WARNING"}}}
    config = dg.RunConfig(ops=dict(_CONFIG.get(job_name, {})), loggers=quiet)
    return config.to_config_dict()  # type: ignore[no-untyped-call,no-any-return]


def build_jobs(settings: Settings, parts: Parts) -> Sequence[Job]:
    """All jobs over assets; retention has a module of its own."""
    return [
        _job(
            settings,
            names.HOURLY_JOB,
            "One hour: what changed in the accounts, today and yesterday, the marts, all checks, alerts.",
            parts.everything,
            max_hours=2,
            priority=10,
        ),
        _job(
            settings,
            names.NIGHTLY_JOB,
            "Reads the days again that Meta still restates, and rebuilds what they touch.",
            parts.everything - dg.AssetSelection.assets(*parts.objects.keys),
            max_hours=6,
        ),
        _job(
            settings,
            names.DAILY_JOB,
            "Full lists of campaigns, ad sets, ads and creatives, and the models built once a day.",
            (parts.everything | parts.fetched_daily)
            - dg.AssetSelection.assets(*parts.insights.keys)
            - parts.watching,
            max_hours=4,
        ),
        _job(
            settings,
            names.BACKFILL_JOB,
            "Reads a range of past days again, and rebuilds what they touch.",
            parts.everything - parts.watching,
            max_hours=24,
            priority=-10,
        ),
        _job(
            settings,
            names.WATCH_JOB,
            "Is every hour there, is the past read again? Turns red when ingestion does not run at all.",
            parts.watching,
            max_hours=1,
        ),
        _job(
            settings,
            names.INTAKE_JOB,
            "Loads files of predictions and orders from the inbox, and compares what is due.",
            dg.AssetSelection.assets(*parts.intake.keys, *parts.accuracy.keys),
            max_hours=4,
        ),
    ]


def _job(
    settings: Settings,
    name: str,
    description: str,
    selection: dg.AssetSelection,
    *,
    max_hours: int,
    priority: int = 0,
) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name,
        selection=selection,
        description=names.marked(settings, description),
        config=run_config(name),
        executor_def=dg.in_process_executor,
        tags={
            MAX_RUNTIME_TAG: str(max_hours * HOUR),
            PRIORITY_TAG: str(priority),
            SOURCE_TAG: settings.effective_source,
        },
    )
