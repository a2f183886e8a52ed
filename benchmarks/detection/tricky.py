"""Normal things that look odd: launches, pauses, raises, promotions, ageing. A page on one of them is false.

Belongs here: decoys, written into the levels and the plan and noted in `State.decoys`. Does not belong here:
incidents.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.detection.base import ABSENT, ARCHIVED, CAMPAIGN_PAUSED, PAUSED, State
from benchmarks.detection.labels import ANY
from benchmarks.detection.noise import ar1

SLOW = frozenset({"fatigue", "ctr", "frequency"})
MARGIN = 60


SLOWLY, FULLY = 0.5, 1.0


def is_free(state: State, ads: Sequence[int], first: int, last: int, *, whole_account: bool = False) -> bool:
    """Whether nothing is booked on these ads around these hours; whole accounts may meet ads that are tiring."""
    around = state.busy[max(first - MARGIN, 0) : last + MARGIN][:, list(ads)]
    return not bool((around > (SLOWLY if whole_account else 0)).any())


def book(state: State, ads: Sequence[int], first: int, last: int, how: float = FULLY) -> None:
    """Keep other events away from these hours."""
    cells = state.busy[max(first, 0) : last]
    cells[:, list(ads)] = np.maximum(cells[:, list(ads)], how)


def note(
    state: State, kind: str, ads: Sequence[int], span: tuple[int, int], metrics: frozenset[str] = ANY
) -> None:
    """Remember a decoy; `metrics` limits which findings it is blamed for (empty: all)."""
    state.decoys.append(
        {
            "decoy_id": f"decoy-{len(state.decoys) + 1}",
            "kind": kind,
            "account_id": state.ads["account_id"].iloc[ads[0]],
            "ad_ids": tuple(state.ads["ad_id"].iloc[list(ads)]),
            "start": state.at(span[0]),
            "end": state.at(span[1]),
            "metrics": metrics,
        }
    )


def add_whole_account(state: State, rng: np.random.Generator) -> None:
    """Holidays (demand swings) and promotions (more orders of more value) of whole accounts."""
    wanted = ["holiday"] * state.recipe.holidays + ["promo"] * state.recipe.promos
    for kind in wanted:
        ads = _account(state, int(rng.integers(state.recipe.accounts)))
        hours = 24 * int(rng.integers(1, 4 if kind == "promo" else 3))
        first = _free_start(state, rng, ads, hours, earliest=14 * 24, whole_account=True)
        if first is None:
            continue
        span = slice(first, first + hours)
        if kind == "holiday":
            factor = rng.choice([rng.uniform(0.4, 0.7), rng.uniform(1.3, 1.8)])
            _scale(state, "flow", span, ads, factor)
            _scale(state, "cpm", span, ads, rng.uniform(0.9, 1.3))
            _scale(state, "cvr", span, ads, rng.uniform(0.75, 1.3))
        else:
            _scale(state, "aov", span, ads, rng.uniform(1.15, 1.5))
            _scale(state, "cvr", span, ads, rng.uniform(1.3, 1.8))
            _scale(state, "cpm", span, ads, rng.uniform(1.0, 1.15))
        book(state, ads, first, first + hours)
        note(state, kind, ads, (first, first + hours))


def add_single(state: State, rng: np.random.Generator) -> None:
    """Decoys of single ads; which ads get which is drawn, about two thirds of all ads have at least one."""
    _life_spans(state, rng)
    if state.recipe.plan:
        for _ in range(len(state.ads) // 10):
            _pause(state, rng)
            _budget_change(state, rng)
        _campaign_pause(state, rng)
    for _ in range(2):
        _share_shift(state, rng)
    _slow_changes(state, rng)


def note_edges(state: State) -> None:
    """The unfinished last hour, orders still on their way, and ads too small to judge."""
    everyone = [_account(state, one) for one in range(state.recipe.accounts)]
    if state.recipe.unfinished:
        for ads in everyone:
            note(state, "unfinished_hour", ads, (state.hours - 1, state.hours))
    if state.recipe.conversions in ("known_at_end", "by_arrival"):
        orders = frozenset({"conversions", "cvr", "revenue", "roas", "cpa", "aov"})
        for ads in everyone:
            note(state, "late_conversions", ads, (state.hours - 72, state.hours), orders)
    for ad in np.flatnonzero(state.ads["size"].to_numpy() < 150):
        note(state, "tiny_ad", [int(ad)], (0, state.hours))


def _life_spans(state: State, rng: np.random.Generator) -> None:
    """Some ads are launched in the panel (learning phase), some end for good."""
    n = len(state.ads)
    for ad in rng.choice(n, n // 7, replace=False):
        first = int(rng.integers(5, state.recipe.days - 15)) * 24 + int(rng.integers(24))
        if (state.busy[: first + 14 * 24, ad] == SLOWLY).any():
            continue
        state.status[:first, ad] = ABSENT
        _launch(state, rng, int(ad), first)
        note(state, "launch", [int(ad)], (first, first + 7 * 24))
        book(state, [int(ad)], 0, first + 14 * 24)
    if not state.recipe.plan:
        return  # without a change log nobody can tell an end from a failure
    for ad in rng.choice(n, n // 12, replace=False):
        last = int(rng.integers(state.recipe.days // 2, state.recipe.days - 2)) * 24 + int(rng.integers(24))
        if not (state.busy[last:, ad] == SLOWLY).any():
            state.status[last:, ad] = ARCHIVED
            note(state, "ad_ends", [int(ad)], (last - 24, state.hours))
            book(state, [int(ad)], last - 72, state.hours)


def _launch(state: State, rng: np.random.Generator, ad: int, first: int) -> None:
    """The learning phase: delivery ramps up unsteadily, price falls, first clicks come easily."""
    age = np.arange(state.hours - first) / 24
    ramp = 0.15 + 0.85 / (1 + np.exp(-(age - rng.uniform(1, 4)) * rng.uniform(1, 2)))
    unrest = np.exp(ar1(rng, (len(age), 1), 0.4, 0.9)[:, 0] * (age < 7))
    state.effect["flow"][first:, ad] *= ramp * unrest
    state.effect["cpm"][first:, ad] *= 1 + rng.uniform(0.1, 0.5) * np.exp(-age / 3)
    state.effect["ctr"][first:, ad] *= 1 + rng.uniform(-0.15, 0.3) * np.exp(-age / 3)
    state.effect["frequency"][first:, ad] *= 1 - 0.1 * np.exp(-age / 4)


def _pause(state: State, rng: np.random.Generator) -> None:
    ad, hours = [int(rng.integers(len(state.ads)))], int(rng.integers(6, 6 * 24))
    first = _free_start(state, rng, ad, hours + 48, earliest=9 * 24)
    if first is not None:
        _stop(state, ad, first, hours, PAUSED, rng)
        note(state, "pause", ad, (first, first + hours + 36))


def _campaign_pause(state: State, rng: np.random.Generator) -> None:
    campaign = int(rng.integers(state.recipe.campaigns))
    ads = [int(one) for one in np.flatnonzero(state.ads["campaign"] == campaign)]
    hours = int(rng.integers(12, 72))
    first = _free_start(state, rng, ads, hours + 48, earliest=9 * 24)
    if first is not None:
        _stop(state, ads, first, hours, CAMPAIGN_PAUSED, rng)
        note(state, "pause", ads, (first, first + hours + 36))


def _stop(state: State, ads: Sequence[int], first: int, hours: int, status: int, rng: np.random.Generator) -> None:
    """Nothing runs while paused; somebody paused within the hour before; resuming takes some hours."""
    columns = list(ads)
    state.status[first : first + hours, columns] = status
    state.effect["flow"][first - 1, columns] *= rng.uniform(0.1, 1)
    back = np.linspace(rng.uniform(0.3, 1), 1, 24)
    after = state.effect["flow"][first + hours : first + hours + 24]
    after[:, columns] *= back[: len(after), None]
    book(state, ads, first, first + hours + 48)


def _budget_change(state: State, rng: np.random.Generator) -> None:
    """A planned raise or cut that stays; delivery follows within hours."""
    own = np.flatnonzero(~state.ads["shared"].to_numpy(dtype=bool))
    if not own.size:
        return
    ad = [int(rng.choice(own))]
    first = _free_start(state, rng, ad, 72, earliest=9 * 24)
    if first is None:
        return
    factor = float(rng.choice([rng.uniform(1.4, 3.0), rng.uniform(0.3, 0.65)]))
    follow = 1 + (factor - 1) * (1 - np.exp(-np.arange(1, state.hours - first + 1) / rng.uniform(1, 8)))
    state.effect["flow"][first:, ad[0]] *= follow
    state.budget[first:, ad[0]] *= factor
    book(state, ad, first, first + 72)
    note(state, "budget_raise" if factor > 1 else "budget_cut", ad, (first, first + 7 * 24))


def _share_shift(state: State, rng: np.random.Generator) -> None:
    """Under a shared budget one ad takes a sibling's delivery; the campaign's total stays."""
    shared = state.ads[state.ads["shared"]]
    pools = [list(group.index) for _, group in shared.groupby("campaign") if len(group) >= 2]
    if not pools:
        return
    pool = pools[int(rng.integers(len(pools)))]
    loser, winner = (int(one) for one in rng.choice(pool, 2, replace=False))
    first = _free_start(state, rng, [loser, winner], 96, earliest=10 * 24)
    if first is None:
        return
    size = state.ads["size"].to_numpy()
    lost = min(float(rng.uniform(0.3, 0.75)), 1.2 * size[winner] / size[loser])
    moved = np.clip(np.arange(state.hours - first) / rng.uniform(6, 48), 0, 1)
    state.effect["flow"][first:, loser] *= 1 - lost * moved
    state.effect["flow"][first:, winner] *= 1 + lost * size[loser] / size[winner] * moved
    book(state, [loser, winner], first, first + 96)
    note(state, "share_shift", [loser, winner], (first, first + 7 * 24))


def _slow_changes(state: State, rng: np.random.Generator) -> None:
    """Ageing by up to 15 % in the whole panel, high frequency all along, frequency rising alone."""
    order = rng.permutation(np.flatnonzero(~(state.busy == SLOWLY).any(axis=0)))
    third = len(order) // 5
    along = np.linspace(0, 1, state.hours)
    for ad in order[:third]:
        state.effect["ctr"][:, ad] *= 1 - rng.uniform(0, 0.15) * along
        if rng.uniform() < 0.5:
            state.effect["frequency"][:, ad] *= 1 + rng.uniform(0.2, 0.6) * along
        note(state, "slow_ageing", [int(ad)], (0, state.hours), SLOW)
    for ad in order[third : third + third // 2]:
        state.effect["frequency"][:, ad] *= rng.uniform(2.0, 4.0)
        note(state, "high_frequency", [int(ad)], (0, state.hours), SLOW)
    for ad in order[third + third // 2 : 2 * third]:
        first = int(rng.integers(0, state.hours // 2))
        rise = np.clip((np.arange(state.hours) - first) / (rng.uniform(10, 25) * 24), 0, 1)
        state.effect["frequency"][:, ad] *= 1 + rng.uniform(0.3, 1.0) * rise
        note(state, "frequency_rises_alone", [int(ad)], (first, state.hours), SLOW)


def _account(state: State, account: int) -> list[int]:
    return [int(one) for one in np.flatnonzero(state.ads["account"] == account)]


def _scale(state: State, part: str, span: slice, ads: Sequence[int], factor: float) -> None:
    state.effect[part][span, list(ads)] *= factor


def _free_start(
    state: State,
    rng: np.random.Generator,
    ads: Sequence[int],
    hours: int,
    *,
    earliest: int,
    whole_account: bool = False,
) -> int | None:
    """A start with nothing booked around it, or None after some tries."""
    for _ in range(12):
        first = int(rng.integers(earliest, max(state.hours - hours - 24, earliest + 1)))
        if is_free(state, ads, first, first + hours, whole_account=whole_account):
            return first
    return None
