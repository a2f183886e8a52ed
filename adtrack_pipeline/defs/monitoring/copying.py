"""Query results as frames, by `COPY`: a fraction of the time that tuples take.

Belongs here: reading. Does not belong here: what is asked (`*_queries.py`).
"""

import io
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import pandas as pd
import psycopg
from psycopg import sql

T = TypeVar("T")


def copy_frame(
    conn: psycopg.Connection[Any], query: sql.SQL, values: Mapping[str, Any], kinds: Mapping[str, Any]
) -> pd.DataFrame:
    """All rows of a query.

    Args:
        conn: may read what the query names.
        query: select statement with named parameters.
        values: of the parameters.
        kinds: dtype by column; only nothing is a missing value, a campaign called NULL or NA keeps its name.
    """
    text = io.BytesIO()
    statement = sql.SQL("copy ({}) to stdout with (format csv, header)").format(query)
    with conn.cursor() as cursor, cursor.copy(statement, values) as rows:
        for block in rows:
            text.write(block)
    text.seek(0)
    return pd.read_csv(text, dtype=dict(kinds), keep_default_na=False, na_values=[""], encoding="utf-8")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items; the next one is read in a thread while the one before is worked on.

    At most two are held at a time. What reading raises is raised here, in its place.
    """
    end = object()
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = reader.submit(next, items, end)
            yield cast("T", item)
