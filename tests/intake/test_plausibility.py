"""What looks wrong is said, and never changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.intake import ORDERS, PREDICTIONS, load_file
from adtrack_pipeline.warehouse import Database
from tests.intake.making import ORDER, PREDICTION, a_csv, orders, predictions

Conn = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def _in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADTRACK_NOW", "2026-03-10T12:00:00Z")


@pytest.fixture
def known(conn: Conn) -> Conn:
    """A world in which everything of the samples is known."""
    common = "payload, content_hash, first_seen_at, fetched_at"
    values = "'{}', '', now(), now()"
    for table, key, value in (
        ("ads", "ad_id", "120210000000001"),
        ("campaigns", "campaign_id", "120210000000009"),
        ("creatives", "creative_id", "77"),
    ):
        conn.execute(
            f"insert into raw.{table} (platform, account_id, {key}, {common}) values ('meta', '1', %s, {values})",
            [value],
        )
    conn.execute("update raw.creatives set video_id = '99'")
    return conn


def actual_ctr(conn: Conn, percent: float) -> None:
    conn.execute(
        "insert into raw.insights_daily (platform, account_id, ad_id, date_day, impressions, clicks, fetched_at,"
        " content_hash) values ('meta', '1', '120210000000001', '2026-03-09', 100000, %s, now(), '')",
        [round(1000 * percent)],
    )


def warnings(
    database: Database, folder: Path, rows: list[dict[str, Any]], target: Any = PREDICTIONS
) -> Sequence[str]:
    return load_file(database, target, a_csv(folder, rows)).warnings


@pytest.mark.parametrize(
    ("actual", "predicted", "is_told"),
    [
        (None, "0.02", True),
        (None, "0.5", False),
        (2.0, "0.02", True),
        (0.2, "0.05", False),
        (0.2, "0.002", True),
        (8.0, "0.5", True),
        (8.0, "4", False),
    ],
    ids=[
        "usual, fraction",
        "usual, percent",
        "2, fraction",
        "0.2, percent",
        "0.2, fraction",
        "8, fraction",
        "8, percent",
    ],
)
def test_fractions_are_told_by_what_the_ads_really_do(
    database: Database, known: Conn, tmp_path: Path, actual: float | None, predicted: str, is_told: bool
):
    if actual:
        actual_ctr(known, actual)
    found = warnings(database, tmp_path, predictions(3, predicted_ctr=predicted))
    assert bool(found) is is_told
    if is_told:
        assert "predicted_ctr of model m 1 looks like fractions" in found[0]
        assert "nothing was changed" in found[0]
        assert known.execute("select warnings from ops.intake_files").fetchone() == (list(found),)
    assert known.execute("select distinct predicted_ctr::text from raw.predictions").fetchall() == [(predicted,)]


def test_the_one_model_that_writes_fractions_is_named(database: Database, known: Conn, tmp_path: Path):
    rows = predictions(5) + predictions(2, model_name="other", predicted_ctr="0.02", prediction_id="x")
    assert [one.split(" looks")[0] for one in warnings(database, tmp_path, rows) if "fractions" in one] == [
        "predicted_ctr of model other 1"
    ]


def test_what_is_known_at_every_level_is_no_cause_for_a_warning(database: Database, known: Conn, tmp_path: Path):
    objects = {"ad": "120210000000001", "campaign": "120210000000009", "creative": "77", "video": "99"}
    rows = [
        PREDICTION | {"prediction_id": level, "level": level, "object_id": one} for level, one in objects.items()
    ]
    assert warnings(database, tmp_path, rows) == ()


def test_unknown_objects_are_loaded_counted_and_named(database: Database, known: Conn, tmp_path: Path):
    rows = [PREDICTION | {"prediction_id": f"p{n}", "object_id": f"no{n}"} for n in range(5)]
    rows.append(PREDICTION | {"prediction_id": "v", "level": "video", "object_id": "novideo"})
    assert warnings(database, tmp_path, rows) == (
        "5 ads are not known here (no0, no1, no2, …): loaded, and matched once they appear.",
        "1 video is not known here (novideo): loaded, and matched once they appear.",
    )
    assert known.execute("select count(*) from raw.predictions").fetchone() == (6,)


def test_a_window_in_the_future_is_what_predictions_are_about(database: Database, known: Conn, tmp_path: Path):
    assert warnings(database, tmp_path, predictions(2, window_start="2026-04-01", window_end="2026-04-07")) == ()


def test_a_prediction_made_in_the_future_is_doubted(database: Database, known: Conn, tmp_path: Path):
    assert warnings(database, tmp_path, predictions(2, predicted_at="2026-05-01T00:00:00Z")) == (
        "predicted_at is in the future in 2 rows.",
    )


def test_a_renamed_model_makes_new_versions_and_is_told(database: Database, known: Conn, tmp_path: Path):
    warnings(database, tmp_path, predictions(3))
    assert warnings(database, tmp_path, predictions(3, model_name="m_renamed")) == (
        "3 predictions of model m are now told by m_renamed: a new version each; the old ones stay.",
    )
    assert known.execute("select model_name, version from raw.predictions order by 2, 1 limit 4").fetchall()[
        -1
    ] == (
        "m_renamed",
        2,
    )


def test_what_is_twice_in_a_file_is_told_and_the_last_one_counts(database: Database, known: Conn, tmp_path: Path):
    rows = [ORDER | {"value": value} for value in ("10", "15", "-3")]
    assert warnings(database, tmp_path, rows, ORDERS) == (
        "1 of the orders are there more than once: the last row of each counts (order lines instead of orders?).",
    )
    newest = "select value::int from raw.offline_conversions where refund_key = '' order by version desc limit 1"
    assert known.execute(newest).fetchone() == (15,)


def test_orders_that_no_campaign_can_be_credited_with_are_told(database: Database, known: Conn, tmp_path: Path):
    [told] = warnings(database, tmp_path, orders(2, campaign_id="", click_id="fb.1.2"), ORDERS)
    assert told.startswith(
        "2 orders name no campaign, ad, utm_campaign or utm_content: no campaign can be credited."
    )
    assert warnings(database, tmp_path, orders(2, campaign_id="", utm_content="Photo"), ORDERS) == ()


def test_orders_told_otherwise_with_or_without_their_account_are_doubted_where_values_differ(
    database: Database, known: Conn, tmp_path: Path
):
    said = "orders are known with another value, told once with and once without account_id: each counts once"
    assert warnings(database, tmp_path, orders(2), ORDERS) == ()
    assert warnings(database, tmp_path, orders(2, value="70"), ORDERS) == ()
    assert warnings(database, tmp_path, orders(3, value="70.0", account_id="1"), ORDERS) == ()
    [told] = warnings(database, tmp_path, orders(3, value="80", account_id="act_1"), ORDERS)
    assert told.startswith(f"2 {said}")
    [told] = warnings(database, tmp_path, orders(3, value="90"), ORDERS)
    assert told.startswith(f"3 {said}")
    elsewhere = orders(3, value="100", platform="google", campaign_id="", utm_campaign="Spring")
    assert warnings(database, tmp_path, elsewhere, ORDERS) == ()


def test_an_id_of_several_accounts_is_doubted_where_an_order_names_none(
    database: Database, known: Conn, tmp_path: Path
):
    rows = orders(2, account_id="1") + orders(2, account_id="2")
    assert warnings(database, tmp_path, rows, ORDERS) == ()
    [told] = warnings(database, tmp_path, orders(1), ORDERS)
    assert told.startswith("1 orders without account_id have an id that several accounts have")


def test_how_a_file_is_written_is_told_where_it_was_read_in_one_of_two_ways(
    database: Database, known: Conn, tmp_path: Path
):
    rows = predictions(2, predicted_at="2026-03-01 06:00", window_end="2026-03-08T00:00:00", predicted_raos="3")
    assert warnings(database, tmp_path, rows) == (
        "window_end is a midnight in 2 rows: taken as the end of the day before. Write the last day that counts, "
        "without a time (2026-03-07).",
        "predicted_at has no offset in 2 rows: taken as UTC.",
        "The column predicted_raos is not known and went to metadata; was predicted_roas meant?",
    )
    assert known.execute("select distinct window_end::text from raw.predictions").fetchall() == [("2026-03-07",)]
