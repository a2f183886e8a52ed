"""How long detection takes and how much memory: 200 ads × 60 days, and the hour of 10,000 ads.

uv run python -m benchmarks.detection.speed [--detector evidence]

The hour of 10,000 ads is 50 accounts of 200 ads with 28 days of hours each, judged one account after the other;
then the same ads as one account, in the types the pipeline hands over (ids as categories, metrics in single
precision). If the detector takes `since`, only the newest hour is asked for. Each part runs in a process of its
own; its peak memory is that of the whole process, panel and libraries included, while it judges.
"""

import argparse
import contextlib
import gc
import inspect
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from benchmarks.detection.detectors import by_name
from benchmarks.detection.labels import World
from benchmarks.detection.recipes import RECIPES
from benchmarks.detection.worlds import build

ACCOUNTS, ADS, HISTORY_DAYS = 50, 200, 28
START = pd.Timestamp("2026-03-01", tz="UTC")


def account(days: int, seed: int) -> World:
    """200 ads of a noisy world."""
    recipe = replace(
        RECIPES["noisy_auction"], ads=ADS, campaigns=25, days=days, incidents={}, conversions="known_at_end"
    )
    return build("noisy_auction", seed, recipe=recipe)


def newest_hour(name: str, world: World) -> Callable[[], pd.DataFrame]:
    """The call that judges the newest hour, or everything where the detector knows no `since`."""
    if name == "evidence":
        from adtrack_pipeline.monitoring import detect_anomalies  # noqa: PLC0415 - written apart from this yardstick

        if "since" in inspect.signature(detect_anomalies).parameters:
            since = world.panel["ts"].max() - pd.Timedelta(hours=1)
            return lambda: detect_anomalies(world.panel, plan=world.plan, since=since)
    return lambda: by_name(name)[name](world.panel, world.plan)


def joined(worlds: Iterable[World]) -> World:
    """All ads as those of one account, on the same days."""
    panels, plans = [], []
    for number, world in enumerate(worlds):
        shift = START - world.panel["ts"].min().normalize()
        ours = {"account_id": "1", "campaign_id": f"{number}-", "ad_id": f"{number}-"}
        for frames, frame in ((panels, world.panel), (plans, world.plan)):
            moved = {name: frame[name] + shift for name in ("ts", "ts_from", "ts_to") if name in frame}
            ids = {
                name: word + frame[name] if "-" in word else word for name, word in ours.items() if name in frame
            }
            frames.append(frame.assign(**moved, **ids))
    panel = pd.concat(panels, ignore_index=True)
    kinds = {name: "category" if name in ours else "float32" for name in panel.columns if name != "ts"}
    return replace(world, panel=panel.astype(kinds), plan=pd.concat(plans, ignore_index=True))


def backtest(name: str) -> float:
    world = account(60, 0)
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        by_name(name)[name](world.panel, world.plan)
        best = min(best, time.perf_counter() - began)
    return best


def hour_of_one(name: str) -> float:
    call = newest_hour(name, joined(account(HISTORY_DAYS, number) for number in range(ACCOUNTS)))
    forget_peak()
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def forget_peak() -> None:
    """What was needed to make a world does not count; only Linux can do that."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes() -> float:
    """Most memory held since `forget_peak`, or ever where that cannot be told."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def hour(name: str) -> float:
    total = 0.0
    for number in range(ACCOUNTS):
        call = newest_hour(name, account(HISTORY_DAYS, number))
        began = time.perf_counter()
        call()
        total += time.perf_counter() - began
    return total


PARTS = {
    "200 ads × 60 days": backtest,
    "hour of 10,000 ads in 50 accounts": hour,
    "hour of 10,000 ads in one account": hour_of_one,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.detection.speed", description=__doc__)
    parser.add_argument("--detector", default="evidence", choices=["evidence", "zscore", "mad", "binomial"])
    parser.add_argument("--part", choices=list(PARTS), help="only this, in this process")
    chosen = parser.parse_args()
    if chosen.part:
        seconds = PARTS[chosen.part](chosen.detector)
        print(f"{chosen.part}: {seconds:.2f} s, peak memory {peak_megabytes():.0f} MB")
        return
    for part in PARTS:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.detection.speed", "--detector", chosen.detector, "--part", part],
            check=True,
        )


if __name__ == "__main__":
    main()
