"""Seconds from the hour's data in Postgres to the messages about it at a receiver, by number of ads.

    uv run python benchmarks/alert_latency.py --ads 500
    uv run python benchmarks/alert_latency.py --ads 10000     # half an hour, most of it set-up

The product over HTTP, unchanged: a sandbox in a process of its own, an embedded Postgres, a webhook receiver that
notes when each message arrived, and `adtrack notify deliver --follow`, which listens as the daemon of `adtrack up`
does. After a first run over the history and an hour that settles what that leaves behind (both not timed), each
timed hour crosses a line that the policies file has drawn a moment before, so that there is something to tell. The
clock starts when the last load of the hour is committed (the last table of `raw` is materialised) and stops when
the first and the last alert of the hour, and the last message of any kind, are at the receiver.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from hourly_cycle import CLI, START, run, sandbox

from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, ensure_database

SECRET = "whsec_YSBzZWNyZXQgZm9yIGEgYmVuY2htYXJrIG9ubHk="
RULES = tuple(
    f"{line}, level: campaign, window_days: 3, min_impressions: 100}}"
    for line in ("ctr: {below: 99", "cpc: {above: 0.000001", "cpm: {above: 0.000001", "link_ctr: {below: 99")
)
RAW_DONE = """
select extract(epoch from max(timestamp))::float8 from dagster.event_logs
where run_id = %s and dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key like '["raw"%%'
"""


@dataclass
class Receiver:
    """What arrived, and when (seconds since the epoch)."""

    url: str = ""
    got: list[tuple[float, str]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A webhook receiver in this process; it takes everything."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            receiver.got.append((time.time(), body["type"]))
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()


@contextmanager
def following(env: dict[str, str]) -> Iterator[None]:
    """Somebody who listens, as the daemon does."""
    process = subprocess.Popen([*CLI, "notify", "deliver", "--follow"], env=env, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def measure(ads: int, days: int, hours: int, port: int) -> list[dict[str, float]]:
    """One record per timed hour."""
    with (
        tempfile.TemporaryDirectory(prefix="adtrack-bench-") as home,
        sandbox(ads, days, port) as url,
        receiving() as receiver,
    ):
        rules = Path(home) / "rules.yaml"
        rules.write_text(policies())
        own = {
            "ADTRACK_HOME": home,
            "META_GRAPH_URL": url,
            "META_ACCESS_TOKEN": "benchmark",
            "ADTRACK_INITIAL_DAYS": str(days),
            "ADTRACK_THUMBNAILS": "false",
            "ADTRACK_POLICIES": str(rules),
            "ADTRACK_WEBHOOK_URL": receiver.url,
            "ADTRACK_WEBHOOK_SECRET": SECRET,
            "ADTRACK_ALLOW_PRIVATE_RECEIVERS": "true",
            "ADTRACK_NOW": START.isoformat(),
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith(("ADTRACK_", "META_"))}
        env = {**others, **own}
        run(env, "run", "--json")
        database = ensure_database(Settings(**own))
        found = []
        with following(env):
            for hour in range(hours + 1):
                now = (START + timedelta(hours=1 + hour)).isoformat()
                httpx.post(f"{url}/sandbox/clock", json={"now": now})
                rules.write_text(policies(*RULES[:hour]))
                receiver.got.clear()
                seconds, report = run({**env, "ADTRACK_NOW": now}, "run", "--json")
                settle(receiver)
                if hour:
                    found.append(latencies(database, receiver, report) | {"hour": seconds})
        run(env, "stop")
    return found


def policies(*lines: str) -> str:
    """A policies file with no other thresholds than these."""
    off = [f"{name}: {{enabled: false}}" for name in ("ctr", "cpc", "roas", "frequency")]
    drawn = {line.split(":")[0]: line for line in [*off, *lines]}
    return f"thresholds: {{{', '.join(drawn.values())}}}\n"


def settle(receiver: Receiver) -> None:
    """Until nothing has arrived for three seconds."""
    seen = -1
    while len(receiver.got) != seen:
        seen = len(receiver.got)
        time.sleep(3)


def latencies(database: Database, receiver: Receiver, report: dict[str, Any]) -> dict[str, float]:
    """Seconds after the commit of the hour's data."""
    with database.connect() as conn:
        row = conn.execute(RAW_DONE, [report["run_id"]]).fetchone()
    if not row or not row[0]:
        sys.exit("The run loaded nothing.")
    alerts = [at for at, kind in receiver.got if kind == "campaign.performance_alert"]
    if not alerts:
        sys.exit("Nothing was told in this hour.")
    return {
        "first": min(alerts) - row[0],
        "last": max(alerts) - row[0],
        "all": max(at for at, _ in receiver.got) - row[0],
        "alerts": len(alerts),
        "messages": len(receiver.got),
    }


def main() -> None:
    """Measure every size and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ads", type=int, nargs="+", default=[500])
    parser.add_argument("--days", type=int, default=30, help="of history (default: 30)")
    parser.add_argument(
        "--hours", type=int, default=3, choices=range(1, len(RULES) + 1), help="timed (default: 3)"
    )
    parser.add_argument("--port", type=int, default=8391)
    options = parser.parse_args()
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {load} before the start")
    print(
        "| active ads | data to first alert s | to last alert s | to last message s | alerts | messages | hour s |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for ads in options.ads:
        found = measure(ads, options.days, options.hours, options.port)
        middle = {name: statistics.median(one[name] for one in found) for name in found[0]}
        print(
            f"| {ads:,} | {middle['first']:.1f} | {middle['last']:.1f} | {middle['all']:.1f} "
            f"| {middle['alerts']:,.0f} | {middle['messages']:,.0f} | {middle['hour']:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
