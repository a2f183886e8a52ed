"""What becomes of one message on one channel at one moment. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.routing.config import Digest, QuietHours, Rule
from adtrack_pipeline.notify.routing.decision import DROP, SEND, Action, Decision


def rules_for(channel: str, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that name a channel, in order."""
    return tuple(rule for rule in rules if channel in rule.channels or "*" in rule.channels)


def decide(rules: Sequence[Rule], message: Message, now: datetime, *, may_hold: bool) -> Decision:
    """By the first of the channel's rules that matches; without any rule everything is sent.

    Args:
        rules: those of this channel.
        message: what is to be sent.
        now: the present; aware.
        may_hold: channels to machines get everything at once.
    """
    if not rules:
        return SEND
    rule = next((one for one in rules if matches(one, message)), None)
    if rule is None or not rule.send:
        return DROP
    return _when(rule, message, now) if may_hold else SEND


def matches(rule: Rule, message: Message) -> bool:
    """Whether the rule is about this message. Metrics have no severity and no alert type."""
    event = message.event
    if rule.accounts and event["account_id"] not in rule.accounts:
        return False
    if event["severity"] is not None and message.severity.rank < rule.min_severity.rank:
        return False
    if message.is_resolved and not rule.recoveries:
        return False
    kind = event["alert_type"] or ""
    if any(fnmatchcase(kind, pattern) for pattern in rule.not_alert_types):
        return False
    return not rule.alert_types or any(fnmatchcase(kind, pattern) for pattern in rule.alert_types)


def _when(rule: Rule, message: Message, now: datetime) -> Decision:
    is_critical = message.severity is Severity.CRITICAL
    if rule.digest and not (is_critical and rule.digest.critical_passes):
        until = next_digest(rule.digest, now)
        if rule.quiet_hours and (later := quiet_until(rule.quiet_hours, until)):
            until = later
        return Decision(Action.HOLD, until, "collected for a digest")
    if rule.quiet_hours and not (is_critical and rule.quiet_hours.critical_passes):
        end = quiet_until(rule.quiet_hours, now)
        if end:
            return Decision(Action.HOLD, end, "quiet hours")
    return SEND


def quiet_until(quiet: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours end that hold now; None when none hold. In local time, whatever the clocks do."""
    zone = ZoneInfo(quiet.timezone)
    local = now.astimezone(zone)
    clock = local.time().replace(second=0, microsecond=0)
    if quiet.start <= quiet.end:
        return _at(local, quiet.end, 0, zone) if quiet.start <= clock < quiet.end else None
    if clock >= quiet.start:
        return _at(local, quiet.end, 1, zone)
    return _at(local, quiet.end, 0, zone) if clock < quiet.end else None


def next_digest(digest: Digest, now: datetime) -> datetime:
    """The next of the digest's times after now."""
    zone = ZoneInfo(digest.timezone)
    local = now.astimezone(zone)
    return min(at for days in (0, 1, 2) for clock in digest.at if (at := _at(local, clock, days, zone)) > now)


def _at(local: datetime, clock: time, days: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), clock, tzinfo=zone)
