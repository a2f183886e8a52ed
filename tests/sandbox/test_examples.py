"""Example files for newcomers: honest, repeatable, and good enough to load."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

import pytest

from adtrack_pipeline.sandbox import SandboxError, SandboxOptions
from adtrack_pipeline.sandbox.examples import write_examples

NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
OPTIONS = SandboxOptions(accounts=2, ads=60)
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    write_examples(OPTIONS, folder, NOW)
    return folder


def read(path: Path) -> Rows:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def versions(folder: Path) -> list[Rows]:
    return [read(folder / "predictions" / f"SANDBOX_sandbox_demo_v{n}.csv") for n in (1, 2)]


@pytest.fixture(scope="module")
def orders(folder: Path) -> Rows:
    return read(folder / "orders" / "SANDBOX_orders.csv")


def test_the_same_seed_and_instant_give_the_same_files(folder: Path, tmp_path: Path):
    for path in write_examples(OPTIONS, tmp_path, NOW):
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()


def test_every_file_prediction_and_order_says_sandbox(folder: Path, versions: list[Rows], orders: Rows):
    assert all("SANDBOX" in path.name for path in folder.rglob("*.csv"))
    assert all("SANDBOX" in row["prediction_id"] for rows in versions for row in rows)
    assert all("SANDBOX" in row["order_id"] for row in orders)


def test_all_levels_are_predicted_before_their_windows_begin(versions: list[Rows]):
    for rows in versions:
        assert {row["level"] for row in rows} == {"ad", "campaign", "creative", "video"}
        assert all(row["predicted_at"][:10] < row["window_start"] <= row["window_end"] for row in rows)


def test_windows_end_between_a_month_ago_and_the_near_future_and_nobody_predicts_in_the_future(
    versions: list[Rows],
):
    ends = sorted(row["window_end"] for row in versions[0])
    assert ends[0] >= str((NOW - timedelta(days=36)).date())
    assert str(NOW.date()) < ends[-1] <= str((NOW + timedelta(days=8)).date())
    assert all(row["predicted_at"] < NOW.isoformat() for row in versions[0])


def test_both_versions_predict_the_same_objects_and_windows(versions: list[Rows]):
    first, second = (
        {(row["level"], row["object_id"], row["window_start"], row["window_end"]) for row in rows}
        for rows in versions
    )
    assert first == second
    assert len(first) == len(versions[0])


def test_the_second_version_is_the_better_one(versions: list[Rows]):
    """Version 1 is biased upwards and noisy: against version 2, on the same windows."""
    pairs = zip(*versions, strict=True)
    ratios = [float(one["predicted_spend"]) / float(two["predicted_spend"]) for one, two in pairs]
    assert 1.1 < fmean(ratios) < 1.35


def test_shops_sell_on_all_channels_and_take_back_some(orders: Rows):
    assert {row["channel"] for row in orders} == {"store", "phone", "web"}
    refunds = [row for row in orders if float(row["value"]) < 0]
    assert 0 < len(refunds) < len(orders) / 5
    assert {row["order_id"] for row in refunds} <= {row["order_id"] for row in orders if float(row["value"]) > 0}


def test_every_order_names_a_campaign_by_id_or_by_utm(orders: Rows):
    assert all(bool(row["campaign_id"]) != bool(row["utm_campaign"]) for row in orders)


def test_a_recorded_world_has_no_examples(tmp_path: Path):
    with pytest.raises(SandboxError, match="simulated world only"):
        write_examples(SandboxOptions(replay=tmp_path), tmp_path, NOW)


def test_a_world_without_ads_writes_no_files(tmp_path: Path):
    assert write_examples(SandboxOptions(accounts=1, ads=0), tmp_path, NOW) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "predictions").write_text("a file")
    with pytest.raises(SandboxError, match="cannot be written"):
        write_examples(OPTIONS, tmp_path, NOW)
