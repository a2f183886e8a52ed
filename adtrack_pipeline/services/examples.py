"""Example files in the inbox of a newcomer: made once, by the sandbox's own command, beside everything else.

Does not belong here: what is in them (`sandbox/examples`), and loading them (the sensor does, as with any file).
"""

import os
from pathlib import Path

from adtrack_pipeline.services.processes import Process, Service
from adtrack_pipeline.services.source import CLI
from adtrack_pipeline.settings import Settings

LAST = "orders/SANDBOX*"  # what the command writes last: an interrupted attempt is repeated


def offer_examples(settings: Settings) -> Process | None:
    """Start making examples of the sandbox that was started here, unless there are some; returns the process.

    It is nobody's to restart: without examples everything works.
    """
    inbox = settings.inbox_url
    if "://" in inbox or any(Path(inbox).glob(LAST)):
        return None
    log = settings.home_dir / "logs" / "examples.log"
    return Process(Service("examples", CLI, ("sandbox", "examples", "--out", inbox), dict(os.environ), log))
