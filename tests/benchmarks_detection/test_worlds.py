"""Simulated worlds are reproducible, add up, and contain what their labels say."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.detection.detectors import every_hour
from benchmarks.detection.labels import CLEAR_Z, LEAST_EVENTS, World
from benchmarks.detection.recipes import RECIPES, drawn
from benchmarks.detection.worlds import NAMES, build

COUNTS = ["impressions", "clicks", "spend", "conversions", "revenue", "reach", "frequency"]
RATIOS: dict[str, Callable[[pd.DataFrame], float]] = {
    "ctr_collapse": lambda rows: rows["clicks"].sum() / rows["impressions"].sum(),
    "cpm_spike": lambda rows: rows["spend"].sum() / rows["impressions"].sum(),
    "cpc_spike": lambda rows: rows["spend"].sum() / rows["clicks"].sum(),
    "tracking_outage": lambda rows: rows["conversions"].sum() / rows["clicks"].sum(),
    "roas_cvr": lambda rows: rows["conversions"].sum() / rows["clicks"].sum(),
    "roas_aov": lambda rows: rows["revenue"].sum() / rows["conversions"].sum(),
    "fatigue": lambda rows: rows["clicks"].sum() / rows["impressions"].sum(),
}
RISES = {"cpm_spike", "cpc_spike", "spend_runaway"}


def rows_of(world: World, label: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    panel = world.panel
    return panel[panel["ad_id"].isin(label["ad_ids"]) & (panel["ts"] >= first) & (panel["ts"] < last)]


def before_and_during(world: World, label: pd.Series) -> tuple[float, float]:
    """The ratio in the two weeks before and from the moment it is due; money against the same hours then."""
    begin = label["due"]
    before = rows_of(world, label, label["start"] - pd.Timedelta(days=14), label["start"])
    during = rows_of(world, label, begin, label["end"])
    ratio = RATIOS.get(label["kind"])
    if ratio is not None:
        return ratio(before), ratio(during)
    weeks = [pd.Timedelta(days=7), pd.Timedelta(days=14)]
    same_hours = [rows_of(world, label, begin - week, label["end"] - week)["spend"].sum() for week in weeks]
    return float(sum(same_hours)) / 2, during["spend"].sum()


@pytest.mark.parametrize("name", ["calm_shop", "retail_season"])
def test_the_same_seed_gives_the_same_world(name: str, worlds: dict[str, World]) -> None:
    again = build(name, 0)
    pd.testing.assert_frame_equal(again.panel, worlds[name].panel)
    pd.testing.assert_frame_equal(again.labels, worlds[name].labels)


def test_other_seeds_and_held_out_seeds_give_other_worlds(worlds: dict[str, World]) -> None:
    sums = {worlds["calm_shop"].panel["spend"].sum()}
    sums |= {
        build("calm_shop", seed, held_out=held).panel["spend"].sum() for seed, held in ((1, False), (0, True))
    }
    assert len(sums) == 3


def test_held_out_parameters_lie_outside_the_development_ranges() -> None:
    recipe = RECIPES["calm_shop"]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        inside, outside = drawn(recipe, rng, held_out=False), drawn(recipe, rng, held_out=True)
        low, high = recipe.volume
        assert low <= inside["volume"] <= high
        assert not low < outside["volume"] < high


@pytest.mark.parametrize("name", NAMES)
def test_rows_add_up(name: str, worlds: dict[str, World]) -> None:
    panel = worlds[name].panel
    assert not panel.duplicated(["ad_id", "ts"]).any()
    assert (panel["clicks"] <= panel["impressions"]).all()
    assert (panel[COUNTS].min().dropna() >= 0).all()
    shown = panel[panel["reach"] > 0]
    np.testing.assert_allclose(shown["reach"] * shown["frequency"], shown["impressions"])
    assert (panel.loc[panel["conversions"] > 0, "revenue"] >= 0).all()
    assert (panel.loc[panel["conversions"] == 0, "revenue"] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_world_looks_like_its_recipe(name: str, worlds: dict[str, World]) -> None:
    recipe, world = RECIPES[name], worlds[name]
    assert world.panel["ad_id"].nunique() == recipe.ads
    assert (world.plan is not None) == recipe.plan
    assert world.panel["conversions"].isna().all() == (recipe.conversions == "missing")
    assert world.panel["reach"].isna().all() == (recipe.reach == "missing")
    sums = world.panel[["clicks", "impressions"]].sum()
    assert 0.003 <= sums["clicks"] / sums["impressions"] <= 0.04


@pytest.mark.parametrize("name", NAMES)
def test_judged_incidents_change_their_metric_the_way_they_say(name: str, worlds: dict[str, World]) -> None:
    world = worlds[name]
    for _, label in world.labels[world.labels["judged"]].iterrows():
        before, during = before_and_during(world, label)
        change = during / before
        assert change > 1.2 if label["kind"] in RISES else change < 0.88, (
            label["event_id"],
            label["kind"],
            change,
        )


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_clear_is_judged(name: str, worlds: dict[str, World]) -> None:
    labels = worlds[name].labels
    clear = (labels["clarity"] >= CLEAR_Z) & (labels["expected"] >= LEAST_EVENTS)
    assert (labels["judged"] == clear).all()
    assert labels["judged"].sum() >= 8


@pytest.mark.parametrize("name", NAMES)
def test_decoys_and_labels_of_single_ads_do_not_meet(name: str, worlds: dict[str, World]) -> None:
    """Ageing and frequency are traits that last; whole accounts include everybody."""
    world = worlds[name]
    short = world.decoys[world.decoys["kind"].isin(["pause", "budget_raise", "budget_cut", "share_shift"])]
    single = world.labels[world.labels["level"] == "ad"]
    for _, decoy in short.iterrows():
        for _, label in single.iterrows():
            if set(decoy["ad_ids"]) & set(label["ad_ids"]):
                first_hours = decoy["start"] + pd.Timedelta(hours=48)
                assert label["start"] >= first_hours or label["end"] <= decoy["start"], (decoy, label)


def test_the_worlds_together_hold_every_kind_of_incident_and_decoy(worlds: dict[str, World]) -> None:
    judged = pd.concat([one.labels[one.labels["judged"]] for one in worlds.values()])
    assert set(judged["kind"]) == {*RATIOS, "spend_runaway", "zero_delivery"}
    decoys = set(pd.concat([one.decoys for one in worlds.values()])["kind"])
    assert decoys == {
        "launch", "pause", "budget_raise", "budget_cut", "share_shift", "tiny_ad", "unfinished_hour",
        "late_conversions", "holiday", "promo", "slow_ageing",
        "high_frequency", "frequency_rises_alone", "ad_ends",
    }  # fmt: skip


def test_a_paused_ad_delivers_nothing_and_the_plan_says_so(worlds: dict[str, World]) -> None:
    world = worlds["calm_shop"]
    assert world.plan is not None
    paused = world.plan[world.plan["effective_status"] == "PAUSED"]
    assert len(paused)
    for _, stretch in paused.iterrows():
        rows = world.panel[(world.panel["ad_id"] == stretch["ad_id"]) & (world.panel["ts"] >= stretch["ts_from"])]
        rows = rows if pd.isna(stretch["ts_to"]) else rows[rows["ts"] < stretch["ts_to"]]
        assert rows["impressions"].sum() == 0


def test_zero_delivery_is_active_in_the_plan(worlds: dict[str, World]) -> None:
    world = worlds["used_up_by_evening"]
    assert world.plan is not None
    for _, label in world.labels[world.labels["kind"] == "zero_delivery"].iterrows():
        mine = world.plan[world.plan["ad_id"] == label["ad_ids"][0]]
        holds = mine[(mine["ts_from"] <= label["start"]) & ~(mine["ts_to"] < label["end"])]
        assert holds["effective_status"].tolist() == ["ACTIVE"]
        assert rows_of(world, label, label["start"], label["end"])["impressions"].sum() == 0


def test_fatigue_raises_frequency(worlds: dict[str, World]) -> None:
    world = worlds["calm_shop"]
    for _, label in world.labels[world.labels["kind"] == "fatigue"].iterrows():
        before = rows_of(world, label, label["start"] - pd.Timedelta(days=7), label["start"])["frequency"].mean()
        late = rows_of(world, label, label["end"] - pd.Timedelta(days=5), label["end"])["frequency"].mean()
        assert late > 1.15 * before


def test_a_recipe_can_be_made_shorter_and_larger_for_timing() -> None:
    recipe = replace(RECIPES["noisy_auction"], ads=100, days=28, incidents={})
    world = build("noisy_auction", 0, recipe=recipe)
    assert world.panel["ad_id"].nunique() == 100
    assert world.panel["ts"].nunique() == 28 * 24
    assert world.labels.empty


def test_a_panel_with_every_hour_has_the_same_counts_and_no_gaps(worlds: dict[str, World]) -> None:
    panel = worlds["used_up_by_evening"].panel
    filled = every_hour(panel)
    hours = (panel["ts"].max() - panel["ts"].min()) / pd.Timedelta(hours=1) + 1
    assert len(filled) == panel["ad_id"].nunique() * hours > len(panel)
    assert filled[COUNTS[:3]].sum().to_dict() == pytest.approx(panel[COUNTS[:3]].sum().to_dict())
    assert not filled[COUNTS[:3]].isna().any(axis=None)
