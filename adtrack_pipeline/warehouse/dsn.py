"""From the text of DATABASE_URL to a `Database`. Mistakes get a sentence that does not repeat the text."""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.errors import DatabaseError

EXAMPLE = "postgresql://user:password@host:5432/database"
_OWN = {"host", "port", "user", "password", "dbname"}


def parse_database_url(url: SecretStr) -> Database:
    """Read `postgres://` or `postgresql://` (also with SQLAlchemy's `+driver`), any libpq option after `?`.

    Raises:
        DatabaseError: when it is no such URL; the sentence holds nothing of its text.
    """
    text = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url.get_secret_value().strip())
    if not text.startswith("postgresql://"):
        raise DatabaseError(f"DATABASE_URL must look like {EXAMPLE}.")
    try:
        # psycopg gives str for everything it parses from text.
        found = {name: str(value) for name, value in conninfo_to_dict(text).items() if value is not None}
    except psycopg.ProgrammingError:
        raise DatabaseError(
            f"DATABASE_URL cannot be read: it must look like {EXAMPLE}, and characters such as @ / : # % in the "
            "password must be percent-encoded (@ is %40)."
        ) from None
    if "user" not in found:
        raise DatabaseError(f"DATABASE_URL names no user: it must look like {EXAMPLE}.")
    port = found.get("port", "5432")
    if not port.isdigit():
        raise DatabaseError("DATABASE_URL must name one server with one port; lists of servers are not supported.")
    return Database(
        host=found.get("host") or "localhost",
        port=int(port),
        user=found["user"],
        dbname=found.get("dbname") or found["user"],
        password=SecretStr(found["password"]) if found.get("password") else None,
        options={name: value for name, value in found.items() if name not in _OWN},
    )
