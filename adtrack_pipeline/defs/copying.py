"""Query results as frames, by `COPY`: a fraction of the time that tuples take.

Belongs here: reading. Does not belong here: what is asked (`*_queries.py`).
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
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


def copy_packed(
    conn: psycopg.Connection[Any],
    query: sql.SQL,
    values: Mapping[str, Any],
    *,
    words: Sequence[str],
    packed: Mapping[str, str],
) -> pd.DataFrame:
    """All rows of a query that packs many of them into one.

    `COPY` sends a message per row, and of millions of rows the messages cost more than what is in them.

    Args:
        conn: may read what the query names.
        query: select of the `words` and then of the packed columns, each like `string_agg(float8send(x), '')`.
        values: of the parameters.
        words: text columns that hold for all rows of a pack; they come back as categories.
        packed: columns by name; how one of their values is sent, as a dtype of numpy: `>f8` for `float8send`.
    """
    statement = sql.SQL("copy ({}) to stdout with (format binary)").format(query)
    named: list[Sequence[str]] = []
    columns = {name: bytearray() for name in packed}
    ends: list[int] = []  # of each pack, in bytes of the first column
    with conn.cursor() as cursor, cursor.copy(statement, values) as copy:
        copy.set_types(["text"] * len(words) + ["bytea"] * len(packed))
        for row in copy.rows():
            named.append(row[: len(words)])
            for name, pack in zip(columns, row[len(words) :], strict=True):
                columns[name] += pack
            ends.append(len(next(iter(columns.values()))))
    numbers = {name: _native(columns.pop(name), kind) for name, kind in packed.items()}
    times = np.asarray(np.diff([0, *ends]) // np.dtype(next(iter(packed.values()))).itemsize, np.intp)
    return pd.DataFrame(
        {name: _repeated([row[n] for row in named], times) for n, name in enumerate(words)} | numbers
    )


def _native(column: bytearray, kind: str) -> npt.NDArray[Any]:
    """The values where they lie, turned round where this machine counts bytes the other way."""
    sent = np.frombuffer(column, kind)
    return sent if sent.dtype.isnative else sent.byteswap(inplace=True).view(sent.dtype.newbyteorder("="))


def _repeated(words: Sequence[str], times: npt.NDArray[np.intp]) -> pd.Categorical:
    codes, different = pd.factorize(np.asarray(words, object))
    return pd.Categorical.from_codes(np.repeat(codes, times), pd.Index(different, dtype="str"))
