"""Seconds of one hourly cycle, process start to last mart, by number of ads and days of history.

    uv run python benchmarks/hourly_cycle.py --ads 1000 --days 30 400

For each size: a sandbox in a process of its own and an embedded Postgres of its own; a first `adtrack run` reads
the objects of the whole history and the insights of its newest 30 days over HTTP; a longer history is then made by
copying these days backwards in raw (`history.py`), built by dbt in full. One more hour settles what that leaves
behind. None of this is timed. Then `adtrack run` as a user starts it, a new process and an hour later each time:
what is timed is the product, unchanged. Prints the median and all of the hours, the API calls and rows of an hour,
and the ratio of the longest history to the shortest.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from history import LOADED_DAYS, lengthen

from adtrack_pipeline.settings import Settings

START = datetime(2026, 3, 18, 15, 10, tzinfo=UTC)
CLI = [sys.executable, "-m", "adtrack_pipeline.cli"]


@contextmanager
def sandbox(ads: int, days: int, port: int) -> Iterator[str]:
    """A simulated platform with one clock that this script moves."""
    options = ["--ads", str(ads), "--days", str(days + 5), "--accounts", "4", "--port", str(port)]
    process = subprocess.Popen([*CLI, "sandbox", *options, "--now", START.isoformat()], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(f"{url}/sandbox")
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def run(env: dict[str, str], *args: str) -> tuple[float, dict[str, Any]]:
    """One command; its wall seconds and what it reported."""
    started = time.monotonic()
    done = subprocess.run([*CLI, *args], env=env, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode:
        sys.exit(f"adtrack {' '.join(args)} failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return seconds, json.loads(done.stdout) if done.stdout.startswith("{") else {}


def measure(ads: int, days: int, hours: int, port: int) -> dict[str, Any]:
    """Fill a warehouse with `days` of history, then time `hours` hourly cycles."""
    with tempfile.TemporaryDirectory(prefix="adtrack-bench-") as home, sandbox(ads, days, port) as url:
        own = {
            "ADTRACK_HOME": home,
            "META_GRAPH_URL": url,
            "META_ACCESS_TOKEN": "benchmark",
            "ADTRACK_INITIAL_DAYS": str(min(days, LOADED_DAYS)),
            "ADTRACK_INITIAL_HOURLY_DAYS": "2",
            "ADTRACK_THUMBNAILS": "false",
            "ADTRACK_NOW": START.isoformat(),
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith(("ADTRACK_", "META_"))}
        started = time.monotonic()
        run({**others, **own}, "run", "--json")
        if days > LOADED_DAYS:
            lengthen(Settings(**own), days, (START + timedelta(days=1)).date())
        own["ADTRACK_INITIAL_DAYS"] = str(days)
        found = {"ads": ads, "days": days, "seconds": [], "calls": 0, "rows": 0}
        for hour in range(hours + 1):
            now = (START + timedelta(hours=1 + hour)).isoformat()
            httpx.post(f"{url}/sandbox/clock", json={"now": now})
            seconds, report = run({**others, **own, "ADTRACK_NOW": now}, "run", "--json")
            if hour == 0:  # the one that settles
                found["setup"] = time.monotonic() - started
                continue
            found["seconds"].append(seconds)
            found["calls"] = sum(one["api_calls"] for one in report["outcomes"])
            found["rows"] = sum(one["rows_fetched"] for one in report["outcomes"])
        run({**others, **own}, "stop")
    return found


def main() -> None:
    """Measure every combination and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ads", type=int, nargs="+", default=[1000])
    parser.add_argument("--days", type=int, nargs="+", default=[30, 400])
    parser.add_argument("--hours", type=int, default=3, help="hourly cycles timed per size")
    parser.add_argument("--port", type=int, default=8390)
    options = parser.parse_args()
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {load} before the start")
    print("| active ads | days of history | set-up s | hourly cycle s (median) | each | API calls | rows read |")
    print("|--:|--:|--:|--:|---|--:|--:|")
    for ads in options.ads:
        hours = []
        for days in options.days:
            found = measure(ads, days, options.hours, options.port)
            hours.append(statistics.median(found["seconds"]))
            each = ", ".join(f"{one:.1f}" for one in found["seconds"])
            print(
                f"| {ads:,} | {days} | {found['setup']:.0f} | {hours[-1]:.1f} | {each} "
                f"| {found['calls']:,} | {found['rows']:,} |",
                flush=True,
            )
        print(f"ratio {options.days[-1]} d / {options.days[0]} d at {ads:,} ads: {hours[-1] / hours[0]:.2f}")


if __name__ == "__main__":
    main()
