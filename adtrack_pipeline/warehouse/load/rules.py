"""Which action types count as a conversion, in which order: settings to `raw.conversion_rules` and back.

Belongs here: reading and writing the rules. Does not belong here: applying them (dbt does; for the totals of
a load, `publish.totals`).
"""

from collections.abc import Sequence

from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.errors import clear_errors

EVERY_ACCOUNT = "*"
DEFAULT_ACTIONS = (
    "omni_purchase",
    "purchase",
    "offsite_conversion.fb_pixel_purchase",
    "onsite_conversion.purchase",
    "app_custom_event.fb_mobile_purchase",
)


async def put_conversion_rules(
    conn: Connection, actions: Sequence[str], account_id: str = EVERY_ACCOUNT, platform: str = "meta"
) -> bool:
    """Make `actions` the ordered rule of an account (default: of every account without one of its own).

    An empty list restores the default: purchases for `*`, and `*` for an account. Rules that are already so
    are left alone, so that models which read changed rules have nothing to do. Returns whether they changed.
    """
    wanted = list(dict.fromkeys(actions))
    if not wanted and account_id == EVERY_ACCOUNT:
        wanted = list(DEFAULT_ACTIONS)
    with clear_errors("storing the conversion rules"):
        async with conn.transaction():
            await conn.execute("lock table raw.conversion_rules in share row exclusive mode")
            if await _own_rules(conn, account_id, platform) == wanted:
                return False
            await conn.execute(
                "delete from raw.conversion_rules where platform = %s and account_id = %s",
                (platform, account_id),
            )
            await conn.execute(
                "insert into raw.conversion_rules (platform, account_id, position, action_type)"
                " select %s, %s, r.place, r.action_type"
                " from unnest(%s::text[]) with ordinality r (action_type, place)",
                (platform, account_id, wanted),
            )
            if not wanted:  # deleted rows tell no reader anything; the rule that now applies does
                await conn.execute(
                    "update raw.conversion_rules set changed_xid = pg_current_xact_id()"
                    " where platform = %s and account_id = %s",
                    (platform, EVERY_ACCOUNT),
                )
    return True


async def rules_of(conn: Connection, account_id: str, platform: str = "meta") -> list[str]:
    """The ordered action types that apply to an account: its own, or else the default."""
    with clear_errors("reading the conversion rules"):
        async with conn.transaction():
            own = await _own_rules(conn, account_id, platform)
            return own or await _own_rules(conn, EVERY_ACCOUNT, platform)


async def _own_rules(conn: Connection, account_id: str, platform: str) -> list[str]:
    cursor = await conn.execute(
        "select action_type from raw.conversion_rules where platform = %s and account_id = %s order by position",
        (platform, account_id),
    )
    return [str(row[0]) for row in await cursor.fetchall()]
