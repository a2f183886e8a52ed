"""What may stand in the policies file, one module per section, and the whole of it: `Policies`.

Sections of other rooms (`FOREIGN`) stand in the same file; those rooms validate them with `load_section`.
"""

from typing import Any

from pydantic import Field, PrivateAttr

from adtrack_pipeline.monitoring.policies.file import Document
from adtrack_pipeline.monitoring.policies.model.base import MappingOf, Section
from adtrack_pipeline.monitoring.policies.model.budgets import Budgets
from adtrack_pipeline.monitoring.policies.model.detection import Detection
from adtrack_pipeline.monitoring.policies.model.health import Health
from adtrack_pipeline.monitoring.policies.model.overrides import Overrides, Tag
from adtrack_pipeline.monitoring.policies.model.pacing import Pacing
from adtrack_pipeline.monitoring.policies.model.reminders import Reminders
from adtrack_pipeline.monitoring.policies.model.thresholds import Thresholds

FOREIGN = ("channels", "routing", "reports")

__all__ = [
    "FOREIGN",
    "Budgets",
    "Detection",
    "Health",
    "Overrides",
    "Pacing",
    "Policies",
    "Reminders",
    "Tag",
    "Thresholds",
]


class Policies(Section):
    """Every rule in effect. Made by `load_policies`; `document` is the user's file, for later messages."""

    thresholds: Thresholds = Thresholds()
    budgets: Budgets = Budgets()
    pacing: Pacing = Pacing()
    health: Health = Health()
    detection: Detection = Detection()
    reminders: Reminders = Reminders()
    tags: MappingOf[Tag] = Field({}, description="Names for sets of campaigns.")
    overrides: Overrides = Overrides()
    channels: Any = Field(None, description="Where messages go.", exclude=True)
    routing: Any = Field(None, description="Which message goes where.", exclude=True)
    reports: Any = Field(None, description="Which daily report goes where.", exclude=True)

    _document: Document | None = PrivateAttr(None)

    @property
    def document(self) -> Document | None:
        """The user's file as read; None for the shipped defaults."""
        return self._document
