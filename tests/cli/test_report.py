"""`adtrack report`, as a person or a script calls it: any past day, a file or numbers, clear mistakes."""

import json
from pathlib import Path
from typing import Any

import pytest

from adtrack_pipeline.cli import main
from adtrack_pipeline.warehouse import Database
from tests.defs.reporting.conftest import NOW, Connection, shop

Result = tuple[int, str, str]
__all__ = ["shop"]


@pytest.fixture
def report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database: Database, tmp_path: Path
) -> Any:
    monkeypatch.setenv("ADTRACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    monkeypatch.setenv("ADTRACK_REPORTING_CURRENCY", "EUR")
    monkeypatch.setenv("ADTRACK_NOW", NOW.isoformat())

    def call(*arguments: str) -> Result:
        monkeypatch.setattr("sys.argv", ["adtrack", "report", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        told = capsys.readouterr()
        return int(caught.value.code or 0), told.out, told.err

    return call


def test_it_writes_yesterdays_page_of_all_accounts_and_says_where(shop: Connection, report: Any, tmp_path: Path):
    code, out, _ = report()
    path = tmp_path / "home" / "reports" / "on-demand" / "2026-11-19-all-accounts.html"
    assert (code, out.strip()) == (0, str(path))
    assert "<title>SANDBOX All accounts" in path.read_text()
    assert shop.execute("select count(*) from ops.reports").fetchone() == (0,)
    assert shop.execute("select count(*) from ops.event_outbox").fetchone() == (0,)


@pytest.mark.usefixtures("shop")
def test_any_past_day_of_one_account_goes_where_it_is_asked_to(report: Any, tmp_path: Path):
    out = tmp_path / "deep" / "page.html"
    assert report("--date", "2026-11-02", "--account", "act_1", "--out", str(out))[0] == 0
    assert "Monday, 2 November 2026" in out.read_text()


@pytest.mark.usefixtures("shop")
def test_json_prints_the_numbers_and_writes_no_file(report: Any, tmp_path: Path):
    code, out, _ = report("--json", "--account", "1")
    numbers = json.loads(out)
    assert (code, numbers["total_spend"], numbers["overall_roas"]) == (0, 100.0, 3.0)
    assert numbers["is_sandbox"] is True
    assert not (tmp_path / "home" / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--date", "2026-11-20"),
            "--date is 2026-11-20, which is not over yet; the last day that is, is 2026-11-19.",
        ),
        (("--date", "yesterday"), "--date must be a day such as 2026-11-02, not 'yesterday'."),
        (("--account", "77"), "--account names 77, which is not read here. Accounts: 1, 2."),
    ],
    ids=["today", "no day", "unknown account"],
)
@pytest.mark.usefixtures("shop")
def test_mistakes_are_one_sentence_and_exit_with_2(report: Any, arguments: tuple[str, ...], said: str):
    code, out, err = report(*arguments)
    assert (code, out) == (2, "")
    assert " ".join(err.split()) == f"adtrack: {said}"


def test_before_anything_was_read_it_says_what_to_do(report: Any):
    assert "Start with: adtrack run" in report()[2]


@pytest.mark.usefixtures("shop")
def test_a_file_that_cannot_be_written_is_a_mistake(report: Any, tmp_path: Path):
    (tmp_path / "file").write_text("")
    code, _, err = report("--account", "1", "--out", str(tmp_path / "file" / "page.html"))
    assert code == 2
    assert "Name another file with --out." in err


@pytest.mark.usefixtures("shop")
def test_a_page_that_cannot_be_written_whole_leaves_the_old_one(report: Any, tmp_path: Path):
    (tmp_path / "page.html").write_text("old")
    (tmp_path / ".page.html.part").mkdir()
    code, _, err = report("--account", "1", "--out", str(tmp_path / "page.html"))
    assert code == 2
    assert "Name another file with --out." in err
    assert (tmp_path / "page.html").read_text() == "old"
