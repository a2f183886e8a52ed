"""kill -9 of a process that loads a file: nothing is there, and the next attempt loads all of it."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.intake import PREDICTIONS, load_file
from adtrack_pipeline.warehouse import Database
from tests.intake.making import a_csv, predictions

ROOT = Path(__file__).parents[2]
TABLES = ("raw.predictions", "raw.rejected_rows", "ops.intake_files")

# A process that stops itself dead at a given point of a load, as `kill -9` would.
DOOMED = """
import os, pickle, signal, sys
from adtrack_pipeline.intake import PREDICTIONS, load_file, loading

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

place, moment = {
    "rows are staged": (loading, "noted"),
    "rows are written": (loading, "publish_rejected"),
    "all but the commit is done": (loading._Load, "record"),
}[sys.argv[1]]
if moment == "record":
    record = loading._Load.record
    setattr(place, moment, lambda *args: (record(*args), die()))
else:
    setattr(place, moment, die)
load_file(pickle.load(sys.stdin.buffer), PREDICTIONS, sys.argv[2])
"""


@pytest.mark.parametrize("moment", ["rows are staged", "rows are written", "all but the commit is done"])
def test_a_load_killed_half_way_leaves_nothing_and_the_next_one_loads_all(
    database: Database, conn: psycopg.Connection[Any], tmp_path: Path, moment: str
):
    rows = [*predictions(3), {**predictions(1)[0], "prediction_id": "bad", "predicted_ctr": "NaN"}]
    file = a_csv(tmp_path, rows)
    died = subprocess.run(
        [sys.executable, "-c", DOOMED, moment, str(file)],
        input=pickle.dumps(database),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert _rows(conn) == [0, 0, 0]
    report = load_file(database, PREDICTIONS, file)
    assert (report.outcome, report.loaded, report.rejected) == ("partial", 3, 1)
    assert _rows(conn) == [3, 1, 1]


def _rows(conn: psycopg.Connection[Any]) -> list[int]:
    return [int((conn.execute(f"select count(*) from {table}").fetchone() or (0,))[0]) for table in TABLES]
