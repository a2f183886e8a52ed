"""What to ask instead of a request that was too large, too old, or held an unknown field.

Belongs here: the order of remedies: days, campaigns, ad sets, ads, fields (the page size comes first, in
`paging.py`). Does not belong here: reading the pieces.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from adtrack_pipeline.platforms.base import Account, ErrorClass, PlatformError, Report
from adtrack_pipeline.platforms.meta.errors import unknown_fields
from adtrack_pipeline.platforms.meta.jsontext import loads
from adtrack_pipeline.platforms.meta.paging import Listing, PageReader
from adtrack_pipeline.platforms.meta.slices import Slice, discovery, groups
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Transport

LEVELS = ("campaign", "adset", "ad")


@dataclass(frozen=True)
class Split:
    """The pieces to read, and what the failure taught: fields refused, a day that Meta no longer keeps."""

    report: Report
    pieces: list[Slice] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    gone: date | None = None


async def smaller(transport: Transport, work: Work, account: Account, part: Slice, error: PlatformError) -> Split:
    """Decide by the error's class; raises the error when there is no remedy."""
    if error.error_class is ErrorClass.TOO_OLD:
        # Bisect towards the oldest day Meta still keeps: the newer half first, so that when it is gone as
        # well the older one need not be asked for.
        if part.days > 1:
            return Split(part.report, part.halves())
        return Split(part.report, gone=part.until)
    refused = unknown_fields(error, part.fields)
    if refused:
        kept = tuple(name for name in part.fields if name not in refused)
        return Split(part.report, [replace(part, fields=kept)], refused)
    if error.error_class is not ErrorClass.SPLIT or part.by_fields:
        raise error
    if part.days > 1:
        return Split(part.report, part.halves())
    return Split(part.report, await _by_objects(transport, work, account, part))


async def _by_objects(transport: Transport, work: Work, account: Account, part: Slice) -> list[Slice]:
    """One day that is too large: by groups of campaigns, then ad sets, then ads, then by fields."""
    by_fields = [replace(part, by_fields=True)]
    if part.report is Report.ACCOUNT_DAILY:
        return by_fields
    if len(part.ids) > 1 and part.level is not None:
        return groups(part, part.level, part.ids, 2)
    place = 0 if part.level is None else LEVELS.index(part.level) + 1
    for level in LEVELS[place:]:
        ids = await _ids(transport, work, account, part, level)
        if len(ids) > 1 or (ids and level == LEVELS[-1]):
            return groups(part, level, ids)
    return by_fields


async def _ids(transport: Transport, work: Work, account: Account, part: Slice, level: str) -> list[str]:
    """The objects of a level that have rows in the slice, asked without breakdowns and metrics."""
    path = f"/{transport.config.version}/act_{account.account_id}/insights"
    listing = Listing(path, discovery(part, level), transport.config.page_size)
    ids: dict[str, None] = {}
    async for answer in PageReader(transport, work, listing).pages():
        for row in loads(answer.data or b"[]"):
            found = row.get(f"{level}_id") if isinstance(row, dict) else None
            if isinstance(found, str | int):
                ids[str(found)] = None
    return list(ids)
