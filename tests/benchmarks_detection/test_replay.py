"""Cutting off the future: panels as known at a moment, and detectors that peek are found out."""

from collections.abc import Callable

import pandas as pd
import pytest

from benchmarks.detection.labels import World
from benchmarks.detection.replay import causality, panel_at, plan_at, replay
from benchmarks.detection.scoring import score


def findings_of(rows: pd.DataFrame, metric: str = "ctr") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ad_id": rows["ad_id"],
            "metric": metric,
            "alert_type": metric,
            "start_ts": rows["ts"],
            "end_ts": rows["ts"],
        }
    ).reset_index(drop=True)


def oracle(world: World) -> Callable[[pd.DataFrame, pd.DataFrame | None], pd.DataFrame]:
    """Knows the labels, and tells each two hours after it was due."""
    shifted = world.labels.assign(tell=world.labels["due"] + pd.Timedelta(hours=2))

    def detect(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        told = shifted[shifted["tell"] <= panel["ts"].max()].explode("ad_ids")
        metric = [sorted(family)[0] for family in told["metrics"]]
        return pd.DataFrame(
            {
                "ad_id": told["ad_ids"], "metric": metric, "alert_type": told["kind"],
                "start_ts": told["tell"], "end_ts": told["end"], "incident_id": told["event_id"],
            }
        )  # fmt: skip

    return detect


def test_a_panel_as_known_early_lacks_the_orders_that_came_later(worlds: dict[str, World]) -> None:
    world = worlds["drifting_days"]
    cut = world.panel["ts"].max() - pd.Timedelta(days=20)
    known, final = panel_at(world, cut, as_known=True), panel_at(world, cut, as_known=False)
    newest, old = known["ts"] >= cut - pd.Timedelta(hours=24), known["ts"] < cut - pd.Timedelta(days=8)
    assert known.loc[newest, "conversions"].sum() < 0.85 * final.loc[newest, "conversions"].sum()
    pd.testing.assert_frame_equal(known[old], final[old])


def test_a_panel_as_known_at_its_end_is_the_panel(worlds: dict[str, World]) -> None:
    world = worlds["drifting_days"]
    end = world.panel["ts"].max() + pd.Timedelta(hours=1)
    pd.testing.assert_frame_equal(panel_at(world, end, as_known=True), world.panel)


def test_a_plan_cut_off_does_not_know_when_a_pause_will_end(worlds: dict[str, World]) -> None:
    plan = worlds["calm_shop"].plan
    assert plan is not None
    pause = plan[(plan["effective_status"] == "PAUSED") & plan["ts_to"].notna()].iloc[0]
    early = plan_at(plan, pause["ts_from"] + pd.Timedelta(hours=1))
    assert early is not None
    mine = early[early["ad_id"] == pause["ad_id"]]
    assert mine.iloc[-1]["effective_status"] == "PAUSED"
    assert pd.isna(mine.iloc[-1]["ts_to"])


def test_a_detector_that_only_looks_back_agrees_with_itself(worlds: dict[str, World]) -> None:
    def backward(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        return findings_of(panel[panel["clicks"] == 3])

    result = causality(worlds["big_weekdays"], backward)
    assert result.compared > 0
    assert (result.backdated, result.withdrawn, result.raised_later) == (0, 0, 0)


def test_a_detector_that_uses_the_whole_panels_mean_is_found_out(worlds: dict[str, World]) -> None:
    def peeking(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        return findings_of(panel[panel["spend"] > 4 * panel["spend"].mean()])

    result = causality(worlds["big_weekdays"], peeking)
    assert result.backdated + result.withdrawn > 0


def test_a_message_raised_only_in_hindsight_is_found_out(worlds: dict[str, World]) -> None:
    def hindsight(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        rows = panel[panel["clicks"] == 3]
        return findings_of(rows).assign(paged=(panel["ts"].max() - rows["ts"] > pd.Timedelta(days=10)).to_numpy())

    assert causality(worlds["big_weekdays"], hindsight).raised_later > 0


@pytest.mark.parametrize("name", ["calm_shop", "retail_season"])
def test_who_knows_the_labels_has_full_marks_and_little_of_it_by_chance(
    name: str, worlds: dict[str, World]
) -> None:
    world = worlds[name]
    result = score(oracle(world)(world.panel, world.plan), world)
    assert (result.false, result.misnamed) == (0, 0)
    assert result.found["found"].all()
    assert result.found["delay"].max() == 2.0
    assert result.chance_recall < 0.1 < result.local_recall == 1.0


def test_replay_measures_when_a_run_first_told(worlds: dict[str, World]) -> None:
    world = worlds["big_weekdays"]
    table, false = replay(world, oracle(world), every_hours=24)
    assert table["found"].all()
    assert table["delay"].between(2, 27).all()
    assert false == 0


def test_replay_counts_a_false_incident_once_however_many_ads_and_runs_it_has(worlds: dict[str, World]) -> None:
    world = worlds["big_weekdays"]
    free = world.panel["ts"].min() + pd.Timedelta(days=2)

    def nervous(panel: pd.DataFrame, plan: pd.DataFrame | None) -> pd.DataFrame:
        rows = panel[panel["ts"] == free]
        return findings_of(rows, "reach").assign(incident_id=f"run of {panel['ts'].max()}")

    table, false = replay(world, nervous, every_hours=24 * 10)
    assert not table["found"].any()
    assert false == pytest.approx(1000 / world.ad_days)
