"""Rival rules do what their names say."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.detection.detectors import by_name
from benchmarks.detection.grid import grid_of, past_sum
from benchmarks.detection.labels import World
from benchmarks.detection.rivals import FINDING_COLUMNS, RULES, classic, detect
from benchmarks.detection.run import main
from benchmarks.detection.scoring import score


def steady(days: int = 30) -> pd.DataFrame:
    """One ad, 4,000 impressions an hour with a little noise."""
    rng = np.random.default_rng(0)
    hours = days * 24
    impressions = rng.poisson(4000, hours).astype(float)
    clicks = rng.binomial(impressions.astype(int), 0.02).astype(float)
    return pd.DataFrame(
        {
            "account_id": "act", "campaign_id": "c", "ad_id": "a",
            "ts": pd.date_range("2026-05-01", periods=hours, freq="h", tz="UTC"),
            "impressions": impressions, "clicks": clicks, "spend": impressions * 0.008,
            "conversions": rng.binomial(clicks.astype(int), 0.1).astype(float), "revenue": 0.0,
        }
    )  # fmt: skip


def test_the_classic_rule_has_the_hour_it_judges_in_its_own_baseline() -> None:
    panel = steady(2)
    panel.loc[47, "spend"] = 1e9
    score_of_it = classic(grid_of(panel, None), "spend")[0][47, 0]
    assert score_of_it == pytest.approx(47 / np.sqrt(48), rel=1e-3)


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("gated", [False, True])
def test_every_rule_sees_ctr_collapse_on_a_big_ad(rule: str, gated: bool) -> None:
    panel = steady()
    panel.loc[650:700, "clicks"] = 1.0
    found = detect(panel, None, rule, gated=gated)
    assert list(found.columns) == FINDING_COLUMNS
    hits = found[(found["metric"] == "ctr") & (found["start_ts"] >= panel["ts"][649])]
    assert len(hits) >= 1


@pytest.mark.parametrize("rule", list(RULES))
def test_gates_cut_false_messages(rule: str, worlds: dict[str, World]) -> None:
    world = worlds["big_weekdays"]
    bare, gated = (score(detect(world.panel, world.plan, rule, gated=one), world) for one in (False, True))
    assert gated.false < bare.false / 5


def test_past_sums_do_not_look_ahead() -> None:
    values = np.arange(6, dtype=float)[:, None]
    assert past_sum(values, 3, lag=0)[:, 0].tolist() == [0, 1, 3, 6, 9, 12]
    assert past_sum(values, 2, lag=1)[:, 0].tolist() == [0, 0, 1, 3, 5, 7]


def test_a_rule_is_offered_bare_and_gated() -> None:
    assert list(by_name("mad")) == ["mad", "mad, gated"]


def test_the_tables_are_printed_for_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--detector", "mad", "--worlds", "big_weekdays", "--held-out"]) == 0
    printed = capsys.readouterr().out
    assert "| mad, gated |" in printed
    assert "| big_weekdays |" in printed


def test_an_unknown_world_is_a_mistake_of_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--worlds", "atlantis"])
    assert stopped.value.code == 2
    assert "no world named atlantis" in capsys.readouterr().err
