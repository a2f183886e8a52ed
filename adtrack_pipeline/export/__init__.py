"""Tables as files: CSV, Parquet and workbooks, streamed from one snapshot through the reader role.

Belongs here: what may be exported, how `--where` is kept harmless, the formats, the catalogue of tables made from
dbt's manifest. Does not belong here: the command line (cli/export.py), reports (reporting/), who may read what
(warehouse/roles.py). Imports neither Dagster nor dbt; pyarrow and xlsxwriter only when they are needed.
"""

from adtrack_pipeline.export.errors import ExportError, UnfinishedExportError
from adtrack_pipeline.export.exporting import Exported, export
from adtrack_pipeline.export.request import PACKED, STDOUT, Format, Request, file_name, format_of
from adtrack_pipeline.export.target import write_whole

__all__ = [
    "PACKED",
    "STDOUT",
    "ExportError",
    "Exported",
    "Format",
    "Request",
    "UnfinishedExportError",
    "export",
    "file_name",
    "format_of",
    "write_whole",
]
