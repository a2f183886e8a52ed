"""The checks that every sync answers: which there are, and their results.

Does not belong here: the verdicts themselves (health.py), checks that do not wait for a sync (watch.py).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import dagster as dg
import psycopg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion import facts
from adtrack_pipeline.defs.ingestion.health import accounts_verdict, rejected_verdict
from adtrack_pipeline.defs.ingestion.verdicts import check_result
from adtrack_pipeline.ingestion import SyncSummary
from adtrack_pipeline.platforms.base import ObjectKind, Report
from adtrack_pipeline.settings import Settings

ACCOUNTS_READ = "accounts_read"
ROWS_ACCEPTED = "rows_accepted"
ACCOUNTS = names.raw_key(ObjectKind.ACCOUNT)
DAILY = names.raw_key(Report.DAILY)
OBJECTS = (*(str(kind) for kind in ObjectKind), "activities")
REPORTS = tuple(str(report) for report in Report)

Connection = psycopg.Connection[Any]


def object_check() -> dg.AssetCheckSpec:
    """The check of the op `objects`."""
    description = "The objects and the change log of every account were read completely."
    return dg.AssetCheckSpec(ACCOUNTS_READ, asset=ACCOUNTS, description=description)


def insight_checks(settings: Settings) -> Sequence[dg.AssetCheckSpec]:
    """The checks of the op `insights`. Accounts that are configured have one each; others are known too late."""
    return [
        dg.AssetCheckSpec(ACCOUNTS_READ, asset=DAILY, description="Every account was read completely."),
        dg.AssetCheckSpec(ROWS_ACCEPTED, asset=DAILY, description="No row had to be put in quarantine."),
        *(
            dg.AssetCheckSpec(
                _own_check(account_id), asset=DAILY, description=f"Account {account_id} was read completely."
            )
            for account_id in settings.meta_ad_account_id
        ),
    ]


def judge_objects(conn: Connection, settings: Settings, summary: SyncSummary) -> dg.AssetCheckResult:
    """The result after a sync of objects."""
    standing = facts.standing(conn, settings.meta_ad_account_id, OBJECTS)
    return check_result(ACCOUNTS_READ, ACCOUNTS, accounts_verdict(summary.outcomes, standing))


def judge_insights(
    conn: Connection, settings: Settings, summary: SyncSummary, asked: Collection[str]
) -> Iterator[dg.AssetCheckResult]:
    """The results after a sync of insights, for the checks asked for."""
    standing = facts.standing(conn, settings.meta_ad_account_id, REPORTS)
    if ACCOUNTS_READ in asked:
        yield check_result(ACCOUNTS_READ, DAILY, accounts_verdict(summary.outcomes, standing))
    if ROWS_ACCEPTED in asked:
        yield check_result(ROWS_ACCEPTED, DAILY, rejected_verdict(summary.outcomes))
    for account_id in settings.meta_ad_account_id:
        own = [one for one in summary.outcomes if one.account_id == account_id]
        if _own_check(account_id) in asked and own:
            now = [one for one in standing if one.account_id == account_id]
            yield check_result(_own_check(account_id), DAILY, accounts_verdict(own, now))


def _own_check(account_id: str) -> str:
    return f"account_{account_id}_read"
