"""A receiver, a clock that is moved by hand, and one call that delivers what is due."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.webhook import WebhookChannel
from adtrack_pipeline.notify.delivery import Drained, Lane, deliver
from adtrack_pipeline.notify.delivery.lanes import make_lane
from adtrack_pipeline.warehouse import Database
from tests.notify.receiving import SECRET, Receiver, running_receiver


@dataclass
class FakeClock:
    """The schedule's clock."""

    now: datetime

    @classmethod
    def at_present(cls) -> "FakeClock":
        return cls(datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with running_receiver() as one:
        yield one


@pytest.fixture
def receiver(server: Receiver) -> Receiver:
    """One server for the module, as new for each test."""
    server.got.clear()
    server.answers.clear()
    server.otherwise = 204
    return server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock.at_present()


Deliver = Callable[..., Awaitable[Drained]]


@pytest.fixture
def delivered(database: Database, receiver: Receiver, clock: FakeClock) -> Deliver:
    """Deliver what is due now on one lane (default: a webhook to the receiver)."""

    async def run(lane: Lane | None = None) -> Drained:
        [drained] = await deliver(database, [lane or hook(receiver.url)], clock=clock)
        return drained

    return run


def hook(url: str, name: str = "hook", **options: Any) -> Lane:
    """A webhook lane for all events."""
    channel = WebhookChannel(name, SecretStr(url), SecretStr(SECRET), allow_private=True, **options)
    return make_lane(channel)


def clicks(receiver: Receiver, campaign: str = "c1") -> list[int]:
    """The numbers of a campaign's metrics in the order they arrived."""
    bodies = [one.verified() for one in receiver.got]
    return [one["data"]["metrics"]["clicks"] for one in bodies if one["data"]["campaign_id"] == campaign]


def row(conn: psycopg.Connection[Any], query: str, *params: Any) -> Any:
    """The first row of a query."""
    return conn.execute(query.encode(), params).fetchone()
