"""From settings and the policies file to lanes: every channel with what decides what goes to it.

Belongs here: putting `channels:`, `routing:` and the variables together, and checking that they fit. Does not
belong here: their models (`channels/config.py`, `routing/config.py`), delivering (`delivery/`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import get_args

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies import load_section
from adtrack_pipeline.notify.channels.base import Channel
from adtrack_pipeline.notify.channels.building import build_channel, quick_channels
from adtrack_pipeline.notify.channels.config import ChannelConfig, ChannelsSection
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.channels.message import REPORT, Message
from adtrack_pipeline.notify.delivery.lane import Lane, Wanted
from adtrack_pipeline.notify.outbox import EventType
from adtrack_pipeline.notify.routing.config import RoutingSection, Rule
from adtrack_pipeline.notify.routing.deciding import decide, rules_for
from adtrack_pipeline.notify.routing.decision import Decision
from adtrack_pipeline.notify.routing.reports import NEVER, ReportRule, ReportsSection, decide_report
from adtrack_pipeline.settings import Settings, named_secret

ALL_TYPES: tuple[str, ...] = get_args(EventType)
# What people are told. The other types state single facts for programs, beside the alert that people get.
PEOPLE_TYPES = ("campaign.performance_alert", "pipeline.alert", REPORT)
EVERY_REPORT = ReportsSection()
# Nobody wants to be woken by less, unless a rule says so.
DEFAULT_RULES = {"pagerduty": (Rule(channels=("*",), min_severity=Severity.HIGH),)}


def build_lanes(settings: Settings) -> list[Lane]:
    """Every enabled channel of the policies file and of the settings, in the order of their names.

    Raises:
        PoliciesError: a mistake in the file, with line and key.
        ChannelError: a variable is missing, or a value cannot be used; one sentence without secrets.
    """
    policies = settings.policies_file
    section = load_section(policies, "channels", ChannelsSection).root
    rules = load_section(policies, "routing", RoutingSection).root
    reports = load_section(policies, "reports", ReportsSection)
    quick = quick_channels(settings)
    for name in section.keys() & quick.keys():
        raise ChannelError(f"Two channels are called {name}: one in the policies file, one by a variable.")
    _check_names([*rules, *reports.send], {*section, *quick})
    enabled = {name: config for name, config in section.items() if config.enabled}
    channels = {name: build_channel(name, config, named_secret) for name, config in enabled.items()}
    sandbox = settings.effective_source == "sandbox"
    return [
        replace(
            make_lane(channel, rules, _events(enabled.get(name)), reports=reports, is_sandbox=sandbox),
            reporting_currency=settings.reporting_currency,
            ui_url=settings.ui_url,
        )
        for name, channel in sorted({**channels, **quick}.items())
    ]


def make_lane(
    channel: Channel,
    rules: Sequence[Rule] = (),
    events: Sequence[str] = (),
    *,
    reports: ReportsSection = EVERY_REPORT,
    is_sandbox: bool = False,
) -> Lane:
    """A channel with its rules; `events` narrows what a machine gets."""
    own = rules_for(channel.name, rules) or DEFAULT_RULES.get(channel.kind, ())
    types = PEOPLE_TYPES if channel.for_people else tuple(events) or ALL_TYPES
    types = tuple(one for one in types if one != REPORT or channel.kind not in NEVER)
    return Lane(
        channel=channel,
        wanted=Wanted(tuple(types), _severities(own)),
        decide=partial(_decide, own, reports, channel),
        is_sandbox=is_sandbox,
    )


def _decide(
    rules: Sequence[Rule], reports: ReportsSection, channel: Channel, message: Message, now: datetime
) -> Decision:
    if message.is_report:
        return decide_report(reports, rules, channel.name, message, now, may_hold=channel.for_people)
    return decide(rules, message, now, may_hold=channel.for_people)


def _severities(rules: Sequence[Rule]) -> tuple[str, ...] | None:
    """What the mildest rule lets through; None for everything."""
    lowest = min((rule.min_severity.rank for rule in rules), default=0)
    return tuple(one.value for one in Severity if one.rank >= lowest) if lowest else None


def _events(config: ChannelConfig | None) -> tuple[str, ...]:
    return tuple(getattr(config, "events", ()))


def _check_names(rules: Sequence[Rule | ReportRule], known: set[str]) -> None:
    for rule in rules:
        for name in rule.channels:
            if name != "*" and name not in known:
                there = ", ".join(sorted(known)) or "none"
                section = "routing" if isinstance(rule, Rule) else "reports"
                raise ChannelError(f"{section} names the channel {name}, which does not exist. Channels: {there}.")
