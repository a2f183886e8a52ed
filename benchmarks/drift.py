"""How often the drift verdict cries wolf, and how often it finds what is there.

uv run python benchmarks/drift.py [--accounts 50] [--seed 0]

Simulated models: 60 quiet days of forecasts whose standardised errors are normal, all errors of a day sharing a
part of their deviation (what happens to a market happens to all its ads). Then, for 30 days, a bias of half a
standard deviation; a spread 1.5 times as wide; or a bias growing to 0.8 in these 30 days. The verdict is given
every day, as the pipeline does. False alarm: at least one verdict "drift" in the quiet days. Found: one within the
30 days after, with the median of the days it took. For comparison the same errors are judged by the KS test alone
on one day, and by the rule without the count in days: KS and bias or spread, on two days running.
"""

import argparse
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from adtrack_pipeline.accuracy import LEAST_RECENT, drift
from adtrack_pipeline.accuracy.change import LEAST_RATIO, LEAST_SHIFT, MOST_P

FIRST = date(2026, 1, 1)
QUIET, AFTER, WARM_UP = 60, 30, 37
NOISE = 0.1  # relative error of one standard deviation
SCENARIOS = ("bias", "spread", "slow")


def errors(per_day: int, scenario: str, rng: np.random.Generator, shared: float) -> np.ndarray:
    """(days, per_day) errors in standard deviations; `shared` is the deviation of what a day's forecasts share."""
    days = WARM_UP + QUIET + AFTER
    own = rng.standard_normal((days, per_day)) * np.sqrt(1 - shared**2)
    found = own + shared * rng.standard_normal((days, 1))
    changed = slice(WARM_UP + QUIET, None)
    if scenario == "bias":
        found[changed] += 0.5
    elif scenario == "spread":
        found[changed] *= 1.5
    elif scenario == "slow":
        found[changed] += np.linspace(0, 0.8, AFTER)[:, None]
    return found


def comparisons(found: np.ndarray) -> pd.DataFrame:
    """The columns of `compare` that drift reads; spend, since it has no counting noise of its own."""
    days, per_day = found.shape
    number = found.size
    predicted, actual = 100.0 * np.exp(NOISE * found.ravel()), np.full(number, 100.0)
    ended = np.repeat(np.datetime64(FIRST, "ns") + np.arange(days) * np.timedelta64(1, "D"), per_day)
    frame = pd.DataFrame(
        {"prediction_id": np.arange(number), "version": 1, "window_start": ended, "window_end": ended}
    )
    frame = frame.assign(platform="sim", level="ad", object_id="a", model_name="m", model_version="1")
    frame = frame.assign(
        predicted_at=FIRST,
        is_window_over=True,
        is_ex_ante=True,
        spend_verdict="scored",
        spend_error=predicted - actual,
    )
    nothing = dict.fromkeys(("spend_percentage_error", "spend_baseline", "spend_events", "spend_ceiling"), np.nan)
    return frame.assign(predicted_spend=predicted, actual_spend=actual, **nothing)


def by_verdict(found: np.ndarray, days: range) -> list[int]:
    """Days with a verdict of drift."""
    frame = comparisons(found)
    said = []
    for day in days:
        table = drift(frame, day=FIRST + timedelta(days=day), metrics=["spend"])
        if (table["verdict"] == "drift").any():
            said.append(day)
    return said


def by_test_alone(found: np.ndarray, days: range) -> list[int]:
    """Days on which KS says p < 0.001, whatever the size of the effect, on one day."""
    return [day for day in days if _tested(found, day)[0] < MOST_P]


def by_size_too(found: np.ndarray, days: range) -> list[int]:
    """Days on which that matters, for the second time running."""

    def matters(day: int) -> bool:
        p_value, shift, ratio = _tested(found, day)
        return p_value < MOST_P and (abs(shift) > LEAST_SHIFT or ratio > LEAST_RATIO)

    return [day for day in days if matters(day) and matters(day - 1)]


def _tested(found: np.ndarray, day: int) -> tuple[float, float, float]:
    recent, before = found[day - 6 : day + 1].ravel(), found[day - 36 : day - 6].ravel()
    p_value = float(ks_2samp(recent, before, method="asymp").pvalue)
    return p_value, float((recent.mean() - before.mean()) / before.std()), float(recent.std() / before.std())


Alarm = Callable[[np.ndarray, range], list[int]]
ALARMS: dict[str, Alarm] = {
    "**drift verdict**": by_verdict,
    "KS and size, two days": by_size_too,
    "KS p < 0.001 alone": by_test_alone,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=50, help="simulated models of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-day", type=int, nargs="+", default=[50], help="forecasts")
    parser.add_argument("--shared", type=float, nargs="+", default=[0.0, 0.2, 0.4], help="deviation of a day")
    chosen = parser.parse_args()
    print(f"{chosen.accounts} models each, {QUIET} quiet days, seed {chosen.seed}.")
    print(f"Below {LEAST_RECENT} recent forecasts nothing is said.\n")
    print("| forecasts a day | shared | alarm | false alarm | found: bias / spread / slow | median days |")
    print("| --: | --: | --- | --: | --: | --: |")
    for per_day in chosen.per_day:
        for shared in chosen.shared:
            for name, alarm in ALARMS.items():
                row = measured(alarm, per_day, shared, chosen.accounts, chosen.seed)
                print(f"| {per_day} | {shared:.1f} | {name} | {row} |", flush=True)


def measured(alarm: Alarm, per_day: int, shared: float, accounts: int, seed: int) -> str:
    quiet, after = range(WARM_UP, WARM_UP + QUIET), range(WARM_UP + QUIET, WARM_UP + QUIET + AFTER)
    false = np.mean(
        [
            bool(alarm(errors(per_day, "quiet", np.random.default_rng([seed, number]), shared), quiet))
            for number in range(accounts)
        ]
    )
    shares, delays = [], []
    for scenario in SCENARIOS:
        told = [
            alarm(errors(per_day, scenario, np.random.default_rng([seed, number]), shared), after)
            for number in range(accounts)
        ]
        first = [days[0] - after.start + 1 for days in told if days]
        shares.append(f"{100 * len(first) / accounts:.0f}")
        delays.append(f"{np.median(first):.0f}" if first else "-")
    return f"{100 * false:.0f} % | {' / '.join(shares)} % | {' / '.join(delays)}"


if __name__ == "__main__":
    main()
