"""What somebody asks to be exported, with the rules that need no database."""

import shlex
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from adtrack_pipeline.export.errors import ExportError

STDOUT = "-"
PACKED = ".gz"


class Format(StrEnum):
    """What can be written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Request:
    """What is wanted. `out` is a path or `-`; days are inclusive; `minutes` is how long the database may take."""

    table: str
    fmt: Format
    out: str
    columns: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    where: str | None = None
    verbatim: bool = False
    gzip: bool = False
    minutes: float = 60.0
    is_sandbox: bool = False

    def __post_init__(self) -> None:
        if self.fmt is not Format.CSV and (self.gzip or self.verbatim):
            raise ExportError(
                f"--gzip and --verbatim are for csv; {self.fmt.value} is compressed and typed by itself."
            )
        try:
            (self.where or "").encode()
        except UnicodeEncodeError:
            raise ExportError(
                "--where is not UTF-8 text: check the terminal's or the script's encoding."
            ) from None

    @property
    def command(self) -> str:
        """The call that exports the same again."""
        given = {
            "--from": self.since and self.since.isoformat(),
            "--to": self.until and self.until.isoformat(),
            "--columns": ",".join(self.columns),
            "--where": self.where,
            "--format": self.fmt.value,
        }
        options = [part for name, value in given.items() if value for part in (name, value)]
        return shlex.join(["adtrack", "export", self.table, *options, *(["--verbatim"] if self.verbatim else [])])


def format_of(fmt: Format | None, out: str | None) -> Format:
    """The format that was asked for, by name or by how the file's name ends; CSV if by neither.

    Raises:
        ExportError: when the two contradict each other.
    """
    ending = Path((out or "").removesuffix(PACKED)).suffix.lstrip(".").lower()
    named = Format(ending) if ending in set(Format) else None
    if fmt and named and fmt is not named:
        raise ExportError(f"--format {fmt.value} and --out {out} do not fit together.")
    return fmt or named or Format.CSV


def file_name(table: str, fmt: Format, *, gzip: bool) -> str:
    """Where an export goes when nobody says where."""
    return f"{table.rpartition('.')[2]}.{fmt.value}{PACKED if gzip else ''}"
