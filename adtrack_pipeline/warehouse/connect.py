"""From the settings to a database that is ready: found or started, checked, migrated, with its reader role."""

from dataclasses import replace

import psycopg
from pydantic import SecretStr

from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse.checks import check_server
from adtrack_pipeline.warehouse.database import READER, Database, Reader
from adtrack_pipeline.warehouse.dsn import parse_database_url
from adtrack_pipeline.warehouse.embedded import locks
from adtrack_pipeline.warehouse.embedded.bootstrap import DBNAME, OWNER, ensure_owner
from adtrack_pipeline.warehouse.embedded.ports import HOST
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from adtrack_pipeline.warehouse.migrate import migrate
from adtrack_pipeline.warehouse.refusals import trouble
from adtrack_pipeline.warehouse.roles import ensure_reader

__all__ = ["Database", "Reader", "ensure_database", "stop_embedded"]


def ensure_database(settings: Settings) -> Database:
    """The warehouse, ready for use: the server of DATABASE_URL, or the embedded one, started if need be.

    Idempotent, and safe when several processes do it at once. Takes about 0.1 s once everything is there.

    Raises:
        DatabaseError: one sentence on what is wrong, without the password.
    """
    if settings.database_url:
        return prepare(parse_database_url(settings.database_url), given=settings.reader_password)
    server = EmbeddedServer(settings.home_dir, settings.db_port)
    return prepare_embedded(server, given=settings.reader_password)


def stop_embedded(settings: Settings, *, only_if_unused: bool = False) -> bool:
    """Stop the embedded server, ending its sessions; true if it was running. Data stays.

    With `only_if_unused` it stays up while another adtrack process uses it (what `adtrack up` wants at its end).
    Does nothing to the server of a DATABASE_URL.
    """
    if settings.database_url:
        return False
    return EmbeddedServer(settings.home_dir, settings.db_port).stop(only_if_unused=only_if_unused)


def prepare_embedded(server: EmbeddedServer, *, given: SecretStr | None = None) -> Database:
    """Start or find an embedded server and prepare its database."""
    port = server.ensure()
    try:
        password = SecretStr(ensure_owner(server, port))
    except psycopg.Error as error:
        raise trouble(error, f"{HOST}:{port}") from error
    database = Database(HOST, port, OWNER, DBNAME, password, is_embedded=True)
    # One at a time: of two first starts, the second must find the password the first one made and kept.
    with locks.exclusive(server.files.start_lock):
        kept = server.files.password(READER)
        ready = prepare(database, given=given, kept=SecretStr(kept) if kept else None, may_generate=True)
        if ready.reader.password and (known := ready.reader.password.get_secret_value()) != kept:
            server.files.keep_password(READER, known)
    return ready


def prepare(
    database: Database,
    *,
    given: SecretStr | None = None,
    kept: SecretStr | None = None,
    may_generate: bool = False,
) -> Database:
    """Check a database, bring its tables up to date and see to the reader role; returns it with its reader."""
    try:
        with database.connect(autocommit=True) as conn:
            check_server(conn)
            migrate(conn)
            reader = ensure_reader(conn, given=given, kept=kept, may_generate=may_generate)
    except psycopg.Error as error:
        raise trouble(error, database.label) from error
    return replace(database, reader=reader)
