"""What the migrations say about a table: its columns and its comments, read from the SQL files once.

The migrations are the only description of the raw tables; the UI shows it without asking a database.
"""

import re
from functools import cache
from pathlib import Path

import dagster as dg

import adtrack_pipeline.warehouse

MIGRATIONS = Path(adtrack_pipeline.warehouse.__file__).parent / "migrations"

_TABLE = re.compile(r"create table (\w+\.\w+) \((.*?)\n\)", re.DOTALL)
_ALTERED = re.compile(r"alter table (\w+\.\w+)\s+(add column [^;]+);")
_ADDED = re.compile(r"add column (?:if not exists )?(\w+) (.+?)(?=,\s*add column |$)", re.DOTALL)
_COLUMN = re.compile(r"^    (\w+) (.+?),?$", re.MULTILINE)
_COMMENT = re.compile(r"comment on (table|column) ([\w.]+) is\s+'((?:[^']|'')*)';")
_NOT_A_COLUMN = {"primary", "unique", "check", "constraint", "foreign"}
_END_OF_TYPE = re.compile(r"\s+(?:not null|default|check|primary key|generated|references|unique).*$")


@cache
def _sql() -> str:
    return "\n".join(path.read_text() for path in sorted(MIGRATIONS.glob("*.sql")))


@cache
def _comments() -> dict[str, str]:
    return {name: text.replace("''", "'") for _, name, text in _COMMENT.findall(_sql())}


def description(table: str) -> str:
    """The comment of `schema.table`."""
    return _comments()[table]


@cache
def columns(table: str) -> dict[str, str]:
    """Column names and types of `schema.table`, in order.

    Raises:
        KeyError: when no migration creates it.
    """
    bodies = dict(_TABLE.findall(_sql()))
    found = {
        name: _END_OF_TYPE.sub("", kind)
        for name, kind in _COLUMN.findall(bodies[table])
        if name not in _NOT_A_COLUMN
    }
    added = {
        name: _END_OF_TYPE.sub("", kind)
        for owner, columns in _ALTERED.findall(_sql())
        if owner == table
        for name, kind in _ADDED.findall(columns)
    }
    return found | added


def column_schema(table: str) -> dg.TableSchema:
    """The columns of `schema.table` as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=name, type=kind, description=_comments().get(f"{table}.{name}"))
            for name, kind in columns(table).items()
        ]
    )
