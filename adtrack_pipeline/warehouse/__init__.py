"""Talking to Postgres: the embedded server, connections, migrations, roles, and (in `load`) writing raw tables.

Knows no platform beyond the common words of `platforms.base`, and nothing of Dagster.
"""

from adtrack_pipeline.warehouse.connect import ensure_database, stop_embedded
from adtrack_pipeline.warehouse.database import Database, Login
from adtrack_pipeline.warehouse.errors import DatabaseError, MigrationError

__all__ = ["Database", "DatabaseError", "Login", "MigrationError", "ensure_database", "stop_embedded"]
