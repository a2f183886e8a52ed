"""Rules people use today, implemented as well as they deserve, to compare a detector with.

Belongs here: classic z-score, robust MAD, binomial limits; each bare, and with the same gates. Does not belong
here: the product's detector.

Bare: single hours, both directions, every run of flagged hours is a message. Gated: sums of the last 6 hours, at
least 10 expected events in them, a change of at least 30 % in the harmful direction, 7 days of history, the newest
hour left out, only while the plan says active and unchanged for a day, flagged in 3 of 6 hours, 24 h of silence
after a message.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.detection.grid import Grid, grid_of, past_sum
from benchmarks.detection.noise import Array, Flags

WEEK, MONTH = 7 * 24, 30 * 24
HARMFUL = {
    "impressions": -1, "clicks": -1, "spend": 1, "conversions": -1, "revenue": -1,
    "ctr": -1, "cpm": 1, "cpc": 1, "cvr": -1, "cpa": 1, "roas": -1, "aov": -1,
}  # fmt: skip
_SHOWN, _CLICKED, _BOUGHT = ("impressions", 0.01), ("clicks", 1.0), ("conversions", 1.0)
EVENTS = {
    "impressions": _SHOWN, "clicks": _CLICKED, "spend": _SHOWN, "conversions": _BOUGHT, "revenue": _BOUGHT,
    "ctr": _CLICKED, "cpm": _SHOWN, "cpc": _CLICKED,
    "cvr": _BOUGHT, "cpa": _BOUGHT, "roas": _BOUGHT, "aov": _BOUGHT,
}  # fmt: skip
FINDING_COLUMNS = ["ad_id", "metric", "alert_type", "start_ts", "end_ts", "severity", "score", "expected"]

Judgement = tuple[Array, Array]
"""Standardised distance and expected value, both [hours, ads]; NaN where not judged."""


@dataclass(frozen=True)
class Rule:
    """A rule: which metrics it judges and how, with its bars for a bare hour and behind the gates."""

    judge: Callable[[Grid, str], Judgement]
    metrics: tuple[str, ...]
    bar: float
    gated_bar: float


def detect(panel: pd.DataFrame, plan: pd.DataFrame | None, rule: str, *, gated: bool) -> pd.DataFrame:
    """Findings of a rival rule, `FINDING_COLUMNS`; one row per ad, metric and run of flagged hours.

    Raises:
        KeyError: no such rule; see `RULES`.
    """
    chosen = RULES[rule]
    grid = grid_of(panel, plan if gated else None)
    if gated:
        grid = grid.summed(6)
    parts = [_runs(grid, metric, chosen, gated) for metric in chosen.metrics]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=FINDING_COLUMNS)


def classic(grid: Grid, metric: str) -> Judgement:
    """Rolling mean and deviation over 30 days that contain the hour they judge, as earlier trackers do."""
    values = grid.metric(metric)
    known = np.isfinite(values)
    count = past_sum(known.astype(float), MONTH, lag=0)
    mean = past_sum(values, MONTH, lag=0) / np.maximum(count, 1)
    square = past_sum(np.square(values), MONTH, lag=0) / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(square - mean**2, 0) * count / np.maximum(count - 1, 1))
    return np.where((count >= 24) & (spread > 0), (values - mean) / np.where(spread > 0, spread, 1), np.nan), mean


def robust(grid: Grid, metric: str) -> Judgement:
    """Median of the same hour of the week (and its neighbours) in four weeks; scale from the MAD of four weeks."""
    values = grid.metric(metric)
    past = [_shifted(values, week * WEEK + step) for week in (1, 2, 3, 4) for step in (-1, 0, 1)]
    with np.errstate(all="ignore"):
        level = _nan_median(np.stack(past))
    off = values - level
    scale = np.full_like(values, np.nan)
    for first in range(2 * WEEK, len(values), 24):
        window = np.abs(off[max(first - 4 * WEEK, WEEK) : first])
        scale[first : first + 24] = 1.4826 * _nan_median(window)
    return np.where(scale > 0, off / np.where(scale > 0, scale, 1), np.nan), level


def binomial(grid: Grid, metric: str) -> Judgement:
    """Counts against binomial or Poisson limits around the ad's own rate of 28 days; no over-dispersion."""
    counts = grid.counts
    usual = {name: past_sum(values, 4 * WEEK, lag=24) for name, values in counts.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric in ("impressions", "spend"):
            expected = _daily_mean(counts[metric], 14)
            unit = usual["spend"] / usual["impressions"] if metric == "spend" else 1.0
            return (counts[metric] - expected) / np.sqrt(expected * unit), expected
        above, below, scale = {"ctr": ("clicks", "impressions", 1), "cvr": ("conversions", "clicks", 1)}.get(
            metric, ("spend", "impressions", 1000)
        )
        rate = usual[above] / usual[below]
        expected = counts[below] * rate
        variance = expected * (rate if metric == "cpm" else 1 - rate)
        return (counts[above] - expected) / np.sqrt(variance), rate * scale


RULES: dict[str, Rule] = {
    "zscore": Rule(classic, tuple(HARMFUL), 2.0, 3.0),
    "mad": Rule(robust, tuple(HARMFUL), 5.0, 5.0),
    "binomial": Rule(binomial, ("ctr", "cvr", "cpm", "impressions", "spend"), 4.0, 5.0),
}


def _shifted(values: Array, hours: int) -> Array:
    moved = np.full_like(values, np.nan)
    if hours < len(values):
        moved[hours:] = values[: len(values) - hours]
    return moved


def _daily_mean(values: Array, days: int) -> Array:
    """Mean of the same hour over the `days` days before; NaN where there is none."""
    stack = np.stack([_shifted(values, 24 * day) for day in range(1, days + 1)])
    count = np.isfinite(stack).sum(axis=0)
    return np.where(count > 0, np.nansum(stack, axis=0) / np.maximum(count, 1), np.nan)


def _nan_median(stack: Array) -> Array:
    """Median over the first axis without the missing; NaN where all are (numpy's own is slow)."""
    ordered = np.sort(stack, axis=0)
    count = np.isfinite(stack).sum(axis=0)
    low, high = np.maximum((count - 1) // 2, 0)[None], np.clip(count // 2, 0, len(stack) - 1)[None]
    middle = np.take_along_axis(ordered, low, axis=0)[0] + np.take_along_axis(ordered, high, axis=0)[0]
    return np.where(count > 0, middle / 2, np.nan)


def _runs(grid: Grid, metric: str, rule: Rule, gated: bool) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        score, expected = rule.judge(grid, metric)
        flagged: Flags = np.abs(score) >= (rule.gated_bar if gated else rule.bar)
    if gated:
        flagged = _through_gates(grid, metric, score, expected, flagged)
    rows = [_row(grid, metric, score, expected, span) for span in _spans(flagged, 24 if gated else 1)]
    return pd.DataFrame(rows, columns=FINDING_COLUMNS)


def _through_gates(grid: Grid, metric: str, score: Array, expected: Array, flagged: Flags) -> Flags:
    name, weight = EVENTS[metric]
    running = past_sum((grid.counts["impressions"] > 0).astype(float), MONTH, lag=0)
    events = past_sum(grid.counts[name], MONTH, lag=6) / np.maximum(running, 1) * weight
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = grid.metric(metric)
        large = np.abs(observed - expected) >= 0.3 * np.abs(expected)
        kept = flagged & large & (np.sign(score) == HARMFUL[metric]) & (events >= 10) & (running >= WEEK)
    kept &= grid.settled > 0
    kept[-1] = False
    persistent: Flags = kept & (past_sum(kept.astype(float), 6, lag=0) >= 3)
    return persistent


def _spans(flagged: Flags, join: int) -> Iterator[tuple[int, int, int]]:
    """(ad, first, last) of runs; runs of one ad less than `join` hours apart are one."""
    ads, hours = np.nonzero(flagged.T)
    if not len(ads):
        return
    new = np.concatenate([[True], (np.diff(ads) != 0) | (np.diff(hours) > join)])
    firsts = np.flatnonzero(new)
    lasts = np.concatenate([firsts[1:] - 1, [len(ads) - 1]])
    for first, last in zip(firsts, lasts, strict=True):
        yield int(ads[first]), int(hours[first]), int(hours[last])


def _row(grid: Grid, metric: str, score: Array, expected: Array, span: tuple[int, int, int]) -> dict[str, object]:
    ad, first, last = span
    value = float(score[first, ad])
    return {
        "ad_id": grid.ads[ad],
        "metric": metric,
        "alert_type": f"{metric}_{'high' if value > 0 else 'low'}",
        "start_ts": grid.hours[first],
        "end_ts": grid.hours[last] + pd.Timedelta(hours=1),
        "severity": "critical" if abs(value) >= 3 else "warning",
        "score": abs(value),
        "expected": float(expected[first, ad]),
    }
