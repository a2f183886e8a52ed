# ruff: noqa: S608 - statements are put together from constants only
"""Publishing staged objects: current state and history in one statement, sorted by id.

Belongs here: the SQL between staging and the object tables. Does not belong here: staging and fencing.
"""

from functools import cache

from psycopg import sql

from adtrack_pipeline.warehouse.load.copying import Connection, PageOrigin
from adtrack_pipeline.warehouse.load.object_tables import ObjectTable

_IS_CHANGE = "(t.content_hash <> {other}.content_hash or t.withdrawn_at is not null)"


async def write_objects(conn: Connection, table: ObjectTable, origin: PageOrigin) -> tuple[int, int]:
    """Store the newest staged form of each object. Returns how many there were and how many had changed."""
    cursor = await conn.execute(_upsert(table), _params(table, origin))
    row = await cursor.fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


async def complete_partial(
    conn: Connection, table: ObjectTable, origin: PageOrigin, volatile: frozenset[str]
) -> None:
    """Fill staged objects that could only be read in part with what an earlier answer said of them.

    What the part says is no new version when the stored payload says the same.
    """
    merged = sql.SQL(", ").join(
        sql.SQL("{0} = coalesce(s.{0}, t.{0})").format(sql.Identifier(name)) for name in table.columns
    )
    await conn.execute(
        sql.SQL(
            "update {staging} s set {merged}, payload = t.payload || s.payload, content_hash = case"
            " when t.payload || (s.payload - %(volatile)s::text[]) = t.payload then t.content_hash"
            " else s.content_hash end"
            " from {target} t where s.is_partial and t.platform = %(platform)s and t.{id} = s.{id}"
        ).format(staging=table.staging, target=table.target, merged=merged, id=sql.Identifier(table.id_column)),
        _params(table, origin) | {"volatile": sorted(volatile)},
    )


async def withdraw_unlisted(conn: Connection, table: ObjectTable, origin: PageOrigin) -> int:
    """Mark objects of the account that the complete answer does not list; a refused one counts as listed."""
    cursor = await conn.execute(
        sql.SQL(
            "update {target} t set withdrawn_at = %(fetched_at)s, fetched_at = %(fetched_at)s,"
            " changed_xid = pg_current_xact_id()"
            " where t.platform = %(platform)s and t.account_id = %(account_id)s and t.withdrawn_at is null"
            " and t.fetched_at <= %(fetched_at)s"
            " and not exists (select from {staging} s where s.{id} = t.{id})"
            " and not exists (select from pg_temp.staged_rejected r where r.object_key = t.{id})"
            " and not exists (select from pg_temp.staged_rejected r where r.object_key is null)"
        ).format(target=table.target, staging=table.staging, id=sql.Identifier(table.id_column)),
        _params(table, origin),
    )
    return cursor.rowcount


def _params(table: ObjectTable, origin: PageOrigin) -> dict[str, object]:
    return {
        "platform": origin.platform,
        "account_id": origin.account_id,
        "fetched_at": origin.fetched_at,
        "type_name": table.type_name,
    }


@cache
def _upsert(table: ObjectTable) -> sql.Composed:
    stored = table.stored
    updated = [name for name in stored if name != table.id_column]
    return sql.SQL(
        "with newest as materialized ("
        ' select distinct on ({id} collate "C") * from {staging} order by {id} collate "C", seq desc'
        "), fresh as materialized ("
        " select n.*, t.content_hash is distinct from n.content_hash as is_version,"
        f"  t.content_hash is null or {_IS_CHANGE.format(other='n')} as is_change"
        " from newest n left join {target} t on t.platform = %(platform)s and t.{id} = n.{id}"
        " where t.fetched_at is null or t.fetched_at <= %(fetched_at)s"
        "), history as ("
        " insert into raw.object_history"
        "  (platform, object_type, object_id, account_id, content_hash, payload, observed_at)"
        " select %(platform)s, %(type_name)s, {id}, account_id, content_hash, payload, %(fetched_at)s"
        ' from fresh where is_version order by {id} collate "C"'
        " on conflict (platform, object_type, object_id, observed_at) do update"
        "  set content_hash = excluded.content_hash, payload = excluded.payload"
        "), written as ("
        " insert into {target} as t (platform, {stored}, first_seen_at, fetched_at)"
        ' select %(platform)s, {stored}, %(fetched_at)s, %(fetched_at)s from fresh order by {id} collate "C"'
        " on conflict (platform, {id}) do update set {assignments}, fetched_at = excluded.fetched_at,"
        f"  withdrawn_at = null, changed_xid = case when {_IS_CHANGE.format(other='excluded')}"
        "   then excluded.changed_xid else t.changed_xid end"
        " where t.fetched_at <= excluded.fetched_at)"
        " select (select count(*) from newest), (select count(*) from fresh where is_change)"
    ).format(
        id=sql.Identifier(table.id_column),
        staging=table.staging,
        target=table.target,
        stored=sql.SQL(", ").join(map(sql.Identifier, stored)),
        assignments=sql.SQL(", ").join(
            [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in updated]
            + ([_keep_picture(table)] if table.picture_of else [])
        ),
    )


def _keep_picture(table: ObjectTable) -> sql.Composed:
    """A stored thumbnail, or that there is none to be had, stays as long as what it shows is the same."""
    same = sql.SQL(" and ").join(
        sql.SQL("t.{0} is not distinct from excluded.{0}").format(sql.Identifier(name))
        for name in table.picture_of
    )
    return sql.SQL(
        "thumbnail_hash = case when {0} then t.thumbnail_hash end,"
        " thumbnail_tried_at = case when {0} then t.thumbnail_tried_at end"
    ).format(same)
