"""Apprise: a service by its URL, here a real HTTP server behind `json://`."""

import base64
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.apprise import AppriseChannel
from adtrack_pipeline.notify.channels.errors import ChannelError, RefusedError
from adtrack_pipeline.notify.channels.fence import fence
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


async def test_the_evidence_of_a_single_alert_is_a_picture_where_the_service_shows_one(receiver: Receiver):
    evidence = {"series": {"ts": ["2026-03-01", "2026-03-02"], "actual": [2.0, 1.0], "expected": [2.0, 2.0]}}
    one, other = alert_message(1, evidence=evidence), alert_message(2, evidence=evidence)
    await channel(receiver).send([one])
    await channel(receiver).send([one, other])
    await channel(receiver).send([alert_message(3)])
    first, *others = [json.loads(got.body)["attachments"] for got in receiver.got]
    [picture] = first
    assert picture["mimetype"] == "image/png"
    assert base64.b64decode(picture["base64"]).startswith(b"\x89PNG")
    assert others == [[], []]


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


@pytest.mark.parametrize("scheme", ["json", "gotify", "ntfy", "xml", "form"])
async def test_no_service_leads_to_this_machine(receiver: Receiver, scheme: str):
    url = SecretStr(f"{scheme}://127.0.0.1:{receiver.port}/aSecretToken012")
    with pytest.raises(RefusedError, match="is not on the open internet") as caught:
        await AppriseChannel("other", url).send([alert_message()])
    assert caught.value.permanent
    assert receiver.got == []


async def test_a_mail_server_of_this_machine_is_refused_too(receiver: Receiver):
    url = SecretStr(
        f"mailto://me:hunter2@127.0.0.1:{receiver.port}?from=me@example.com&mode=insecure&smtp=127.0.0.1"
    )
    with pytest.raises(RefusedError, match="is not on the open internet"):
        await AppriseChannel("other", url).send([alert_message()])


async def test_outside_of_the_fence_connections_are_nobodys_business(receiver: Receiver):
    with pytest.raises(RefusedError):
        await channel(receiver, allow_private=False).send([alert_message()])
    await channel(receiver).send([alert_message()])
    assert len(receiver.got) == 1


def test_a_refusal_is_told_though_the_library_makes_light_of_it(receiver: Receiver):
    def careless() -> None:
        with fence(), suppress(Exception):
            socket.create_connection(("127.0.0.1", receiver.port), timeout=5)

    with pytest.raises(RefusedError, match="is not on the open internet"):
        careless()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["stream", "datagram"])
def test_a_name_that_would_be_resolved_by_the_connection_itself_is_refused(kind: socket.SocketKind):
    with (
        pytest.raises(RefusedError, match="is not on the open internet"),
        fence(),
        socket.socket(type=kind) as one,
    ):
        one.connect(("127.1", 9))  # no address as written, and no name server is needed


def test_a_url_apprise_does_not_know_is_a_mistake_in_one_sentence():
    with pytest.raises(ChannelError, match="not one that Apprise knows") as caught:
        AppriseChannel("other", SecretStr("nonsense://secret-token"))
    assert "secret-token" not in str(caught.value)
