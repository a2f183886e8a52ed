"""Which tables can be exported, and what the database says about one: columns, types, descriptions, key.

Asks as the reader role, so that what it may not read does not exist. Does not belong here: what is selected from a
table (selection.py), the catalogue made from dbt's manifest (catalogue.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import psycopg

from adtrack_pipeline.export.errors import ExportError
from adtrack_pipeline.export.units import grain_of, unit_of, without_grain

SCHEMAS = ("marts", "ops")
DATE, INSTANT = "date", "timestamp with time zone"
# What `--from` and `--to` work on: the first of these that a table has. Of an instant it is the day in UTC.
DAY_COLUMNS = {"date_day": DATE, "period_start": DATE, "window_end": DATE, "until_day": DATE, "began_at": INSTANT}
SHOWN_NAMES = 3


@dataclass(frozen=True)
class Column:
    """One column; `data_type` as Postgres prints it."""

    name: str
    data_type: str
    description: str = ""

    @property
    def unit(self) -> str:
        """What its values are counted in, if that can be told."""
        return unit_of(self.name, self.data_type, self.description)


@dataclass(frozen=True)
class Table:
    """One table or view; `key` is empty where the database enforces none."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`marts.campaign_metrics`."""
        return f"{self.schema}.{self.name}"

    @property
    def grain(self) -> str:
        """What one row is."""
        return grain_of(self.description)

    @property
    def text(self) -> str:
        """The description without the grain, on one line."""
        return without_grain(self.description)

    @property
    def day_column(self) -> Column | None:
        """The column `--from` and `--to` work on."""
        types = {one.name: one.data_type for one in self.columns}
        found = next((name for name, kind in DAY_COLUMNS.items() if types.get(name) == kind), None)
        return self.column(found) if found else None

    def column(self, name: str) -> Column:
        """One of its columns.

        Raises:
            ExportError: naming the nearest ones.
        """
        for one in self.columns:
            if one.name == name:
                return one
        raise ExportError(f"{self.label} has no column {name!r}{nearest(name, [c.name for c in self.columns])}")


def find_table(conn: psycopg.Connection[Any], name: str) -> Table:
    """The table of that name, `marts.campaign_metrics` or only `campaign_metrics`.

    Raises:
        ExportError: when there is none that this connection may read, naming the nearest ones.
    """
    known = readable_tables(conn)
    if not known:
        raise ExportError("There is no table to export yet: run adtrack run first, which builds the marts.")
    wanted = name.strip().lower()
    for schema, table in known:
        if wanted in {table, f"{schema}.{table}"}:
            return _described(conn, schema, table)
    bare = wanted.rpartition(".")[2]
    near = nearest(bare, [table for _, table in known], otherwise=[f"{one[0]}.{one[1]}" for one in known])
    raise ExportError(f"There is no table {name!r} in marts or the public views of ops{near}")


def readable_tables(conn: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """(schema, name) of everything this connection may read; marts first."""
    return [(schema, table) for schema, table in conn.execute(_READABLE, [list(SCHEMAS)]).fetchall()]


def nearest(name: str, known: Iterable[str], *, otherwise: Iterable[str] = ()) -> str:
    """The end of a sentence: `; did you mean a or b?`, else all there are, else a full stop."""
    close = get_close_matches(name.lower(), list(known), n=SHOWN_NAMES, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    everything = ", ".join(otherwise)
    return f"; there are {everything}." if everything else "."


def _described(conn: psycopg.Connection[Any], schema: str, table: str) -> Table:
    row = conn.execute(_TABLE, [schema, table]).fetchone()
    assert row is not None
    oid, description, key = row
    columns = tuple(Column(*one) for one in conn.execute(_COLUMNS, [oid]).fetchall())
    return Table(schema, table, description, columns, tuple(key))


# dbt builds beside a table and then swaps: its scratch names are nobody's table.
_READABLE = r"""
    select nspname, relname
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = any(%s) and relkind in ('r', 'v', 'm', 'p') and relname not like '%%\_\_dbt\_%%'
        and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')
    order by nspname, relname
"""

_TABLE = """
    select pg_class.oid, coalesce(obj_description(pg_class.oid, 'pg_class'), ''), coalesce((
        select array_agg(attname::text order by place)
        from pg_index, unnest(indkey::int2[]) with ordinality as part (attnum, place)
        join pg_attribute using (attnum)
        where indrelid = pg_class.oid and indisprimary and attrelid = pg_class.oid
    ), '{}')
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = %s and relname = %s
"""

_COLUMNS = """
    select attname, format_type(atttypid, atttypmod), coalesce(col_description(attrelid, attnum), '')
    from pg_attribute
    where attrelid = %s and attnum > 0 and not attisdropped
    order by attnum
"""
