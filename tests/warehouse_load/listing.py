"""Objects and answers with objects, as the tests of this room need them."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import psycopg

from adtrack_pipeline.platforms.base import Activity, ObjectKind, PlatformObject, RejectedRow
from adtrack_pipeline.warehouse.load import LoadResult, load_activities, load_objects
from tests.warehouse_load.loading import RUN, at


class Objects(NamedTuple):
    """An answer with objects."""

    objects: list[PlatformObject]
    rejected: list[RejectedRow]
    body: bytes = b'{"data":[]}'


class Activities(NamedTuple):
    """An answer with entries of the change log."""

    activities: list[Activity]
    rejected: list[RejectedRow]
    body: bytes = b'{"data":[]}'


def campaign(object_id: str = "10", *, account_id: str = "1", left: str = "5", **columns: Any) -> PlatformObject:
    """A campaign; `left` is what changes by itself."""
    values = {"name": "Campaign", "status": "ACTIVE", "daily_budget": "20.5", "budget_remaining": left} | columns
    payload = {"id": object_id, "name": values["name"], "budget_remaining": left, "status": values["status"]}
    volatile = frozenset({"budget_remaining"})
    encoded = json.dumps(payload).encode()
    return PlatformObject(ObjectKind.CAMPAIGN, account_id, object_id, values, encoded, volatile)


def creative(object_id: str = "30", *, link: str = "https://cdn/1", **columns: Any) -> PlatformObject:
    """A creative whose signed link is new in every answer."""
    values = {"name": "Creative", "image_hash": "abc", "thumbnail_url": link} | columns
    payload = json.dumps({"id": object_id, "thumbnail_url": link, **columns}).encode()
    return PlatformObject(ObjectKind.CREATIVE, "1", object_id, values, payload, frozenset({"thumbnail_url"}))


def account(**columns: Any) -> PlatformObject:
    """The ad account itself."""
    values = {"name": "Shop", "currency": "EUR", "timezone_name": "Europe/Berlin", "account_status": 1} | columns
    return PlatformObject(ObjectKind.ACCOUNT, "1", "1", values, json.dumps(values).encode())


async def list_objects(
    conn: psycopg.AsyncConnection[Any], hours: float, objects: Sequence[PlatformObject], *,
    kind: ObjectKind = ObjectKind.CAMPAIGN, complete: bool = False, rejected: Sequence[RejectedRow] = (),
) -> LoadResult:  # fmt: skip
    """Load one answer of one page."""

    async def pages() -> AsyncIterator[Objects]:
        yield Objects(list(objects), list(rejected))

    return await load_objects(conn, "1", kind, pages(), at(hours), RUN, complete=complete)


async def list_activities(
    conn: psycopg.AsyncConnection[Any], hours: float, entries: Sequence[Activity]
) -> LoadResult:
    """Load one answer of the change log, an entry a page."""

    async def pages() -> AsyncIterator[Activities]:
        for entry in entries:
            yield Activities([entry], [])

    return await load_activities(conn, "1", pages(), at(hours), RUN)
