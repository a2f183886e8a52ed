"""A small mart in a real warehouse, and `adtrack export` as people call it."""

import json
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.cli import main
from adtrack_pipeline.defs.transform.project import ready_manifest
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.postgres import PgServer

Result = tuple[int, str, str]
Export = Callable[..., Result]

MART = """
    create table marts.campaign_days (
        platform text not null,
        date_day date not null,
        campaign_id text not null,
        campaign_name text,
        impressions bigint not null,
        spend numeric not null,
        roas numeric,
        is_final boolean not null,
        fetched_at timestamptz not null,
        tags text[],
        primary key (platform, campaign_id, date_day)
    );
    comment on table marts.campaign_days is
        'Grain: platform, campaign, account-local day. What campaigns did. Never sum reach.';
    comment on column marts.campaign_days.spend is 'Money spent, in `currency`, major units.';
    comment on column marts.campaign_days.roas is 'Return on ad spend: revenue ÷ spend, a plain ratio.';
    comment on column marts.campaign_days.impressions is 'Number of times ads were shown.';
"""
ROWS = """
    insert into marts.campaign_days values
        ('meta', '2026-11-02', '23850000000000017', '=HYPERLINK("http://x","y")', 1000, 3.31, 1.5, true,
         '2026-11-03 10:00:00.25+00', '{a,b}'),
        ('meta', '2026-11-01', '23850000000000017', E'+49 "line\\nbreak"', 0, -5.25, null, true,
         '2026-11-02 10:00+00', null),
        ('meta', '2026-11-03', '42', '', 7, 0, 'NaN', false, '2026-11-03 11:00+00', '{}'),
        ('meta', '2026-11-04', '42', null, 9007199254740993, 123456789.123456, 0.1, false, 'infinity', '{=1}')
"""


@pytest.fixture(scope="session")
def shelf(pg_server: PgServer) -> Iterator[Database]:
    """A warehouse with one mart of four rows, for all tests that only read."""
    with pg_server.fresh_database() as database:
        with database.connect(autocommit=True) as owner:
            fill(owner)
        yield database


@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch, capsysbinary: Any, shelf: Database, tmp_path: Path) -> Export:
    """Call the command line; answers exit code, stdout and stderr."""
    configure(monkeypatch, shelf, tmp_path)

    def call(line: str, *more: str) -> Result:
        monkeypatch.setattr("sys.argv", ["adtrack", "export", *shlex.split(line), *more])
        with pytest.raises(SystemExit) as caught:
            main()
        told = capsysbinary.readouterr()
        return int(caught.value.code or 0), told.out.decode(), " ".join(told.err.decode().split())

    return call


def fill(owner: psycopg.Connection[Any]) -> None:
    """Create the mart and its rows."""
    owner.execute(MART.encode())
    owner.execute(ROWS.encode())


def configure(monkeypatch: pytest.MonkeyPatch, database: Database, folder: Path) -> None:
    """Let commands use this database, as simulated data."""
    assert database.reader.password is not None
    monkeypatch.setenv("ADTRACK_HOME", str(folder / "home"))
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("ADTRACK_READER_PASSWORD", database.reader.password.get_secret_value())
    monkeypatch.setenv("ADTRACK_SOURCE", "sandbox")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which dbt's project is parsed once; workers share it."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "parsed"


@pytest.fixture(scope="session")
def manifest(home: Path) -> Any:
    home.mkdir(exist_ok=True)
    return json.loads(ready_manifest(Settings(ADTRACK_HOME=home)).read_text())
