"""A shop in a fresh database."""

from typing import Any

import psycopg
import pytest

from tests.defs.accuracy.world import Shop, open_shop


@pytest.fixture
def shop(conn: psycopg.Connection[Any]) -> Shop:
    return open_shop(conn)
