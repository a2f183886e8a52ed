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

# Read the same by Python and by Postgres.
_AFTER_A_SPLIT, _MARKED = f"([{SEPARATORS}])(?=[{FORMULA}])", r"\1'"
_PATTERN = re.compile(_AFTER_A_SPLIT)


def harmless(cell: Any) -> Any:
    """The cell; an apostrophe stands before what begins like a formula, which makes it text again."""
    if not isinstance(cell, str):
        return cell
    return ("'" if cell.startswith(tuple(FORMULA)) else "") + _PATTERN.sub(_MARKED, cell)


def harmless_sql(column: sql.Identifier) -> sql.Composed:
    """`harmless` for a text column inside a query. Characters are asked first: faster than a pattern."""
    codes = sql.SQL(", ").join(sql.Literal(ord(mark)) for mark in FORMULA)
    splits = sql.SQL(" or ").join(
        sql.SQL("strpos({}, {}) > 0").format(column, sql.Literal(mark)) for mark in SEPARATORS
    )
    marked = sql.SQL("case when {1} then regexp_replace({0}, {2}, {3}, 'g') else {0} end").format(
        column, splits, sql.Literal(_AFTER_A_SPLIT), sql.Literal(_MARKED)
    )
    return sql.SQL("case when ascii({0}) in ({1}) then '''' || {2} else {2} end").format(column, codes, marked)
