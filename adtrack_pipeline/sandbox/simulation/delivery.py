"""What one account delivered on one day, by hour and slot, with every order that ever came of it.

A day's block does not depend on now: it holds the final truth. What is known of it at an instant is
`knowledge.py`'s business. Spend and order values are in minor units.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.sandbox.simulation.calendar import LocalDay, local_day
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints, lognormal, scalar
from adtrack_pipeline.sandbox.simulation.incidents import incidents_on
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import Bools, Lives, lives_on
from adtrack_pipeline.sandbox.simulation.steering import budget_epoch, epoch_start, level_of, paused
from adtrack_pipeline.sandbox.simulation.traits import Traits, traits_of

CLASSES = ("1d_click", "7d_click", "1d_view", "28d_click")  # how an order came
IN_VALUE = CLASSES[:3]  # 7-day click and 1-day view: the default attribution setting
_CLASS_SHARES = np.array([0.66, 0.17, 0.12, 0.05])
_WEEK = np.array([1.0, 0.98, 0.99, 1.02, 1.08, 0.9, 0.94])
_DELAY_SHARES = np.array([0.58, 0.26, 0.12, 0.04])
_DELAY_MEANS = np.array([0.25, 7.0, 50.0, 200.0]) * 3600.0
MAX_DELAY = 28 * 86_400.0
_STRAGGLERS, _STRAGGLER_DAYS = 0.05, 5


@dataclass(frozen=True)
class Orders:
    """Orders one by one: slot, hour (index in the day), value, unix time they become known, class."""

    slot: Ints
    hour: Ints
    value: Ints
    known_at: Floats
    way: Ints


@dataclass(frozen=True)
class Block:
    """A day. Counts have shape (slots, hours of the day); `tracked` are link clicks whose visits are measured."""

    day: LocalDay
    lives: Lives
    traits: Traits
    impressions: Ints
    clicks: Ints
    link_clicks: Ints
    tracked: Ints
    spend: Ints
    leads: Ints
    orders: Orders


@dataclass
class _Bend:
    """Factors on a day's expectations, shape (slots, hours)."""

    impressions: Floats
    clicks: Floats
    price: Floats
    orders: Floats
    order_value: Floats
    tracks: Bools


def compute_block(plan: Plan, number: int) -> Block:
    """A day of an account from nothing but the seed."""
    day = local_day(number, plan.advertiser.timezone)
    lives = lives_on(plan, number)
    traits = traits_of(plan, lives.slot, lives.generation)
    rng = np.random.Generator(np.random.Philox(key=[plan.seed, number]))
    bend = _bend(plan, day)
    price = traits.cpm[:, None] * bend.price
    wanted = _expected_spend(plan, day, lives, traits) / traits.cpm[:, None] * 1000.0 * bend.impressions
    impressions = rng.poisson(wanted * rng.lognormal(0.0, 0.12, wanted.shape))
    age = lives.age(number)
    click_rate = np.minimum((traits.click_rate * traits.clicks_left(age))[:, None] * bend.clicks, 0.5)
    clicks = rng.binomial(impressions, click_rate)
    link_clicks = rng.binomial(clicks, np.broadcast_to(traits.link_share[:, None], clicks.shape))
    spend = np.rint(impressions * price * rng.lognormal(0.0, 0.05, price.shape) / 1000.0).astype(np.int64)
    leads = rng.binomial(link_clicks, np.minimum(np.broadcast_to(traits.lead_rate[:, None], clicks.shape), 0.9))
    expected = link_clicks * traits.order_rate[:, None] * bend.orders * scalar_noise(plan, number)
    expected = expected + _stragglers(plan, number, lives, traits, day) * bend.orders
    orders = _orders(rng, day, expected, traits.order_units[:, None] * bend.order_value)
    tracked = np.where(bend.tracks, link_clicks, 0)
    return Block(day, lives, traits, impressions, clicks, link_clicks, tracked, spend, leads, orders)


def scalar_noise(plan: Plan, number: int) -> float:
    """The day's own factor on the whole account's orders."""
    return float(lognormal(plan.seed, "order day", 0.08, number)[0])


def _expected_spend(plan: Plan, day: LocalDay, lives: Lives, traits: Traits) -> Floats:
    """Expected spend per slot and hour: size, budget in force, launch ramp, weekday, time of day."""
    number = day.number
    adset = plan.slot_adset
    running = lives.live & ~traits.disapproved
    running &= ~paused(plan, "adset", adset, number) & ~paused(plan, "campaign", plan.slot_campaign, number)
    ramp = np.minimum(0.35 + 0.22 * lives.age(number), 1.0)
    mood = lognormal(plan.seed, "adset day", 0.09, adset, number) * lognormal(plan.seed, "day", 0.05, number)
    weekend = 1.0 + (scalar(plan.seed, "weekend") - 0.5) * 0.35
    weekday = _WEEK[(number + 3) % 7] * (weekend if (number + 3) % 7 >= 5 else 1.0)
    daily = plan.slot_dollars * plan.units_per_dollar * running * ramp * mood * weekday
    hours = number * 24 + day.labels
    adsets = np.arange(len(plan.adset_campaign))
    levels = np.stack([level_of(plan, adsets, budget_epoch(plan, adsets, int(hour))) for hour in _ends(hours)])
    level = np.where((hours < _switch(plan, adsets, number)[:, None]), levels[0][:, None], levels[1][:, None])
    return np.asarray(daily[:, None] * level[adset] * _rhythm(plan)[day.labels])


def _ends(hours: Ints) -> tuple[int, int]:
    return int(hours[0]), int(hours[-1])


def _switch(plan: Plan, adsets: Ints, number: int) -> Ints:
    """The local hour of the day at which the budget of its last hour came into force."""
    return epoch_start(plan, adsets, budget_epoch(plan, adsets, number * 24 + 23))


def _rhythm(plan: Plan) -> Floats:
    """Share of a day's delivery per hour of the day: low at night, a noon and an evening peak."""
    hour = np.arange(24)
    noon = 12.0 + scalar(plan.seed, "noon") * 2
    evening = 19.5 + scalar(plan.seed, "evening") * 2
    shape = 0.25 + np.exp(-((hour - noon) ** 2) / 18.0) + 1.3 * np.exp(-((hour - evening) ** 2) / 9.0)
    return np.asarray(shape / shape.sum())


def _bend(plan: Plan, day: LocalDay) -> _Bend:
    shape = (plan.slots, len(day.labels))
    impressions, clicks, price, orders, value = (np.ones(shape) for _ in range(5))
    bend = _Bend(impressions, clicks, price, orders, value, np.ones(shape, dtype=np.bool_))
    hours = day.number * 24 + day.labels
    for one in incidents_on(plan, day.number):
        hit = np.ix_(one.reaches(plan), (hours >= one.begin) & (hours < one.end))
        bend.impressions[hit] *= one.kind.impressions
        bend.clicks[hit] *= one.kind.clicks
        bend.price[hit] *= one.kind.price
        bend.orders[hit] *= one.kind.orders
        bend.order_value[hit] *= one.kind.order_value
        bend.tracks[hit] &= one.kind.tracks
    return bend


def _stragglers(plan: Plan, number: int, lives: Lives, traits: Traits, day: LocalDay) -> Floats:
    """Orders expected of ads that ended some days ago: conversions on days without delivery."""
    since = number - lives.end
    ended = lives.launched & (since >= 0) & (since < _STRAGGLER_DAYS)
    usual = plan.slot_dollars * plan.units_per_dollar / traits.cpm * 1000.0 * traits.click_rate * traits.link_share
    per_day = usual * traits.order_rate * _STRAGGLERS * ended / (1.0 + np.maximum(since, 0))
    return np.asarray(per_day[:, None] * _rhythm(plan)[day.labels])


def _orders(rng: np.random.Generator, day: LocalDay, expected: Floats, value: Floats) -> Orders:
    counts = rng.poisson(expected)
    slot, hour = np.nonzero(counts)
    times = counts[slot, hour]
    slot, hour = np.repeat(slot, times), np.repeat(hour, times)
    number = len(slot)
    stage = rng.choice(len(_DELAY_SHARES), number, p=_DELAY_SHARES)
    delay = np.minimum(rng.exponential(_DELAY_MEANS[stage]), MAX_DELAY)
    placed = day.starts[hour] + rng.random(number) * 3600.0
    amounts = np.maximum(np.rint(value[slot, hour] * rng.lognormal(0.0, 0.45, number)), 1).astype(np.int64)
    return Orders(
        slot=slot.astype(np.int64),
        hour=hour.astype(np.int64),
        value=amounts,
        known_at=placed + delay,
        way=rng.choice(len(CLASSES), number, p=_CLASS_SHARES).astype(np.int64),
    )
