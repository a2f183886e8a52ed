"""Cells that a spreadsheet shows and does not run.

Belongs here: one rule for every CSV made for people. Does not belong here: CSV for programs, byte for byte.
"""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Any) -> Any:
    """The cell; text that begins like a formula gets an apostrophe in front, and is text again."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
