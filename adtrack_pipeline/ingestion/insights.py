"""Insight reports from the API to `raw`: plan, stream pages, commit each window whole or not at all."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

from adtrack_pipeline import clock
from adtrack_pipeline.ingestion.accounts import each_account, known_accounts
from adtrack_pipeline.ingestion.ahead import begun
from adtrack_pipeline.ingestion.context import SyncContext, open_context
from adtrack_pipeline.ingestion.gone import gone_until, remember_gone
from adtrack_pipeline.ingestion.outcome import AccountOutcome, SyncSummary
from adtrack_pipeline.ingestion.progress import Progress
from adtrack_pipeline.ingestion.recording import recorded
from adtrack_pipeline.ingestion.windows import Window, chunks, clip_to_today, due, enough, trailing
from adtrack_pipeline.platforms.base import Account, Report
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load import PgJobStore, days_read, open_insights_load

ALL_REPORTS = (Report.DAILY, Report.ACCOUNT_DAILY, Report.HOURLY)


async def sync_insights(
    settings: Settings,
    database: Database,
    *,
    run_id: str,
    reports: Sequence[Report] = ALL_REPORTS,
    since: date | None = None,
    until: date | None = None,
    accounts: Sequence[str] = (),
    progress: Progress | None = None,
) -> SyncSummary:
    """Read insight reports of several accounts at once.

    Without `since`: what is due in each account (its local today and yesterday, and days not read as they will
    stay). With it: exactly those account-local days, up to the account's own today.
    """

    async def work(context: SyncContext, account: Account) -> list[AccountOutcome]:
        return await asyncio.gather(*(_sync_report(context, account, report, since, until) for report in reports))

    async with open_context(settings, database, run_id, progress) as context:
        return await each_account(context, await known_accounts(context, accounts), work)


async def _sync_report(
    context: SyncContext, account: Account, report: Report, since: date | None, until: date | None
) -> AccountOutcome:
    async with recorded(context, account, report) as outcome:
        for window in await _plan(context, account, report, since, until):
            await _sync_window(context, account, report, window, outcome)
    return outcome


async def _plan(
    context: SyncContext, account: Account, report: Report, since: date | None, until: date | None
) -> list[Window]:
    today = clock.local_day(account.timezone_name)
    if since is not None:
        window = clip_to_today(since, until or today, today)
        return chunks([window]) if window else []
    settings = context.settings
    initial = settings.initial_hourly_days if report is Report.HOURLY else settings.initial_days
    async with await context.database.connect_async() as conn:
        answers = await days_read(conn, account.account_id, report, today - timedelta(days=initial), today)
    read_on = {day: clock.local_day(account.timezone_name, instant) for day, instant in answers.items()}
    gone = await gone_until(context.database, account, report)
    gone_days = {day for day in trailing(today, initial).each_day() if gone and day <= gone}
    covered = enough(today, settings.restatement_days, read_on) | gone_days
    return due(today, settings.hourly_days, initial, covered)


async def _sync_window(
    context: SyncContext, account: Account, report: Report, window: Window, outcome: AccountOutcome
) -> None:
    stats = outcome.stats
    stats.unavailable_until = stats.asked_at = None
    fetched_at = clock.now()
    asked = context.client.insights(
        account, report, window.since, window.until, stats=stats, jobs=PgJobStore(context.database)
    )
    async with (
        begun(asked) as pages,
        await context.database.connect_async() as conn,
        open_insights_load(
            conn, report, account.account_id, window.since, window.until, fetched_at, context.run_id
        ) as load,
    ):
        async for page in pages:
            await load.add(page)
            context.progress.update(account.name or account.account_id, report, rows=len(page.rows))
        context.progress.update(account.name or account.account_id, report, state="writing")
        unavailable = stats.unavailable_until
        available_from = unavailable + timedelta(days=1) if unavailable else window.since
        result = await load.commit(available_from, stats.asked_at)
    if unavailable:
        await remember_gone(context.database, account, report, unavailable)
    outcome.add(result, window.since, window.until)
