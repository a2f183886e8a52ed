"""Every mistake is one sentence that says what to do, with exit code 2, and leaves no file behind."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.export import ExportError
from adtrack_pipeline.export.tables import find_table
from adtrack_pipeline.warehouse import Database
from tests.export.conftest import Export

MISTAKES = {
    "table": (
        "campaign_day",
        "no table 'campaign_day' in marts or the public views of ops; did you mean campaign_days",
    ),
    "raw table": ("raw.accounts", "no table 'raw.accounts'"),
    "column": ("campaign_days --columns spned", "has no column 'spned'; did you mean spend?"),
    "column twice": ("campaign_days --columns spend,spend", "--columns names 'spend' twice"),
    "day": ("campaign_days --from 2026-11-31", "--from must be a day such as 2026-11-20, not '2026-11-31'"),
    "days reversed": (
        "campaign_days --from 2026-11-02 --to 2026-11-01",
        "--from 2026-11-02 is after --to 2026-11-01",
    ),
    "no days": ("account_freshness --from 2026-11-02", "has no day column, so --from and --to mean nothing there"),
    "format": (
        "campaign_days --format csv --out x.parquet",
        "--format csv and --out x.parquet do not fit together",
    ),
    "gzip": ("campaign_days --format xlsx --gzip", "--gzip and --verbatim are for csv"),
    "folder": ("campaign_days --out .", ". is a folder: name a file in it"),
    "no folder": (
        "campaign_days --out nowhere/x.csv",
        "nowhere/x.csv cannot be written: No such file or directory",
    ),
}


@pytest.mark.parametrize(("line", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_in_one_sentence(export: Export, tmp_path: Path, line: str, sentence: str):
    code, out, told = export(line)
    assert (code, out) == (2, "")
    assert sentence in told
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


def test_without_marts_it_says_how_to_get_some(database: Database, conn: psycopg.Connection[Any]):
    conn.execute("drop view ops.account_freshness")
    with database.connect(role="reader") as reader, pytest.raises(ExportError, match="run adtrack run first"):
        find_table(reader, "campaign_days")


def test_a_public_view_of_ops_can_be_exported(export: Export):
    code, out, _ = export("ops.account_freshness --columns account_id --out -")
    assert (code, out) == (0, "account_id\n")


def test_an_export_that_fails_leaves_the_old_file_as_it_was(export: Export, tmp_path: Path):
    (tmp_path / "days.csv").write_text("old")
    code, _, _ = export("campaign_days --out days.csv", "--where", "1 / impressions > 0")
    assert code == 2
    assert (tmp_path / "days.csv").read_text() == "old"
    assert list(tmp_path.glob(".days*")) == []


@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_a_full_disk_is_told_in_one_sentence(export: Export, fmt: str):
    code, _, told = export(f"campaign_days --format {fmt} --out /dev/full")
    assert (code, told) == (1, "adtrack: /dev/full could not be written to its end: No space left on device.")


def test_what_a_killed_export_left_is_used_again(export: Export, tmp_path: Path):
    (tmp_path / ".days.csv.part").write_text("half a row of a killed export, longer than the whole file " * 100)
    code, _, _ = export("campaign_days --out days.csv --columns spend")
    assert code == 0
    assert len((tmp_path / "days.csv").read_text().splitlines()) == 5
    assert list(tmp_path.glob(".days*")) == []


def test_two_exports_do_not_write_the_same_file(export: Export, tmp_path: Path):
    with (tmp_path / ".days.csv.part").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        code, _, told = export("campaign_days --out days.csv")
    assert code == 2
    assert "Another export is writing days.csv" in told


def test_a_link_keeps_pointing_to_its_file_and_a_device_stays_one(export: Export, tmp_path: Path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    export("campaign_days --out link.csv --columns spend")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("spend\n")
    code, _, _ = export("campaign_days --out /dev/null")
    assert code == 0
    assert Path("/dev/null").is_char_device()


@pytest.fixture
def _readers_end(export: Export, shelf: Database) -> Iterator[None]:
    """The server does not notice at once that a killed reader is gone."""
    del export  # has set the environment
    yield
    with shelf.connect(role="reader") as conn:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and usename = current_user"
        )


@pytest.fixture
def _can_be_interrupted() -> Iterator[None]:
    """A shell ignores Ctrl-C for what it starts in the background, and so would all that is started from there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("fmt", "number"),
    [("csv", signal.SIGKILL), ("parquet", signal.SIGINT), ("xlsx", signal.SIGINT)],
    ids=["csv killed", "parquet interrupted", "xlsx interrupted"],
)
@pytest.mark.usefixtures("_readers_end", "_can_be_interrupted")
def test_stopped_in_the_middle_no_file_appears(tmp_path: Path, fmt: str, number: signal.Signals):
    slow = "case when campaign_id = '42' then pg_sleep(60) is not null else true end"
    command = [sys.executable, "-m", "adtrack_pipeline.cli", "export", "campaign_days", "--where", slow]
    process = subprocess.Popen(
        [*command, "--out", f"days.{fmt}"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not (tmp_path / f".days.{fmt}.part").exists():
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait() != 0
    assert not (tmp_path / f"days.{fmt}").exists()
    left = {path.name for path in tmp_path.iterdir()} - {"home"}
    assert left == ({f".days.{fmt}.part"} if number == signal.SIGKILL else set())
