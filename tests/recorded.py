"""Where the recorded accounts lie: real objects and rows that are not part of the project."""

import os
from pathlib import Path

import pytest

FOLDER = Path(
    os.environ.get("ADTRACK_RECORDED_META") or Path(__file__).parents[2] / "shared" / "data" / "recorded_meta"
)

needs_recorded_accounts = pytest.mark.skipif(
    not (FOLDER / "insights.jsonl").is_file(),
    reason="the recorded accounts are not here; ADTRACK_RECORDED_META names their folder",
)
