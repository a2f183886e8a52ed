"""Which typed columns each kind of object has in `raw`, and what one object's content is.

Belongs here: the map from `ObjectKind` to columns and the content hash. The tables are in `migrations/`.
"""

from dataclasses import dataclass

import msgspec
from psycopg import sql

from adtrack_pipeline.platforms.base import ObjectKind, PlatformObject
from adtrack_pipeline.warehouse.load.encode import content_hash, escaped

_BUDGETS = ("daily_budget", "lifetime_budget", "budget_remaining")
_TIMES = ("created_at", "updated_at")


@dataclass(frozen=True)
class ObjectTable:
    """One object table: its id column and the typed `columns` an object brings along.

    `picture_of` are the columns a creative's stored thumbnail depends on.
    """

    kind: ObjectKind
    type_name: str
    id_column: str
    columns: tuple[str, ...]
    picture_of: tuple[str, ...] = ()

    @property
    def target(self) -> sql.Identifier:
        """The table in `raw`."""
        return sql.Identifier("raw", self.kind.value)

    @property
    def staging_name(self) -> str:
        """The staging table's name in this connection's temporary schema."""
        return f"staged_{self.kind.value}"

    @property
    def staging(self) -> sql.Identifier:
        """This connection's own staging table."""
        return sql.Identifier("pg_temp", self.staging_name)

    @property
    def ids(self) -> tuple[str, ...]:
        """The columns that say which object it is; an account's id is its account's id."""
        return tuple(dict.fromkeys((self.id_column, "account_id")))

    @property
    def stored(self) -> tuple[str, ...]:
        """The columns of the target that an object fills."""
        return (*self.ids, *self.columns, "payload", "content_hash")

    @property
    def staged(self) -> tuple[str, ...]:
        """All staged columns, in order."""
        return (*self.stored, "is_partial", "seq")


OBJECT_TABLES = {
    ObjectKind.ACCOUNT: ObjectTable(
        ObjectKind.ACCOUNT,
        "account",
        "account_id",
        ("name", "currency", "timezone_name", "account_status", "amount_spent", "spend_cap"),
    ),
    ObjectKind.CAMPAIGN: ObjectTable(
        ObjectKind.CAMPAIGN,
        "campaign",
        "campaign_id",
        (
            *("name", "objective", "status", "effective_status", "buying_type", "bid_strategy"),
            *(*_BUDGETS, "spend_cap", "start_at", "stop_at", *_TIMES),
        ),
    ),
    ObjectKind.ADSET: ObjectTable(
        ObjectKind.ADSET,
        "adset",
        "adset_id",
        (
            *("campaign_id", "name", "status", "effective_status", "optimization_goal", "billing_event"),
            *("bid_strategy", "bid_amount", *_BUDGETS, "learning_status", "start_at", "end_at", *_TIMES),
        ),
    ),
    ObjectKind.AD: ObjectTable(
        ObjectKind.AD,
        "ad",
        "ad_id",
        ("adset_id", "campaign_id", "creative_id", "name", "status", "effective_status", *_TIMES),
    ),
    ObjectKind.CREATIVE: ObjectTable(
        ObjectKind.CREATIVE,
        "creative",
        "creative_id",
        (
            *("name", "title", "body", "object_type", "status", "video_id", "image_hash", "link_url"),
            *("call_to_action_type", "thumbnail_url"),
        ),
        picture_of=("image_hash", "video_id"),
    ),
}


def encode_object(table: ObjectTable, found: PlatformObject, number: int) -> bytes:
    """One object as a line to copy. Its hash covers payload and columns except what is volatile.

    Raises:
        ValueError: the payload is no JSON object, or a text is no Unicode.
    """
    payload = msgspec.json.decode(found.payload)
    if not isinstance(payload, dict):
        raise ValueError("The payload is not a JSON object.")
    lasting = {key: value for key, value in payload.items() if key not in found.volatile}
    columns = {key: value for key, value in found.columns.items() if key not in found.volatile}
    digest = content_hash(msgspec.json.encode([lasting, columns], order="sorted")).hex()
    ids = {table.id_column: found.object_id, "account_id": found.account_id}
    fields = [escaped(ids[name]) for name in table.ids]
    fields += [escaped(found.columns.get(name)) for name in table.columns]
    fields += [escaped(found.payload.decode()), f"\\\\x{digest}", "ft"[found.is_partial], str(number)]
    return ("\t".join(fields) + "\n").encode()
