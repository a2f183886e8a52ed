"""Fixtures of the loading tests: a connection of a run that holds its token."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse.database import Database
from tests.warehouse_load.loading import RUN, running


@pytest.fixture
async def loader(database: Database) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A loading connection of the run `RUN`."""
    async with running(database, RUN) as conn:
        yield conn
