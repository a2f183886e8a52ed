"""From commit to acknowledged publish on a real nats-server, and how fast a backlog drains.

    uv run python benchmarks/notify.py

Needs `nats-server` on the PATH. An embedded Postgres of its own, with its durability as shipped. Two measurements,
each with the dispatcher in this process and the writers in another:

* latency: `--rate` events a second for `--seconds` seconds, each in a transaction of its own, over 50 campaigns.
  From the moment the writer knew that its COMMIT was done to the moment JetStream's acknowledgement was here.
* drain: 10,000 waiting events of 50 campaigns, from the first read to the last mark, order checked in the stream.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nats
from psycopg.types.json import Jsonb
from pydantic import SecretStr

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adtrack_pipeline.notify.channels.message import Message  # noqa: E402
from adtrack_pipeline.notify.channels.nats import NatsChannel  # noqa: E402
from adtrack_pipeline.notify.delivery import deliver  # noqa: E402
from adtrack_pipeline.notify.delivery.lanes import make_lane  # noqa: E402
from adtrack_pipeline.warehouse.connect import prepare_embedded  # noqa: E402
from adtrack_pipeline.warehouse.database import Database  # noqa: E402
from adtrack_pipeline.warehouse.dsn import parse_database_url  # noqa: E402
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer  # noqa: E402
from tests.notify.natsd import running_nats  # noqa: E402

CAMPAIGNS = 50
WRITERS = 5  # a divisor of the campaigns, so that no two wait for one campaign
APPEND = "select ops.append_events(%s)"


class Timed(NatsChannel):
    """The product's channel, with a note of when each acknowledgement came."""

    def __init__(self, url: str) -> None:
        super().__init__("nats", SecretStr(url))
        self.acknowledged: dict[int, float] = {}

    async def send(self, messages: Sequence[Message]) -> None:
        """Publish, and note when it was acknowledged."""
        await super().send(messages)
        now = time.time()
        for one in messages:
            self.acknowledged[one.event["data"]["metrics"]["clicks"]] = now


def event(n: int) -> dict[str, Any]:
    campaign = f"c{n % CAMPAIGNS}"
    metrics = {"campaignId": campaign, "clicks": n, "impressions": 1000, "spend": 12.5, "ctr": 1.2, "roas": 3.1}
    return {
        "event_type": "campaign.metrics_updated",
        "platform": "meta",
        "account_id": "111",
        "campaign_id": campaign,
        "data": {"project_id": "p", "campaign_id": campaign, "metrics": metrics},
        "occurred_at": "2026-03-08T12:00:00Z",
    }


def write(url: str, rate: int, seconds: float) -> None:
    """What the other process does: one transaction per event, evenly spread, over a few connections."""
    started, total = time.monotonic(), int(rate * seconds)
    committed = [0.0] * total

    def some(first: int) -> None:
        with parse_database_url(SecretStr(url)).connect(autocommit=True) as conn:
            for n in range(first, total, WRITERS):
                if (wait := started + n / rate - time.monotonic()) > 0:
                    time.sleep(wait)
                conn.execute(APPEND, [Jsonb([event(n)])])
                committed[n] = time.time()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(some, range(WRITERS)))
    print(json.dumps({"committed": committed, "seconds": time.monotonic() - started}))


async def latency(database: Database, nats_url: str, rate: int, seconds: float) -> dict[str, float]:
    channel = Timed(nats_url)
    following = asyncio.create_task(deliver(database, [make_lane(channel)], follow_seconds=600))
    await asyncio.sleep(1.5)
    command = [sys.executable, __file__, "--write", "--rate", str(rate), "--seconds", str(seconds)]
    writer = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "BENCH_DATABASE": database.url().get_secret_value()}, stdout=subprocess.PIPE
    )
    said, _ = await writer.communicate()
    written = json.loads(said)
    committed = written["committed"]
    while len(channel.acknowledged) < len(committed):
        await asyncio.sleep(0.05)
    following.cancel()
    waits = sorted(max(0.0, channel.acknowledged[n] - at) for n, at in enumerate(committed))
    return {
        "written/s": len(committed) / written["seconds"],
        "mean ms": statistics.fmean(waits) * 1e3,
        "p50 ms": waits[len(waits) // 2] * 1e3,
        "p99 ms": waits[int(len(waits) * 0.99)] * 1e3,
        "max ms": waits[-1] * 1e3,
    }


async def drain(database: Database, nats_url: str, events: int) -> dict[str, float]:
    with database.connect(autocommit=True) as conn:
        for start in range(0, events, 1000):
            conn.execute(APPEND, [Jsonb([event(n) for n in range(start, start + 1000)])])
    started = time.perf_counter()
    [drained] = await deliver(database, [make_lane(Timed(nats_url))])
    took = time.perf_counter() - started
    assert drained.delivered == events, drained
    await in_order(nats_url, events)
    return {"events": events, "seconds": took, "events/s": events / took}


async def in_order(nats_url: str, events: int) -> None:
    """The last `events` messages of the stream, per campaign as they were written."""
    client = await nats.connect(nats_url)
    context = client.jetstream()
    last = (await context.stream_info("CAMPAIGN_EVENTS")).state.last_seq
    seen: dict[str, int] = {}
    subscription = await context.subscribe("events.>", ordered_consumer=True)
    for _ in range(last):
        message = await subscription.next_msg(timeout=10)
        number = int(message.headers["ce-sequence"])
        assert number == seen.get(message.subject, 0) + 1, (message.subject, number, seen.get(message.subject))
        seen[message.subject] = number
    await client.close()
    assert last >= events


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=1000, help="events a second (default: 1000)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--events", type=int, default=10_000, help="of the backlog (default: 10000)")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many drains is told (default: 3)")
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        write(os.environ["BENCH_DATABASE"], args.rate, args.seconds)
        return
    with tempfile.TemporaryDirectory(prefix="adtrack-bench-") as home:
        Path(home).chmod(0o711)  # when root runs this, the server has another account
        server = EmbeddedServer(Path(home))
        try:
            database = prepare_embedded(server)
            with running_nats(Path(home) / "js") as one:
                waits = asyncio.run(latency(database, one.url, args.rate, args.seconds))
                drains = [asyncio.run(drain(database, one.url, args.events)) for _ in range(args.rounds)]
        finally:
            server.stop()
    best = max(drains, key=lambda found: found["events/s"])
    print(f"\n{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}")
    print("commit to acknowledged publish: " + ", ".join(f"{name} {value:,.2f}" for name, value in waits.items()))
    print("backlog of 50 campaigns: " + ", ".join(f"{name} {value:,.2f}" for name, value in best.items()))


if __name__ == "__main__":
    main()
