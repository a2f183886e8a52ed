"""Checks that do not wait for a sync: is every hour there, is the past read again?

They run in the hourly job and by a schedule of their own, so that they turn red when ingestion does not run.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion import facts
from adtrack_pipeline.defs.ingestion.health import hour_verdict, restated_verdict
from adtrack_pipeline.defs.ingestion.verdicts import check_result
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.platforms.base import Report

HOUR_EXISTS = "hour_exists"
PAST_RESTATED = "past_restated"
WATCHED = (Report.DAILY, Report.HOURLY)


def build_watch() -> dg.AssetChecksDefinition:
    """One op for all of them."""

    @dg.multi_asset_check(
        name="ingestion_watch",
        specs=[
            *(
                dg.AssetCheckSpec(
                    HOUR_EXISTS,
                    asset=names.raw_key(report),
                    description="The last complete hour of every account has been read since it ended.",
                )
                for report in WATCHED
            ),
            dg.AssetCheckSpec(
                PAST_RESTATED,
                asset=names.raw_key(Report.DAILY),
                description="The days Meta still restates were read again within a day and a half.",
            ),
        ],
        can_subset=True,
    )
    def ingestion_watch(
        context: dg.AssetCheckExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.AssetCheckResult]:
        pipeline.keep_alive(context.run.run_id)
        settings, now = pipeline.settings, clock.now()
        with pipeline.connect() as conn:
            accounts = facts.known_accounts(conn, settings.meta_ad_account_id)
            covered = facts.coverage(conn, (now - timedelta(days=settings.restatement_days + 2)).date())
        for key in sorted(context.selected_asset_check_keys):
            report = key.asset_key.path[-1]
            if key.name == HOUR_EXISTS:
                verdict = hour_verdict(now, accounts, covered, report)
            else:
                verdict = restated_verdict(now, accounts, covered, report, settings.restatement_days)
            yield check_result(key.name, key.asset_key, verdict)

    return ingestion_watch
