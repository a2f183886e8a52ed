"""Parquet: typed columns in row groups, every column with its unit and description as field metadata."""

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import psycopg

from adtrack_pipeline.export.about import About
from adtrack_pipeline.export.arrow import arrow_schema, record_batches
from adtrack_pipeline.export.reading import Told

if TYPE_CHECKING:
    import pyarrow as pa

# A group is the unit readers skip and load: large enough to compress, small enough for flat memory.
GROUP_ROWS = 128 * 1024
GROUP_BYTES = 64 << 20


def write_parquet(conn: psycopg.Connection[Any], about: About, out: IO[bytes], tell: Told) -> int:
    """Write all rows; returns their number. Instants are microseconds in UTC; for numbers see arrow.py."""
    from pyarrow import Table, parquet  # noqa: PLC0415

    facts = {f"adtrack.{name.replace(' ', '_')}": text for name, text in about.facts().items()}
    schema = arrow_schema(about.chosen).with_metadata(facts)
    with (
        parquet.ParquetWriter(out, schema, compression="zstd") as writer,
        record_batches(conn, about.chosen, tell) as batches,
    ):
        count = 0
        for group in _groups(batches):
            table = Table.from_batches(group).cast(schema)
            writer.write_table(table, row_group_size=len(table))
            count += len(table)
    return count


def _groups(batches: Iterable["pa.RecordBatch"]) -> Iterator[list["pa.RecordBatch"]]:
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(map(len, group)) >= GROUP_ROWS or sum(one.nbytes for one in group) >= GROUP_BYTES:
            yield group
            group = []
    if group:
        yield group
