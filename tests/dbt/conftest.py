"""Fixtures of the dbt tests: one dbt process and one built warehouse per session, a copy of it per test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse.database import Database
from tests.dbt.raw_rows import fill
from tests.dbt.runner import ALWAYS, NOW, Dbt, Outcome
from tests.postgres import PgServer


@dataclass(frozen=True)
class Built:
    """A database whose marts are built, and what the first build said."""

    database: Database
    outcome: Outcome


@dataclass(frozen=True)
class Warehouse:
    """A warehouse of the test's own: change raw rows by `conn`, then `hourly` brings the marts up to date."""

    database: Database
    conn: psycopg.Connection[Any]
    dbt: Dbt

    def hourly(self, *marts: str, now: str = NOW, **env: str) -> None:
        """Build what an hour builds, or only some marts of it; fails the test with dbt's own words."""
        selected = marts or ("marts",)
        outcome = self.dbt(
            self.database, "run", "--select", *ALWAYS, *selected, "--exclude", "tag:daily", now=now, **env
        )
        assert outcome.success, outcome.errors

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.conn.execute(query.encode()).fetchall()

    def mart(self, name: str, columns: str, **where: Any) -> list[tuple[Any, ...]]:
        """Columns of the rows of a mart with these values, ordered by the columns."""
        conditions = " and ".join(f"{column} = %({column})s" for column in where)
        places = ", ".join(str(place + 1) for place in range(columns.count(",") + 1))
        query = f"select {columns} from marts.{name} where {conditions} order by {places}"
        return self.conn.execute(query.encode(), where).fetchall()

    def one(self, query: str) -> tuple[Any, ...] | None:
        """The only row of a query, or None."""
        rows = self.rows(query)
        assert len(rows) <= 1, rows
        return rows[0] if rows else None


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """One dbt process for all tests of this worker."""
    runner = Dbt(tmp_path_factory.mktemp("dbt"))
    yield runner
    runner.close()


@pytest.fixture(scope="session")
def built(pg_server: PgServer, dbt: Dbt) -> Iterator[Built]:
    """The small world after one complete `dbt build` with all tests."""
    with pg_server.fresh_database() as database:
        with database.connect(autocommit=True) as conn:
            fill(conn)
        yield Built(database, dbt(database, "build"))


@pytest.fixture
def warehouse(pg_server: PgServer, built: Built, dbt: Dbt) -> Iterator[Warehouse]:
    """A copy of the built world."""
    assert built.outcome.success, built.outcome.errors
    with (
        pg_server.fresh_database(template=built.database.dbname) as database,
        database.connect(autocommit=True) as conn,
    ):
        yield Warehouse(database, conn, dbt)
