"""Fixtures of the alert tests."""

from typing import Any

import psycopg
import pytest

from tests.notify.alerts.conditions import Scans


@pytest.fixture
def scans(conn: psycopg.Connection[Any]) -> Scans:
    """Scans over a database without alerts."""
    return Scans(conn)
