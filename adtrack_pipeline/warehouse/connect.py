"""From the settings to a database that is ready: found or started, checked, migrated, with its roles."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import psycopg
from pydantic import SecretStr

from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse.checks import check_server
from adtrack_pipeline.warehouse.database import Database, Login
from adtrack_pipeline.warehouse.declared_roles import ROLES
from adtrack_pipeline.warehouse.dsn import parse_database_url
from adtrack_pipeline.warehouse.embedded import locks
from adtrack_pipeline.warehouse.embedded.bootstrap import DBNAME, OWNER, ensure_owner
from adtrack_pipeline.warehouse.embedded.ports import HOST
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from adtrack_pipeline.warehouse.migrate import migrate
from adtrack_pipeline.warehouse.refusals import trouble
from adtrack_pipeline.warehouse.roles import ensure_role

Passwords = Mapping[str, SecretStr]
NO_PASSWORDS: Passwords = MappingProxyType({})

__all__ = ["Database", "Login", "ensure_database", "stop_embedded"]


def ensure_database(settings: Settings) -> Database:
    """The warehouse, ready for use: the server of DATABASE_URL, or the embedded one, started if need be.

    Idempotent, and safe when several processes do it at once. Takes about 0.1 s once everything is there.

    Raises:
        DatabaseError: one sentence on what is wrong, without the password.
    """
    if settings.database_url:
        return prepare(parse_database_url(settings.database_url), given=passwords(settings))
    server = EmbeddedServer(settings.home_dir, settings.db_port)
    return prepare_embedded(server, given=passwords(settings))


def passwords(settings: Settings) -> Passwords:
    """The passwords of roles that the user configured, by role."""
    chosen = {
        "reader": settings.reader_password,
        "predictor": settings.predictor_password,
        "orders": settings.orders_password,
    }
    return {role: password for role, password in chosen.items() if password}


def stop_embedded(settings: Settings, *, only_if_unused: bool = False) -> bool:
    """Stop the embedded server, ending its sessions; true if it was running. Data stays.

    With `only_if_unused` it stays up while another adtrack process uses it (what `adtrack up` wants at its end).
    Does nothing to the server of a DATABASE_URL.
    """
    if settings.database_url:
        return False
    return EmbeddedServer(settings.home_dir, settings.db_port).stop(only_if_unused=only_if_unused)


def prepare_embedded(server: EmbeddedServer, *, given: Passwords = NO_PASSWORDS) -> Database:
    """Start or find an embedded server and prepare its database."""
    port = server.ensure()
    try:
        password = SecretStr(ensure_owner(server, port))
    except psycopg.Error as error:
        raise trouble(error, f"{HOST}:{port}") from error
    database = Database(HOST, port, OWNER, DBNAME, password, is_embedded=True)
    # One at a time: of two first starts, the second must find the passwords the first one made and kept.
    with locks.exclusive(server.files.start_lock):
        known = {key: server.files.password(role.name) for key, role in ROLES.items()}
        kept = {key: SecretStr(text) for key, text in known.items() if text}
        ready = prepare(database, given=given, kept=kept, may_generate=True)
        for key, login in ready.logins.items():
            if login.password and login.password != kept.get(key):
                server.files.keep_password(login.user, login.password.get_secret_value())
    return ready


def prepare(
    database: Database,
    *,
    given: Passwords = NO_PASSWORDS,
    kept: Passwords = NO_PASSWORDS,
    may_generate: bool = False,
) -> Database:
    """Check a database, bring its tables up to date and see to the roles; returns it with their logins.

    Args:
        database: as its owner.
        given: passwords the user configured, by role.
        kept: passwords the roles are known to have.
        may_generate: make a password for a role that has none.
    """
    try:
        with database.connect(autocommit=True) as conn:
            check_server(conn)
            migrate(conn)
            logins = {
                key: ensure_role(conn, role, given=given.get(key), kept=kept.get(key), may_generate=may_generate)
                for key, role in ROLES.items()
            }
    except psycopg.Error as error:
        raise trouble(error, database.label) from error
    return replace(database, logins=logins)
