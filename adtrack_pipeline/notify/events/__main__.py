"""Writes the published description: `python -m adtrack_pipeline.notify.events docs/events`."""

import sys
from pathlib import Path

from adtrack_pipeline.notify.events.publishing import published_files


def main(folder: Path) -> None:
    """Replace the files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in published_files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
