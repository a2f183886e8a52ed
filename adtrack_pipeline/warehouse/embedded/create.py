"""The data directory: making one, and refusing one that is not for this Postgres."""

import secrets
from pathlib import Path

from adtrack_pipeline.warehouse.embedded.binaries import MAJOR, find_programs
from adtrack_pipeline.warehouse.embedded.failures import start_failure
from adtrack_pipeline.warehouse.embedded.home import ServerHome
from adtrack_pipeline.warehouse.errors import DatabaseError

SUPERUSER = "postgres"


def ensure_data(files: ServerHome, *, sync: bool = True) -> None:
    """Initialise the data directory if there is none. Call with the start lock held.

    It is made aside and then renamed, so that a kill at any moment leaves a whole one or none. `sync=False` does
    not wait for the disk.

    Raises:
        DatabaseError: it cannot be made, or is not one of this Postgres' version.
    """
    if files.data.exists():
        check_version(files)
        return
    programs = find_programs(files.account)
    password = files.password(SUPERUSER)
    if password is None:
        password = secrets.token_urlsafe(24)
        files.keep_password(SUPERUSER, password)
    fresh = files.state / "new"
    with files.clear_sentences():
        files.account.shell('rm -rf "$1"; mkdir -p "$1" "$2"', fresh, files.logs)
        files.account.write(fresh / "password", password + "\n")
    # A locale of Postgres' own: the order of text does not depend on the machine.
    options = f"--username={SUPERUSER} --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --data-checksums"
    login: list[str | Path] = [
        "--auth=scram-sha-256",
        "--pwfile",
        fresh / "password",
        *([] if sync else ["--no-sync"]),
    ]
    made = files.account.run(
        [programs / "initdb", *options.split(), *login, "-D", fresh / "data"], cwd=files.state
    )
    if made.returncode:
        problem = start_failure(files, made.stderr)
        files.account.shell('rm -rf "$1"', fresh)
        raise problem
    with files.clear_sentences():
        files.account.shell('mv "$1/data" "$2"; rm -rf "$1"', fresh, files.data)


def check_version(files: ServerHome) -> None:
    """Refuse a data directory of another major version, or something that is none."""
    try:
        found = (files.data / "PG_VERSION").read_text().strip()
    except OSError:
        raise DatabaseError(
            f"{files.data} is not a PostgreSQL data directory that can be read (no PG_VERSION): restore it from a "
            "backup, or move it away to start with an empty database."
        ) from None
    if found != str(MAJOR):
        raise DatabaseError(
            f"The data in {files.data} belongs to PostgreSQL {found}, and this adtrack brings PostgreSQL {MAJOR}: "
            f"dump it with pg_dump {found} and load it into a new ADTRACK_HOME, or set DATABASE_URL."
        )
