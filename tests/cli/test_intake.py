"""`adtrack predictions` and `adtrack orders` as people call them."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adtrack_pipeline.cli.app import app
from adtrack_pipeline.doctor import check_inbox
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.intake.making import a_csv, orders, predictions, write

run = CliRunner()


@pytest.fixture(autouse=True)
def _configured(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")


def test_a_good_file_is_loaded_and_told(tmp_path: Path):
    result = run.invoke(app, ["orders", "load", str(a_csv(tmp_path, orders(2)))])
    assert result.exit_code == 0
    assert "2 orders loaded" in result.stdout


def test_rejected_rows_end_in_exit_code_3_with_reasons_and_where_they_are(tmp_path: Path):
    file = a_csv(tmp_path, predictions(2) + predictions(1, predicted_ctr="nan"))
    result = run.invoke(app, ["predictions", "load", str(file)])
    assert result.exit_code == 3
    assert "1 row: predicted_ctr is not a number. First in line 4." in result.stdout
    assert "from raw.rejected_rows" in result.stdout


def test_several_files_at_once_each_have_their_own_end(tmp_path: Path):
    good = a_csv(tmp_path, predictions(2))
    empty = write(tmp_path / "empty.csv", "")
    result = run.invoke(
        app, ["predictions", "load", str(empty), str(tmp_path / "none"), str(good), str(good), "--json"]
    )
    assert result.exit_code == 2
    reports = json.loads(result.stdout)
    assert [one["outcome"] for one in reports] == ["refused", "refused", "loaded", "known"]
    assert "there is no such file" in reports[1]["error"]


def test_a_dry_run_writes_nothing(tmp_path: Path):
    file = str(a_csv(tmp_path, predictions(2)))
    assert "2 predictions would be loaded" in run.invoke(app, ["predictions", "load", file, "--dry-run"]).stdout
    assert "2 predictions loaded" in run.invoke(app, ["predictions", "load", file]).stdout
    assert "nothing changed" in run.invoke(app, ["predictions", "load", file]).stdout


def test_a_password_in_a_url_is_refused_and_shown_nowhere():
    result = run.invoke(app, ["orders", "load", "s3://key:hunter2@bucket/x.csv", "--json"])
    assert result.exit_code == 2
    assert "hunter2" not in result.output


def test_names_of_files_steer_no_terminal(tmp_path: Path):
    result = run.invoke(app, ["orders", "load", str(a_csv(tmp_path, orders(1), "[red]x.csv"))])
    assert "[red]x.csv" in result.stdout


@pytest.mark.parametrize("command", ["predictions", "orders"])
@pytest.mark.parametrize("how", ["csv", "jsonl"])
def test_a_template_can_be_loaded_as_it_is(tmp_path: Path, command: str, how: str):
    text = run.invoke(app, [command, "template", "--format", how]).stdout
    result = run.invoke(app, [command, "load", str(write(tmp_path / f"t.{how}", text)), "--json"])
    assert result.exit_code == 0, result.output
    [report] = json.loads(result.stdout)
    assert (report["loaded"], report["rejected"]) == (1, 0)


def test_a_template_names_every_column():
    [header, example] = csv.reader(io.StringIO(run.invoke(app, ["predictions", "template"]).stdout))
    assert len(header) == len(example) == 23
    assert {"prediction_id", "predicted_roas_upper", "metadata"} <= set(header)


@pytest.mark.parametrize("role", ["predictor", "orders", "reader"])
def test_the_url_of_a_role_is_printed(role: str):
    result = run.invoke(app, ["sql", "--url", "--role", role])
    assert result.stdout.startswith(f"postgresql://adtrack_{role}")


def test_a_role_nobody_declared_is_a_mistake():
    assert run.invoke(app, ["sql", "--url", "--role", "admin"]).exit_code == 2


@pytest.mark.parametrize(
    ("inbox", "is_fit", "said"),
    [
        ("inbox", True, "1 file in predictions/ and orders/ of inbox"),
        ("nowhere", True, "0 files"),
        ("s3://bucket/inbox", False, "install the package s3fs"),
        ("s3://key:hunter2@bucket", False, "must hold no user, password"),
    ],
    ids=["folder", "no folder", "no library", "password"],
)
def test_the_doctor_says_whether_the_inbox_can_be_listed(tmp_path: Path, inbox: str, is_fit: bool, said: str):
    a_csv(tmp_path / "inbox" / "orders", orders(1))
    [finding] = check_inbox(Settings(ADTRACK_INBOX=inbox))
    assert finding.ok is is_fit
    assert said in finding.sentence
    assert "hunter2" not in finding.sentence
