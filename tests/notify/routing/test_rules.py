"""Which message goes to which channel, and when: pure decisions, in local time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.channels.summary import summarise
from adtrack_pipeline.notify.routing.config import RoutingSection, Rule
from adtrack_pipeline.notify.routing.deciding import decide, rules_for
from adtrack_pipeline.notify.routing.decision import Action, Decision
from adtrack_pipeline.notify.routing.grouping import latest_per_alert
from tests.notify.sample import alert_message, message

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def rules(*given: dict[str, Any]) -> tuple[Rule, ...]:
    return RoutingSection.model_validate([{"channels": "slack", **one} for one in given]).root


def outcome(one: Message, *given: dict[str, Any], now: datetime = NOON, may_hold: bool = True) -> Decision:
    return decide(rules(*given), one, now, may_hold=may_hold)


def is_sent(one: Message, *given: dict[str, Any]) -> bool:
    return outcome(one, *given).action is Action.SEND


def test_without_rules_everything_is_sent():
    assert is_sent(alert_message(severity="low"))


def test_a_channel_goes_by_the_rules_that_name_it_and_by_those_for_all():
    section = RoutingSection.model_validate(
        [{"channels": ["a", "b"]}, {"channels": "*"}, {"channels": ["c"]}]
    ).root
    assert [len(rules_for(name, section)) for name in ("a", "c", "d")] == [2, 2, 1]


@pytest.mark.parametrize(("severity", "sent"), [("low", False), ("medium", True), ("critical", True)])
def test_a_rule_may_ask_for_a_severity(severity: str, sent: bool):
    assert is_sent(alert_message(severity=severity), {"min_severity": "medium"}) is sent


def test_metrics_have_no_severity_and_pass():
    assert is_sent(message(), {"min_severity": "critical"})


def test_a_rule_may_name_accounts_as_people_write_them():
    assert is_sent(alert_message(account_id="111"), {"accounts": ["act_111"]})
    assert is_sent(alert_message(account_id="111"), {"accounts": 111})
    assert not is_sent(alert_message(account_id="222"), {"accounts": ["act_111"]})


def test_a_rule_may_name_alert_types_by_pattern_and_leave_some_out():
    rule = {"alert_types": ["budget_*"], "not_alert_types": "budget_depleted"}
    assert is_sent(alert_message(alert_type="budget_exceeded"), rule)
    assert not is_sent(alert_message(alert_type="budget_depleted"), rule)
    assert not is_sent(alert_message(alert_type="ctr_drop"), rule)


def test_the_first_rule_that_matches_decides():
    given = ({"alert_types": "ctr_drop", "send": False}, {"min_severity": "low"})
    assert not is_sent(alert_message(alert_type="ctr_drop"), *given)
    assert is_sent(alert_message(alert_type="cpc_high"), *given)


def test_recoveries_may_be_unwanted():
    assert not is_sent(alert_message(change="resolved"), {"recoveries": False})
    assert is_sent(alert_message(change="opened"), {"recoveries": False})


NIGHT = {"quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "Europe/Berlin"}}


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10T21:30:00+01:00", None),
        ("2026-01-10T22:00:00+01:00", "2026-01-11T07:00:00+01:00"),
        ("2026-01-11T03:00:00+01:00", "2026-01-11T07:00:00+01:00"),
        ("2026-01-11T06:59:59+01:00", "2026-01-11T07:00:00+01:00"),
        ("2026-01-11T07:00:00+01:00", None),
        # The night the clocks go forward, and the one they go back.
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_quiet_hours_hold_until_they_end_in_local_time(now: str, until: str | None):
    decision = outcome(alert_message(), NIGHT, now=datetime.fromisoformat(now).astimezone(UTC))
    assert decision.until == (datetime.fromisoformat(until) if until else None)
    assert decision.action is (Action.HOLD if until else Action.SEND)


def test_quiet_hours_within_a_day_hold_too():
    rule = {"quiet_hours": {"from": "11:00", "to": "13:00"}}
    assert outcome(alert_message(), rule).until == NOON.replace(hour=13)
    assert outcome(alert_message(), rule, now=NOON.replace(hour=14)).action is Action.SEND


def test_what_is_critical_passes_unless_that_is_unwanted():
    midnight = NOON.replace(hour=0)
    assert outcome(alert_message(severity="critical"), NIGHT, now=midnight).action is Action.SEND
    strict = {"quiet_hours": {**NIGHT["quiet_hours"], "critical_passes": False}}
    assert outcome(alert_message(severity="critical"), strict, now=midnight).action is Action.HOLD


def test_a_digest_collects_until_its_next_time():
    rule = {"digest": {"at": ["08:00", "16:00"], "timezone": "Asia/Tokyo"}}
    assert outcome(alert_message(), rule).until == datetime(2026, 3, 9, 23, tzinfo=UTC)
    morning = datetime(2026, 3, 9, 6, 59, tzinfo=UTC)
    assert outcome(alert_message(), rule, now=morning).until == datetime(2026, 3, 9, 7, tzinfo=UTC)
    assert outcome(alert_message(severity="critical"), rule).action is Action.SEND


def test_a_digest_that_falls_into_quiet_hours_waits_for_their_end():
    rule = {"digest": {"at": "23:30"}, "quiet_hours": {"from": "23:00", "to": "06:00"}}
    assert outcome(alert_message(), rule).until == datetime(2026, 3, 10, 6, tzinfo=UTC)


def test_machines_get_everything_at_once_whatever_the_hour():
    assert outcome(alert_message(), {"digest": {"at": "08:00"}}, may_hold=False).action is Action.SEND
    assert outcome(alert_message(severity="low"), {"min_severity": "high"}, may_hold=False).action is Action.DROP


def test_an_alert_that_opened_worsened_and_ended_is_told_once():
    opened, other = alert_message(1), alert_message(2)
    worse, ended = alert_message(1, change="escalated"), alert_message(1, change="resolved")
    told = latest_per_alert([opened, other, worse, ended])
    assert list(told) == [other, ended]
    assert told[ended] == [opened, worse]


def test_a_summary_shows_the_worst_and_counts_the_rest():
    messages = [alert_message(n, severity="low", money=1e6) for n in range(30)]
    messages += [alert_message(100, severity="critical", money=None), alert_message(101, change="resolved")]
    summary = summarise(messages)
    assert (summary.total, summary.opened, summary.resolved, summary.rest) == (32, 31, 1, 22)
    assert summary.shown[0].event["alert_id"] == 100
    assert list(summary.by_severity) == ["critical", "high", "low"]
