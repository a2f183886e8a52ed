"""Which processes `adtrack up` runs: the code server, the UI, the one daemon.

One code server serves UI, daemon and runs; each would otherwise start its own. It listens on a socket file that
only this user can open.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adtrack_pipeline.defs.instance.home import dagster_home, environment, location_name
from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.ports import HOST
from adtrack_pipeline.services.processes import Service
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database

DEFINITIONS = "adtrack_pipeline.definitions"
WEBSERVER = "adtrack_pipeline.webserver"
WORKSPACE = """\
# Written by `adtrack up`.
load_from:
  - grpc_server:
      socket: "{socket}"
      location_name: "{name}"
"""


@dataclass(frozen=True)
class Plan:
    """What to start, and where it will answer."""

    ui: Service
    code: Service
    daemon: Service
    ui_url: str
    location: str
    logs: Path


def make_plan(settings: Settings, database: Database) -> Plan:
    """The services of this machine.

    Args:
        settings: with the API's address filled in.
        database: the warehouse.

    Raises:
        ServiceError: somebody else owns the folder for the code server's socket.
    """
    workspace = dagster_home(settings) / "workspace.yaml"
    socket = socket_folder(settings) / "code"
    location = location_name(settings)
    workspace.write_text(WORKSPACE.format(socket=socket, name=location))
    env = child_environment(settings, database)
    logs = settings.home_dir / "logs"
    code = ("api", "grpc", "--socket", str(socket), "--location-name", location, "-m", DEFINITIONS)
    ui = ("--host", HOST, "--port", str(settings.ui_port), "-w", str(workspace), "--suppress-warnings")
    daemon = ("run", "-w", str(workspace))
    return Plan(
        ui=Service("ui", WEBSERVER, ui, env, logs / "ui.log"),
        code=Service("code", "dagster", code, env, logs / "code.log"),
        daemon=Service("daemon", "dagster._daemon", daemon, env, logs / "daemon.log"),
        ui_url=f"http://{HOST}:{settings.ui_port}",
        location=location,
        logs=logs,
    )


def socket_folder(settings: Settings) -> Path:
    """The folder for the code server's socket, made so that only this user can open it.

    Raises:
        ServiceError: somebody else made it first.
    """
    folder = _socket_folder(settings)
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not folder.is_dir() or folder.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise ServiceError(f"{folder} must be a folder that only you can open; remove it and start again.")
    (folder / "code").unlink(missing_ok=True)
    return folder


def remove_socket_folder(settings: Settings) -> None:
    """Nothing of a stopped `adtrack up` stays outside its home."""
    shutil.rmtree(_socket_folder(settings), ignore_errors=True)


def _socket_folder(settings: Settings) -> Path:
    """The same at every start: schedules and queued runs remember it.

    Not in ADTRACK_HOME, because a socket's path may have about a hundred characters only.
    """
    mark = hashlib.sha256(str(settings.home_dir).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"adtrack-{os.getuid()}-{mark}"


def child_environment(settings: Settings, database: Database) -> Mapping[str, str]:
    """This process's environment, and what was decided since it started."""
    decided = {
        **environment(settings, database),
        "ADTRACK_SOURCE": settings.effective_source,
        "ADTRACK_SANDBOX_PORT": str(settings.sandbox_port),
        "PYTHONUNBUFFERED": "1",
        # Dagster's advice about its beta features is for people who write code against it, not for a log.
        "PYTHONWARNINGS": "ignore",
    }
    if settings.meta_graph_url:
        decided["META_GRAPH_URL"] = settings.meta_graph_url
    return {**os.environ, **decided}
