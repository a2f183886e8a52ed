"""Sweeping what runs leave on disk: dbt's build folders and captured output. Knows paths and ages only."""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


def old_folders(parent: Path, before: datetime) -> Iterable[Path]:
    """Folders directly in `parent` that nothing was written to since `before`."""
    if not parent.is_dir():
        return []
    return [path for path in parent.iterdir() if path.is_dir() and _touched(path) < before.timestamp()]


def remove(folders: Iterable[Path]) -> int:
    """Delete folders; returns how many. One that is gone already is fine."""
    gone = 0
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        gone += 1
    return gone


def _touched(folder: Path) -> float:
    return max((path.stat().st_mtime for path in [folder, *folder.rglob("*")] if path.exists()), default=0.0)
