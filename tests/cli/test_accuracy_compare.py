"""`adtrack accuracy compare`, as a person or a script calls it."""

import csv
import gzip
import json
import os
import subprocess

import numpy as np
import pytest
from typer.testing import CliRunner

from adtrack_pipeline.cli.app import app

SIMPLE = "predicted,actual\n2.5,2.75\n3,2.85\n"


def called(path, *args):
    done = CliRunner().invoke(app, ["accuracy", "compare", str(path), *map(str, args)])
    return done.exit_code, done.stdout, " ".join(done.stderr.split())


def written(folder, content, name="values.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def results(path, *args):
    code, said, errors = called(path, "--json", *args)
    assert (code, errors) == (0, "")
    return json.loads(said)["results"]


def test_the_two_columns_are_enough(tmp_path):
    [one] = results(written(tmp_path, SIMPLE))
    assert (one["rows"], one["scored"]) == (2, 2)
    assert one["mae"] == pytest.approx(0.2)
    assert one["accuracy"] == pytest.approx(100 * (1 - 0.4 / 5.6))
    assert one["bias"] == pytest.approx(-0.1 / 5.6)
    assert (one["noise_ceiling"], one["interval_coverage"]) == (None, None)


def test_a_column_pair_per_metric_is_scored_with_the_percentage_error_as_written_down(tmp_path):
    path = written(
        tmp_path, "object_id,predicted_ctr,actual_ctr,predicted_roas,actual_roas\na,2.5,2.75,3.0,2.85\n"
    )
    ctr, roas = results(path)
    assert (ctr["metric"], ctr["mean_percentage_error"], ctr["mean_accuracy"]) == ("ctr", -10, 90)
    assert (roas["metric"], roas["mean_percentage_error"]) == ("roas", pytest.approx(5))
    assert roas["mean_accuracy"] == pytest.approx(95)
    assert ctr["accuracy"] == pytest.approx(100 * (1 - 0.25 / 2.75))
    said = called(path)[1]
    assert "-10.0 %" in said
    assert "90.0 %" in said


def test_an_export_of_comparisons_is_scored_by_model_version_and_weighed_like_the_pools(tmp_path):
    text = (
        "prediction_id,platform,level,object_id,model_name,model_version,predicted_at,window_start,window_end,"
        "predicted_ctr,predicted_ctr_lower,predicted_ctr_upper,actual_ctr,ctr_baseline,predicted_roas,actual_roas,"
        "impressions,spend,status\n"
        "p,meta,ad,a,net,2,2026-11-01 06:00:00+00,2026-11-02,2026-11-02,3,1,4,2,2.5,,2.85,100,10,final\n"
        "q,meta,ad,b,net,2,2026-11-01 06:00:00+00,2026-11-02,2026-11-02,2,3,4,2,,,,300,20,final\n"
        "r,meta,ad,c,net,2,2026-11-01 06:00:00+00,2026-11-02,2026-11-02,2,,,,,,,,,pending\n"
    )
    [one] = results(written(tmp_path, text))
    assert (one["model"], one["metric"], one["rows"], one["scored"]) == ("net 2", "ctr", 3, 2)
    assert one["wape"] == pytest.approx(100 / 800)
    assert (one["interval_coverage"], one["skill"]) == (0.5, -1)
    _, _, warned = called(written(tmp_path, text))
    assert "empty or NaN were not scored: actual in 1 row." in warned
    assert "prediction_id, platform, predicted_at, status" in warned


@pytest.mark.parametrize("cell", ["", "NaN", "nan", "null", "NA"])
def test_cells_without_a_number_are_counted_and_the_others_scored(tmp_path, cell):
    path = written(tmp_path, f"predicted,actual\n2.5,2.75\n{cell},1\n3,{cell}\n3,2.85\n")
    told = json.loads(called(path, "--json")[1])
    assert (told["results"][0]["rows"], told["results"][0]["scored"]) == (4, 2)
    assert told["warnings"] == [
        "Cells that are empty or NaN were not scored: predicted in 1 row, actual in 1 row."
    ]
    lines = '{"predicted": 2.5, "actual": 2.75}\n{"predicted": NaN, "actual": 1}\n'
    assert json.loads(called(written(tmp_path, lines, "values.jsonl"), "--json")[1])["results"][0]["scored"] == 1


def test_the_order_is_looked_for_within_each_day(tmp_path):
    rows = "".join(f"{10**day + 9 - n},{10**day + n},{n},{day}\n" for day in (1, 2, 3) for n in range(8))
    [one] = results(written(tmp_path, "predicted,actual,object,day\n" + rows))
    assert one["rank_correlation"] == pytest.approx(-1)


def test_models_and_metrics_are_told_apart_and_weights_weigh(tmp_path):
    text = (
        "model,metric,predicted,actual,weight,lower,upper\n"
        "a,ctr,3,2,100,1,2\na,ctr,2,2,300,1,3\na,spend,5,10,,,\nb,ctr,9,2,1,8,10\n"
    )
    found = {(one["model"], one["metric"]): one for one in results(written(tmp_path, text), "--level", "0.9")}
    assert set(found) == {("a", "ctr"), ("a", "spend"), ("b", "ctr")}
    assert found["a", "ctr"]["wape"] == pytest.approx(100 / 800)
    assert (found["a", "ctr"]["interval_coverage"], found["a", "ctr"]["interval_level"]) == (1.0, 0.9)
    assert found["b", "ctr"]["interval_coverage"] == 0.0
    assert found["a", "spend"]["wape"] is None


def test_a_table_shows_what_there_is_and_no_empty_columns(tmp_path):
    code, said, errors = called(written(tmp_path, SIMPLE))
    assert (code, errors) == (0, "")
    assert "92.9" in said
    assert not any(word in said for word in ("ceiling", "promised", "model", "skill"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SIMPLE.replace(",", "\t"), "values.tsv"),
        (SIMPLE.replace(",", ";"), "values.csv"),
        ("\ufeff" + SIMPLE, "values.csv"),
        (SIMPLE.replace("\n", "\r\n"), "values.csv"),
        (SIMPLE.encode("utf-16"), "values.csv"),
        (gzip.compress(SIMPLE.encode()), "values.csv.gz"),
        ('{"predicted": 2.5, "actual": 2.75}\n{"predicted": 3, "actual": 2.85}\n', "values.jsonl"),
        ("Actual, Predicted \n2.75,2.5\n2.85,3\n", "values.csv"),
    ],
    ids=["tabs", "semicolons", "byte order mark", "windows", "utf-16", "gzip", "jsonl", "names and order"],
)
def test_the_same_values_in_any_dress_score_the_same(tmp_path, content, name):
    [plain] = results(written(tmp_path, SIMPLE, "plain.csv"))
    assert results(written(tmp_path, content, name)) == [plain]


def test_counts_have_a_ceiling_and_small_ones_no_accuracy_of_their_own(tmp_path):
    path, out = written(tmp_path, "predicted,actual\n10,12\n2,1\n0,20\n,7\n6,\n"), tmp_path / "errors.csv"
    [one] = results(path, "--counts", "--out", out)
    assert (one["rows"], one["scored"]) == (5, 3)
    assert 60 < one["noise_ceiling"] < 80
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["verdict"] for row in rows] == [
        "scored",
        "too_few_events",
        "zero_prediction",
        "not_predicted",
        "no_actual",
    ]
    assert [row["accuracy"] != "" for row in rows] == [True, False, False, False, False]
    assert float(rows[0]["percentage_error"]) == -20
    assert [row["line"] for row in rows] == ["2", "3", "4", "5", "6"]
    assert "model" not in rows[0]


def test_small_values_are_scored_alone_unless_they_are_counts(tmp_path):
    out = tmp_path / "errors.csv"
    called(written(tmp_path, SIMPLE), "--out", out)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [float(row["percentage_error"]) for row in rows] == pytest.approx([-10.0, 5.0])
    assert [float(row["accuracy"]) for row in rows] == pytest.approx([90.0, 95.0])


def test_errors_of_rows_run_nothing_in_a_spreadsheet(tmp_path):
    out = tmp_path / "errors.csv"
    called(written(tmp_path, 'model,predicted,actual,group\n=1+1,1,1,"@SUM(A1)"\n'), "--out", out)
    [row] = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["model"], row["object"]) == ("'=1+1", "'@SUM(A1)")


def test_names_can_neither_colour_nor_steer_the_terminal(tmp_path):
    code, said, _ = called(written(tmp_path, "model,predicted,actual\n[red]\x1b[2J,1,1\n"))
    assert code == 0
    assert "\x1b[2J" not in said
    assert "[red]?[2J" in said


def test_skill_is_against_a_baseline_column(tmp_path):
    [one] = results(written(tmp_path, "predicted,actual,baseline\n9,10,8\n11,10,12\n"))
    assert one["skill"] == pytest.approx(0.5)


def test_models_are_held_against_the_first_on_the_objects_and_days_both_predicted(tmp_path):
    rng = np.random.default_rng(1)
    rows = []
    for model, sigma in (("old", 0.3), ("new", 0.1)):
        for number in range(60):
            truth = 10 + number % 20
            wrong = truth * rng.lognormal(0, sigma)
            rows.append(f"{model},{wrong:.3f},{truth},ad{number % 20},2026-10-0{1 + number // 20}")
    rows.append("new,1e9,1,elsewhere,2026-10-01")
    path = written(tmp_path, "model,predicted,actual,object,day\n" + "\n".join(rows) + "\n")
    [one] = json.loads(called(path, "--json")[1])["against_first"]
    assert (one["model"], one["champion"], one["verdict"]) == ("new", "old", "better")
    assert (one["pairs"], one["objects"]) == (60, 20)
    assert 0 < one["difference_lower"] < one["difference"] < one["difference_upper"] < 100
    said = called(path)[1]
    assert "new against old: better, +" in said
    assert "in common: 60 values of 20 objects." in said


def test_few_common_objects_decide_nothing(tmp_path):
    text = "model,predicted,actual,group\na,1,2,x\nb,2,2,x\nb,2,2,y\n"
    said = called(written(tmp_path, text))[1]
    assert "b against a: too few objects to tell; in common: 1 value of 1 object." in said
    assert json.loads(called(written(tmp_path, SIMPLE), "--json")[1])["against_first"] == []


def test_all_zero_is_answered_without_a_number(tmp_path):
    [one] = results(written(tmp_path, "predicted,actual\n1,0\n2,0\n"), "--counts")
    assert (one["accuracy"], one["bias"], one["noise_ceiling"], one["mae"]) == (None, None, None, 1.5)
    assert " - " in called(written(tmp_path, "model,predicted,actual\na,1,0\nb,2,2\n"))[1]


def test_fractions_among_percentages_are_warned_about_and_left_alone(tmp_path):
    rows = "".join(f"{0.01 * x:.5f},{x:.3f}\n" for x in np.linspace(1, 3, 20))
    code, _, errors = called(written(tmp_path, "predicted,actual\n" + rows))
    assert code == 0
    assert "predicted looks like fractions instead of percent" in errors
    named = "metric,predicted,actual\n" + "".join(f"ctr,{row}\n" for row in rows.split())
    told = json.loads(called(written(tmp_path, named), "--json")[1])
    assert "predicted (ctr) looks like fractions" in told["warnings"][0]
    assert told["results"][0]["bias"] == pytest.approx(-0.99, abs=0.001)


def test_unknown_columns_are_named(tmp_path):
    _, _, errors = called(written(tmp_path, "predicted,actual,colour\n1,1,red\n"))
    assert "Columns that mean nothing here were left out: colour." in errors


@pytest.mark.parametrize(
    ("content", "args", "sentence"),
    [
        (None, (), "there is no such file"),
        ("", (), "is empty (0 bytes)"),
        ("predicted,actual\n", (), "has column names but no rows"),
        ("predicted,ctr\n1,2\n", (), "has no column actual; its columns are: predicted, ctr."),
        ('{"predicted": 1}\n', (), "has no column actual"),
        (
            'predicted,actual\n1,2\n"1,5",2\n',
            (),
            "line 3: predicted is 1,5, which is not a number; write a decimal point",
        ),
        ("predicted,actual\n1,2\n1,2,3\n", (), "line 3: The row has 3 fields where the header names 2"),
        ("predicted,actual\n1,2\n\n1,inf\n", (), "line 4: actual is inf, which is not a number; leave it empty"),
        ("predicted,actual\n1,2.5%\n", (), "line 2: actual is 2.5%, which is not a number"),
        ("predicted,actual,weight\n1,2,-1\n", (), "line 2: weight is -1: below 0"),
        ("predicted,actual,lower,upper\n1,2,3,1\n", (), "line 2: lower is 3, which is above upper, 1."),
        ("predicted,actual\n1,-2\n", ("--counts",), "line 2: actual is -2; with --counts it is a count."),
        ("predicted,actual,weight\n1,2,1\n", ("--counts",), "a count is its own weight"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", (), "values.csv"),
        (b"PK\x03\x04rest", (), "save the sheet as CSV"),
        ("predicted,actual,actual\n1,2,3\n", (), "has the column actual twice"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_mistake_is_a_sentence_with_its_line_and_exit_code_2(tmp_path, content, args, sentence):
    path = tmp_path / "values.csv" if content is None else written(tmp_path, content)
    code, said, told = called(path, *args)
    assert (code, said) == (2, "")
    assert sentence in told
    assert "Traceback" not in told


def test_all_mistakes_are_told_at_once_up_to_a_screenful(tmp_path):
    path = written(tmp_path, "predicted,actual\n" + "x,1\n" * 50)
    code, _, errors = called(path)
    assert code == 2
    assert errors.count("is not a number") == 20
    assert "30 more mistakes" in errors


def test_a_folder_that_is_not_there_leaves_nothing_behind(tmp_path):
    code, _, errors = called(written(tmp_path, SIMPLE), "--out", tmp_path / "nowhere" / "errors.csv")
    assert (code, "cannot be written" in errors) == (2, True)
    assert list(tmp_path.glob("**/*.part")) == []


def test_help_names_columns_and_examples():
    said = " ".join(CliRunner().invoke(app, ["accuracy", "compare", "--help"]).stdout.split())
    assert "adtrack accuracy compare orders.tsv --counts --out errors.csv" in said
    assert "predicted, actual" in said


def test_errors_go_through_a_link_and_into_a_pipe(tmp_path):
    path, real, link, pipe = (tmp_path / name for name in ("rows.csv", "real", "link", "pipe"))
    path.write_text(SIMPLE, encoding="utf-8")
    link.symlink_to(real)
    assert called(path, "--out", link)[0] == 0
    assert link.is_symlink()
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    assert called(path, "--out", pipe)[0] == 0
    assert reader.communicate(timeout=30)[0] == real.read_bytes()
    assert pipe.is_fifo()
