"""How long 100,000 predictions take: compared, pooled, looked at for drift, ranked.

uv run python benchmarks/accuracy.py [--predictions 100000]

Two versions of a model predict all four metrics of 2,000 ads for 25 days, with bounds and what the last 7 days
would have said. Only the functions are timed, not the database around them.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy import compare, drift, pooled_accuracy, rank_versions

LAST, DAYS, VERSIONS = date(2026, 10, 31), 25, 2


def pairs(number: int, seed: int = 0) -> pd.DataFrame:
    """Predictions beside what happened."""
    rng = np.random.default_rng(seed)
    ads = max(number // (DAYS * VERSIONS), 1)
    index = np.arange(ads * DAYS * VERSIONS)
    ad, version = index % ads, index // ads % VERSIONS
    ended = [LAST - timedelta(days=int(one)) for one in index // (ads * VERSIONS)]
    rate = rng.lognormal(0, 0.4, ads)[ad] * 0.015
    same = index // ads // VERSIONS * ads + ad  # both versions foretell the same day of an ad
    impressions = rng.lognormal(7, 1.2, ads * DAYS)[same].round()
    clicks = np.random.default_rng(seed + 1).poisson(impressions * rate)
    orders = np.random.default_rng(seed + 2).poisson(clicks * 0.03)
    clicks, orders = (one[np.unique(same, return_index=True)[1]][same] for one in (clicks, orders))
    frame = pd.DataFrame({"prediction_id": index.astype(str), "version": 1, "platform": "meta", "level": "ad"})
    frame["object_id"], frame["model_name"], frame["model_version"] = ad.astype(str), "model", version.astype(str)
    frame["predicted_at"] = pd.to_datetime(ended, utc=True) - pd.Timedelta(hours=12)
    frame["window_start"] = frame["window_end"] = ended
    happened = {"impressions": impressions, "clicks": clicks, "spend": impressions * 0.008, "conversions": orders}
    happened["revenue"] = orders * rng.lognormal(4, 0.3, len(index))
    noise = rng.lognormal(0, np.where(version == 0, 0.15, 0.2), (4, len(index)))
    truths = (100 * rate, 2.5, impressions * rate * 0.03, happened["spend"])
    for metric, truth, wrong in zip(("ctr", "roas", "conversions", "spend"), truths, noise, strict=True):
        frame[f"predicted_{metric}"] = truth * wrong
        frame[f"predicted_{metric}_lower"], frame[f"predicted_{metric}_upper"] = 0.8 * truth, 1.2 * truth
    frame = frame.assign(**happened, is_matched=True, is_final=True, is_due=True, baseline_days=7)
    return frame.assign(**{f"baseline_{name}": 7 * values for name, values in happened.items()})


def timed(name: str, work: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    began, used = time.perf_counter(), time.process_time()
    found = work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"| {name} | {seconds:.2f} | {cpu:.2f} | {len(found):,} |", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=int, default=100_000)
    chosen = parser.parse_args()
    frame = pairs(chosen.predictions)
    print(f"{len(frame):,} predictions\n\n| step | seconds | CPU s | rows |\n| --- | --: | --: | --: |")
    month = [LAST - timedelta(days=back) for back in range(30)]
    comparisons = timed("compare", lambda: compare(frame))
    timed("pool 1, 7, 30 days up to one day", lambda: pooled_accuracy(comparisons, day=LAST))
    timed("... up to each of 30 days", lambda: pooled_accuracy(comparisons, day=month))
    timed("drift", lambda: drift(comparisons, day=LAST))
    timed("rank versions", lambda: rank_versions(comparisons))


if __name__ == "__main__":
    main()
