"""`adtrack up`: the processes of one machine, started together, watched, and stopped together.

Belongs here: child processes, ports, locks, waiting for readiness. Does not belong here: what those processes do.
Importing this package imports no Dagster: every command of the CLI does so.
"""

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.heartbeat import last_heartbeat
from adtrack_pipeline.services.source import source_ready
from adtrack_pipeline.services.up import serve_everything
from adtrack_pipeline.services.watching import report, silent_daemon

__all__ = ["ServiceError", "last_heartbeat", "report", "serve_everything", "silent_daemon", "source_ready"]
