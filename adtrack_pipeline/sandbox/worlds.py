"""Which world a server serves."""

from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.replay.world import ReplayWorld
from adtrack_pipeline.sandbox.simulation.world import SimulatedWorld
from adtrack_pipeline.sandbox.world import World


def build_world(options: SandboxOptions) -> World:
    """The recorded world of a folder, or the simulated one.

    Raises:
        SandboxError: when the folder cannot be served.
    """
    if options.replay is not None:
        return ReplayWorld(options.replay)
    return SimulatedWorld(options)
