"""Everything that writes to `raw` and to the pipeline's own memory in `ops`, and what ingestion asks of them.

Belongs here: bulk loads with revisions and fencing, sync log, coverage, tokens, retention. Does not belong
here: connections and migrations (the room above), HTTP, and any decision about what to read.
"""

from adtrack_pipeline.warehouse.load.accounts import withdraw_unlisted_accounts
from adtrack_pipeline.warehouse.load.activities import load_activities
from adtrack_pipeline.warehouse.load.errors import FencedOut, LoadError
from adtrack_pipeline.warehouse.load.insights import InsightsLoad, open_insights_load
from adtrack_pipeline.warehouse.load.jobs import PgJobStore
from adtrack_pipeline.warehouse.load.knowledge import (
    days_read,
    get_state,
    never_read,
    put_state,
    stored_accounts,
)
from adtrack_pipeline.warehouse.load.objects import load_objects
from adtrack_pipeline.warehouse.load.retention import sweep
from adtrack_pipeline.warehouse.load.rules import put_conversion_rules, rules_of
from adtrack_pipeline.warehouse.load.session import LoadResult
from adtrack_pipeline.warehouse.load.sync_log import SyncLog
from adtrack_pipeline.warehouse.load.thumbnails import (
    creatives_without_thumbnail,
    note_dead_thumbnails,
    store_thumbnail,
)
from adtrack_pipeline.warehouse.load.tokens import (
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
    "PgJobStore",
    "SyncLog",
    "creatives_without_thumbnail",
    "days_read",
    "get_state",
    "hold_token",
    "load_activities",
    "load_objects",
    "never_read",
    "note_dead_thumbnails",
    "open_insights_load",
    "put_conversion_rules",
    "put_state",
    "release_token",
    "revoke",
    "revoke_dead",
    "rules_of",
    "store_thumbnail",
    "stored_accounts",
    "sweep",
    "take_token",
    "withdraw_unlisted_accounts",
]
