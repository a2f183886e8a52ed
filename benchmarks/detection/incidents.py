"""What goes wrong, and whether a careful human could have seen it.

Belongs here: incidents, written into the levels and noted in `State.labels`. Does not belong here: normal oddities
(`tricky`). Nearly all incidents are placed where they are visible; some are left where chance puts them and then
marked as not judged if nobody could see them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.base import ACTIVE, ARCHIVED, State
from benchmarks.detection.labels import CLEAR_Z, FAMILIES, LEAST_EVENTS, clarity
from benchmarks.detection.noise import Array, window_spread
from benchmarks.detection.tricky import FULLY, SLOWLY, book, is_free, note

WARM_UP_HOURS = 14 * 24
TRIES = 60
CARELESS_SHARE = 0.15


@dataclass(frozen=True)
class Course:
    """An incident's effect: per part a factor for each of its hours; `magnitude` sums it up."""

    parts: dict[str, Array]
    magnitude: float


@dataclass(frozen=True)
class Kind:
    """How an incident comes about: at which level, for how long, with which course, and what it is judged by."""

    family: str
    level: str
    hours: tuple[int, int]
    course: Callable[[np.random.Generator, int], Course]
    judged_by: str


def _flat(part: str, low: float, high: float) -> Callable[[np.random.Generator, int], Course]:
    def course(rng: np.random.Generator, hours: int) -> Course:
        factor = float(rng.uniform(low, high))
        return Course({part: np.full(hours, factor)}, factor)

    return course


def _dearer_clicks(rng: np.random.Generator, hours: int) -> Course:
    price, rate = float(rng.uniform(1.25, 1.7)), float(rng.uniform(0.55, 0.8))
    return Course({"cpm": np.full(hours, price), "ctr": np.full(hours, rate)}, price / rate)


def _runaway(rng: np.random.Generator, hours: int) -> Course:
    factor = float(rng.uniform(2.0, 5.0))
    return Course({"flow": np.full(hours, factor), "cpm": np.full(hours, float(rng.uniform(1, 1.15)))}, factor)


def _tiring(rng: np.random.Generator, hours: int) -> Course:
    """CTR decays to its loss over 10–20 days and stays there, until the ad or the panel ends; frequency rises."""
    loss, days = float(rng.uniform(0.25, 0.5)), float(rng.uniform(10, 20))
    along = np.clip(np.arange(hours) / (days * 24), 0, 1)
    bend = along ** float(rng.uniform(0.8, 1.3))
    return Course({"ctr": 1 - loss * bend, "frequency": 1 + float(rng.uniform(0.3, 1.0)) * along}, 1 - loss)


_DAYS = 24
KINDS: dict[str, Kind] = {
    "ctr_collapse": Kind("ctr_collapse", "ad", (6, 96), _flat("ctr", 0.30, 0.65), "ctr"),
    "cpm_spike": Kind("cpm_spike", "ad", (6, 96), _flat("cpm", 1.5, 3.0), "cpm"),
    "cpc_spike": Kind("cpc_spike", "ad", (8, 96), _dearer_clicks, "ctr"),
    "spend_runaway": Kind("spend_runaway", "ad", (6, 72), _runaway, "flow"),
    "zero_delivery": Kind("zero_delivery", "ad", (6, 72), _flat("flow", 0.0, 0.0), "flow"),
    "tracking_outage": Kind("tracking_outage", "campaign", (8, 96), _flat("tracking", 0.0, 0.05), "orders"),
    "tracking_outage_account": Kind("tracking_outage", "account", (6, 60), _flat("tracking", 0.0, 0.05), "orders"),
    "roas_cvr": Kind("roas_cvr", "campaign", (24, 192), _flat("cvr", 0.3, 0.6), "orders"),
    "roas_aov": Kind("roas_aov", "campaign", (24, 192), _flat("aov", 0.4, 0.65), "value"),
    "roas_cvr_account": Kind("roas_cvr", "account", (24, 120), _flat("cvr", 0.3, 0.6), "orders"),
    "roas_aov_account": Kind("roas_aov", "account", (24, 120), _flat("aov", 0.4, 0.65), "value"),
    "cpm_spike_account": Kind("cpm_spike", "account", (8, 72), _flat("cpm", 1.5, 2.5), "cpm"),
    "fatigue": Kind("fatigue", "ad", (18 * _DAYS, 32 * _DAYS), _tiring, "tired"),
}


def add_incidents(state: State, rng: np.random.Generator, *, sort: str) -> None:
    """Place the incidents the recipe asks for; three calls: `slow`, `account` and (after decoys) `single`."""
    for name, wanted in state.recipe.incidents.items():
        kind = KINDS[name]
        own_sort = "slow" if kind.family == "fatigue" else "account" if kind.level == "account" else "single"
        if own_sort != sort or not _possible(state, kind):
            continue
        for _ in range(wanted):
            _place(state, rng, kind)


def _possible(state: State, kind: Kind) -> bool:
    if kind.family == "fatigue":
        return state.recipe.reach != "missing"
    if kind.family == "zero_delivery":
        return state.recipe.plan
    return kind.judged_by not in ("orders", "value") or state.recipe.conversions != "missing"


def _place(state: State, rng: np.random.Generator, kind: Kind) -> None:
    careless = rng.uniform() < CARELESS_SHARE
    for _ in range(TRIES):
        level = "ad" if kind.level == "campaign" and rng.uniform() < 0.25 else kind.level
        ads = _objects(state, rng, level)
        hours = int(np.exp(rng.uniform(np.log(kind.hours[0]), np.log(kind.hours[1]))))
        latest = state.hours - hours - (6 if kind.judged_by != "orders" else 30)
        if latest <= WARM_UP_HOURS:
            continue
        first = int(rng.integers(WARM_UP_HOURS, latest))
        if kind.family == "fatigue" and (not state.recipe.plan or rng.uniform() < 0.5):
            hours = state.hours - first
        whole = level == "account"
        if not is_free(state, ads, first, first + hours, whole_account=whole) or not _running(
            state, ads, first, hours
        ):
            continue
        course = kind.course(rng, hours)
        expected, clear = _visibility(state, kind, ads, first, hours, course)
        if careless or (clear >= CLEAR_Z and expected >= LEAST_EVENTS):
            _write(state, kind, level, ads, (first, hours), course, (expected, clear))
            return


def _objects(state: State, rng: np.random.Generator, level: str) -> list[int]:
    if level == "ad":
        return [int(rng.integers(len(state.ads)))]
    member = int(rng.integers(state.recipe.campaigns if level == "campaign" else state.recipe.accounts))
    return [int(one) for one in np.flatnonzero(state.ads[level] == member)]


def _running(state: State, ads: Sequence[int], first: int, hours: int) -> bool:
    """All ads are on for two weeks before and through the incident (of a large campaign or account: most)."""
    on = (state.status[first - WARM_UP_HOURS : first + hours][:, list(ads)] == ACTIVE).mean(axis=0)
    return bool((on > 0.99).mean() > (0.5 if len(ads) > 8 else 0.99))


def _visibility(
    state: State, kind: Kind, ads: Sequence[int], first: int, hours: int, course: Course
) -> tuple[float, float]:
    """Expected events over the incident and its distance from usual in standard deviations."""
    columns, through = list(ads), slice(first, first + hours)
    flow = (state.mean["flow"] * state.effect["flow"])[:, columns] * (state.status[:, columns] == ACTIVE)
    clicks = flow * (state.mean["ctr"] * state.effect["ctr"])[:, columns]
    if kind.judged_by == "tired":
        gone = np.flatnonzero(course.parts["ctr"] <= 0.8)
        if not gone.size or gone[0] + 120 > hours:
            return 0.0, 0.0
        through = slice(first + int(gone[0]), first + int(gone[0]) + 120)
        return _judge(
            state, "ctr", columns, clicks, through, float(course.parts["ctr"][gone[0] : gone[0] + 120].mean())
        )
    factor = float(next(iter(course.parts.values()))[0])
    if kind.judged_by in ("orders", "value"):
        orders = clicks * (state.mean["cvr"] * state.effect["cvr"])[:, columns] * _arrived(state, through)
        if kind.judged_by == "value":
            cv = float(state.ads["order_cv"].iloc[columns].mean())
            return _judge(state, "aov", columns, orders, through, factor, dispersion=cv**2)
        return _judge(state, "cvr", columns, orders, through, factor)
    if kind.judged_by == "ctr":
        return _judge(state, "ctr", columns, clicks, through, float(course.parts["ctr"][0]))
    return _judge(state, kind.judged_by, columns, flow / 100, through, factor)


def _judge(
    state: State,
    part: str,
    columns: list[int],
    events: Array,
    through: slice,
    factor: float,
    dispersion: float = 1.0,
) -> tuple[float, float]:
    noise = (state.noise[part][:, columns] * events).sum(axis=1) / np.maximum(events.sum(axis=1), 1e-9)
    spread = window_spread(noise, events.sum(axis=1), through.stop - through.start)
    expected = float(events[through].sum())
    return expected, clarity(expected, factor, spread, dispersion)


def _arrived(state: State, through: slice) -> float:
    """Share of an incident's orders that can be known when a finding is due at the latest, a day after its end."""
    if state.recipe.conversions == "final":
        return 1.0
    middle = (through.start + through.stop) / 2
    known = min(through.stop + 24, state.hours)
    if state.recipe.conversions == "by_arrival":
        known = min(through.stop, state.hours)
    late = 1 - np.exp(-(known - middle) / state.drawn["arrival_hours"])
    at_once = min(state.drawn["arrived_at_once"], 0.9)
    return float(at_once + (1 - at_once) * late)


def _write(
    state: State,
    kind: Kind,
    level: str,
    ads: Sequence[int],
    span: tuple[int, int],
    course: Course,
    seen: tuple[float, float],
) -> None:
    (first, hours), columns = span, list(ads)
    for part, factors in course.parts.items():
        state.effect[part][first : first + hours, columns] *= factors[:, None]
        if part == "cpm":
            state.effect["flow"][first : first + hours, columns] *= factors[:, None] ** -min(
                state.drawn["elasticity"], 1.0
            )
    due = first
    if kind.family == "fatigue":
        due = (
            first + int(np.argmax(course.parts["ctr"] <= 0.8))
            if (course.parts["ctr"] <= 0.8).any()
            else first + hours
        )
    if kind.family == "fatigue" and first + hours < state.hours:
        state.status[first + hours :, columns] = ARCHIVED
        note(state, "ad_ends", ads, (first + hours, state.hours))
    book(
        state,
        ads,
        first,
        state.hours if kind.family == "fatigue" else first + hours,
        SLOWLY if kind.family == "fatigue" else FULLY,
    )
    owners = state.ads.iloc[columns]
    state.labels.append(
        {
            "event_id": f"event-{len(state.labels) + 1}",
            "kind": kind.family,
            "level": level,
            "account_id": owners["account_id"].iloc[0],
            "campaign_ids": tuple(dict.fromkeys(owners["campaign_id"])),
            "ad_ids": tuple(owners["ad_id"]),
            "start": state.at(first),
            "end": state.at(first + hours),
            "due": state.at(due),
            "metrics": FAMILIES[kind.family],
            "magnitude": course.magnitude,
            "expected": seen[0],
            "clarity": seen[1],
            "judged": seen[1] >= CLEAR_Z and seen[0] >= LEAST_EVENTS,
        }
    )
