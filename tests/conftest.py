"""Fixtures every room uses: a real Postgres, a database per test, no secrets of the developer.

`database` is a fresh migrated `Database`; `conn` an autocommit connection to look at it with; `aconn` an async one
exactly as production opens it (not in autocommit mode).
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse.database import Database
from tests.postgres import EXISTING_SERVER, PgServer, session_server

OURS = ("ADTRACK_", "META_", "DATABASE_URL", "PG", "DAGSTER_", "DBT_")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, tests that share something expensive (a built warehouse, a run) stay on one."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            shared = item.path
            if item.path.parent.name == "dbt":  # one built warehouse; two, so that two workers end together
                shared = item.path.parent / ("offline" if "offline" in item.path.name else "platform")
            item.add_marker(pytest.mark.xdist_group(str(shared)))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the developer's settings: no variables of ours, and a working directory without `.env`."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ADTRACK_NOW", "")  # so that a clock set by the code under test is unset afterwards
    monkeypatch.delenv("ADTRACK_NOW")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def pg_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgServer]:
    """One server for the whole run, shared by all workers; ADTRACK_TEST_DATABASE_URL names an existing one."""
    base = tmp_path_factory.getbasetemp()
    with session_server(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) as server:
        yield server


@pytest.fixture
def database(pg_server: PgServer) -> Iterator[Database]:
    """A fresh, migrated database of this test's own."""
    with pg_server.fresh_database() as fresh:
        yield fresh


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection to look and to prepare with: every statement is committed at once."""
    with database.connect(autocommit=True) as connection:
        yield connection


@pytest.fixture
async def aconn(database: Database) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """An async connection as the loaders get it: not in autocommit mode."""
    async with await database.connect_async() as connection:
        yield connection


@pytest.fixture
def needs_embedded_postgres() -> None:
    """For tests about PostgreSQL 18 itself: skipped when the run uses an existing server."""
    if EXISTING_SERVER:
        pytest.skip("this run uses the server of ADTRACK_TEST_DATABASE_URL")
