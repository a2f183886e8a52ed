"""A simulated ad platform behind the real HTTP API of Meta: what newcomers see, tests run on, faults rehearse.

Belongs here: the Graph API as a server, the simulated and the replayed world, faults on demand.
Does not belong here: any client code. The product meets this package over HTTP only, so nothing in here
imports `platforms`, `warehouse` or `ingestion`.
"""

from adtrack_pipeline.sandbox.options import SandboxError, SandboxOptions

__all__ = ["SandboxError", "SandboxOptions", "serve"]


def serve(options: SandboxOptions) -> None:
    """Serve until interrupted. Imports the server only now, so that naming an error costs no numpy.

    Raises:
        SandboxError: port in use, or a replay folder that cannot be served.
    """
    from adtrack_pipeline.sandbox.server import serve as run  # noqa: PLC0415

    run(options)
