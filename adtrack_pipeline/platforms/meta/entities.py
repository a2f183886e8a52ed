"""Lists of an account's objects and its change log, page by page.

Belongs here: which calls list what. Does not belong here: columns (`objects.py`), entries (`activities.py`).
"""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import msgspec

from adtrack_pipeline.platforms.base import Account, CallStats, ObjectKind
from adtrack_pipeline.platforms.meta.accounts import read_account
from adtrack_pipeline.platforms.meta.activities import read_activities
from adtrack_pipeline.platforms.meta.fields import (
    ACTIVITY_FIELDS,
    CREATIVE_FIELDS,
    CREATIVE_SAFE_FIELDS,
    EDGE,
    LEVEL_WORD,
    OBJECT_FIELDS,
    STATUSES,
    THUMBNAIL_PIXELS,
)
from adtrack_pipeline.platforms.meta.objects import read_objects
from adtrack_pipeline.platforms.meta.paging import Listing, PageReader
from adtrack_pipeline.platforms.meta.records import ActivitiesPage, ObjectsPage
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Transport


async def read_pages(
    transport: Transport, account: Account, kind: ObjectKind, updated_since: datetime | None, stats: CallStats
) -> AsyncGenerator[ObjectsPage, None]:
    """All objects of a kind in every status, or those changed since an instant.

    Creatives have no `updated_time`: their changes come with the ads that carry them, so an incremental list of
    creatives is empty and an incremental list of ads yields creatives too.
    """
    if kind is ObjectKind.ACCOUNT:
        # Discovery has just read the same fields: no second call for them.
        node = account.payload or await read_account(transport, account.account_id, stats)
        body = msgspec.json.encode([node])
        yield ObjectsPage(*read_objects(body, kind, account), b'{"data":' + body + b"}")
        return
    if kind is ObjectKind.CREATIVE and updated_since is not None:
        return
    listing = _listing(transport, account, kind, updated_since)
    async for answer in PageReader(transport, Work(account.account_id, stats), listing).pages():
        objects, rejected = read_objects(answer.data or b"[]", kind, account)
        if answer.is_partial:
            objects = [one._replace(is_partial=True) for one in objects]
        yield ObjectsPage(objects, rejected, answer.archive())


async def read_activity_pages(
    transport: Transport, account: Account, since: datetime, until: datetime, stats: CallStats
) -> AsyncGenerator[ActivitiesPage, None]:
    """The account's change log between two instants."""
    params = {
        "fields": ",".join(ACTIVITY_FIELDS),
        "since": str(int(since.timestamp())),
        "until": str(int(until.timestamp())),
    }
    path = f"/{transport.config.version}/act_{account.account_id}/activities"
    listing = Listing(path, params, transport.config.page_size)
    async for answer in PageReader(transport, Work(account.account_id, stats), listing).pages():
        yield ActivitiesPage(*read_activities(answer.data or b"[]", account), answer.archive())


def _listing(transport: Transport, account: Account, kind: ObjectKind, updated_since: datetime | None) -> Listing:
    config = transport.config
    fields = OBJECT_FIELDS[kind]
    params: dict[str, str] = {}
    reduced: tuple[str, ...] = ()
    if kind is ObjectKind.CREATIVE:
        params = {"thumbnail_width": str(THUMBNAIL_PIXELS), "thumbnail_height": str(THUMBNAIL_PIXELS)}
        reduced = (",".join(CREATIVE_SAFE_FIELDS), "id")
    else:
        # Without every status named, archived and deleted objects drop out of the list.
        params = {"effective_status": json.dumps(STATUSES[kind])}
    if kind is ObjectKind.AD:
        plain = [name for name in fields if name != "creative"]
        nested = f"creative{{{','.join(CREATIVE_FIELDS)}}}" if updated_since else "creative{id}"
        fields = (*plain, nested)
        reduced = (",".join((*plain, "creative{id}")), ",".join(plain))
    if updated_since is not None:
        params["filtering"] = json.dumps([_updated(kind, updated_since)])
    params["fields"] = ",".join(fields)
    path = f"/{config.version}/act_{account.account_id}/{EDGE[kind]}"
    return Listing(path, params, config.page_size, reduced)


def _updated(kind: ObjectKind, since: datetime) -> dict[str, object]:
    """Unix seconds only: Meta ignores a date in text and then answers with everything."""
    seconds = int(since.astimezone(UTC).timestamp())
    return {"field": f"{LEVEL_WORD[kind]}.updated_time", "operator": "GREATER_THAN", "value": seconds}
