"""What the server wrote to its log files since a certain moment (older lines are about older troubles)."""

from pathlib import Path


class LogSince:
    """Remembers where the log files end now; `text` is what came after."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ends = {path: path.stat().st_size for path in directory.glob("*.log")}

    def text(self) -> str:
        """The new text of all log files, oldest file first."""
        paths = sorted(self.directory.glob("*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(self._after(path) for path in paths)

    def _after(self, path: Path) -> str:
        written = path.read_bytes()
        end = self.ends.get(path, 0)
        # Shorter than before: the file of this weekday was started anew.
        return written[end if end <= len(written) else 0 :].decode(errors="replace")
