"""Typed columns from a COPY: Arrow reads the CSV in C++, a block of whole rows at a time.

`numeric` becomes a double: the marts' numerics have no fixed scale, a double gives back up to 15 digits as they
were, and what reads Parquet (pandas, scikit-learn, R, spreadsheets) counts with it at full speed, not so with
decimals. Who needs every digit of a numeric takes CSV. pyarrow is imported when the first export needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from adtrack_pipeline.export.reading import CopiedRows, Told, copied
from adtrack_pipeline.export.selection import Selection, select
from adtrack_pipeline.export.tables import Column

if TYPE_CHECKING:
    import pyarrow as pa

# Postgres' types and Arrow's names for them. Everything else is its text.
TYPES = {
    "bigint": "int64",
    "integer": "int32",
    "smallint": "int16",
    "numeric": "float64",
    "double precision": "float64",
    "real": "float32",
    "boolean": "bool",
    "date": "date32",
    "timestamp with time zone": "timestamp",
}
# No calendar but Postgres' knows infinity; both ends stay in order.
FINITE = {
    "date": "least(greatest({0}, '0001-01-01'), '9999-12-31')",
    "timestamp with time zone": "least(greatest({0}, '0001-01-01 00:00+00'), '9999-12-31 23:59:59+00')",
}


@contextmanager
def record_batches(
    conn: psycopg.Connection[Any], chosen: Selection, tell: Told, *, in_order: bool = False
) -> Iterator["Iterator[pa.RecordBatch]"]:
    """The selected rows as record batches of `arrow_schema`; memory does not grow with their number."""
    schema = arrow_schema(chosen)
    with copied(conn, select(chosen, _cell, in_order=in_order), tell, header=False) as rows:
        yield _typed(rows, schema)


def arrow_schema(chosen: Selection) -> "pa.Schema":
    """The columns' names and types, with unit and description as metadata of each."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema(
        [pa.field(one.name, _arrow_type(one.data_type), metadata=_said(one)) for one in chosen.columns]
    )


def _typed(rows: CopiedRows, schema: "pa.Schema") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    parsed = csv.ParseOptions(newlines_in_values=True)
    converted = csv.ConvertOptions(
        column_types=schema,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,  # the empty text is quoted, null is not
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
    )
    # Block by block and not as one stream: Arrow would read that in a thread of its own, and a connection that two
    # threads use cannot be cancelled.
    for block in rows.blocks():
        read = csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1)
        yield from csv.read_csv(pa.py_buffer(block), read, parsed, converted).to_batches()


def _arrow_type(data_type: str) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415

    name = TYPES.get(data_type.split("(", maxsplit=1)[0], "string")
    return pa.timestamp("us", "UTC") if name == "timestamp" else pa.type_for_alias(name)


def _said(column: Column) -> dict[str, str]:
    told = {"description": column.description, "unit": column.unit, "postgres_type": column.data_type}
    return {name: text for name, text in told.items() if text}


def _cell(column: Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    if column.data_type in FINITE:
        return sql.SQL(FINITE[column.data_type]).format(name)
    return name
