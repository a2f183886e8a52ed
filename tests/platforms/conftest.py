"""Fixtures of the platform tests: a scripted server, a virtual clock, a client that waits for nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date

import pytest
from hypothesis import settings
from pydantic import SecretStr

from adtrack_pipeline.platforms.base import Account
from adtrack_pipeline.platforms.meta import MetaClient, MetaConfig, Timing
from tests.platforms.scripted import ScriptedGraph, serving

settings.register_profile("shared_machine", deadline=None)
settings.load_profile("shared_machine")

TOKEN = "EAAcanary0123456789secret"
DAY = date(2026, 11, 1)


class VirtualClock:
    """Time that passes only when somebody sleeps; every sleep is written down (seconds)."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def _server() -> Iterator[ScriptedGraph]:
    with serving(ScriptedGraph()) as graph:
        yield graph


@pytest.fixture
def graph(_server: ScriptedGraph) -> ScriptedGraph:
    _server.reset()
    return _server


@pytest.fixture
def virtual() -> VirtualClock:
    return VirtualClock()


MakeClient = Callable[..., MetaClient]


@pytest.fixture
async def make_client(graph: ScriptedGraph, virtual: VirtualClock) -> AsyncIterator[MakeClient]:
    """Build clients against the scripted server; keyword arguments go to `MetaConfig`."""
    made: list[MetaClient] = []

    def make(**options: object) -> MetaClient:
        timing = Timing(sleep=virtual.sleep, monotonic=virtual.monotonic, jitter=lambda: 1.0, read_timeout=5.0)
        defaults: dict[str, object] = {
            "base_url": graph.url, "version": "v25.0", "token": SecretStr(TOKEN), "page_size": 100,
            "timing": timing,
        }  # fmt: skip
        client = MetaClient(MetaConfig(**{**defaults, **options}))  # type: ignore[arg-type]
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(make_client: MakeClient) -> MetaClient:
    return make_client()


@pytest.fixture
def account() -> Account:
    return Account("1", "Test", "USD", "America/New_York")
