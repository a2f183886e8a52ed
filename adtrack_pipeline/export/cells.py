"""Cells that a spreadsheet shows and does not run.

Belongs here: one rule for every CSV made for people, in Python and in SQL. Does not belong here: CSV for programs,
byte for byte; workbooks, whose cells have types (xlsx_file.py).
"""

import re
from typing import Any

from psycopg import sql

FORMULA = "=+@\t\r\n＝＋－＠-"  # the wide ones run, too; the minus last, where it is no range in a pattern
# Where the list separator is a semicolon, a program that opens the file splits inside a text, quoted or not.
SEPARATORS = ";\t"
TEXTS = ("text", "character", "name")  # also character varying

# Read the same by Python and by Postgres: where a cell begins, or would after a split, before a formula's mark.
_BEGINS = f"(^|[{SEPARATORS}])(?=[{FORMULA}])"
_MARKED = r"\1'"
_PATTERN = re.compile(_BEGINS)


def harmless(cell: Any) -> Any:
    """The cell; an apostrophe stands before what begins like a formula, which makes it text again."""
    return _PATTERN.sub(_MARKED, cell) if isinstance(cell, str) else cell


def harmless_sql(column: sql.Identifier) -> sql.Composed:
    """`harmless` for a text column inside a query. Characters are asked first: faster than a pattern."""
    codes = sql.SQL(", ").join(sql.Literal(ord(mark)) for mark in FORMULA)
    splits = sql.SQL(" or ").join(
        sql.SQL("strpos({}, {}) > 0").format(column, sql.Literal(mark)) for mark in SEPARATORS
    )
    return sql.SQL(
        "case when ascii({0}) in ({1}) or {2} then regexp_replace({0}, {3}, {4}, 'g') else {0} end"
    ).format(column, codes, splits, sql.Literal(_BEGINS), sql.Literal(_MARKED))
