"""Brings the declared roles about: each may do what `declared_roles.py` says, and nothing else.

The grants are the lock; a role's settings (read-only, time limits) are seat belts. Every step first looks
whether it is needed: changing rights of a table that dbt is just replacing would make one of the two fail.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql
from pydantic import SecretStr

from adtrack_pipeline.warehouse.database import Login
from adtrack_pipeline.warehouse.declared_roles import PUBLIC_OPS_VIEWS, Role
from adtrack_pipeline.warehouse.migrate import lock_tables_and_roles

ATTEMPTS = 5

# Roles belong to the whole server and marts to dbt as well: somebody else changed the same thing in this moment.
_COLLISIONS = (
    psycopg.errors.InternalError_,
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.UndefinedTable,
)
Connection = psycopg.Connection[Any]


def ensure_role(
    conn: Connection,
    role: Role,
    *,
    given: SecretStr | None = None,
    kept: SecretStr | None = None,
    may_generate: bool = False,
) -> Login:
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
                may_manage = _manage_role(conn, role, password, is_known=is_known)
                return _login_after(conn, role, password if may_manage or given else None, may_manage=may_manage)
        except _COLLISIONS:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _manage_role(conn: Connection, role: Role, password: SecretStr | None, *, is_known: bool) -> bool:
    """Create the role, its settings and its password; false when this user may not."""
    is_new = not _exists(conn, role)
    try:
        with conn.transaction():
            if is_new:
                limit = sql.Literal(role.connection_limit)
                conn.execute(sql.SQL("create role {} login connection limit {}").format(_id(role), limit))
                conn.execute(sql.SQL("comment on role {} is {}").format(_id(role), sql.Literal(role.comment)))
            _apply_settings(conn, role)
            if password and (is_new or not is_known):
                _set_password(conn, role, password)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _login_after(conn: Connection, role: Role, password: SecretStr | None, *, may_manage: bool) -> Login:
    """Grant what is missing, and say what keeps people from using the role, if anything does."""
    name = role.name
    if not _exists(conn, role):
        return Login(
            name,
            note=f"This database user may not create roles, so {role.purpose} no login of their own yet: let an "
            f"administrator run create role {name} login password '...', then start adtrack again.",
        )
    _grant(conn, role)
    if not _may_connect(conn, role):
        return Login(
            name,
            password=password,
            note=f"{name} may not connect to this database: let its owner run grant connect on database to it.",
        )
    if password:
        return Login(name, password=password)
    if may_manage:
        return Login(name, note=f"{name} has no password known here: set {role.password_setting} and start again.")
    return Login(name, note=f"The password of {name} is known to whoever created it, not to adtrack.")


def _exists(conn: Connection, role: Role) -> bool:
    return conn.execute("select 1 from pg_roles where rolname = %s", [role.name]).fetchone() is not None


def _apply_settings(conn: Connection, role: Role) -> None:
    row = conn.execute("select coalesce(rolconfig, '{}') from pg_roles where rolname = %s", [role.name]).fetchone()
    present = set(row[0]) if row else set()
    for name, value in role.settings.items():
        if f"{name}={value}" not in present:
            conn.execute(
                sql.SQL("alter role {} set {} = {}").format(_id(role), sql.Identifier(name), sql.Literal(value))
            )


def _set_password(conn: Connection, role: Role, password: SecretStr) -> None:
    # The verifier instead of the password: what a failing statement writes to the server's log is no secret.
    verifier = conn.pgconn.encrypt_password(
        password.get_secret_value().encode(), role.name.encode(), b"scram-sha-256"
    ).decode()
    conn.execute(sql.SQL("alter role {} login password {}").format(_id(role), sql.Literal(verifier)))


def _grant(conn: Connection, role: Role) -> None:
    """Give the role what it lacks."""
    for schema in role.schemas:
        if not _has(conn, role, "has_schema_privilege(%(role)s, %(name)s, 'usage')", schema):
            conn.execute(sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema), _id(role)))
    if role.reads:
        _grant_reading(conn, role)
    if role.inserts:
        _grant_inserting(conn, role, *role.inserts)


def _grant_reading(conn: Connection, role: Role) -> None:
    if not _has(conn, role, _DEFAULTS_SET, conn.info.user):
        # What dbt creates later, as this user, is readable from its first moment.
        conn.execute(
            sql.SQL("alter default privileges in schema marts grant select on tables to {}").format(_id(role))
        )
    for schema, table in conn.execute(
        _UNREADABLE, {"role": role.name, "views": list(PUBLIC_OPS_VIEWS)}
    ).fetchall():
        conn.execute(sql.SQL("grant select on {} to {}").format(sql.Identifier(schema, table), _id(role)))


def _grant_inserting(conn: Connection, role: Role, schema: str, table: str, columns: Sequence[str]) -> None:
    values = {"role": role.name, "table": f"{schema}.{table}", "columns": list(columns)}
    if missing := conn.execute(_NOT_INSERTABLE, values).fetchall():
        names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in missing)
        conn.execute(
            sql.SQL("grant insert ({}) on {} to {}").format(names, sql.Identifier(schema, table), _id(role))
        )


def _may_connect(conn: Connection, role: Role) -> bool:
    """Whether it may connect to this database, once that was granted if we may."""
    question, dbname = "has_database_privilege(%(role)s, %(name)s, 'connect')", conn.info.dbname
    if not _has(conn, role, question, dbname):
        with suppress(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(dbname), _id(role)))
    return _has(conn, role, question, dbname)


def _has(conn: Connection, role: Role, question: str, name: str) -> bool:
    row = conn.execute(f"select {question}".encode(), {"role": role.name, "name": name}).fetchone()
    return bool(row and row[0])


def _id(role: Role) -> sql.Identifier:
    return sql.Identifier(role.name)


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

_NOT_INSERTABLE = """
    select name from unnest(%(columns)s::text[]) as name
    where not has_column_privilege(%(role)s, %(table)s::regclass, name, 'insert')
"""
