"""Which tables files may be for. A further one is a further entry; exchange rates have a reader of their own."""

from adtrack_pipeline.intake.columns import Target
from adtrack_pipeline.intake.orders import ORDERS
from adtrack_pipeline.intake.predictions import PREDICTIONS

TARGETS: tuple[Target, ...] = (PREDICTIONS, ORDERS)


def target_of_folder(folder: str) -> Target | None:
    """The target of a sub-folder of the inbox."""
    return next((target for target in TARGETS if target.folder == folder), None)
