"""What somebody changed shortly before.

Belongs here: finding entries of a change log that may explain an incident. Does not belong here: reading the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from adtrack_pipeline.monitoring.inputs.columns import instants, require, words_or_null

COLUMNS = ("object_id", "ts", "what")
HOURS_BEFORE = 48
MOST = 5


@dataclass(frozen=True)
class Changes:
    """Change log by object id, newest first: (instant, what)."""

    of: Mapping[str, list[tuple[pd.Timestamp, str]]] = field(default_factory=dict)

    def before(self, ids: Mapping[str, str], at: pd.Timestamp, window_hours: int) -> list[str]:
        """What changed on one of these objects before `at`, newest first.

        From two days before the window that showed it: an incident may have begun where its window begins.
        """
        window = at - pd.Timedelta(hours=window_hours + HOURS_BEFORE)
        hits = {
            hit
            for object_id in ids.values()
            for hit in self.of.get(object_id, ())
            if window <= hit[0] <= at + pd.Timedelta(hours=1)
        }
        return [f"{when:%Y-%m-%d %H:%M} UTC: {what}" for when, what in sorted(hits, reverse=True)[:MOST]]


def read_changes(frame: pd.DataFrame | None) -> Changes:
    """Index a change log with columns `object_id` (ad, ad set, campaign or account), `ts`, `what` (words).

    Raises:
        PanelError: a column is missing or cannot be read.
    """
    if frame is None or not len(frame):
        return Changes()
    require(frame, COLUMNS, "The change log")
    found: dict[str, list[tuple[pd.Timestamp, str]]] = {}
    for object_id, ts, what in zip(
        words_or_null(frame, "object_id"), instants(frame, "ts"), frame["what"], strict=True
    ):
        if isinstance(object_id, str):
            found.setdefault(object_id, []).append((ts, str(what)))
    return Changes(found)
