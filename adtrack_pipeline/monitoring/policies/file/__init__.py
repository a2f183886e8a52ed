"""Reading one YAML file so that every mistake is told with its line, its key and what is allowed there.

Belongs here: YAML text to plain data with positions, plain data to a model of any room, errors into sentences.
Does not belong here: what may stand in the file (`model/`, and the models of rooms that own a section of it).
"""

from adtrack_pipeline.monitoring.policies.file.errors import PoliciesError, Problem
from adtrack_pipeline.monitoring.policies.file.tree import Document, parse, read
from adtrack_pipeline.monitoring.policies.file.validate import validate

__all__ = ["Document", "PoliciesError", "Problem", "parse", "read", "validate"]
