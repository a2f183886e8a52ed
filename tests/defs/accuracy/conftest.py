"""A shop in a fresh database. Without Dagster's tables: nothing here runs a job."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse import Database
from tests.defs.accuracy.world import Shop, open_shop
from tests.postgres import PgServer


@pytest.fixture
def database(pg_server: PgServer) -> Iterator[Database]:
    with pg_server.fresh_database() as fresh:
        yield fresh


@pytest.fixture
def shop(conn: psycopg.Connection[Any]) -> Shop:
    return open_shop(conn)
