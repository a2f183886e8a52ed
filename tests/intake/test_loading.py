"""From a file to the tables: versions, rejected rows, known content, nothing by halves."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adtrack_pipeline.intake import ORDERS, PREDICTIONS, LoadReport, load_file
from adtrack_pipeline.warehouse import Database, DatabaseError
from tests.intake.making import ORDER, PREDICTION, a_csv, csv_text, orders, predictions, write

Conn = psycopg.Connection[Any]


def count(conn: Conn, table: str) -> int:
    row = conn.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def outcome(report: LoadReport) -> tuple[str, int, int, int, int]:
    return report.outcome, report.loaded, report.versions, report.unchanged, report.rejected


def test_all_formats_load_the_same_rows(database: Database, conn: Conn, tmp_path: Path):
    rows = predictions(3, note="x")
    a_csv(tmp_path, rows, "f.csv")
    write(tmp_path / "f.jsonl", "\n".join(map(json.dumps, rows)))
    frame = pd.DataFrame(rows).astype({"predicted_ctr": float})
    frame["predicted_at"] = pd.to_datetime(frame["predicted_at"])
    frame.to_parquet(tmp_path / "f.parquet")
    reports = [load_file(database, PREDICTIONS, tmp_path / f"f.{kind}") for kind in ("csv", "jsonl", "parquet")]
    assert list(map(outcome, reports)) == [("loaded", 3, 0, 0, 0), ("loaded", 0, 0, 3, 0), ("loaded", 0, 0, 3, 0)]
    assert conn.execute("select metadata, source_line from raw.predictions order by 2").fetchall() == [
        ({"note": "x"}, line) for line in (2, 3, 4)
    ]


def test_the_same_file_twice_changes_nothing(database: Database, conn: Conn, tmp_path: Path):
    file = a_csv(tmp_path, predictions(3))
    again = a_csv(tmp_path, predictions(3), "renamed.csv")
    reports = [load_file(database, PREDICTIONS, path) for path in (file, file, again)]
    assert [report.outcome for report in reports] == ["loaded", "known", "known"]
    assert conn.execute("select file_name, rows_loaded from ops.intake_files").fetchall() == [(str(again), 3)]
    assert count(conn, "raw.predictions") == 3


def test_a_known_file_loaded_again_undoes_a_bad_correction_as_a_new_version(
    database: Database, conn: Conn, tmp_path: Path
):
    good = a_csv(tmp_path, predictions(2))
    load_file(database, PREDICTIONS, good)
    load_file(database, PREDICTIONS, a_csv(tmp_path, predictions(1, predicted_ctr="99"), "bad.csv"))
    assert outcome(load_file(database, PREDICTIONS, good, again=True)) == ("loaded", 1, 1, 1, 0)
    rows = conn.execute(
        "select predicted_ctr::text from raw.predictions where prediction_id = 'p1' order by version"
    )
    assert [row[0] for row in rows] == ["2.1", "99", "2.1"]
    assert load_file(database, PREDICTIONS, good).outcome == "known"


def test_a_file_without_its_last_line_break_may_have_been_cut_and_says_so(database: Database, tmp_path: Path):
    file = write(tmp_path / "cut.csv", csv_text(predictions(3))[:-2])
    report = load_file(database, PREDICTIONS, file)
    assert (report.outcome, report.loaded) == ("loaded", 3)
    told = "The last line ends without a line break: if the file was cut off, load the whole one."
    assert told in report.warnings
    for name, text in {
        "whole.csv": csv_text(predictions(3)),
        "mac.csv": csv_text(predictions(3)).replace("\n", "\r"),
        "wide.csv": csv_text(predictions(3)).encode("utf-16"),
        "rows.jsonl": "\n".join(map(json.dumps, predictions(3))),
    }.items():
        assert told not in load_file(database, PREDICTIONS, write(tmp_path / name, text), again=True).warnings


def test_a_late_correction_is_a_new_version_and_the_old_one_stays(database: Database, conn: Conn, tmp_path: Path):
    load_file(database, PREDICTIONS, a_csv(tmp_path, predictions(2)))
    report = load_file(database, PREDICTIONS, a_csv(tmp_path, predictions(3, predicted_ctr="2.10"), "late.csv"))
    assert outcome(report) == ("loaded", 2, 1, 1, 0)
    rows = conn.execute("select version, predicted_ctr::text from raw.predictions where prediction_id = 'p2'")
    assert sorted(rows.fetchall()) == [(1, "2.2"), (2, "2.10")]


def test_a_refund_is_a_row_of_its_own_beside_its_order(database: Database, conn: Conn, tmp_path: Path):
    rows = [ORDER, ORDER | {"value": "-20", "occurred_at": "2026-03-09T10:00:00Z"}]
    assert outcome(load_file(database, ORDERS, a_csv(tmp_path, rows))) == ("loaded", 2, 0, 0, 0)
    assert count(conn, "raw.offline_conversions where version = 1") == 2


BAD = [
    ({"prediction_id": ""}, "prediction_id is missing"),
    ({"window_start": "2026-03-08"}, "The window is reversed"),
    ({"window_start": "2026-03-07T00:00:00", "window_end": "2026-03-07T00:00:00"}, "reversed or empty"),
    ({"predicted_ctr": "nan"}, "not a number"),
    ({"predicted_ctr": "inf"}, "not a number"),
    ({"predicted_ctr": "-1"}, "below 0"),
    ({"predicted_ctr": ""}, "Nothing is predicted"),
    ({"level": "adset"}, "not one of ad, campaign, creative, video"),
    ({"predicted_ctr_lower": "3", "predicted_ctr_upper": "2"}, r"predicted_ctr_lower \(3\) is above"),
    ({"predicted_ctr_lower": "0.30000000000000000001", "predicted_ctr_upper": "0.3"}, "is above"),
    ({"interval_level": "80"}, "write 0.8 for 80 %"),
    ({"object_id": "1.2E+17"}, "rounded the id"),
    ({"prediction_id": "x" * 300}, "longer than 255"),
    ({"metadata": "[1]"}, "no JSON object"),
    ({"metadata": '{"a": NaN}'}, "NaN"),
    ({"metadata": '{"a": "\\u0000"}'}, "NUL"),
    ({"model_name": "a\0b"}, "NUL"),
]


@pytest.mark.parametrize(("change", "said"), BAD, ids=[f"{n} {next(iter(one[0]))}" for n, one in enumerate(BAD)])
def test_a_bad_row_is_kept_with_its_reason_while_the_good_ones_load(
    database: Database, conn: Conn, tmp_path: Path, change: dict[str, str], said: str
):
    file = a_csv(tmp_path, [*predictions(2), PREDICTION | {"prediction_id": "bad"} | change])
    assert outcome(load_file(database, PREDICTIONS, file, run_id="r1")) == ("partial", 2, 0, 0, 1)
    [(source, name, line, reason, run)] = conn.execute(
        "select source, file_name, line_number, reason, run_id from raw.rejected_rows"
    ).fetchall()
    assert (source, name, line, run) == ("predictions", str(file), 4, "r1")
    assert re.search(said, reason), reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"currency": "XYZ"}, "XYZ, which is no currency of ISO 4217"),
        ({"occurred_at": "soon"}, "occurred_at is soon; write it like"),
        ({"value": ""}, "value is missing"),
        ({"lead_time_hours": "-1"}, "below 0"),
    ],
    ids=["currency", "time", "value", "lead time"],
)
def test_a_bad_order_is_kept_with_its_reason(
    database: Database, conn: Conn, tmp_path: Path, change: dict[str, str], said: str
):
    assert load_file(database, ORDERS, a_csv(tmp_path, [*orders(1), ORDER | change])).rejected == 1
    [(reason,)] = conn.execute("select reason from raw.rejected_rows").fetchall()
    assert said in reason


def test_half_a_surrogate_pair_costs_only_its_row(database: Database, tmp_path: Path):
    lines = [json.dumps(one) for one in predictions(2)]
    lines[0] = lines[0].replace('"m"', '"\\ud800"')
    assert outcome(load_file(database, PREDICTIONS, write(tmp_path / "f.jsonl", "\n".join(lines))))[1:] == (
        1,
        0,
        0,
        1,
    )


def test_the_same_bad_row_on_two_lines_is_kept_twice_and_counts_up_when_seen_again(
    database: Database, conn: Conn, tmp_path: Path
):
    bad = PREDICTION | {"predicted_ctr": "x"}
    load_file(database, PREDICTIONS, a_csv(tmp_path, [bad, bad]))
    load_file(database, PREDICTIONS, a_csv(tmp_path, [bad, bad, *predictions(1)]))
    assert conn.execute("select line_number, times_seen from raw.rejected_rows order by 1").fetchall() == [
        (2, 2),
        (3, 2),
    ]


def test_a_file_without_a_required_column_is_refused_and_told_what_it_has(
    database: Database, conn: Conn, tmp_path: Path
):
    report = load_file(database, PREDICTIONS, write(tmp_path / "f.csv", "id/level/object_id\n1/ad/2\n"))
    assert report.outcome == "refused"
    assert "has no column prediction_id, level" in (report.error or "")
    assert conn.execute("select outcome, error from ops.intake_files").fetchall() == [("refused", report.error)]


def test_a_refused_file_is_tried_again_when_asked(database: Database, conn: Conn, tmp_path: Path):
    file = write(tmp_path / "f.csv", "")
    assert [load_file(database, PREDICTIONS, file).outcome for _ in range(2)] == ["refused", "refused"]
    assert count(conn, "ops.intake_files") == 1


def test_a_file_with_a_header_alone_is_loaded_with_a_warning(database: Database, tmp_path: Path):
    report = load_file(database, PREDICTIONS, write(tmp_path / "f.csv", csv_text(predictions(1)).splitlines()[0]))
    assert (report.outcome, report.warnings) == ("loaded", ("The file has no rows.",))


def test_a_dry_run_says_what_would_happen_and_writes_nothing(database: Database, conn: Conn, tmp_path: Path):
    file = a_csv(tmp_path, [*predictions(2), PREDICTION | {"predicted_ctr": "x"}])
    dry = load_file(database, PREDICTIONS, file, dry_run=True)
    assert load_file(database, PREDICTIONS, write(tmp_path / "e.csv", ""), dry_run=True).outcome == "refused"
    tables = ("raw.predictions", "raw.rejected_rows", "ops.intake_files")
    assert [count(conn, table) for table in tables] == [0, 0, 0]
    assert outcome(dry) == outcome(load_file(database, PREDICTIONS, file))


def test_a_load_that_dies_leaves_nothing_and_the_next_one_loads_all(
    database: Database, conn: Conn, tmp_path: Path
):
    file = a_csv(tmp_path, [*predictions(3), PREDICTION | {"predicted_ctr": "x"}])

    class KilledError(BaseException):
        pass

    def kill(rows: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        load_file(database, PREDICTIONS, file, progress=kill)
    assert (
        count(conn, "raw.predictions") == count(conn, "ops.intake_files") == count(conn, "raw.rejected_rows") == 0
    )
    assert load_file(database, PREDICTIONS, file).loaded == 3


def test_a_load_whose_session_ends_leaves_nothing(database: Database, conn: Conn, tmp_path: Path):
    file = a_csv(tmp_path, predictions(3))

    def end(rows: int) -> None:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'adtrack intake'"
        )

    with pytest.raises(DatabaseError, match="connection to the database was lost"):
        load_file(database, PREDICTIONS, file, progress=end)
    assert count(conn, "raw.predictions") == 0


def test_a_file_that_changes_while_it_loads_is_refused_as_a_whole(database: Database, conn: Conn, tmp_path: Path):
    file = a_csv(tmp_path, predictions(3))
    report = load_file(database, PREDICTIONS, file, progress=lambda _: a_csv(tmp_path, predictions(4)) and None)
    assert report.outcome == "refused"
    assert "changed while it was being read" in (report.error or "")
    assert count(conn, "raw.predictions") == 0


def test_the_same_file_loaded_twice_at_once_is_loaded_once(database: Database, conn: Conn, tmp_path: Path):
    file = a_csv(tmp_path, predictions(500))
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: load_file(database, PREDICTIONS, file).outcome, range(3)))
    assert sorted(found) == ["known", "known", "loaded"]
    assert count(conn, "raw.predictions") == 500


def test_many_rejected_rows_are_all_kept_in_flat_memory(
    database: Database, conn: Conn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adtrack_pipeline.intake.staging.REJECTED_AT_ONCE", 7)
    rows = [
        one for n in range(30) for one in (PREDICTION | {"prediction_id": f"g{n}"}, PREDICTION | {"level": "x"})
    ]
    report = load_file(database, PREDICTIONS, a_csv(tmp_path, rows))
    assert (report.loaded, report.rejected, report.reasons[0].rows) == (30, 30, 30)
    assert count(conn, "raw.rejected_rows") == 30


@pytest.mark.parametrize("header", ["id,model", "Prediction ID,Model Name"], ids=["aliases", "spelling"])
def test_other_names_of_columns_are_understood(database: Database, conn: Conn, tmp_path: Path, header: str):
    text = (
        csv_text(predictions(2))
        .replace("prediction_id", header.split(",", maxsplit=1)[0])
        .replace("model_name", header.split(",")[1])
    )
    assert load_file(database, PREDICTIONS, write(tmp_path / "f.csv", text)).loaded == 2


def test_ctr_alone_could_be_an_actual_and_is_not_taken_for_a_prediction(database: Database, tmp_path: Path):
    text = csv_text(predictions(2)).replace("predicted_ctr", "ctr")
    assert load_file(database, PREDICTIONS, write(tmp_path / "f.csv", text)).rejected == 2


def test_columns_the_database_gives_are_left_out_so_that_an_export_loads_again(
    database: Database, conn: Conn, tmp_path: Path
):
    load_file(database, PREDICTIONS, a_csv(tmp_path, predictions(2)))
    report = load_file(
        database, PREDICTIONS, a_csv(tmp_path, predictions(2, version="7", source="x"), "export.csv")
    )
    assert report.unchanged == 2
    assert [one for one in report.warnings if "version is given by the database" in one]


def test_an_account_id_may_come_with_its_prefix(database: Database, conn: Conn, tmp_path: Path):
    load_file(database, ORDERS, a_csv(tmp_path, orders(1, account_id="act_123")))
    assert conn.execute("select account_id from raw.offline_conversions").fetchall() == [("123",)]


@pytest.mark.parametrize("name", ["\x02", "\\N", "a\tb", "back\\slash", "two\nlines", "Köln 🚀"], ids=repr)
def test_text_arrives_as_it_was_written(database: Database, conn: Conn, tmp_path: Path, name: str):
    file = a_csv(tmp_path, [*predictions(1, model_name=name), PREDICTION | {"prediction_id": "q", "note": name}])
    assert load_file(database, PREDICTIONS, file).loaded == 2
    assert conn.execute(
        "select model_name, metadata ->> 'note' from raw.predictions order by source_line"
    ).fetchall() == [
        (name, None),
        ("m", name),
    ]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ODD = st.one_of(
    TEXTS,
    st.floats().map(repr),
    st.decimals().map(str),
    st.integers().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["\x02", "\\N", "\\", "a\tb", "-0", "+1", ".5", "1.", "-1e-999", "9" * 15, "999999999999999.99"]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from([column.name for column in PREDICTIONS.columns]), ODD, max_size=8),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_a_row_holds_it_is_loaded_or_rejected_and_never_fails_the_others(
    database: Database, tmp_path: Path, changes: list[dict[str, str]]
):
    lines = [json.dumps(PREDICTION | {"prediction_id": f"p{n}"} | change) for n, change in enumerate(changes)]
    report = load_file(database, PREDICTIONS, write(tmp_path / "f.jsonl", "\n".join(lines)))
    assert report.outcome in {"loaded", "partial", "known"}
    assert report.loaded + report.unchanged + report.rejected == report.read


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from([column.name for column in ORDERS.columns]), ODD, max_size=6),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_an_order_holds_it_is_loaded_or_rejected(
    database: Database, tmp_path: Path, changes: list[dict[str, str]]
):
    lines = [json.dumps(ORDER | {"order_id": f"o{n}"} | change) for n, change in enumerate(changes)]
    assert load_file(database, ORDERS, write(tmp_path / "f.jsonl", "\n".join(lines))).error is None
