"""Fetching the bank's file over real HTTP, and the command that does it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from adtrack_pipeline import clock
from adtrack_pipeline.cli.app import app
from adtrack_pipeline.fx import FxError, download, downloaded
from adtrack_pipeline.intake import IntakeError
from adtrack_pipeline.warehouse import Database
from tests.fx.bank import Bank, bank, closed_port
from tests.fx.ecb_files import DAILY, HISTORY, zipped


@pytest.fixture
def ecb() -> Iterator[Bank]:
    with bank() as server:
        server.content = zipped(HISTORY)
        yield server


@pytest.fixture
def home(database: Database, ecb: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The environment of a command: a warehouse, and the bank's address."""
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")
    monkeypatch.setenv("ADTRACK_ECB_URL", ecb.url)
    monkeypatch.setenv(clock.ENV, "2026-11-20T18:00:00Z")
    return ecb


def test_the_file_is_there_for_as_long_as_it_is_needed(ecb: Bank):
    with downloaded(ecb.url) as path:
        assert path.name == "eurofxref-hist.zip"
        assert path.read_bytes() == ecb.content
    assert not path.exists()


def test_an_answer_that_is_no_file_is_one_sentence(ecb: Bank):
    ecb.status = 503
    with (
        pytest.raises(FxError, match=r"eurofxref-hist.zip answered 503\. Download it by hand"),
        downloaded(ecb.url),
    ):
        pass


def test_a_bank_that_does_not_answer_is_not_waited_for(ecb: Bank):
    ecb.hangs = True
    with pytest.raises(FxError, match=r"did not answer within 0\.1 seconds"), downloaded(ecb.url, seconds=0.1):
        pass


def test_a_bank_that_never_ends_is_left(ecb: Bank):
    ecb.content = b"x" * 200_000
    with pytest.raises(FxError, match="is too slow"), downloaded(ecb.url, whole=-1):
        pass


def test_more_than_the_bank_ever_had_is_not_taken(ecb: Bank, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "MOST_BYTES", 100_000)
    ecb.content = b"x" * 200_000
    with pytest.raises(FxError, match="this is not the ECB's file"), downloaded(ecb.url):
        pass


def test_nobody_there_is_one_sentence(ecb: Bank):
    with pytest.raises(FxError, match="cannot be read"), downloaded(f"http://127.0.0.1:{closed_port()}/x.zip"):
        pass


def test_credentials_in_the_address_are_refused_and_not_repeated():
    with pytest.raises(IntakeError) as caught, downloaded("https://user:hunter2@example.com/x.zip"):
        pass
    assert "hunter2" not in str(caught.value)


def test_the_command_fetches_stores_and_says_so(home: Bank, conn: psycopg.Connection[Any]):
    done = CliRunner().invoke(app, ["fx", "load", "--ecb", "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["outcome"], told["read"], told["loaded"]) == ("loaded", 3, 33)
    assert told["file_name"] == home.url
    assert conn.execute("select count(*) from raw.fx_rates where source = 'ecb'").fetchone() == (33,)
    again = CliRunner().invoke(app, ["fx", "load", "--ecb"], catch_exceptions=False)
    assert "known" in again.stdout


def test_rejected_lines_have_an_exit_code_of_their_own(home: Bank, tmp_path: Path):
    path = tmp_path / "daily.csv"
    path.write_text(DAILY + "yesterday,1,1,1,1,\n")
    done = CliRunner().invoke(app, ["fx", "load", str(path)], catch_exceptions=False)
    assert done.exit_code == 3
    assert "1 rejected" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="neither"),
        pytest.param(["rates.csv", "--ecb"], id="both"),
    ],
)
def test_a_file_or_the_bank_and_not_both(home: Bank, arguments: list[str]):
    done = CliRunner().invoke(app, ["fx", "load", *arguments], catch_exceptions=False)
    assert done.exit_code == 2
    assert home.asked == []


def test_a_refused_file_is_a_mistake(home: Bank, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text("order_id,value\n1,2\n")
    done = CliRunner().invoke(app, ["fx", "load", str(path)], catch_exceptions=False)
    assert done.exit_code == 2
    assert "refused" in done.stdout
