"""Is this installation fit to run? One finding per question, each with what to do about it.

Belongs here: asking the rooms about themselves. Does not belong here: repairing anything.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from adtrack_pipeline import clock
from adtrack_pipeline.ingestion.source import meta_config
from adtrack_pipeline.intake import IntakeError
from adtrack_pipeline.intake.inbox import look
from adtrack_pipeline.intake.stores import shown
from adtrack_pipeline.platforms.base import PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.versions import version_problem
from adtrack_pipeline.services import last_heartbeat
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import DatabaseError, ensure_database

LOW_DISK_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One question and its answer; `ok` False means a person should act, None that it is only worth knowing."""

    subject: str
    ok: bool | None
    sentence: str


def check_machine(settings: Settings) -> Iterator[Finding]:
    """Where state is kept and whether there is room for it."""
    home = settings.home_dir
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    sentence = f"{free / 1024**3:,.0f} GiB free in {home}."
    if free < LOW_DISK_BYTES:
        yield Finding("disk", False, f"Only {sentence} Make room, or set ADTRACK_HOME elsewhere.")
    else:
        yield Finding("disk", True, sentence)
    if settings.injected_now:
        yield Finding(
            "clock", None, f"ADTRACK_NOW is set: the pipeline believes it is {clock.now():%Y-%m-%d %H:%M} UTC."
        )


def check_inbox(settings: Settings) -> Iterator[Finding]:
    """Can the place where files are handed in be listed?"""
    try:
        waiting = len(look(settings.inbox_url))
    except IntakeError as error:
        yield Finding("inbox", False, str(error))
        return
    files = "1 file" if waiting == 1 else f"{waiting:,} files"
    yield Finding("inbox", True, f"{files} in predictions/ and orders/ of {shown(settings.inbox_url)}.")


def check_database(settings: Settings) -> Iterator[Finding]:
    """Reachable, new enough, migrated, and may the reader read?"""
    try:
        database = ensure_database(settings)
        with database.connect() as conn:
            version = conn.info.server_version
    except DatabaseError as error:
        yield Finding("database", False, str(error))
        return
    kind = "embedded" if database.is_embedded else "yours"
    where = f"{database.host}:{database.port}/{database.dbname}"
    yield Finding("database", True, f"PostgreSQL {version // 10000} ({kind}) at {where}, migrations applied.")
    with database.connect() as conn:
        beat, now = last_heartbeat(conn), datetime.now(UTC)
    # Not to be fixed for certain: before the first start and beside one's own cron there is none.
    yield Finding("daemon", None if beat.is_silent(now) else True, beat.sentence(now))
    try:
        with database.connect(role="reader") as conn:
            conn.execute("select 1")
        yield Finding(
            "BI role", True, "adtrack_reader can log in; `adtrack sql --url --role reader` prints its URL."
        )
    except DatabaseError as error:
        yield Finding("BI role", None, str(error))


async def check_api(settings: Settings) -> AsyncIterator[Finding]:
    """The version's remaining life, the token, its permissions, every configured account."""
    today = clock.now().date()
    problem = version_problem(settings.meta_api_version, today)
    yield Finding(
        "API version", problem is None, problem or f"{settings.meta_api_version}, no end date published."
    )
    async with MetaClient(meta_config(settings)) as client:
        try:
            found = await client.discover_accounts(settings.meta_ad_account_id)
        except PlatformError as error:
            yield Finding("token", False, str(error))
            return
        for account in found.accounts:
            label = f"account {account.account_id}"
            yield Finding(label, True, f"{account.name}: {account.currency}, days in {account.timezone_name}.")
        for account_id, failure in found.failed.items():
            yield Finding(f"account {account_id}", False, str(failure))
        if not found.accounts and not found.failed:
            yield Finding(
                "token", False, "The token reads no ad account; give its user a role on one in Business Manager."
            )
        yield await _token_expiry(client)


async def _token_expiry(client: MetaClient) -> Finding:
    try:
        info = await client.token_info()
    except PlatformError as error:
        return Finding("token", None, f"Its expiry could not be read: {error}")
    if info.expires_at is None:
        return Finding("token", True, "Valid, without an end date.")
    days = (info.expires_at - clock.now()).days
    return Finding("token", days > 14, f"Valid until {info.expires_at:%Y-%m-%d} ({days} days).")
