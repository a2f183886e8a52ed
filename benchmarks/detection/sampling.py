"""From levels to what an ad platform would report: counts, money, orders as they become known, reach, rows.

Belongs here: sampling and the panel's columns. Does not belong here: levels (`base`, `tricky`, `incidents`).
"""

import itertools

import numpy as np
import pandas as pd

from benchmarks.detection.base import ABSENT, ACTIVE, STATUS_NAMES, State
from benchmarks.detection.noise import Array, Ints

LONGEST_DELAY_HOURS = 168


def panel_of(state: State, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """One row per ad and hour in which the ad exists, and the orders; see `labels.World.panel` and `.orders`."""
    counts = _counts(state, rng)
    sold, orders = _orders(state, rng, counts["clicks"])
    counts |= sold | _reach(state, counts["impressions"])
    hours = state.hours
    kept = state.status != ABSENT
    nothing = (counts["impressions"] == 0) & ~(counts["conversions"] > 0)
    kept &= ~nothing if state.recipe.zero_hours == "absent" else (state.status == ACTIVE) | ~nothing
    order = kept.T
    column, hour = np.nonzero(order)
    stamps = pd.date_range(state.start, periods=hours, freq="h").as_unit("us")
    ids = {name: state.ads[name].to_numpy()[column] for name in ("account_id", "campaign_id", "ad_id")}
    panel = pd.DataFrame({**ids, "ts": stamps[hour], **{name: values.T[order] for name, values in counts.items()}})
    return panel, orders


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


def _orders(state: State, rng: np.random.Generator, clicks: Array) -> tuple[dict[str, Array], pd.DataFrame | None]:
    shape = clicks.shape
    if state.recipe.conversions == "missing":
        return {"conversions": np.full(shape, np.nan), "revenue": np.full(shape, np.nan)}, None
    made: Ints = rng.binomial(clicks.astype(np.int64), np.clip(state.level("cvr"), 0, 0.5))
    hour, ad = (np.repeat(index, made[made > 0]) for index in np.nonzero(made))
    comes = hour + _delays(state, rng, len(hour))
    by_arrival = state.recipe.conversions == "by_arrival"
    shown = np.minimum(comes, state.hours - 1) if by_arrival else hour
    recorded = rng.uniform(size=len(hour)) < state.level("tracking")[shown, ad]
    kept = recorded & ((comes < state.hours) | (state.recipe.conversions == "final"))
    value = np.round(_values(state, rng, hour, ad), state.recipe.decimals)
    cell, size = (shown * shape[1] + ad)[kept], shape[0] * shape[1]
    conversions = np.bincount(cell, minlength=size).reshape(shape).astype(float)
    revenue = np.bincount(cell, value[kept], minlength=size).reshape(shape)
    sold = {"conversions": conversions, "revenue": np.round(revenue, state.recipe.decimals)}
    if state.recipe.conversions != "known_at_end":
        return sold, None
    stamps = pd.date_range(state.start, periods=state.hours + LONGEST_DELAY_HOURS + 1, freq="h").as_unit("us")
    ads = state.ads["ad_id"].to_numpy()
    orders = pd.DataFrame({"ad_id": ads[ad], "ts": stamps[hour], "arrives": stamps[comes], "value": value})
    return sold, orders[recorded]


def _values(state: State, rng: np.random.Generator, hour: Ints, ad: Ints) -> Array:
    """Log-normal order values with each ad's own coefficient of variation."""
    sigma = np.sqrt(np.log1p(np.square(state.ads["order_cv"].to_numpy()[ad])))
    values: Array = state.level("aov")[hour, ad] * np.exp(sigma * rng.normal(size=len(ad)) - sigma**2 / 2)
    return values


def _delays(state: State, rng: np.random.Generator, count: int) -> Ints:
    """Hours between click and order: some at once, the others exponential, a week at most."""
    late = rng.uniform(size=count) >= min(state.drawn["arrived_at_once"], 0.9)
    wait = np.minimum(rng.exponential(state.drawn["arrival_hours"], count), LONGEST_DELAY_HOURS)
    return np.where(late, wait, 0).astype(np.int64)


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
