"""From an outbox row to a real HTTP receiver that checks the signature with the library."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.webhook import WebhookChannel
from adtrack_pipeline.notify.delivery import Lane, Wanted, deliver
from adtrack_pipeline.warehouse import Database
from tests.notify.receiving import SECRET, Receiver, running_receiver
from tests.notify.writing import metrics, write_events


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


def lane(receiver: Receiver) -> Lane:
    channel = WebhookChannel("hook", SecretStr(receiver.url + "/in"), SecretStr(SECRET), allow_private=True)
    return Lane(channel, Wanted(("campaign.metrics_updated",)))


async def test_an_event_arrives_signed_with_its_id_as_key(
    database: Database, conn: psycopg.Connection[Any], receiver: Receiver
):
    write_events(conn, metrics(n=7))
    [drained] = await deliver(database, [lane(receiver)])
    assert (drained.delivered, drained.trouble) == (1, None)
    [got] = receiver.got
    body = got.verified()
    assert body["type"] == "campaign.metrics_updated"
    assert body["data"]["metrics"]["clicks"] == 7
    assert got.event_id == body["id"]
