"""Is the data there, and will it keep coming?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pandas as pd

from adtrack_pipeline.monitoring.condition import Condition, Level, Severity, Subject
from adtrack_pipeline.monitoring.policies.frames import PlatformFacts, PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.calendar import hour_of
from adtrack_pipeline.monitoring.policies.judging.keys import key_of
from adtrack_pipeline.monitoring.policies.judging.words import thing
from adtrack_pipeline.monitoring.policies.model import Health
from adtrack_pipeline.monitoring.policies.model.health import AccountHealth, Ending, HealthRule
from adtrack_pipeline.monitoring.policies.records import number, records, text
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook

LAST_WEEK = timedelta(days=7)


def judge_health(
    frames: PolicyFrames, book: Rulebook, rules: Health, *, open_keys: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Per account: nothing tried, too much failed, nothing complete for long. Once: version and token."""
    rows = records(frames.accounts.merge(frames.syncs, on=["platform", "account_id"], how="left"))
    missing: list[Condition] = []
    for row in rows:
        own = book.for_account(row["platform"], row["account_id"]).health
        missing += _missing(row, own, now)
        yield from _failing(row, own, open_keys, now)
        yield from _stale(row, own, now)
    yield from [_nothing_runs(missing)] if len(missing) == len(rows) > 1 else missing
    yield from _endings(frames.facts, rules, now)


def _nothing_runs(missing: Sequence[Condition]) -> Condition:
    """One condition about adtrack instead of one per account, when none of them was read."""
    last = max(missing, key=lambda one: one.began_at)
    hours = _long(timedelta(hours=last.actual or 0))
    text = f"No account has been read for {hours}: no sync was even started. Is adtrack running?"
    subject = Subject(Level.PIPELINE, last.subject.platform, name="sync")
    return replace(last, subject=subject, message=text)


def _missing(row: Mapping[str, Any], own: AccountHealth, now: datetime) -> Iterator[Condition]:
    rule, since = own.sync_missing, _since(row, "last_started_at")
    if not rule.enabled or since is None or now - since < timedelta(hours=rule.after_hours):
        return
    sentence = (
        f"{_where(row)} has not been read for {_long(now - since)}: no sync was even started. Is adtrack running?"
    )
    yield _about_account(
        "sync_missing", "sync", row, rule, sentence, since, now, rule.after_hours, _hours(now - since)
    )


def _stale(row: Mapping[str, Any], own: AccountHealth, now: datetime) -> Iterator[Condition]:
    rule, since = own.data_stale, _since(row, "last_ok_at")
    if not rule.enabled or since is None or now - since <= timedelta(hours=rule.after_hours):
        return
    sentence = f"{_where(row)} has not been read completely for {_long(now - since)}: its numbers are that old."
    yield _about_account(
        "data_stale", "freshness", row, rule, sentence, since, now, rule.after_hours, _hours(now - since)
    )


def _failing(
    row: Mapping[str, Any], own: AccountHealth, open_keys: frozenset[str], now: datetime
) -> Iterator[Condition]:
    rule = own.sync_failing
    good, bad = (int(number(row[name])) for name in ("succeeded", "failed"))
    if not rule.enabled or good + bad < rule.min_syncs:
        return
    rate = 100 * good / (good + bad)
    is_open = key_of("sync_failing", "success_rate", _account(row)) in open_keys
    line = min(rule.below_pct * (1 + rule.clear_pct / 100), 100) if is_open else rule.below_pct
    if rate >= line:
        return
    sentence = f"{_where(row)}: {bad} of {good + bad} recent syncs failed ({rate:.0f} % went well, your line is "
    sentence += f"{rule.below_pct:g} %). `adtrack status` says why."
    yield _about_account("sync_failing", "success_rate", row, rule, sentence, now, now, rule.below_pct, rate)


def _endings(facts: PlatformFacts, rules: Health, now: datetime) -> Iterator[Condition]:
    if facts.api_version and facts.version_ends:
        ends_at = datetime.combine(facts.version_ends + timedelta(days=1), time(), UTC)
        end = f"Marketing API {facts.api_version} {{}} {facts.version_ends:%-d %B %Y}"
        todo = f"set META_API_VERSION={facts.newest_version}." if facts.newest_version else "set META_API_VERSION."
        rule = rules.api_version_ending
        yield from _ending("api_version_ending", "api_version", facts, rule, ends_at, (end, todo), now)
    if facts.token_expires_at:
        end = f"The access token {{}} {facts.token_expires_at.astimezone(UTC):%-d %B %Y}"
        todo = "make a new one (a system user's token has no end) and set META_ACCESS_TOKEN."
        rule = rules.token_expiring
        yield from _ending("token_expiring", "token", facts, rule, facts.token_expires_at, (end, todo), now)


def _ending(
    alert_type: str,
    metric: str,
    facts: PlatformFacts,
    rule: Ending,
    ends_at: datetime,
    words: tuple[str, str],
    now: datetime,
) -> Iterator[Condition]:
    left = ends_at - now
    if not rule.enabled or left > timedelta(days=rule.within_days):
        return
    over = left <= timedelta(0)
    severity = Severity.CRITICAL if over else rule.severity
    if not over and left <= LAST_WEEK:
        severity = max(severity, Severity.HIGH, key=lambda one: one.rank)
    verb = "stopped working on" if over else "stops working on"
    sentence = f"{words[0].format(verb)}{'' if over else f', in {_long(left)}'}: {words[1]}"
    began_at = ends_at - timedelta(days=rule.within_days)
    subject = Subject(Level.PIPELINE, facts.platform, name=metric)
    yield _condition(
        alert_type, metric, subject, rule, sentence, began_at, now, rule.within_days, _hours(left) / 24, severity
    )


def _about_account(
    alert_type: str,
    metric: str,
    row: Mapping[str, Any],
    rule: HealthRule,
    sentence: str,
    since: datetime,
    now: datetime,
    threshold: float,
    actual: float,
) -> Condition:
    return _condition(
        alert_type, metric, _account(row), rule, sentence, since, now, threshold, actual, rule.severity
    )


def _condition(
    alert_type: str,
    metric: str,
    subject: Subject,
    rule: HealthRule,
    sentence: str,
    since: datetime,
    now: datetime,
    threshold: float,
    actual: float,
    severity: Severity,
) -> Condition:
    return Condition(
        alert_type=alert_type,
        metric=metric,
        subject=subject,
        severity=severity,
        message=sentence,
        began_at=since,
        seen_at=hour_of(now),
        pages=rule.pages,
        threshold=threshold,
        actual=round(actual, 2),
        evidence={"since": since.isoformat(), "cool_down_hours": rule.cool_down_hours},
    )


def _account(row: Mapping[str, Any]) -> Subject:
    return Subject(Level.ACCOUNT, row["platform"], row["account_id"], name=text(row["account_name"]))


def _where(row: Mapping[str, Any]) -> str:
    subject = _account(row)
    return thing(Level.ACCOUNT, subject.name, subject.account_id)


def _since(row: Mapping[str, Any], name: str) -> datetime | None:
    """The instant in a column; for an account that never got there, when it was first seen."""
    for value in (row[name], row["first_seen_at"]):
        if value is not None and not pd.isna(value):
            return pd.Timestamp(value).to_pydatetime()
    return None


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600


def _long(span: timedelta) -> str:
    hours = _hours(span)
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
