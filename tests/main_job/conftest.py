"""An installation driven by its command line only, on replayed accounts over HTTP."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import PgServer
from tests.recorded import FOLDER
from tests.sandbox_server import running_sandbox

SMALL = Path(__file__).parents[1] / "fixtures" / "replay_small"
OURS = ("ADTRACK_", "META_", "DAGSTER_", "DATABASE_URL", "PG", "DBT_")


class Installation:
    """One home, one database, one source."""

    def __init__(self, home: Path, graph_url: str, database_url: str) -> None:
        self.home = home
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            "ADTRACK_HOME": str(home),
            "META_GRAPH_URL": graph_url,
            "META_ACCESS_TOKEN": "any-token",
            "DATABASE_URL": database_url,
            "ADTRACK_THUMBNAILS": "false",
            "ADTRACK_TESTED_DAYS": "0",  # the recorded days are years old
            "ADTRACK_NOW": "2021-01-15T12:00:00Z",
        }

    def adtrack(self, *args: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would, outside the project's folder; `code` is the exit code it must have."""
        command = [sys.executable, "-m", "adtrack_pipeline.cli", *args]
        done = subprocess.run(
            command, env=self.env | env, cwd=self.home, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == code, f"{done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done

    def backfill(self, since: str, until: str) -> dict[str, Any]:
        """What `adtrack backfill --json` reports."""
        report: dict[str, Any] = json.loads(
            self.adtrack("backfill", "--from", since, "--to", until, "--json").stdout
        )
        return report

    def rows(self, query: str) -> list[dict[str, str]]:
        """A query's rows through `adtrack sql --csv`."""
        return list(csv.DictReader(io.StringIO(self.adtrack("sql", query, "--csv").stdout)))


@contextmanager
def installation(folder: Path, home: Path, pg_server: PgServer) -> Iterator[Installation]:
    """An installation whose source replays a folder of recorded objects."""
    with running_sandbox(replay=folder) as server, pg_server.fresh_database() as database:
        yield Installation(home, server.base_url, database.url().get_secret_value())


@pytest.fixture(scope="package")
def recorded(tmp_path_factory: pytest.TempPathFactory, pg_server: PgServer) -> Iterator[Installation]:
    """The recorded accounts, backfilled over their whole time."""
    with installation(FOLDER, tmp_path_factory.mktemp("recorded"), pg_server) as found:
        found.backfill("2019-09-01", "2020-12-31")
        yield found


@pytest.fixture(scope="package")
def small(tmp_path_factory: pytest.TempPathFactory, pg_server: PgServer) -> Iterator[Installation]:
    """Our own fixtures with the same cases, backfilled."""
    with installation(SMALL, tmp_path_factory.mktemp("small"), pg_server) as found:
        found.backfill("2020-12-01", "2020-12-31")
        yield found
