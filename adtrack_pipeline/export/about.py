"""What an exported file says about itself: which table, what a row is, when and how it was exported."""

from dataclasses import dataclass
from datetime import datetime

from adtrack_pipeline.export.selection import Selection

SANDBOX = "SANDBOX: simulated data, no ad account of anybody."


@dataclass(frozen=True)
class About:
    """Facts for the header sheet of a workbook and the metadata of a Parquet file.

    `asked_at` is the instant of the snapshot all rows come from, in UTC; `command` reproduces the call.
    """

    chosen: Selection
    asked_at: datetime
    command: str
    is_sandbox: bool = False

    def facts(self) -> dict[str, str]:
        """Name and text, in reading order; only what is known."""
        table = self.chosen.table
        told = {
            "source": SANDBOX if self.is_sandbox else "",
            "table": table.label,
            "one row per": table.grain,
            "about": table.text,
            "days": self._days(),
            "condition": self.chosen.where or "",
            "exported at": f"{self.asked_at:%Y-%m-%d %H:%M:%S} UTC, all rows as of this moment",
            "exported with": self.command,
        }
        return {name: text for name, text in told.items() if text}

    def _days(self) -> str:
        since, until = self.chosen.since, self.chosen.until
        if since and until:
            return f"{since} to {until}, both included"
        return f"from {since}" if since else f"up to {until}, included" if until else ""
