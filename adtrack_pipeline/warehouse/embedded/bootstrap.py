"""What a fresh embedded server needs before the migrations: the owner role and the database `adtrack`."""

import secrets

import psycopg
from psycopg import sql

from adtrack_pipeline.warehouse.embedded import locks
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer

OWNER = "adtrack"
DBNAME = "adtrack"


def ensure_owner(server: EmbeddedServer, port: int) -> str:
    """Create the owner role and its database if they are missing; returns the owner's password.

    The owner is no superuser: it may create databases and roles, and nothing on the machine.
    """
    with locks.exclusive(server.files.start_lock), psycopg.connect(server.conninfo(port), autocommit=True) as conn:
        password = server.files.password(OWNER)
        exists = conn.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone()
        if not exists or not password:
            password = secrets.token_urlsafe(24)
            verifier = conn.pgconn.encrypt_password(password.encode(), OWNER.encode(), b"scram-sha-256").decode()
            verb = sql.SQL("alter" if exists else "create")
            conn.execute(
                sql.SQL("{} role {} login createdb createrole password {}").format(
                    verb, sql.Identifier(OWNER), sql.Literal(verifier)
                )
            )
            server.files.keep_password(OWNER, password)
        if not conn.execute("select 1 from pg_database where datname = %s", [DBNAME]).fetchone():
            conn.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DBNAME), sql.Identifier(OWNER))
            )
        if conn.execute("select has_database_privilege('public', %s, 'connect')", [DBNAME]).fetchone() == (True,):
            # By default every role may connect and make temporary tables: here others have no business.
            conn.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(DBNAME)))
    return password
