"""Query results as frames, by `COPY`: a fraction of the time that tuples take.

Belongs here: reading. Does not belong here: what is asked (`*_queries.py`).
"""

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql


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
