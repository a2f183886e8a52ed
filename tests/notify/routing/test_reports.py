"""Which report goes where: the `reports:` section, and what `routing:` already says about a channel's accounts."""

from pathlib import Path
from typing import Any

import pytest

from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.delivery import build_lanes
from adtrack_pipeline.notify.routing.config import RoutingSection
from adtrack_pipeline.notify.routing.decision import Action
from adtrack_pipeline.notify.routing.reports import ReportsSection, decide_report
from adtrack_pipeline.settings import Settings
from tests.notify.routing.test_rules import NOON
from tests.notify.sample import message

SLACK = "https://hooks.slack.com/services/T0/B0/SECRETTOKEN"


def daily(account_id: str | None = "111") -> Message:
    return message(event_type="account.daily_report", campaign=None, account_id=account_id)


def is_sent(
    account_id: str | None = "111",
    reports: dict[str, Any] | None = None,
    *rules: dict[str, Any],
    to: str = "slack",
) -> bool:
    section = ReportsSection.model_validate(reports or {})
    own = RoutingSection.model_validate([{"channels": to, **rule} for rule in rules]).root
    decision = decide_report(section, own, to, daily(account_id), NOON, may_hold=True)
    return decision.action is Action.SEND


def test_without_a_section_every_channel_gets_every_report():
    assert is_sent("111")
    assert is_sent(None)


def test_reports_can_be_switched_off():
    assert not is_sent("111", {"enabled": False})


def test_a_rule_names_channels_and_accounts():
    only = {"send": [{"channels": ["mail"], "accounts": ["act_111"]}]}
    assert is_sent("111", only, to="mail")
    assert not is_sent("222", only, to="mail")
    assert not is_sent(None, only, to="mail")
    assert not is_sent("111", only, to="slack")


@pytest.mark.parametrize(
    ("about", "each", "overall"), [("each", True, False), ("overall", False, True), ("both", True, True)]
)
def test_a_rule_may_be_about_each_account_or_about_all_together(about: str, each: bool, overall: bool):
    rule = {"send": [{"channels": "*", "about": about}]}
    assert (is_sent("111", rule), is_sent(None, rule)) == (each, overall)


def test_a_channel_of_one_accounts_alerts_does_not_hear_of_the_others():
    assert is_sent("111", None, {"accounts": ["111"]})
    assert not is_sent("222", None, {"accounts": ["111"]})
    assert not is_sent(None, None, {"accounts": ["111"]})
    assert is_sent("222", {"send": [{"channels": "slack"}]}, {"accounts": ["111"]})


def test_severities_types_and_digests_of_alerts_are_not_about_reports():
    assert is_sent("111", None, {"min_severity": "critical", "alert_types": "ctr_*", "digest": {"at": "08:00"}})


def test_a_channel_that_is_sent_nothing_gets_no_report_either():
    assert not is_sent("111", None, {"send": False})


def written(tmp_path: Path, text: str, **names: str) -> Settings:
    file = tmp_path / "adtrack.policies.yaml"
    file.write_text(text, encoding="utf-8")
    return Settings(ADTRACK_POLICIES=file, ADTRACK_SLACK_WEBHOOK_URL=SLACK, **names)


def test_the_policies_file_decides(tmp_path: Path):
    [lane] = build_lanes(written(tmp_path, "reports: {send: [{channels: slack, about: overall}]}"))
    assert lane.decide(daily(None), NOON).action is Action.SEND
    assert lane.decide(daily("111"), NOON).action is Action.DROP
    assert "account.daily_report" in lane.wanted.types


def test_pagerduty_is_never_asked(tmp_path: Path):
    lanes = {lane.name: lane for lane in build_lanes(written(tmp_path, "", ADTRACK_PAGERDUTY_KEY="k" * 32))}
    assert "account.daily_report" not in lanes["pagerduty"].wanted.types


def test_a_channel_that_does_not_exist_is_a_mistake_of_the_section(tmp_path: Path):
    with pytest.raises(ChannelError, match="reports names the channel slak, which does not exist"):
        build_lanes(written(tmp_path, "reports: {send: [{channels: slak}]}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reports: {enabld: true}", "reports.enabld is not known here"),
        ("reports: {send: [{channels: slack, accounts: 1, about: overall}]}", "report over all of them"),
        ("reports: {send: [{accounts: 1}]}", "channels"),
    ],
    ids=["unknown key", "accounts and overall", "no channels"],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, said: str):
    with pytest.raises(PoliciesError, match=said) as caught:
        build_lanes(written(tmp_path, f"# first line\n{text}\n"))
    assert "line 2" in str(caught.value)
