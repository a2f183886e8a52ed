"""The last resort for one ad's day that fails however little else is asked: reading it field by field.

Belongs here: bisecting the fields and joining the parts of each row. Does not belong here: any other split.
If a figure without which the row would be wrong cannot be read, the row is refused, so that the stored one
stays; a merely poorer row is delivered with a warning.
"""

from dataclasses import replace
from typing import Any

import msgspec

from adtrack_pipeline.platforms.base import Account, ErrorClass, InsightsPage, PlatformError, RejectedRow
from adtrack_pipeline.platforms.meta.fields import ESSENTIAL_FIELDS, HOURLY_BREAKDOWN, KEY_FIELDS
from adtrack_pipeline.platforms.meta.jsontext import loads
from adtrack_pipeline.platforms.meta.paging import Listing, PageReader
from adtrack_pipeline.platforms.meta.rows import Expected, decode_page
from adtrack_pipeline.platforms.meta.slices import Slice, parameters
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Transport

_Key = tuple[Any, ...]


async def read_by_fields(transport: Transport, work: Work, account: Account, part: Slice) -> InsightsPage:
    """One page with the rows of a slice, joined from requests for some of the fields each.

    Raises:
        PlatformError: when not even the keys can be read.
    """
    keys = tuple(name for name in part.fields if name in KEY_FIELDS)
    others = tuple(name for name in part.fields if name not in KEY_FIELDS)
    joined: dict[_Key, dict[str, Any]] = {}
    lost: list[str] = []
    first: PlatformError | None = None
    waiting = [others[: len(others) // 2], others[len(others) // 2 :]]
    while waiting:
        fields = waiting.pop()
        try:
            await _read_into(joined, transport, work, account, replace(part, fields=keys + fields))
        except PlatformError as error:
            if error.error_class is not ErrorClass.SPLIT:
                raise
            first = first or error
            if len(fields) > 1:
                waiting += [fields[: len(fields) // 2], fields[len(fields) // 2 :]]
            else:
                lost += fields
    if first is not None and len(lost) == len(others):
        raise first
    if lost:
        work.stats.warnings.append(f"Meta cannot deliver {', '.join(lost)} for {part.since}; read without.")
    return _page(list(joined.values()), account, part, sorted(ESSENTIAL_FIELDS.intersection(lost)))


async def _read_into(
    joined: dict[_Key, dict[str, Any]], transport: Transport, work: Work, account: Account, part: Slice
) -> None:
    path = f"/{transport.config.version}/act_{account.account_id}/insights"
    listing = Listing(path, parameters(part, transport.config), transport.config.page_size)
    async for answer in PageReader(transport, work, listing).pages():
        for row in loads(answer.data or b"[]"):
            if isinstance(row, dict):
                key = (row.get("ad_id"), row.get("date_start"), row.get(HOURLY_BREAKDOWN))
                joined.setdefault(key, {}).update(row)


def _page(rows: list[dict[str, Any]], account: Account, part: Slice, missing: list[str]) -> InsightsPage:
    data = msgspec.json.encode(rows)
    expected = Expected.window(part.report, account, part.since, part.until)
    page = decode_page(data, expected, b'{"data":' + data + b"}")
    if not missing:
        return page
    reason = f"Meta could not deliver {', '.join(missing)} for this row"
    refused = [
        RejectedRow(f"{row.ad_id}/{row.date_day}", reason, msgspec.json.encode(row._asdict()).decode())
        for row in page.rows
    ]
    return InsightsPage([], page.rejected + refused, page.body)
