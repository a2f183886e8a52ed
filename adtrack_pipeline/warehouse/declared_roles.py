"""Which logins there are besides the owner's, as data: what each may do, and its seat belts.

Belongs here: names, rights, settings. Does not belong here: how they are brought about (`roles.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

PUBLIC_OPS_VIEWS = ("account_freshness",)


@dataclass(frozen=True)
class Role:
    """A login.

    Attributes:
        key: what people call it (`--role reader`).
        name: in the database.
        comment: on the role.
        settings: defaults of its sessions; the grants are the lock, these are seat belts.
        connection_limit: so that it cannot take the pipeline's connections.
        schemas: it may use.
        reads: it may select from `marts` and the public views of `ops`.
        inserts: (schema, table, columns) it may insert into, and nothing else: it cannot even read it.
        purpose: for sentences.
    """

    key: str
    name: str
    comment: str
    settings: Mapping[str, str]
    connection_limit: int
    schemas: tuple[str, ...]
    purpose: str
    reads: bool = False
    inserts: tuple[str, str, tuple[str, ...]] | None = None

    @property
    def password_setting(self) -> str:
        """The variable that sets its password."""
        return f"ADTRACK_{self.key.upper()}_PASSWORD"


# Whoever has inserted has the turn (`ops.intake_turns`) until the transaction ends: no endless ones.
_INSERTING = {
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "1min",
    "lock_timeout": "2min",
    "search_path": "raw",
}

READER = Role(
    key="reader",
    name="adtrack_reader",
    comment="BI tools: reads schema marts and the public views of schema ops. Made by adtrack.",
    settings={
        "default_transaction_read_only": "on",
        "statement_timeout": "5min",
        "idle_in_transaction_session_timeout": "10min",
        "search_path": "marts",
    },
    connection_limit=30,
    schemas=("marts", "ops"),
    purpose="BI tools have",
    reads=True,
)
PREDICTOR = Role(
    key="predictor",
    name="adtrack_predictor",
    comment="Models: inserts into raw.predictions and may do nothing else. Made by adtrack.",
    settings=_INSERTING,
    connection_limit=10,
    schemas=("raw",),
    purpose="models that insert predictions by SQL have",
    inserts=(
        "raw",
        "predictions",
        (
            "prediction_id",
            "platform",
            "level",
            "object_id",
            "model_name",
            "model_version",
            "predicted_at",
            "window_start",
            "window_end",
            "predicted_ctr",
            "predicted_ctr_lower",
            "predicted_ctr_upper",
            "predicted_roas",
            "predicted_roas_lower",
            "predicted_roas_upper",
            "predicted_conversions",
            "predicted_conversions_lower",
            "predicted_conversions_upper",
            "predicted_spend",
            "predicted_spend_lower",
            "predicted_spend_upper",
            "interval_level",
            "metadata",
        ),
    ),
)
ORDERS = Role(
    key="orders",
    name="adtrack_orders",
    comment="Shops and tills: inserts into raw.offline_conversions and may do nothing else. Made by adtrack.",
    settings=_INSERTING,
    connection_limit=10,
    schemas=("raw",),
    purpose="shops that insert orders by SQL have",
    inserts=(
        "raw",
        "offline_conversions",
        (
            "account_id",
            "order_id",
            "platform",
            "occurred_at",
            "value",
            "currency",
            "refund_id",
            "channel",
            "is_reported_to_platform",
            "campaign_id",
            "ad_id",
            "click_id",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_content",
            "lead_time_hours",
            "metadata",
        ),
    ),
)
ROLES: Mapping[str, Role] = {role.key: role for role in (READER, PREDICTOR, ORDERS)}
