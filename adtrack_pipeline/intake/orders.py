"""The target `offline_conversions`: columns of `raw.offline_conversions`. A refund is an order below zero."""

from functools import partial

from adtrack_pipeline.intake.columns import Column, Record, Target, always
from adtrack_pipeline.intake.times import moment
from adtrack_pipeline.intake.values import currency, flag, identifier, number, text, word


def _account(value: object) -> str | None:
    found = identifier("account_id")(value)
    return found.removeprefix("act_") if found else None


def _text(name: str, example: str = "", *, aliases: tuple[str, ...] = ()) -> Column:
    return Column(name, always(text(name)), example=example, aliases=aliases)


def _id(name: str, example: str = "") -> Column:
    return Column(name, always(identifier(name)), example=example)


def _check(_: Record) -> None:
    """Every rule of the table is about one column."""


ORDERS = Target(
    name="offline_conversions",
    what="orders",
    folder="orders",
    columns=(
        Column("account_id", always(_account), default="*", example="1234567890"),
        Column("order_id", always(identifier("order_id")), required=True, example="POS-10293", aliases=("id",)),
        Column("platform", always(word("platform")), default="meta", example="meta"),
        Column(
            "occurred_at",
            partial(moment, "occurred_at"),
            required=True,
            example="2026-03-03T14:30:00+01:00",
            aliases=("ordered_at", "order_time"),
        ),
        Column(
            "value",
            always(number("value")),
            required=True,
            example="59.90",
            aliases=("order_value", "amount"),
        ),
        Column("currency", always(currency("currency")), required=True, example="EUR"),
        _id("refund_id"),
        _text("channel", "store"),
        Column(
            "is_reported_to_platform",
            always(flag("is_reported_to_platform")),
            example="false",
        ),
        _id("campaign_id", "120210000000009"),
        _id("ad_id"),
        _text("click_id", aliases=("fbclid",)),
        _text("utm_source", "facebook"),
        _text("utm_medium", "paid"),
        _text("utm_campaign"),
        _text("utm_content"),
        Column("lead_time_hours", always(number("lead_time_hours", least=0, below=1e6)), example="26.5"),
    ),
    check=_check,
    key=("account_id", "order_id", "refund_key"),
)
