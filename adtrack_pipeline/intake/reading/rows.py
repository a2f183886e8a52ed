"""What every format becomes: rows with names and values, and lines that are no rows. No format belongs here."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Known = Callable[[str], bool]


class RawRow(NamedTuple):
    """A row as its file has it.

    `names` are normalised column names and the same object for rows of the same shape; `values` are text (CSV) or
    whatever the format holds; `text` is the row as it was written, None when the format has no text.
    """

    line: int
    names: tuple[str, ...]
    values: Sequence[Any]
    text: str | None

    def as_text(self) -> str:
        """The row for people to find it again."""
        if self.text is not None:
            return self.text.rstrip("\r\n")
        return json.dumps(dict(zip(self.names, self.values, strict=True)), default=str, ensure_ascii=False)


class Header(NamedTuple):
    """The columns every row of the file has; comes first, and only from formats that have such a thing."""

    names: tuple[str, ...]


class BadRow(NamedTuple):
    """A line that is no row."""

    line: int
    text: str
    reason: str


Item = Header | RawRow | BadRow


def repeated(names: Sequence[str]) -> str | None:
    """The first column name that is there more than once; they are normalised, so that Spend and spend are one."""
    return next((one for one in names if one and names.count(one) > 1), None)


def normalised(name: object) -> str:
    """A column name as it is compared: `Order ID ` and `order-id` are `order_id`."""
    return re.sub(r"[\s\-]+", "_", str(name).strip().lower())
