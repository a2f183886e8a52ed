"""Dagster's Postgres storage with connections that are kept, and made when they are first needed.

Upstream opens and authenticates one or two connections for every event it writes. A run that records 180 checks
and materialisations took 8.7 s that way and 1.6 s with one connection kept (two cores, local server). Where the
database is, is asked when it is first needed: by the variables in `dagster.yaml`, or without them by the rules of
the warehouse, so that `dg dev` and `dg check defs` work in a checkout as it is.
"""

import os
import threading
from collections.abc import Mapping
from typing import Any, Self

import psycopg2  # type: ignore[import-untyped]
from dagster import Permissive
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine
from sqlalchemy import URL

from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database

DRIVER = "postgresql+psycopg2"
KEPT_CONNECTIONS = 1
MORE_UNDER_LOAD = 20
RECYCLE_SECONDS = 1800
CREATING_TABLES = 0x41445410  # advisory lock: two first starts at once would create the tables twice

Place = Mapping[str, str]


class PooledPostgresStorage(DagsterPostgresStorage):
    """Named in `dagster.yaml` as the storage class.

    Each of the three storages keeps one idle connection. It is tested before use, so that a database restart
    costs a reconnect and not a run.
    """

    def __init__(self, config: Mapping[str, Any], inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(f"{DRIVER}://", should_autocreate_tables=False, inst_data=inst_data)
        self._config = config
        self._place: Place | None = None
        self._finding = threading.Lock()
        self._statement_timeout = 0
        for part in (self._run_storage, self._event_log_storage, self._schedule_storage):
            # Private upstream; the version is pinned, and a test fails when it moves.
            part._engine = create_pg_engine(
                f"{DRIVER}://",
                creator=self._connect,
                isolation_level="AUTOCOMMIT",
                pool_size=KEPT_CONNECTIONS,
                max_overflow=MORE_UNDER_LOAD,
                pool_recycle=RECYCLE_SECONDS,
                pool_pre_ping=True,
            )
            part.optimize_for_webserver = self._limit_statements  # type: ignore[method-assign, assignment]

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Anything: `env:` is looked up when connecting, not when loading."""
        return Permissive()  # type: ignore[no-untyped-call]

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Build from the `config:` block of `dagster.yaml`."""
        return cls(config_value["postgres_db"], inst_data)

    def _connect(self) -> Any:
        with self._finding:
            if self._place is None:
                place = find_place(self._config)
                create_tables(place)
                self._place = place
        return psycopg2.connect(**self._place, options=_options(self._statement_timeout))

    def _limit_statements(self, statement_timeout: int, **_: Any) -> None:
        """The webserver must not let one page occupy the database; our connections are pooled already."""
        self._statement_timeout = statement_timeout


def find_place(config: Mapping[str, Any]) -> Place:
    """Where the storage is: as the variables named in the config say, or without them the warehouse itself.

    Raises:
        DatabaseError: there is no such database, in one sentence.
    """
    wanted = {key: value["env"] if isinstance(value, Mapping) else None for key, value in config.items()}
    if any(name and name not in os.environ for name in wanted.values()):
        os.environ.update(ensure_database(load_settings()).env())
    place = {key: os.environ.get(name, "") if name else str(config[key]) for key, name in wanted.items()}
    return {key: value for key, value in place.items() if value}


def create_tables(place: Place) -> None:
    """Upstream's tables in schema `dagster`, once, however many processes start together."""
    conn = psycopg2.connect(**place, options=_options(0))
    try:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", (CREATING_TABLES,))
            cursor.execute("select to_regclass('job_ticks') is null")
            if cursor.fetchone()[0]:
                DagsterPostgresStorage(storage_url(place))
    finally:
        conn.close()


def storage_url(place: Place) -> str:
    """The same as an SQLAlchemy URL, also for a server that listens on a socket directory."""
    query = {"options": _options(0)}
    host, port = place.get("host", ""), place.get("port", "5432")
    if host.startswith("/"):
        query |= {"host": host, "port": port}
        return _render(place, query)
    return _render(place, query, host=host, port=int(port))


def _render(place: Place, query: Mapping[str, str], *, host: str | None = None, port: int | None = None) -> str:
    url = URL.create(DRIVER, place["user"], place.get("password"), host, port, place["dbname"], query)
    return url.render_as_string(hide_password=False)


def _options(statement_timeout: int) -> str:
    # What the user's own URL asks of every session comes first: some hosts find the server by it.
    own = os.environ.get("PGOPTIONS", "")
    return f"{own} -c search_path=dagster -c statement_timeout={statement_timeout}".strip()
