"""From levels to what an ad platform would report: counts, money, orders as they become known, reach, rows.

Belongs here: sampling and the panel's columns. Does not belong here: levels (`base`, `tricky`, `incidents`).
"""

import itertools

import numpy as np
import pandas as pd

from benchmarks.detection.base import ABSENT, ACTIVE, STATUS_NAMES, State
from benchmarks.detection.noise import Array, Ints

LONGEST_DELAY_HOURS = 168


def panel_of(state: State, rng: np.random.Generator) -> pd.DataFrame:
    """One row per ad and hour in which the ad exists; see `labels.World.panel`."""
    counts = _counts(state, rng)
    counts |= _orders(state, rng, counts["clicks"])
    counts |= _reach(state, counts["impressions"])
    hours = state.hours
    kept = state.status != ABSENT
    nothing = (counts["impressions"] == 0) & ~(counts["conversions"] > 0)
    kept &= ~nothing if state.recipe.zero_hours == "absent" else (state.status == ACTIVE) | ~nothing
    order = kept.T
    column, hour = np.nonzero(order)
    stamps = pd.date_range(state.start, periods=hours, freq="h").as_unit("us")
    ids = {name: state.ads[name].to_numpy()[column] for name in ("account_id", "campaign_id", "ad_id")}
    return pd.DataFrame({**ids, "ts": stamps[hour], **{name: values.T[order] for name, values in counts.items()}})


def plan_of(state: State) -> pd.DataFrame | None:
    """Stretches of constant status and budget per ad; the last one is open (`ts_to` null)."""
    if not state.recipe.plan:
        return None
    rows: list[dict[str, object]] = []
    for column, ad in enumerate(state.ads["ad_id"]):
        status, budget = state.status[:, column], np.nan_to_num(state.budget[:, column], nan=-1.0)
        turns = np.flatnonzero((np.diff(status) != 0) | (np.abs(np.diff(budget)) > 1e-9)) + 1
        edges = [0, *(int(one) for one in turns), state.hours]
        for first, last in itertools.pairwise(edges):
            if status[first] == ABSENT:
                continue
            rows.append(
                {
                    "ad_id": ad,
                    "ts_from": state.at(first if first else -30 * 24),
                    "ts_to": state.at(last) if last < state.hours else pd.NaT,
                    "effective_status": STATUS_NAMES[status[first]],
                    "daily_budget": round(float(state.budget[first, column]), state.recipe.decimals),
                }
            )
    plan = pd.DataFrame(rows)
    return plan.assign(
        **{name: pd.to_datetime(plan[name], utc=True).dt.as_unit("us") for name in ("ts_from", "ts_to")}
    )


def _counts(state: State, rng: np.random.Generator) -> dict[str, Array]:
    flow = state.level("flow") * (state.status == ACTIVE)
    if state.recipe.unfinished:
        flow[-1] *= rng.uniform(0.1, 0.7)
    impressions = rng.poisson(flow)
    clicks = rng.binomial(impressions, np.clip(state.level("ctr"), 0, 0.5))
    spend = np.round(impressions * state.level("cpm") / 1000, state.recipe.decimals)
    return {"impressions": impressions.astype(float), "clicks": clicks.astype(float), "spend": spend}


def _orders(state: State, rng: np.random.Generator, clicks: Array) -> dict[str, Array]:
    shape = clicks.shape
    if state.recipe.conversions == "missing":
        return {"conversions": np.full(shape, np.nan), "revenue": np.full(shape, np.nan)}
    made: Ints = rng.binomial(clicks.astype(np.int64), np.clip(state.level("cvr"), 0, 0.5))
    hour, ad = (np.repeat(index, made[made > 0]) for index in np.nonzero(made))
    shown, kept = _shown_at(state, rng, hour, ad)
    cv = state.ads["order_cv"].to_numpy()[ad]
    sigma = np.sqrt(np.log1p(cv**2))
    value = state.level("aov")[hour, ad] * np.exp(sigma * rng.normal(size=len(ad)) - sigma**2 / 2)
    cell = (shown * shape[1] + ad)[kept]
    size = shape[0] * shape[1]
    conversions = np.bincount(cell, minlength=size).reshape(shape).astype(float)
    revenue = np.bincount(cell, np.round(value, state.recipe.decimals)[kept], minlength=size).reshape(shape)
    return {"conversions": conversions, "revenue": np.round(revenue, state.recipe.decimals)}


def _shown_at(state: State, rng: np.random.Generator, hour: Ints, ad: Ints) -> tuple[Ints, Array]:
    """The hour each order appears in, and whether it appears at all (tracking works, and it has arrived)."""
    late = rng.uniform(size=len(hour)) >= min(state.drawn["arrived_at_once"], 0.9)
    delay = np.where(
        late, np.minimum(rng.exponential(state.drawn["arrival_hours"], len(hour)), LONGEST_DELAY_HOURS), 0
    )
    comes = hour + delay.astype(np.int64)
    mode = state.recipe.conversions
    arrived = (comes < state.hours) | (mode == "final")
    shown = np.minimum(comes, state.hours - 1) if mode == "by_arrival" else hour
    recorded = rng.uniform(size=len(hour)) < state.level("tracking")[shown, ad]
    return shown, arrived & recorded


def _reach(state: State, impressions: Array) -> dict[str, Array]:
    """People reached in the hour and impressions per person; always impressions = reach × frequency."""
    if state.recipe.reach == "missing":
        return {"reach": np.full(impressions.shape, np.nan), "frequency": np.full(impressions.shape, np.nan)}
    frequency = np.maximum(state.level("frequency"), 1.0)
    reach = impressions / frequency
    if state.recipe.reach == "counted":
        reach = np.where(impressions > 0, np.maximum(np.round(reach), 1), 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {"reach": reach, "frequency": np.where(reach > 0, impressions / reach, np.nan)}
