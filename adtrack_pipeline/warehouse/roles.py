"""The role of BI tools: `adtrack_reader` reads `marts` and the public views of `ops`, and nothing else.

The grants are the lock; the role's settings (read-only, time limits) are seat belts. Every step first looks
whether it is needed: changing rights of a table that dbt is just replacing would make one of the two fail.
"""

import secrets
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql
from pydantic import SecretStr

from adtrack_pipeline.warehouse.database import READER, Reader
from adtrack_pipeline.warehouse.migrate import lock_tables_and_roles

PUBLIC_OPS_VIEWS = ("account_freshness",)
SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "10min",
    "search_path": "marts",
}
CONNECTION_LIMIT = 30  # a busy dashboard must not take the pipeline's connections
ATTEMPTS = 5
COMMENT = "BI tools: reads schema marts and the public views of schema ops. Made by adtrack."

# Roles belong to the whole server and marts to dbt as well: somebody else changed the same thing in this moment.
_COLLISIONS = (
    psycopg.errors.InternalError_,
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.UndefinedTable,
)
_reader = sql.Identifier(READER)


def ensure_reader(
    conn: psycopg.Connection[Any],
    *,
    given: SecretStr | None = None,
    kept: SecretStr | None = None,
    may_generate: bool = False,
) -> Reader:
    """Create the role and whatever right it lacks; safe to repeat and to run twice at once.

    `given` is the password the user configured, `kept` the one the role is known to have; without either one is
    made if `may_generate`. The result says which one holds. A user who may not create roles gets a note instead of
    an error. `conn` is in autocommit mode.
    """
    password = given or kept or (SecretStr(secrets.token_urlsafe(24)) if may_generate else None)
    is_known = password is not None and password == kept
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with conn.transaction():
                lock_tables_and_roles(conn)
                may_manage = _manage_role(conn, password, is_known=is_known)
                return _reader_after(conn, password if may_manage or given else None, may_manage=may_manage)
        except _COLLISIONS:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _manage_role(conn: psycopg.Connection[Any], password: SecretStr | None, *, is_known: bool) -> bool:
    """Create the role, its settings and its password; false when this user may not."""
    is_new = not _exists(conn)
    try:
        with conn.transaction():
            if is_new:
                conn.execute(
                    sql.SQL("create role {} login connection limit {}").format(
                        _reader, sql.Literal(CONNECTION_LIMIT)
                    )
                )
                conn.execute(sql.SQL("comment on role {} is {}").format(_reader, sql.Literal(COMMENT)))
            _apply_settings(conn)
            if password and (is_new or not is_known):
                _set_password(conn, password)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _reader_after(conn: psycopg.Connection[Any], password: SecretStr | None, *, may_manage: bool) -> Reader:
    """Grant what is missing, and say what keeps BI tools from using the role, if anything does."""
    if not _exists(conn):
        return Reader(
            note="This database user may not create roles, so BI tools have no login of their own yet: let an "
            f"administrator run create role {READER} login password '...', then start adtrack again."
        )
    if not _grant(conn):
        return Reader(
            password=password,
            note=f"{READER} may not connect to this database: let its owner run grant connect on database to it.",
        )
    if password:
        return Reader(password=password)
    if may_manage:
        return Reader(note=f"{READER} has no password known here: set ADTRACK_READER_PASSWORD and start again.")
    return Reader(note=f"{READER} may read marts; its password is known to whoever created it, not to adtrack.")


def _exists(conn: psycopg.Connection[Any]) -> bool:
    return conn.execute("select 1 from pg_roles where rolname = %s", [READER]).fetchone() is not None


def _apply_settings(conn: psycopg.Connection[Any]) -> None:
    row = conn.execute("select coalesce(rolconfig, '{}') from pg_roles where rolname = %s", [READER]).fetchone()
    present = set(row[0]) if row else set()
    for name, value in SETTINGS.items():
        if f"{name}={value}" not in present:
            conn.execute(
                sql.SQL("alter role {} set {} = {}").format(_reader, sql.Identifier(name), sql.Literal(value))
            )


def _set_password(conn: psycopg.Connection[Any], password: SecretStr) -> None:
    # The verifier instead of the password: what a failing statement writes to the server's log is no secret.
    verifier = conn.pgconn.encrypt_password(
        password.get_secret_value().encode(), READER.encode(), b"scram-sha-256"
    ).decode()
    conn.execute(sql.SQL("alter role {} login password {}").format(_reader, sql.Literal(verifier)))


def _grant(conn: psycopg.Connection[Any]) -> bool:
    """Give the role what it lacks; false when it may not connect and we cannot change that."""
    for schema in ("marts", "ops"):
        if not _has(conn, "has_schema_privilege(%(role)s, %(name)s, 'usage')", schema):
            conn.execute(sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema), _reader))
    if not _has(conn, _DEFAULTS_SET, conn.info.user):
        # What dbt creates later, as this user, is readable from its first moment.
        conn.execute(
            sql.SQL("alter default privileges in schema marts grant select on tables to {}").format(_reader)
        )
    for schema, table in conn.execute(_UNREADABLE, {"role": READER, "views": list(PUBLIC_OPS_VIEWS)}).fetchall():
        conn.execute(sql.SQL("grant select on {} to {}").format(sql.Identifier(schema, table), _reader))
    may_connect = "has_database_privilege(%(role)s, %(name)s, 'connect')"
    if not _has(conn, may_connect, conn.info.dbname):
        with suppress(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(
                sql.SQL("grant connect on database {} to {}").format(sql.Identifier(conn.info.dbname), _reader)
            )
    return _has(conn, may_connect, conn.info.dbname)


def _has(conn: psycopg.Connection[Any], question: str, name: str) -> bool:
    row = conn.execute(f"select {question}".encode(), {"role": READER, "name": name}).fetchone()
    return bool(row and row[0])


_DEFAULTS_SET = """exists (
    select 1 from pg_default_acl, aclexplode(defaclacl) as acl
    where defaclrole = %(name)s::regrole and defaclnamespace = 'marts'::regnamespace and defaclobjtype = 'r'
        and acl.grantee = %(role)s::regrole and acl.privilege_type = 'SELECT'
)"""

_UNREADABLE = """
    select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'p', 'f')
        and (nspname = 'marts' or (nspname = 'ops' and relkind = 'v' and relname = any(%(views)s)))
        and pg_has_role(relowner, 'member')
        and not has_table_privilege(%(role)s, pg_class.oid, 'select')
"""
