"""`adtrack detect`, as a person or a script calls it."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from adtrack_pipeline.cli.app import app
from tests.monitoring.panels import HOURS, Change, account, at

BEGAN = 18 * HOURS + 8
DROP = [Change("ctr", 0.3, BEGAN, BEGAN + 48), Change("cpm", 2.5, BEGAN + 60, BEGAN + 80, (1,))]


def written(folder: Path, frame: pd.DataFrame | str | bytes, name: str = "hours.csv") -> Path:
    path = folder / name
    if isinstance(frame, pd.DataFrame):
        frame.to_csv(path, index=False)
    elif isinstance(frame, bytes):
        path.write_bytes(frame)
    else:
        path.write_text(frame, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def eventful() -> pd.DataFrame:
    return account(5, 24, changes=DROP)


def called(*args: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["detect", *map(str, args)])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def test_the_table_ranks_incidents_and_the_last_line_counts_messages(tmp_path, eventful):
    code, said, errors = called(written(tmp_path, eventful))
    assert (code, errors) == (0, "")
    lines = [line for line in said.splitlines() if " ad a" in line]
    assert len(lines) == 2
    assert any("ctr_drop" in line and "ad a0" in line for line in lines)
    assert said.splitlines()[-1].startswith("2 messages = ")
    rate = float(said.splitlines()[-1].split("=")[1].split()[0])
    assert rate == pytest.approx(1000 * 2 / (5 * 24), abs=0.01)


def test_the_installed_command_says_the_same_as_json(tmp_path, eventful):
    path = written(tmp_path, eventful)
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "adtrack_pipeline.cli", "detect", str(path), "--json"]
    done = subprocess.run(
        command, env=clean, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert found["messages"] == len(found["incidents"]) == 2
    money = [one["money_at_stake"] for one in found["incidents"]]
    assert money == sorted(money, reverse=True)
    assert {one["object_id"] for one in found["incidents"]} == {"a0", "a1"}


def test_a_quiet_file_ends_well_and_says_so(tmp_path):
    code, said, errors = called(written(tmp_path, account(3, 15)))
    assert (code, errors) == (0, "")
    assert said.strip() == "0 messages = 0.00 per 1,000 ad-days"


def test_a_plan_explains_what_was_planned_and_a_log_names_what_was_changed(tmp_path):
    panel = account(
        4, 24, changes=[Change("size", 0.0, BEGAN, BEGAN + 60), Change("ctr", 0.3, BEGAN, BEGAN + 40, (1,))]
    )
    hours = written(tmp_path, panel)
    plan = f"ad_id,ts_from,ts_to,effective_status,daily_budget\na0,{at(BEGAN)},{at(BEGAN + 60)},PAUSED,\n"
    log = f"object_id,ts,what\na1,{at(BEGAN - 2)},new creative\n"
    args = (
        "--plan",
        written(tmp_path, plan, "plan.csv"),
        "--changes",
        written(tmp_path, log, "log.csv"),
        "--json",
    )
    assert len(json.loads(called(hours, "--json")[1])["incidents"]) == 2
    [one] = json.loads(called(hours, *args)[1])["incidents"]
    assert one["object_id"] == "a1"
    assert "new creative" in one["changed_before"][0]


def test_findings_go_to_a_file_and_no_cell_begins_like_a_formula(tmp_path, eventful):
    hostile = eventful.assign(
        ad_id=eventful["ad_id"].replace({"a0": '=cmd|"/c calc"!A1', "a1": "@SUM(A1)"}),
        campaign_id=eventful["campaign_id"].replace({"c0": "-1+2"}),
    )
    out = tmp_path / "found.csv"
    code, said, _ = called(written(tmp_path, hostile), "--out", out, "--recorded")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert f"{len(rows):,} rows written to" in said
    assert '\'=cmd|"/c calc"!A1' in {row["ad_id"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert all(isinstance(json.loads(row["evidence"]), dict) for row in rows)
    assert {row["paged"] for row in rows} == {"True", "False"}
    assert pd.to_datetime([row["start_ts"] for row in rows], utc=True).notna().all()


def test_ids_can_neither_colour_nor_steer_the_terminal(tmp_path, eventful):
    hostile = eventful.assign(ad_id=eventful["ad_id"].replace({"a0": "[red]\x1b[2J[/red]"}))
    code, said, _ = called(written(tmp_path, hostile))
    assert code == 0
    assert "\x1b[2J" not in said
    assert "[red]?[2J[/red]" in said


def test_ids_stay_text_whatever_they_look_like(tmp_path, eventful):
    numbers = eventful.assign(ad_id=eventful["ad_id"].replace({"a0": "00120210000000000001"}))
    [first, *_] = json.loads(called(written(tmp_path, numbers), "--json")[1])["incidents"]
    assert "00120210000000000001" in {first["object_id"], *first["ads"]}


def test_the_classic_rule_is_there_to_compare_with_and_sends_far_more(tmp_path, eventful):
    hours = written(tmp_path, eventful)
    ours, classic = (json.loads(called(hours, "--json", "--method", name)[1]) for name in ("evidence", "zscore"))
    assert classic["messages"] > 5 * ours["messages"]
    code, said, _ = called(hours, "--method", "zscore")
    assert code == 0
    assert "more; --out writes all of them." in said


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (None, "hours.csv", "there is no such file"),
        ("", "hours.csv", "is empty; its first line must name the columns"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe\x00", "hours.csv", "is not a CSV file"),
        (b"not parquet", "hours.parquet", "arquet"),
        (
            "account_id,campaign_id,ad_id,ts,impressions,clicks\n1,2,3,2026-01-01,5,1\n",
            "hours.csv",
            "no column spend",
        ),
        (
            "account_id,campaign_id,ad_id,ts,impressions,clicks,spend\n",
            "hours.csv",
            "has column names but no rows",
        ),
        (
            "account_id,campaign_id,ad_id,ts,impressions,clicks,spend\n1,2,3,2026-01-01T00:00Z,5,1,1\n1,2,3,soon,5,1,1\n",
            "hours.csv",
            "Column ts holds 'soon' in row 2, which is no instant",
        ),
        (
            "account_id,campaign_id,ad_id,ts,impressions,clicks,spend\n1,2,3,2026-01-01T00:00Z,many,1,1\n",
            "hours.csv",
            "Column impressions holds 'many' in row 1, which is no number",
        ),
        (
            "account_id,campaign_id,ad_id,ts,impressions,clicks,spend\n1,2,,2026-01-01T00:00Z,5,1,1\n",
            "hours.csv",
            "Column ad_id is empty in row 1",
        ),
    ],
    ids=["missing", "empty", "picture", "parquet", "column", "rows", "instant", "number", "id"],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(tmp_path, content, name, sentence):
    path = tmp_path / name if content is None else written(tmp_path, content, name)
    code, said, errors = called(path)
    assert (code, said) == (2, "")
    assert sentence in errors
    assert "Traceback" not in errors


def test_a_plan_without_its_columns_and_a_folder_that_is_not_there_are_mistakes_too(tmp_path, eventful):
    hours = written(tmp_path, eventful)
    code, _, errors = called(hours, "--plan", written(tmp_path, "ad_id,ts_from\na0,2026-01-01\n", "plan.csv"))
    assert (code, "The plan has no column ts_to" in errors) == (2, True)
    code, _, errors = called(hours, "--out", tmp_path / "nowhere" / "found.csv")
    assert (code, "cannot be written: " in errors) == (2, True)
    assert called(hours, "--threshold-std", "0.1")[0] == 2
    assert list(tmp_path.glob("*.part")) == []


def test_a_plan_and_a_log_without_rows_explain_nothing_and_are_no_mistake(tmp_path, eventful):
    hours = written(tmp_path, eventful)
    plan = written(tmp_path, "ad_id,ts_from,ts_to,effective_status,daily_budget\n", "plan.csv")
    log = written(tmp_path, "object_id,ts,what\n", "log.csv")
    assert called(hours, "--plan", plan, "--changes", log) == called(hours)


@pytest.mark.parametrize("name", ["NA", "null", "nan", "None"])
def test_ids_may_be_called_like_nothing(tmp_path, eventful, name):
    named = eventful.assign(ad_id=eventful["ad_id"].replace({"a0": name}), campaign_id=name)
    hours = written(tmp_path, named.assign(conversions="NULL", revenue="NaN"))
    code, said, errors = called(hours, "--json")
    assert (code, errors) == (0, "")
    assert name in {one["object_id"] for one in json.loads(said)["incidents"]}
    log = written(tmp_path, f"object_id,ts,what\n{name},{at(BEGAN - 2)},NA\n", "log.csv")
    causes = [
        one["changed_before"] for one in json.loads(called(hours, "--changes", log, "--json")[1])["incidents"]
    ]
    assert any(line.endswith(": NA") for lines in causes for line in lines)


def test_plans_may_have_the_open_ends_of_postgres(tmp_path, eventful):
    plan = "ad_id,ts_from,ts_to,effective_status\na0,-infinity,infinity,PAUSED\na1,,,ACTIVE\n"
    code, _, errors = called(written(tmp_path, eventful), "--plan", written(tmp_path, plan, "plan.csv"))
    assert (code, errors) == (0, "")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda text: text.replace(",", ";"), "separates its columns by semicolons; save it with commas."),
        (lambda text: text.replace(",", "\t"), "separates its columns by tabs; save it with commas."),
        (lambda text: text.replace("account_id", "Account ID"), "'Account ID', which must be spelled account_id."),
        (lambda text: text.replace("clicks", " clicks"), "has a column ' clicks', which must be spelled clicks."),
        (
            lambda text: text.replace("revenue", "Revenue"),
            "has a column 'Revenue', which must be spelled revenue.",
        ),
        (lambda text: text.replace("reach", "clicks"), "has the column clicks more than once."),
    ],
    ids=["semicolons", "tabs", "words", "space", "optional", "twice"],
)
def test_a_header_that_is_nearly_right_is_told_what_is_wrong_with_it(tmp_path, eventful, spoil, sentence):
    header, rest = eventful.head(5).to_csv(index=False).split("\n", 1)
    code, said, errors = called(written(tmp_path, f"{spoil(header)}\n{rest}"))
    assert (code, said) == (2, "")
    assert sentence in errors


def test_a_folder_is_called_a_folder(tmp_path, eventful):
    assert "is a folder: name a file in it." in called(tmp_path)[2]
    assert "is a folder: name a file in it." in called(written(tmp_path, eventful), "--out", tmp_path)[2]


def test_a_threshold_that_is_no_number_is_a_mistake(tmp_path, eventful):
    for wrong in ("nan", "inf"):
        code, said, errors = called(written(tmp_path, eventful), "--threshold-std", wrong)
        assert (code, said) == (2, "")
        assert f"--threshold-std is {wrong}; it must be a number from 0.5 on." in errors


def test_a_threshold_that_changes_nothing_says_so(tmp_path, eventful):
    hours = written(tmp_path, eventful)
    code, said, errors = called(hours, "--threshold-std", "3")
    assert (code, said) == called(hours)[:2]
    assert "--threshold-std 3 changes nothing without --recorded" in errors
    for more in (["3", "--recorded"], ["3", "--method", "zscore"], ["6"]):
        assert called(hours, "--threshold-std", *more)[2] == ""


def test_findings_go_through_a_link_and_into_a_pipe(tmp_path, eventful):
    hours, real, link, pipe = written(tmp_path, eventful), tmp_path / "real", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(real)
    assert called(hours, "--out", link)[0] == 0
    assert link.is_symlink()
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert called(hours, "--out", pipe)[0] == 0
    assert reader.communicate(timeout=30)[0] == real.read_bytes()
    assert pipe.is_fifo()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["hours.csv", "link", "pipe", "real"]


def test_help_shows_columns_and_examples():
    code, said, _ = called("--help")
    assert code == 0
    assert "adtrack detect hours.csv --plan plan.csv" in " ".join(said.split())
    assert "impressions" in said
