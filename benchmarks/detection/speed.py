"""How long detection takes and how much memory: 200 ads × 60 days, and the hour of 10,000 ads.

uv run python -m benchmarks.detection.speed [--detector evidence]

The hour of 10,000 ads is 50 accounts of 200 ads with 28 days of hours each, judged one account after the other, as
the pipeline does. If the detector takes `since`, only the newest hour is asked for. Each part runs in a process
of its own, so that its peak memory (the whole process, libraries included) is its own.
"""

import argparse
import inspect
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from benchmarks.detection.detectors import by_name
from benchmarks.detection.labels import World
from benchmarks.detection.recipes import RECIPES
from benchmarks.detection.worlds import build

ACCOUNTS, ADS, HISTORY_DAYS = 50, 200, 28


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


def backtest(name: str) -> float:
    world = account(60, 0)
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        by_name(name)[name](world.panel, world.plan)
        best = min(best, time.perf_counter() - began)
    return best


def hour(name: str) -> float:
    total = 0.0
    for number in range(ACCOUNTS):
        call = newest_hour(name, account(HISTORY_DAYS, number))
        began = time.perf_counter()
        call()
        total += time.perf_counter() - began
    return total


PARTS = {"200 ads × 60 days": backtest, "hour of 10,000 ads": hour}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.detection.speed", description=__doc__)
    parser.add_argument("--detector", default="evidence", choices=["evidence", "zscore", "mad", "binomial"])
    parser.add_argument("--part", choices=list(PARTS), help="only this, in this process")
    chosen = parser.parse_args()
    if chosen.part:
        seconds = PARTS[chosen.part](chosen.detector)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{chosen.part}: {seconds:.2f} s, peak memory {peak:.0f} MB")
        return
    for part in PARTS:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.detection.speed", "--detector", chosen.detector, "--part", part],
            check=True,
        )


if __name__ == "__main__":
    main()
