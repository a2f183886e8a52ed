"""PagerDuty's Events API v2, played by a real HTTP server: one incident per alert, one for a storm."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.pagerduty import PagerDutyChannel
from tests.notify.receiving import Receiver, running_receiver
from tests.notify.sample import alert_message

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        one.otherwise = 202
        yield one


@pytest.fixture
def channel(receiver: Receiver) -> PagerDutyChannel:
    return PagerDutyChannel("pd", SecretStr(KEY), url=receiver.url, allow_private=True)


def posted(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.got]


async def test_an_alert_triggers_and_its_end_resolves_the_same_incident(
    receiver: Receiver, channel: PagerDutyChannel
):
    await channel.send([alert_message(5)])
    await channel.send([alert_message(5, change="resolved")])
    opened, ended = posted(receiver)
    assert opened["routing_key"] == KEY
    assert (opened["event_action"], ended["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == ended["dedup_key"]
    assert opened["payload"]["summary"].startswith("HIGH CTR drop: Spring sale. CTR fell by half.")
    assert opened["payload"]["custom_details"]["at stake"] == "120.00 EUR"


async def test_two_alerts_are_two_incidents(receiver: Receiver, channel: PagerDutyChannel):
    await channel.send([alert_message(1), alert_message(2)])
    assert len({one["dedup_key"] for one in posted(receiver)}) == 2


@pytest.mark.parametrize(
    ("ours", "theirs"), [("low", "info"), ("medium", "warning"), ("high", "error"), ("critical", "critical")]
)
async def test_severities_are_those_pagerduty_knows(
    receiver: Receiver, channel: PagerDutyChannel, ours: str, theirs: str
):
    await channel.send([alert_message(severity=ours)])
    assert posted(receiver)[0]["payload"]["severity"] == theirs


async def test_an_alert_somebody_has_taken_on_is_acknowledged(receiver: Receiver, channel: PagerDutyChannel):
    await channel.send([alert_message(status="acknowledged", change="escalated")])
    assert [one["event_action"] for one in posted(receiver)] == ["trigger", "acknowledge"]


async def test_a_storm_is_one_incident_and_recoveries_still_resolve_theirs(
    receiver: Receiver, channel: PagerDutyChannel
):
    await channel.send([alert_message(n) for n in range(1000)] + [alert_message(5000, change="resolved")])
    storm, ended = posted(receiver)
    assert storm["payload"]["summary"].startswith("1,000 alerts")
    assert len(json.dumps(storm)) < 20_000
    assert ended["event_action"] == "resolve"


async def test_simulated_data_says_so(receiver: Receiver, channel: PagerDutyChannel):
    await channel.send([alert_message(is_sandbox=True)])
    assert posted(receiver)[0]["payload"]["summary"].startswith("SANDBOX")


@pytest.mark.parametrize(
    ("status", "error"), [(400, RefusedError), (429, UnavailableError), (500, UnavailableError)]
)
async def test_answers_mean_what_pagerduty_documents(
    receiver: Receiver, channel: PagerDutyChannel, status: int, error: type[Exception]
):
    receiver.otherwise = status
    with pytest.raises(error) as caught:
        await channel.send([alert_message()])
    assert KEY not in str(caught.value)


def test_a_key_that_is_none_is_a_mistake_in_one_sentence():
    with pytest.raises(ChannelError, match="key must be the 32 characters"):
        PagerDutyChannel("pd", SecretStr("short"))
