"""The server's configuration file, written anew at every start. Each setting that is not obvious says why."""

import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

SETTINGS: dict[str, str] = {
    "listen_addresses": "127.0.0.1",  # never further: the wheel has no TLS
    "unix_socket_directories": "",  # socket paths are limited to 107 characters; everybody uses TCP
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # costs more than it gains on queries of milliseconds
    "max_wal_size": "2GB",  # a backfill must not live from checkpoint to checkpoint
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",  # one server without replicas: tables built in one transaction skip the WAL
    "max_wal_senders": "0",
    "max_locks_per_transaction": "256",  # dbt touches every table at once
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # A client that vanished must not keep its locks; one that waits for the API may, for a while.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "client_connection_check_interval": "10s",
    "idle_in_transaction_session_timeout": "2h",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",  # one file a day, overwritten after a week
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_line_prefix": "%m [%p] %q%a@%d ",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
    "log_min_duration_statement": "10s",
}

SHM = Path("/dev/shm")  # noqa: S108 - only looked at
ENOUGH_BYTES = 512 * 1024**2  # for parallel queries

HEADER = """\
# Written by adtrack at every start: changes here are lost. Yours belong in ALTER SYSTEM, which goes to
# postgresql.auto.conf and wins.
"""


def render(port: int, log_directory: Path, overrides: Mapping[str, str]) -> str:
    """The text of `postgresql.conf`."""
    values = SETTINGS | {
        "port": str(port),
        "log_directory": str(log_directory),
        "dynamic_shared_memory_type": _shared_memory_type(),
        **overrides,
    }
    quoted = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items())
    return HEADER + "\n".join(quoted) + "\n"


def _shared_memory_type() -> str:
    """Containers get 64 MB of /dev/shm or one that only root may use; System V memory has no such limits.

    Systems without that directory at all are other ones than Linux, or roots in which nothing was mounted.
    """
    if not SHM.is_dir():
        return "sysv" if sys.platform == "linux" else "posix"
    is_open = bool(SHM.stat().st_mode & stat.S_IWOTH)
    return "posix" if is_open and shutil.disk_usage(SHM).total >= ENOUGH_BYTES else "sysv"
