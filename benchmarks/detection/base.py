"""The accounts before anything happens to them: ads, their usual levels, the week's shape and the noise.

Belongs here: the quiet state. Does not belong here: decoys (`tricky`), incidents (`incidents`), counts
(`sampling`).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.detection.noise import Array, Ints, ar1, gamma_factor, swing, tail_factor
from benchmarks.detection.recipes import Recipe

PARTS = ("flow", "ctr", "cpm", "cvr", "aov", "frequency", "tracking")
ACTIVE, PAUSED, CAMPAIGN_PAUSED, ARCHIVED, ABSENT = range(5)
STATUS_NAMES = ("ACTIVE", "PAUSED", "CAMPAIGN_PAUSED", "ARCHIVED", "")


@dataclass
class State:
    """Everything known about a simulated world while it is being made; arrays are [hours, ads].

    `mean` × `noise` × `effect` is the level of a part: `flow` impressions per hour, `ctr`, `cpm` (major units),
    `cvr`, `aov` (value per order), `frequency` (impressions per person), `tracking` (share of orders recorded).
    `status` and `budget` become the plan. `busy` marks hours in which something is already booked.
    """

    recipe: Recipe
    drawn: dict[str, float]
    ads: pd.DataFrame
    start: pd.Timestamp
    local_hour: Array
    local_day: Ints
    weekday: Ints
    mean: dict[str, Array]
    noise: dict[str, Array]
    effect: dict[str, Array]
    status: Ints
    budget: Array
    busy: Array
    labels: list[dict[str, object]] = field(default_factory=list)
    decoys: list[dict[str, object]] = field(default_factory=list)

    @property
    def hours(self) -> int:
        """Length of the panel."""
        return int(self.busy.shape[0])

    def level(self, part: str) -> Array:
        """The part as it will be sampled."""
        return self.mean[part] * self.noise[part] * self.effect[part]

    def at(self, hour: float) -> pd.Timestamp:
        """The moment an hour's index stands for."""
        return self.start + pd.Timedelta(hours=float(hour))


def quiet_state(recipe: Recipe, drawn: dict[str, float], rng: np.random.Generator) -> State:
    """Ads and arrays of a world in which nothing happens."""
    ads = _ads(recipe, drawn, rng)
    start = pd.Timestamp("2026-03-02", tz="UTC") + pd.Timedelta(days=int(rng.integers(0, 180)))
    hours, n = recipe.days * 24, len(ads)
    local = np.arange(hours)[:, None] + start.day_of_week * 24 + ads["offset"].to_numpy()[None, :]
    state = State(
        recipe=recipe,
        drawn=drawn,
        ads=ads,
        start=start,
        local_hour=(local % 24).astype(float),
        local_day=local // 24 + 1,
        weekday=(local // 24) % 7,
        mean={},
        noise={part: np.ones((hours, n)) for part in PARTS},
        effect={part: np.ones((hours, n)) for part in PARTS},
        status=np.full((hours, n), ACTIVE, dtype=np.int64),
        budget=np.full((hours, n), np.nan),
        busy=np.zeros((hours, n)),
    )
    _means(state, rng)
    _noises(state, rng)
    _budgets(state, rng)
    return state


def _ads(recipe: Recipe, drawn: dict[str, float], rng: np.random.Generator) -> pd.DataFrame:
    n = recipe.ads
    campaign = np.sort(
        np.concatenate([np.arange(recipe.campaigns), rng.integers(0, recipe.campaigns, n - recipe.campaigns)])
    )
    account = campaign * recipe.accounts // recipe.campaigns
    zones = np.resize(recipe.offsets, max(recipe.accounts, len(recipe.offsets)))
    offsets = rng.permutation(zones)[: recipe.accounts]
    stem = int(rng.integers(10**5, 10**6))

    def around(name: str, spread: float, low: float, high: float) -> Array:
        by_campaign = rng.normal(0, spread * 0.6, recipe.campaigns)[campaign]
        drawn_values = drawn[name] * np.exp(by_campaign + rng.normal(0, spread * 0.8, n))
        clipped: Array = np.clip(drawn_values, low, high)
        return clipped

    money = drawn["cpm"] / 8.0 if recipe.decimals == 0 else 1.0
    return pd.DataFrame(
        {
            "account_id": [f"act_{stem}{one:02d}" for one in account],
            "campaign_id": [f"23{stem}{one:04d}" for one in campaign],
            "ad_id": [f"12{stem}{one:05d}" for one in range(n)],
            "account": account,
            "campaign": campaign,
            "offset": offsets[account],
            "size": around("volume", drawn["volume_spread"], 30, 100_000),
            "ctr": around("ctr", 0.35, 0.003, 0.04),
            "cpm": around("cpm", 0.3, 2 * money, 30 * money),
            "cvr": around("cvr", 0.35, 0.005, 0.08),
            "aov": around("order_value", 0.25, 1, 1e6),
            "order_cv": np.clip(drawn["order_cv"] * rng.uniform(0.8, 1.2, n), 0.3, 1.5),
            "frequency": rng.uniform(1.1, 2.2, n),
            "shared": (rng.uniform(size=recipe.campaigns) < recipe.shared_budget)[campaign],
            "paced": rng.uniform(size=n) < recipe.paced,
        }
    )


def _means(state: State, rng: np.random.Generator) -> None:
    """Usual levels by hour of the week; peaks belong to the account, with a little of each ad's own."""
    ads, drawn, n = state.ads, state.drawn, len(state.ads)
    account = ads["account"].to_numpy()
    peak = rng.uniform(12, 21, state.recipe.accounts)[account] + rng.normal(0, 1, n)
    amplitude = drawn["hour_amplitude"] * rng.uniform(0.8, 1.2, n)
    days = np.exp(rng.normal(0, 0.05, (7, state.recipe.accounts)))
    days[5:] *= drawn["weekend"] * rng.uniform(0.85, 1.15, (2, 1))
    weekend = state.weekday >= 5
    shape = swing(state.local_hour + 1.5 * weekend, amplitude, peak) * days[state.weekday, account]
    state.mean["flow"] = ads["size"].to_numpy() / 24 * shape
    state.mean["ctr"] = (
        ads["ctr"].to_numpy() * swing(state.local_hour, 0.12, peak + 2) * np.where(weekend, 1.05, 1)
    )
    state.mean["cpm"] = ads["cpm"].to_numpy() * swing(state.local_hour, 0.1, peak) * np.where(weekend, 0.95, 1)
    state.mean["cvr"] = ads["cvr"].to_numpy() * swing(state.local_hour, 0.15, 20.0) * np.where(weekend, 0.92, 1)
    state.mean["aov"] = np.broadcast_to(ads["aov"].to_numpy(), shape.shape).copy()
    drift = 1 + rng.uniform(0, 0.1, n) * np.linspace(0, 1, state.hours)[:, None]
    state.mean["frequency"] = ads["frequency"].to_numpy() * drift
    state.mean["tracking"] = np.ones(shape.shape)


def _noises(state: State, rng: np.random.Generator) -> None:
    drawn, shape, tails = state.drawn, (state.hours, len(state.ads)), state.recipe.tails
    hourly = ar1(rng, shape, drawn["flow_slow"], np.exp(-1 / drawn["flow_memory"]))
    state.noise["flow"] = (
        gamma_factor(rng, shape, drawn["flow_hour"])
        * tail_factor(rng, shape, tails, 0.25)
        * np.exp(hourly)
        * _by_day(state, rng, drawn["flow_day_ad"], drawn["flow_day_account"])
    )
    state.noise["ctr"] = (
        gamma_factor(rng, shape, drawn["ctr_hour"])
        * tail_factor(rng, shape, tails, 0.08)
        * _by_day(state, rng, drawn["ctr_day"], drawn["ctr_day"] / 2)
    )
    state.noise["cpm"] = (
        gamma_factor(rng, shape, drawn["cpm_hour"])
        * tail_factor(rng, shape, tails, 0.1)
        * _by_day(state, rng, drawn["cpm_day"] / 2, drawn["cpm_day"])
    )
    state.noise["cvr"] = _by_day(state, rng, drawn["cvr_day"], drawn["cvr_day"] / 2)
    state.noise["aov"] = _by_day(state, rng, 0.02, 0.02)
    state.noise["frequency"] = np.exp(ar1(rng, shape, 0.02, 0.95))


def _by_day(state: State, rng: np.random.Generator, own: float, common: float) -> Array:
    """A factor per local day: each ad's own, times one that all ads of an account share."""
    days = int(state.local_day.max()) + 1
    memory = min(state.drawn["day_memory"], 0.95)
    account = state.ads["account"].to_numpy()
    column = np.arange(len(state.ads))
    ad_part = ar1(rng, (days, len(state.ads)), own, memory)[state.local_day, column]
    shared = ar1(rng, (days, state.recipe.accounts), common, memory)[state.local_day, account]
    factor: Array = np.exp(ad_part + shared)
    return factor


def _budgets(state: State, rng: np.random.Generator) -> None:
    """Daily budgets per ad (none where the campaign holds it); ads that use theirs up stop for the local day."""
    usual = (state.mean["flow"] * state.mean["cpm"] / 1000).sum(axis=0) / state.recipe.days
    n = len(state.ads)
    paced = state.ads["paced"].to_numpy()
    room = np.where(paced, rng.uniform(0.65, 0.95, n), rng.uniform(1.0, 1.15, n))
    digits = 10 ** (np.floor(np.log10(usual * room)) - 1)
    budget = np.round(usual * room / digits) * digits
    state.budget[:] = np.where(state.ads["shared"], np.nan, budget)
    if not paced.any():
        return
    spend = state.level("flow") * state.level("cpm") / 1000
    for column in np.flatnonzero(paced):
        so_far = pd.Series(spend[:, column]).groupby(state.local_day[:, column]).cumsum().to_numpy()
        left = np.clip((budget[column] - (so_far - spend[:, column])) / np.maximum(spend[:, column], 1e-9), 0, 1)
        state.mean["flow"][:, column] *= np.where(left < 1, left, 1.0)
