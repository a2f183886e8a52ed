r"""Rows to the text that `COPY` reads, with a content hash per row. Pure, and the hot path of every load.

Belongs here: escaping, hashing, and which rows cannot be sent at all. Does not belong here: SQL.
A null is the control character STX: unlike the usual `\N` it needs no backslash, so that one look for
backslashes and separators tells whether a line needs any escaping (hardly any does).
"""

import json
import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from adtrack_pipeline.platforms.base import InsightRow, RejectedRow
from adtrack_pipeline.warehouse.load.conversions import ConversionRule
from adtrack_pipeline.warehouse.load.tables import InsightTable

NULL = "\x02"
HASH_BYTES = 16
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", NULL: "\\x02"}
_NO_LIST = f"\t{NULL}".encode()
_SPECIAL = re.compile(r"[\\\t\n\r\x02]")


class Scope(NamedTuple):
    """What rows must fit, and what counts as a conversion: account, ISO days of the window, rule."""

    account_id: str
    days: frozenset[str]
    rule: ConversionRule


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


def encode_rows(table: InsightTable, scope: Scope, rows: Sequence[InsightRow], first: int) -> Encoded:
    """Encode the rows of one page; `first` numbers the first of them, as later rows win over earlier ones.

    The hash covers every column of the table except when it was fetched. Lists of actions (the last columns)
    are hashed in sorted order: the same actions told in another order are no change.
    """
    pick, needs_ad, lists = table.pick, "ad_id" in table.key, table.list_count
    names, tabs = slice(0, -lists), len(table.columns) - lists - 1
    days, account_id, first_listed = scope.days, scope.account_id, scope.rule.first_listed
    encoded = Encoded([], [], [])
    for number, row in enumerate(rows, first):
        if row.date_day not in days or row.account_id != account_id or bool(row.ad_id) is not needs_ad:
            encoded.rejected.append(rejection(row, _why_strange(scope, row)))
            continue
        values = pick(row)
        head = "\t".join([NULL if value is None else str(value) for value in values[names]])
        if "\\" in head or "\n" in head or "\r" in head or head.count("\t") != tabs:
            head = "\t".join(map(escaped, values[names]))
        actions, action_values = row.actions, row.action_values
        try:
            content = head.encode()
            digest = blake2b(content, digest_size=HASH_BYTES)
            for text in values[-lists:]:
                digest.update(_unordered(text))
                content += _list_field(text)
        except UnicodeEncodeError:
            encoded.rejected.append(rejection(row, "Text with half a surrogate pair, which is not Unicode."))
            continue
        tail = (
            f"\t{first_listed(actions) or NULL}\t{first_listed(action_values) or NULL}"
            f"\t\\\\x{digest.hexdigest()}\t{number}\n"
        )
        encoded.lines.append(content + tail.encode())
        encoded.rows.append(row)
    return encoded


def _unordered(text: str | None) -> bytes:
    """A JSON list of flat objects with its entries sorted; good for comparing, no longer JSON."""
    if text is None:
        return _NO_LIST
    return ("\t" + ",".join(sorted(text[2:-2].split("},{")))).encode()


def _list_field(text: str | None) -> bytes:
    """A list of actions as a field with its separator before it."""
    if text is None:
        return _NO_LIST
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        text = escaped(text)
    return ("\t" + text).encode()


def rejection(row: InsightRow, reason: str) -> RejectedRow:
    """Refuse a row, naming the stored row whose value is therefore kept."""
    return RejectedRow(f"{row.ad_id}/{row.date_day}", reason, json.dumps(row._asdict()))


def _why_strange(scope: Scope, row: InsightRow) -> str:
    if row.account_id != scope.account_id:
        return f"The row belongs to account {row.account_id}, but account {scope.account_id} was asked for."
    if row.date_day not in scope.days:
        return f"The row is of {row.date_day}, outside the days that were asked for."
    return "The row names no ad." if not row.ad_id else "The row of an account's totals names an ad."
