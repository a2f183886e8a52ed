"""Predictions and offline orders that people hand in as files: from any store and format to raw tables.

Belongs here: reading, validating and loading files, and what an inbox holds. Does not belong here: when that
happens (defs/intake), and what becomes of the rows (accuracy, dbt). Insert by SQL needs none of it: the tables'
triggers give versions, and the roles of `warehouse.roles` may insert there.
"""

from adtrack_pipeline.intake.columns import Target
from adtrack_pipeline.intake.errors import IntakeError
from adtrack_pipeline.intake.loading import load_file
from adtrack_pipeline.intake.orders import ORDERS
from adtrack_pipeline.intake.predictions import PREDICTIONS
from adtrack_pipeline.intake.report import LoadReport
from adtrack_pipeline.intake.targets import TARGETS

__all__ = ["ORDERS", "PREDICTIONS", "TARGETS", "IntakeError", "LoadReport", "Target", "load_file"]
