r"""Rows to the text that `COPY` reads, with a content hash per row. Pure, and the hot path of every load.

Belongs here: escaping, hashing, and which rows cannot be sent at all. Does not belong here: SQL.
A null is the control character STX: unlike the usual `\N` it needs no backslash, so that one look for
backslashes and separators tells whether a line needs any escaping (hardly any does).
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from adtrack_pipeline.platforms.base import InsightRow, RejectedRow
from adtrack_pipeline.warehouse.load.tables import InsightTable

NULL = "\x02"
HASH_BYTES = 16
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", NULL: "\\x02"}
_SPECIAL = re.compile(r"[\\\t\n\r\x02]")


class Encoded(NamedTuple):
    """Lines ready to copy, the rows they came from (same order), and the rows that were refused."""

    lines: list[bytes]
    rows: list[InsightRow]
    rejected: list[RejectedRow]


def escaped(value: object) -> str:
    """One value as a `COPY` text field; None is null."""
    if value is None:
        return NULL
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], str(value))


def content_hash(content: bytes) -> bytes:
    """What tells one version of a row or object from another."""
    return blake2b(content, digest_size=HASH_BYTES).digest()


def encode_rows(
    table: InsightTable, account_id: str, days: Collection[str], rows: Sequence[InsightRow], first: int
) -> Encoded:
    """Encode the rows of one page; `first` numbers the first of them, as later rows win over earlier ones.

    The hash covers every column of the table except when it was fetched. Lists of actions (the last columns)
    are hashed in sorted order: the same actions told in another order are no change.
    """
    pick, width, lists = table.pick, len(table.columns) - 1, table.list_count
    needs_ad = "ad_id" in table.key
    encoded = Encoded([], [], [])
    for number, row in enumerate(rows, first):
        if row.date_day not in days or row.account_id != account_id or bool(row.ad_id) is not needs_ad:
            encoded.rejected.append(rejection(row, _why_strange(account_id, days, row)))
            continue
        values = [NULL if value is None else str(value) for value in pick(row)]
        line = "\t".join(values)
        hashed = "\t".join(values[:-lists] + [_unordered(text) for text in values[-lists:]])
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != width:
            line = "\t".join(map(escaped, pick(row)))
        try:
            content = line.encode()
        except UnicodeEncodeError:
            encoded.rejected.append(rejection(row, "Text with half a surrogate pair, which is not Unicode."))
            continue
        if b"\\u" in content and not all(map(is_storable_json, (row.actions, row.action_values))):
            encoded.rejected.append(rejection(row, "An action holds a character that cannot be stored."))
            continue
        digest = blake2b(hashed.encode(), digest_size=HASH_BYTES).hexdigest()
        encoded.lines.append(b"%b\t\\\\x%b\t%d\n" % (content, digest.encode(), number))
        encoded.rows.append(row)
    return encoded


def _unordered(text: str) -> str:
    """A JSON list of flat objects with its entries sorted; good for comparing, no longer JSON."""
    return ",".join(sorted(text[2:-2].split("},{")))


def rejection(row: InsightRow, reason: str) -> RejectedRow:
    """Refuse a row, naming the stored row whose value is therefore kept."""
    return RejectedRow(f"{row.ad_id}/{row.date_day}", reason, json.dumps(row._asdict()))


def is_storable_json(text: str | None) -> bool:
    """Whether Postgres can hold this JSON: it refuses the escaped NUL and half a surrogate pair.

    Text that is no JSON at all passes here: copying it finds out.
    """
    if text is None or "\\u" not in text:
        return True
    try:
        "".join(_strings(json.loads(text))).encode()
        return not any("\x00" in one for one in _strings(json.loads(text)))
    except UnicodeEncodeError:
        return False
    except ValueError:
        return True


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _why_strange(account_id: str, days: Collection[str], row: InsightRow) -> str:
    if row.account_id != account_id:
        return f"The row belongs to account {row.account_id}, but account {account_id} was asked for."
    if row.date_day not in days:
        return f"The row is of {row.date_day}, outside the days that were asked for."
    return "The row names no ad." if not row.ad_id else "The row of an account's totals names an ad."
