"""What looks wrong about staged rows without being so for certain. Warnings only: nothing is changed or refused.

Belongs here: questions to the staged rows and the raw tables, and the sentences about the answers.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from adtrack_pipeline.intake.columns import Target, lookalikes
from adtrack_pipeline.intake.encode import Encoder
from adtrack_pipeline.intake.staging import STAGED
from adtrack_pipeline.intake.times import EXCLUSIVE, NAIVE
from adtrack_pipeline.intake.values import shown

Connection = psycopg.Connection[Any]
TYPICAL_CTR = 1.0  # percent; without actuals to compare with
FRACTION_BELOW = 0.1  # of the actual median: a fraction is a hundredth of it, a bad model hardly a tenth
ACTUAL_DAYS = 28
SHOWN_MODELS = 3

_UNKNOWN_OBJECTS = """
    with known as (
        select platform, 'ad' as level, ad_id as object_id from raw.ads
        union all select platform, 'campaign', campaign_id from raw.campaigns
        union all select platform, 'creative', creative_id from raw.creatives
        union all select distinct platform, 'video', video_id from raw.creatives where video_id is not null
    ), asked as ({asked})
    select level, count(*), (array_agg(object_id order by object_id))[1:3]
    from asked left join known using (platform, level, object_id) where known.object_id is null
    group by level order by level
"""
_ASKED: dict[str, LiteralString] = {
    "predictions": "select distinct platform, level, object_id from {staged}",
    "offline_conversions": "select platform, 'campaign' as level, campaign_id as object_id from {staged}"
    " where campaign_id is not null union select platform, 'ad', ad_id from {staged} where ad_id is not null",
}
_KEYS: dict[str, LiteralString] = {
    "predictions": "prediction_id",
    "offline_conversions": "account_id, order_id,"
    " case when value < 0 then coalesce(refund_id, occurred_at::text) end",
}
# Told once with and once without its account an order is one. Ids of several shops can be the same by chance.
_TOLD_OTHERWISE = """
    select count(*)
    from (
        select distinct platform, account_id, order_id, value, currency from {staged} where value >= 0
    ) as staged
    cross join lateral (
        select value, currency from raw.offline_conversions as known
        where (known.platform, known.order_id, known.refund_key) = (staged.platform, staged.order_id, '')
            and (known.account_id = '*') <> (staged.account_id = '*')
        order by received_at desc limit 1
    ) as known
    where (known.value, known.currency) is distinct from (staged.value, staged.currency)
"""
_OF_SEVERAL = """
    with told as (
        select platform, order_id, account_id from {staged}
        union
        select platform, order_id, account_id from raw.offline_conversions
        where order_id in (select order_id from {staged})
    )
    select count(*) from (
        select from told group by platform, order_id
        having bool_or(account_id = '*') and count(*) filter (where account_id <> '*') > 1
    ) as riddles
"""
_MOMENTS: dict[str, LiteralString] = {"predictions": "predicted_at", "offline_conversions": "occurred_at"}
_ACTUAL_CTR = """
    select percentile_cont(0.5) within group (order by ctr) from (
        select 100.0 * sum(clicks) / sum(impressions) as ctr from raw.insights_daily
        where date_day >= %s and withdrawn_at is null group by platform, ad_id having sum(impressions) >= 1000
    ) as ads
"""
_PREDICTED_CTR = """
    select model_name, model_version, percentile_cont(0.5) within group (order by predicted_ctr), count(*)
    from {staged} where predicted_ctr > 0 group by 1, 2 order by 3
"""


def noted(encoder: Encoder) -> Iterator[str]:
    """Warnings about how the file is written."""
    for name, count in sorted(encoder.notes.items()):
        kind, column = name.split(" ", 1)
        if kind == NAIVE:
            yield f"{column} has no offset in {_rows(count)}: taken as UTC."
        elif kind == EXCLUSIVE:
            yield (
                f"{column} is a midnight in {_rows(count)}: taken as the end of the day before. "
                "Write the last day that counts, without a time (2026-03-07)."
            )
    for name in sorted(encoder.left_out):
        yield f"The column {name} is given by the database and was left out."
    for name, meant in sorted(lookalikes(encoder.target, encoder.extras).items()):
        yield f"The column {shown(name)} is not known and went to metadata; was {meant} meant?"


def doubted(conn: Connection, target: Target, now: datetime) -> Iterator[str]:
    """Warnings about what the staged rows say."""
    yield from _repeated(conn, target)
    yield from _unknown(conn, target)
    yield from _from_the_future(conn, target, now)
    if target.name == "predictions":
        yield from _fractions(conn, now)
    else:
        yield from _uncredited(conn)
        yield from _told_otherwise(conn)


def renamed(pairs: list[tuple[str, str, int]]) -> Iterator[str]:
    """Warnings about predictions that were told under another model before."""
    for before, after, count in pairs:
        yield (
            f"{count:,} predictions of model {shown(before)} are now told by {shown(after)}: a new version each; "
            "the old ones stay."
        )


def _repeated(conn: Connection, target: Target) -> Iterator[str]:
    query = "select count(*) from (select from {staged} group by {key} having count(*) > 1) as t"
    if count := _one(conn, query, key=_KEYS[target.name]):
        advice = " (order lines instead of orders?)" if target.name == "offline_conversions" else ""
        yield f"{count:,} of the {target.what} are there more than once: the last row of each counts{advice}."


def _unknown(conn: Connection, target: Target) -> Iterator[str]:
    asked = sql.SQL(_ASKED[target.name]).format(staged=STAGED)
    for level, count, some in conn.execute(sql.SQL(_UNKNOWN_OBJECTS).format(asked=asked)).fetchall():
        examples = ", ".join(map(shown, some)) + (", …" if count > len(some) else "")
        things = f"{level} is" if count == 1 else f"{level}s are"
        yield f"{count:,} {things} not known here ({examples}): loaded, and matched once they appear."


def _from_the_future(conn: Connection, target: Target, now: datetime) -> Iterator[str]:
    column = _MOMENTS[target.name]
    query = "select count(*) from {staged} where {column} > %s"
    if count := _one(conn, query, now + timedelta(days=1), column=column):
        yield f"{column} is in the future in {_rows(count)}."


def _fractions(conn: Connection, now: datetime) -> Iterator[str]:
    models = conn.execute(sql.SQL(_PREDICTED_CTR).format(staged=STAGED)).fetchall()
    if not models:
        return
    since = (now - timedelta(days=ACTUAL_DAYS)).date()
    row = conn.execute(_ACTUAL_CTR, [since]).fetchone()
    actual = float(row[0]) if row and row[0] is not None else None
    compared = f"the ads here have a median of {actual:.2g}" if actual else f"{TYPICAL_CTR:.0f} is usual"
    small = [one for one in models if float(one[2]) < FRACTION_BELOW * (actual or TYPICAL_CTR)]
    for name, version, median, count in small[:SHOWN_MODELS]:
        values = "1 value" if count == 1 else f"{count:,} values"
        yield (
            f"predicted_ctr of model {shown(name)} {shown(version)} looks like fractions: the median of {values} "
            f"is {float(median):.2g}, and {compared}. CTR is in percent (2.5, not 0.025); nothing was changed."
        )


def _uncredited(conn: Connection) -> Iterator[str]:
    query = "select count(*) from {staged} where num_nonnulls(campaign_id, ad_id, utm_campaign, utm_content) = 0"
    if count := _one(conn, query):
        yield (
            f"{count:,} orders name no campaign, ad, utm_campaign or utm_content: no campaign can be credited. "
            "Meta offers no way to look up a click id."
        )


def _told_otherwise(conn: Connection) -> Iterator[str]:
    if count := _one(conn, _TOLD_OTHERWISE):
        yield (
            f"{count:,} orders are known with another value, told once with and once without account_id: each "
            "counts once, as it is told last, unless its campaign or ad leads to another account. Hand in "
            "account_id if they are not the same orders."
        )
    if count := _one(conn, _OF_SEVERAL):
        yield (
            f"{count:,} orders without account_id have an id that several accounts have: each belongs to the "
            "account its campaign or ad leads to, and is an order of its own if that is none. Hand in account_id."
        )


def _one(conn: Connection, query: LiteralString, *values: object, **parts: LiteralString) -> int:
    """A count; `parts` are columns or keys of a target."""
    pieces = {name: sql.SQL(text) for name, text in parts.items()}
    row = conn.execute(sql.SQL(query).format(staged=STAGED, **pieces), values or None).fetchone()
    return int(row[0]) if row else 0


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
