"""What was found about a chunk of predictions into `ops.prediction_comparisons`.

Belongs here: running the statements of `store_queries.py`. Does not belong here: what is a new version (there).
"""

import io
from collections import Counter
from typing import Any

import pandas as pd
import psycopg

from adtrack_pipeline.defs.accuracy import judge_queries, store_queries
from adtrack_pipeline.defs.accuracy.columns import FOUND

Connection = psycopg.Connection[Any]


def prepare(conn: Connection) -> None:
    """Tables that all chunks share."""
    conn.execute(store_queries.CREATE_FOUND)
    conn.execute(store_queries.CREATE_TOUCHED)


def store(conn: Connection, comparisons: pd.DataFrame, values: dict[str, Any]) -> Counter[str]:
    """Write the results of the predictions in `pg_temp.judged_pairs`; how many were first, version, replaced, ...

    The models and days whose pooled numbers may now be others are added to `pg_temp.touched`.
    """
    conn.execute(store_queries.FORGET)
    with conn.cursor() as cursor, cursor.copy(store_queries.COPY_FOUND) as copy:
        copy.write(_csv(comparisons))
    conn.execute("analyze pg_temp.found (prediction_id), pg_temp.judged_pairs (prediction_id)")
    # Values in a statement that defines a table are put in by the client: the server takes none there.
    psycopg.ClientCursor(conn).execute(store_queries.FRESH, values)
    for statement in (store_queries.IN_PLACE, store_queries.SUPERSEDE, store_queries.INSERT):
        conn.execute(statement, values)
    conn.execute(store_queries.TOUCH)
    counts = Counter(dict(conn.execute(store_queries.COUNT).fetchall()))
    conn.execute(store_queries.DROP_FRESH)
    conn.execute(judge_queries.DROP)
    return counts


def _csv(comparisons: pd.DataFrame) -> bytes:
    """All rows as Postgres reads them; written by Arrow, which takes a tenth of the time pandas does."""
    import pyarrow as pa  # noqa: PLC0415 - only an hour with something to compare pays for it
    from pyarrow import csv  # noqa: PLC0415

    table = pa.Table.from_pandas(comparisons[["prediction_id", *FOUND]], preserve_index=False)
    text = io.BytesIO()
    csv.write_csv(table, text, csv.WriteOptions(include_header=False))
    return text.getvalue()
