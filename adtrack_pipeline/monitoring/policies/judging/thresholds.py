"""Ratios across their lines, with hysteresis: an open alert stays until the value is back behind the clear line.

Vectorised over objects; only those that fire are looked at one by one (`crossing`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pandas as pd

from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.monitoring.policies.frames import SUMS, PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.calendar import dated
from adtrack_pipeline.monitoring.policies.judging.crossing import ID_OF, Crossing
from adtrack_pipeline.monitoring.policies.judging.crossing_condition import condition
from adtrack_pipeline.monitoring.policies.judging.metrics import METRICS, Metric
from adtrack_pipeline.monitoring.policies.judging.objectives import NOT_SELLING
from adtrack_pipeline.monitoring.policies.judging.windows import judgeable, window
from adtrack_pipeline.monitoring.policies.model.base import Lines, line_for
from adtrack_pipeline.monitoring.policies.model.thresholds import ThresholdRule
from adtrack_pipeline.monitoring.policies.records import records
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook

_NAMES = ("sells", "object_name", "account_name", "currency", "timezone_name", "campaign_id", "adset_id", "ad_id")


def judge_thresholds(
    frames: PolicyFrames, book: Rulebook, *, open_keys: frozenset[str], now: datetime
) -> Iterator[Condition]:
    """Every object whose ratio is beyond its line."""
    for level, days in frames.days.items():
        if days.empty:
            continue
        fit = _of_campaigns(judgeable(dated(days, frames.accounts, now)), frames.campaigns)
        for number, part in fit.groupby(book.number(fit, level)):
            thresholds = book.rules[int(number)].thresholds
            for name, rule in thresholds.rules().items():
                if rule.is_on and rule.level == level.value:
                    judged = window(part, METRICS[name], rule.window_days, thresholds.ripe_after_days)
                    for one in _crossings(judged.sort_values("date_day"), level, name, rule, open_keys):
                        yield condition(one, now)


def _of_campaigns(days: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Without the days of campaigns known to be paused or over; `sells`: whether the campaign is there to sell."""
    known = campaigns[["platform", "campaign_id"]].assign(
        stopped=~campaigns["is_running"].astype(bool), sells=~campaigns["objective"].isin(NOT_SELLING)
    )
    merged = days.merge(known, on=["platform", "campaign_id"], how="left")
    merged["sells"] = merged["sells"].fillna(value=True).astype(bool)
    return merged[~merged["stopped"].fillna(value=False).astype(bool)]


def _crossings(
    judged: pd.DataFrame, level: Level, name: str, rule: ThresholdRule, open_keys: frozenset[str]
) -> Iterator[Crossing]:
    """`judged`: the days of the window, in order."""
    if judged.empty:
        return
    metric = METRICS[name]
    keys = ["platform", "account_id", *([ID_OF[level]] if level is not Level.ACCOUNT else [])]
    grouped = judged.groupby(keys, sort=False)
    named = [one for one in _NAMES if one not in keys]
    sums = grouped[list(SUMS)].sum().join(grouped[named].last()).reset_index()
    if "revenue" in {metric.over, metric.under}:
        sums = sums[sums["sells"] | (sums["revenue"] > 0)].copy()
    sums["newest"] = grouped["days_ago"].min().reset_index(drop=True)
    sums["value"] = _values(sums, name, metric)
    daily, dates = metric.value(judged).to_numpy(), judged["date_day"].dt.date.to_numpy()
    for is_below, lines in ((True, rule.below), (False, rule.above)):
        if lines is None:
            continue
        sums["line"] = _per_row(sums, lines)
        held = sums[_beyond(sums, rule.clear_pct, is_below=is_below)]
        fires = _beyond(held, 0, is_below=is_below) & _is_enough(held, sums, name, rule)
        for row, is_new in zip(records(held), fires, strict=True):
            one = Crossing(level, name, metric, rule, row, is_below=is_below)
            if is_new or one.key in open_keys:
                rows = grouped.indices[tuple(row[key] for key in keys)]
                yield replace(one, days=dates[rows].tolist(), values=daily[rows].tolist())


def _values(sums: pd.DataFrame, name: str, metric: Metric) -> pd.Series:
    values = metric.value(sums)
    if name == "cpa":
        # Without a conversion the next one costs at least what was spent so far.
        values = values.where(sums["conversions"] > 0, sums["spend"].where(sums["spend"] > 0))
    return values


def _beyond(sums: pd.DataFrame, clear_pct: float, *, is_below: bool) -> pd.Series:
    """Strictly beyond the line, moved back by `clear_pct`."""
    if is_below:
        return sums["value"] < sums["line"] * (1 + clear_pct / 100)
    return sums["value"] > sums["line"] * (1 - clear_pct / 100)


def _is_enough(held: pd.DataFrame, sums: pd.DataFrame, name: str, rule: ThresholdRule) -> pd.Series:
    """Whether there is volume enough to judge. What is open already stays judged on any volume."""
    enough = (held["impressions"] >= rule.min_impressions) & (held["clicks"] >= rule.min_clicks)
    if rule.min_spend is not None:
        enough &= held["spend"] >= _per_row(held, rule.min_spend).fillna(0)
    if rule.min_conversions:
        expected = _expected_on_line(held, sums, name)
        enough &= expected.notna() & (held["conversions"].clip(lower=expected) >= rule.min_conversions)
    return enough


def _expected_on_line(held: pd.DataFrame, sums: pd.DataFrame, name: str) -> pd.Series:
    """Conversions there would have been with the value on the line; 0 where the ratio says nothing of it.

    For ROAS with the account's own order value; NaN for an account without any revenue: it sells nothing.
    """
    if name == "cpa":
        return (held["spend"] / held["line"].where(held["line"] > 0)).fillna(0)
    if name != "roas":
        return held["conversions"] * 0
    accounts = sums.groupby(["platform", "account_id"])[["revenue", "conversions"]].transform("sum")
    order_value = (accounts["revenue"] / accounts["conversions"]).where(accounts["revenue"] > 0).loc[held.index]
    return held["line"] * held["spend"] / order_value


def _per_row(sums: pd.DataFrame, lines: Lines) -> pd.Series:
    return pd.Series([line_for(lines, code) for code in sums["currency"]], index=sums.index, dtype="float64")
