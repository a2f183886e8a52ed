"""Is ingestion well? Verdicts from outcomes, coverage and a clock. Pure: records in, verdicts out.

Does not belong here: reading the database (facts.py), Dagster's check objects (checks.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adtrack_pipeline.ingestion import AccountOutcome
from adtrack_pipeline.ingestion.outcome import Outcome

# The hourly run starts seven minutes past and takes a while: an hour is missing half an hour after it ended.
GRACE = timedelta(minutes=30)
RESTATED_WITHIN = timedelta(hours=36)


class KnownAccount(NamedTuple):
    """An account ingestion is responsible for."""

    account_id: str
    name: str | None
    timezone_name: str


class Covered(NamedTuple):
    """The newest complete answer for one account-local day."""

    account_id: str
    report: str
    date_day: date
    fetched_at: datetime


class Standing(NamedTuple):
    """How the last sync of one account and report ended, whichever run that was."""

    account_id: str
    name: str | None
    report: str
    outcome: Outcome
    error: str | None
    last_ok_at: datetime | None


@dataclass(frozen=True)
class Verdict:
    """The result of a check: one sentence, and the lines that prove it."""

    passed: bool
    sentence: str
    lines: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    needs_people: bool = False


def accounts_verdict(outcomes: Sequence[AccountOutcome], standing: Iterable[Standing]) -> Verdict:
    """Whether every account was read completely; what failed, since when and why.

    Args:
        outcomes: of one run. It may have been asked for some accounts only: that says nothing about the others.
        standing: how things stand for all accounts, this run included.
    """
    known = list(standing)
    last_ok = {(one.account_id, one.report): one.last_ok_at for one in known}
    tried = {one.account_id for one in outcomes}
    others = [
        AccountOutcome(one.account_id, one.report, one.name, outcome=one.outcome, error=one.error)
        for one in known
        if one.account_id not in tried
    ]
    judged = [*outcomes, *others]
    bad = [one for one in judged if one.outcome != "ok"]
    if not bad:
        return Verdict(True, f"{_accounts(judged)} read completely.")
    lines = [
        {
            "account": one.account_name or one.account_id,
            "report": one.report,
            "outcome": one.outcome,
            "last complete": _when(last_ok.get((one.account_id, one.report))),
            "why": one.error,
        }
        for one in bad
    ]
    # Deferred work is the platform asking for patience; the next run brings it. Everything else needs a look.
    needs_people = any(one.outcome != "deferred" for one in bad)
    return Verdict(False, f"{_accounts(bad)} of {_accounts(judged)} not read completely.", lines, needs_people)


def rejected_verdict(outcomes: Sequence[AccountOutcome]) -> Verdict:
    """Whether every row could be taken as it came."""
    lines = [
        {"account": one.account_name or one.account_id, "report": one.report, "rejected": one.rows_rejected}
        for one in outcomes
        if one.rows_rejected
    ]
    if not lines:
        return Verdict(True, "No row was refused.")
    total = sum(one.rows_rejected for one in outcomes)
    return Verdict(False, f"{total} rows are in quarantine; raw.rejected_rows tells why.", lines)


def hour_verdict(
    now: datetime, accounts: Iterable[KnownAccount], coverage: Iterable[Covered], report: str
) -> Verdict:
    """Whether the last complete hour of every account has been read since it ended."""
    due = last_hour_due(now)
    newest = {(one.account_id, one.date_day): one.fetched_at for one in coverage if one.report == report}
    known = list(accounts)
    lines = []
    for account in known:
        day = (due - timedelta(seconds=1)).astimezone(ZoneInfo(account.timezone_name)).date()
        fetched_at = newest.get((account.account_id, day))
        if fetched_at is None or fetched_at < due:
            lines.append(
                {"account": account.name or account.account_id, "day": day, "last read": _when(fetched_at)}
            )
    if not lines:
        return Verdict(True, f"The hour until {_when(due)} is there for {_count(len(known), 'account')}.")
    sentence = f"The hour until {_when(due)} is missing for {len(lines)} of {_count(len(known), 'account')}."
    return Verdict(False, sentence, lines, needs_people=True)


def last_hour_due(now: datetime) -> datetime:
    """The end of the newest hour that must have been read by now."""
    return (now - GRACE).replace(minute=0, second=0, microsecond=0)


def restated_verdict(
    now: datetime, accounts: Iterable[KnownAccount], coverage: Iterable[Covered], report: str, days: int
) -> Verdict:
    """Whether the days Meta still restates were read again. Days never read are the backfill's business."""
    stale: dict[str, list[Covered]] = {}
    known = {account.account_id: account for account in accounts}
    for one in coverage:
        account = known.get(one.account_id)
        if account is None or one.report != report:
            continue
        age = now.astimezone(ZoneInfo(account.timezone_name)).date() - one.date_day
        if age < timedelta(days=days) and one.fetched_at < now - RESTATED_WITHIN:
            stale.setdefault(one.account_id, []).append(one)
    if not stale:
        return Verdict(
            True,
            f"The last {days} days were read again within {RESTATED_WITHIN.total_seconds() / 3600:.0f} hours.",
        )
    lines = [
        {
            "account": known[account_id].name or account_id,
            "days": len(rows),
            "oldest read": _when(min(row.fetched_at for row in rows)),
        }
        for account_id, rows in sorted(stale.items())
    ]
    return Verdict(False, f"The nightly restatement has not reached {_count(len(lines), 'account')}.", lines)


def _accounts(outcomes: Sequence[AccountOutcome]) -> str:
    return _count(len({one.account_id for one in outcomes}), "account")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _when(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"
