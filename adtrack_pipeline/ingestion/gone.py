"""Days the platform says it no longer keeps: remembered per account and report, so that no hour asks for them.

Does not belong here: how a client finds the oldest day that is kept (`platforms/meta/splitting.py`).
"""

from datetime import date, datetime, timedelta

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import Account, Report
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load import get_state, put_state

ASKED_AGAIN_AFTER = timedelta(days=1)  # the platform, or what stands behind its address, may keep more by then


async def gone_until(database: Database, account: Account, report: Report) -> date | None:
    """The last account-local day the platform said it no longer keeps; None when that was not said lately."""
    async with await database.connect_async() as conn:
        said = await get_state(conn, account.account_id, _name(report))
    if said is None or clock.now() - datetime.fromisoformat(said["said_at"]) >= ASKED_AGAIN_AFTER:
        return None
    return date.fromisoformat(said["until"])


async def remember_gone(database: Database, account: Account, report: Report, until: date) -> None:
    """Note what the platform has just said."""
    known = await gone_until(database, account, report)
    value = {"until": max(until, known or until).isoformat(), "said_at": clock.now().isoformat()}
    async with await database.connect_async() as conn:
        await put_state(conn, account.account_id, _name(report), value)


def _name(report: Report) -> str:
    return f"gone/{report.value}"
