"""Fixtures of the alert tests: one database for each module, emptied for each test."""

from collections.abc import Iterator

import pytest

from adtrack_pipeline.warehouse.database import Database
from tests.notify.alerts.conditions import Scans
from tests.notify.events.published import check
from tests.postgres import PgServer


@pytest.fixture(scope="module")
def shared_database(pg_server: PgServer) -> Iterator[Database]:
    """A migrated database for the tests of a module."""
    with pg_server.fresh_database() as fresh:
        yield fresh


@pytest.fixture
def database(shared_database: Database) -> Database:
    """The module's database without alerts and events."""
    with shared_database.connect(autocommit=True) as conn:
        conn.execute("truncate ops.alerts, ops.alert_silences, ops.event_sequences restart identity cascade")
        conn.execute("truncate raw.campaigns, raw.adsets, raw.ads, raw.accounts")
    return shared_database


@pytest.fixture
def scans(database: Database) -> Iterator[Scans]:
    """Scans over a database without alerts; every event a test has written must keep its published schema."""
    with database.connect(autocommit=True) as conn:
        scans = Scans(conn)
        yield scans
        for event in scans.events():
            check(event)
