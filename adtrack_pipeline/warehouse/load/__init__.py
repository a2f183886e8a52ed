"""Everything that writes to `raw` and to the pipeline's own memory in `ops`, and what ingestion asks of them.

Belongs here: bulk loads with revisions and fencing, sync log, coverage, tokens, retention. Does not belong
here: connections and migrations (the room above), HTTP, and any decision about what to read.
"""

from adtrack_pipeline.warehouse.load.errors import FencedOut, LoadError
from adtrack_pipeline.warehouse.load.insights import InsightsLoad, LoadResult, open_insights_load
from adtrack_pipeline.warehouse.load.rules import put_conversion_rules, rules_of
from adtrack_pipeline.warehouse.load.tokens import (
    check_token,
    hold_token,
    release_token,
    revoke,
    revoke_dead,
    take_token,
)

__all__ = [
    "FencedOut",
    "InsightsLoad",
    "LoadError",
    "LoadResult",
    "check_token",
    "hold_token",
    "open_insights_load",
    "put_conversion_rules",
    "release_token",
    "revoke",
    "revoke_dead",
    "rules_of",
    "take_token",
]
