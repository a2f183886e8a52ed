"""From a failed connection or statement to one clear sentence.

Never part of a sentence: the password, or any text of a connection string.
"""

import re
from collections.abc import Mapping

import psycopg

from adtrack_pipeline.warehouse.errors import DatabaseError

# A failed connection comes without a code: the words are the data.
# What libpq or the server says -> our sentence. {at} is user@host:port/dbname without the password.
SENTENCES: list[tuple[str, str]] = [
    (
        r"password authentication failed|no password supplied",
        "The database at {at} refuses this user name or password: check DATABASE_URL.",
    ),
    (
        r'database ".*" does not exist',
        "There is no database {dbname!r} on {host}:{port}: create it first (create database {dbname}) or correct "
        "the name at the end of DATABASE_URL.",
    ),
    (r'role ".*" does not exist', "There is no user {user!r} on {host}:{port}: check DATABASE_URL."),
    (
        r"no pg_hba\.conf entry",
        "The server {host}:{port} does not let {user!r} connect to {dbname!r} from this machine (pg_hba.conf): "
        "allow it there, or try ?sslmode=require at the end of DATABASE_URL.",
    ),
    (
        r"could not translate host name|Name or service not known|nodename nor servname",
        "The host name {host!r} of DATABASE_URL is not known: check its spelling and the network.",
    ),
    (
        r"Connection refused|No such file or directory",
        "Nothing answers on {host}:{port}: is that the address in DATABASE_URL, and does Postgres run there?",
    ),
    (
        r"timeout expired|timed out|No route to host|Network is unreachable",
        "{host}:{port} does not answer: check DATABASE_URL, the network and the firewall.",
    ),
    (
        r"server does not support SSL",
        "The server {host}:{port} has no TLS: use ?sslmode=disable in DATABASE_URL if the network is safe.",
    ),
    (
        r"certificate verify failed|root certificate|SSL error",
        "The TLS certificate of {host}:{port} is not accepted: check sslmode and sslrootcert in DATABASE_URL.",
    ),
    (
        r"too many clients|remaining connection slots|too many connections",
        "The server {host}:{port} has no free connection: close some, or raise its max_connections.",
    ),
    (
        r"is starting up|is shutting down|in recovery mode|not yet accepting connections",
        "The server {host}:{port} is just starting or stopping: try again in a moment.",
    ),
    (
        r"permission denied for database",
        "The user {user!r} may not connect to {dbname!r} on {host}:{port}: grant connect on that database to it.",
    ),
]


EMBEDDED_GONE = (
    "The embedded Postgres on {host}:{port} does not answer any more: run the command again, which starts it; "
    "its log is in postgres/server/log in ADTRACK_HOME."
)
_UNREACHABLE = re.compile(r"Connection refused|timeout expired|server closed the connection")


def refusal(error: psycopg.Error, names: Mapping[str, object], *, is_embedded: bool) -> DatabaseError:
    """The error for a connection that failed; `names` holds host, port, user and dbname."""
    said = str(error)
    if is_embedded and _UNREACHABLE.search(said):
        return DatabaseError(EMBEDDED_GONE.format(**names))
    at = "{user}@{host}:{port}/{dbname}".format(**names)
    for words, sentence in SENTENCES:
        if re.search(words, said):
            return DatabaseError(sentence.format(at=at, **names))
    # libpq names the address and the server's reason here, never the password.
    reason = said.strip().splitlines()[-1] if said.strip() else type(error).__name__
    return DatabaseError(f"No connection to {at}: {reason}")


def trouble(error: psycopg.Error, at: str) -> DatabaseError:
    """The error for a statement that failed for a reason outside of adtrack; `at` names the database."""
    if isinstance(error, psycopg.errors.DiskFull):
        return DatabaseError(f"The disk of the database {at} is full: make space and start again.")
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return DatabaseError(f"The database {at} is read-only: use the primary server and a user that may write.")
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return DatabaseError(
            f"Something else keeps tables of {at} locked: wait for it, or end it, and start again."
        )
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    return DatabaseError(f"The database {at} failed: {said.splitlines()[0]}")
