"""The Meta Marketing API over HTTP: accounts, objects, insights, change log.

`MetaClient` is the door; nothing else of this package is meant for other rooms.
"""

from adtrack_pipeline.platforms.meta.client import MetaClient
from adtrack_pipeline.platforms.meta.config import MetaConfig, Timing
from adtrack_pipeline.platforms.meta.records import (
    AccountsFound,
    ActivitiesPage,
    JobStore,
    ObjectsPage,
    TokenInfo,
)

__all__ = [
    "AccountsFound",
    "ActivitiesPage",
    "JobStore",
    "MetaClient",
    "MetaConfig",
    "ObjectsPage",
    "Timing",
    "TokenInfo",
]
