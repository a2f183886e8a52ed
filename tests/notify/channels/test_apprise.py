"""Apprise: a service by its URL, here a real HTTP server behind `json://`."""

import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.apprise import AppriseChannel
from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError
from tests.notify.receiving import Receiver, running_receiver
from tests.notify.sample import alert_message


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        one.otherwise = 200
        yield one


def channel(receiver: Receiver, *, allow_private: bool = True) -> AppriseChannel:
    url = f"json://me:hunter2@127.0.0.1:{receiver.port}/hook"
    return AppriseChannel("other", SecretStr(url), allow_private=allow_private)


async def test_alerts_arrive_as_one_message(receiver: Receiver):
    await channel(receiver).send([alert_message(1, is_sandbox=True), alert_message(2, is_sandbox=True)])
    [got] = receiver.got
    body = json.loads(got.body)
    assert body["title"] == "SANDBOX 2 alerts"
    assert body["message"].count("CTR fell by half.") == 2


async def test_a_recovery_is_good_news(receiver: Receiver):
    await channel(receiver).send([alert_message(change="resolved")])
    assert json.loads(receiver.got[0].body)["type"] == "success"


async def test_a_service_that_fails_is_told_without_its_address(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
):
    receiver.otherwise = 500
    with caplog.at_level(logging.DEBUG), pytest.raises(RefusedError) as caught:
        await channel(receiver).send([alert_message()])
    assert "hunter2" not in str(caught.value) + caplog.text


async def test_a_private_address_is_refused_unless_it_is_meant(receiver: Receiver):
    with pytest.raises(RefusedError, match="allow_private"):
        await channel(receiver, allow_private=False).send([alert_message()])
    assert receiver.got == []


def test_a_url_apprise_does_not_know_is_a_mistake_in_one_sentence():
    with pytest.raises(ChannelError, match="not one that Apprise knows") as caught:
        AppriseChannel("other", SecretStr("nonsense://secret-token"))
    assert "secret-token" not in str(caught.value)
