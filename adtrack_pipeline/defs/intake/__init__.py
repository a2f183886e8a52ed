"""Files that people hand in: the assets they fill, and the sensor that watches the inbox.

Does not belong here: reading and loading files (`adtrack_pipeline.intake`).
"""

from adtrack_pipeline.defs.intake.assets import build_intake
from adtrack_pipeline.defs.intake.watching import build_inbox_sensor

__all__ = ["build_inbox_sensor", "build_intake"]
