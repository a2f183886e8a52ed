"""`adtrack up`: the processes of one machine, started together, watched, and stopped together.

Belongs here: child processes, ports, locks, waiting for readiness. Does not belong here: what those processes do.
Importing this package imports no Dagster: every command of the CLI does so.
"""

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.source import source_ready
from adtrack_pipeline.services.up import serve_everything

__all__ = ["ServiceError", "serve_everything", "source_ready"]
