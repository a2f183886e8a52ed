"""CSV: what COPY says, byte for byte; formulas are made text inside the query, where it costs least."""

from typing import IO, Any

import psycopg
from psycopg import sql

from adtrack_pipeline.export.cells import TEXTS, harmless_sql
from adtrack_pipeline.export.reading import Told, copied
from adtrack_pipeline.export.selection import Selection, select
from adtrack_pipeline.export.tables import Column


def write_csv(
    conn: psycopg.Connection[Any], chosen: Selection, out: IO[bytes], tell: Told, *, verbatim: bool
) -> int:
    """Write the header and all rows as UTF-8; returns the number of rows.

    Instants are ISO 8601 in UTC, booleans `t` and `f`, null an empty cell. Text that begins like a formula gets an
    apostrophe in front, unless `verbatim`.
    """
    query = select(chosen, _as_it_is if verbatim else _for_people)
    with copied(conn, query, tell, header=True) as rows:
        for block in rows.blocks():
            out.write(block)
    return rows.rows - 1  # the header


def _as_it_is(column: Column) -> sql.Composable:
    return sql.Identifier(column.name)


def _for_people(column: Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    # An array or a document as text opens with a bracket or a quote: no formula.
    return harmless_sql(name) if column.data_type.startswith(TEXTS) and "[" not in column.data_type else name
