"""Typed columns from a COPY: Arrow reads the CSV in C++, a few megabytes at a time.

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

BLOCK = 4 << 20  # bytes of CSV in one batch; also the longest row there can be
# Postgres' type, our Arrow type and the expression that makes the text Arrow reads. Everything else is its text.
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
        yield iter(()) if rows.is_empty() else _typed(rows, schema)


def arrow_schema(chosen: Selection) -> "pa.Schema":
    """The columns' names and types, with unit and description as metadata of each."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema(
        [pa.field(one.name, _arrow_type(one.data_type), metadata=_said(one)) for one in chosen.columns]
    )


def _typed(rows: CopiedRows, schema: "pa.Schema") -> "Iterator[pa.RecordBatch]":
    from pyarrow import csv  # noqa: PLC0415

    batches: Iterator[pa.RecordBatch] = csv.open_csv(
        rows,
        read_options=csv.ReadOptions(column_names=schema.names, block_size=BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,  # the empty text is quoted, null is not
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        ),
    )
    return batches


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
