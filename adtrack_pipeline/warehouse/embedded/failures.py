"""From what Postgres says when it cannot start to one sentence a user can act on."""

from adtrack_pipeline.warehouse.embedded.home import ServerHome
from adtrack_pipeline.warehouse.errors import DatabaseError


def start_failure(files: ServerHome, said: str, port: int | None = None) -> DatabaseError:
    """The error for a server that did not come up; `said` is everything it printed."""
    if "Address already in use" in said:
        return DatabaseError(
            f"Port {port} on 127.0.0.1 is in use by another program: choose another ADTRACK_DB_PORT, or leave it "
            "unset and adtrack finds a free one."
        )
    if "No space left on device" in said:
        return DatabaseError(
            f"The disk that holds {files.state} is full: make space and start again; "
            "nothing that was committed is lost."
        )
    if "Read-only file system" in said:
        return DatabaseError(
            f"{files.state} is on a read-only file system: set ADTRACK_HOME to a directory that can be written."
        )
    if "pre-existing shared memory block" in said:
        return DatabaseError(
            f"Processes of a crashed server still work in {files.data} and do not end: "
            "stop them, then start again."
        )
    if "Permission denied" in said and "shared memory" not in said:
        return DatabaseError(
            f"The account {files.account.name!r} that runs Postgres may not use {files.state}: "
            "give that directory back to it, or set ADTRACK_HOME to another one."
        )
    return DatabaseError(
        f"The embedded Postgres in {files.state} did not start: {_essence(said)} (its log is in {files.logs})"
    )


TELLING = ("FATAL", "PANIC", "ERROR", "error:", "terminated by signal", "shutdown request")


def _essence(said: str) -> str:
    """The last line that tells a reason, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in TELLING)]
    return (telling or lines or ["it gave no reason."])[-1]
