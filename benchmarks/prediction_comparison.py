"""Seconds to compare, score and write predictions: 100,000 that are due at once, then hours with nothing to do.

    uv run python benchmarks/prediction_comparison.py

An embedded Postgres of its own, with its durability as shipped; marts as tables with the columns and indexes of
their contracts: `--ads` ads over `--days` days. Predictions of all metrics, windows of 1 to 7 days, at all levels.
Timed is the product's own code, in this process, imports included: the first hour (everything is due, and a month
of days is pooled), the same hour again, and hours in which today's and yesterday's rows changed.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adtrack_pipeline.settings import Settings  # noqa: E402
from adtrack_pipeline.warehouse.connect import prepare_embedded  # noqa: E402
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer  # noqa: E402
from tests.defs.accuracy.world import mart_statements  # noqa: E402

Connection = psycopg.Connection[Any]
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
INDEXES = {
    "ad_performance_daily": "ad_id",
    "campaign_metrics": "campaign_id",
    "creative_metrics": "creative_id",
    "performance_metrics": "video_id",
}
# One object of each kind per ad, except that ten ads make a campaign.
_IDS = {"ad_id": "'a' || ad", "campaign_id": "'c' || ad", "creative_id": "'k' || ad", "video_id": "'v' || ad"}
_DAYS = """
    insert into marts.{mart} (platform, account_id, date_day, {column}, currency, impressions, clicks, spend,
        conversions, revenue, is_final, conversions_nowcast, revenue_nowcast)
    select 'meta', mod(ad, 4)::text, day::date, {id}, 'EUR',
        4000, 80 + (random() * 40)::integer, 40, 6, 150, false, 6, 150
    from generate_series(1, %(objects)s) as ad
    cross join generate_series(%(since)s::timestamp, %(until)s::timestamp, '1 day') as days (day)
"""
_OBJECTS = """
    insert into raw.ads
        (platform, account_id, ad_id, creative_id, payload, content_hash, first_seen_at, fetched_at)
    select 'meta', mod(ad, 4)::text, 'a' || ad, 'k' || ad, '{}', '', now(), now()
    from generate_series(1, %(ads)s) as ad
"""
_CREATIVES = """
    insert into raw.creatives
        (platform, account_id, creative_id, video_id, payload, content_hash, first_seen_at, fetched_at)
    select 'meta', mod(ad, 4)::text, 'k' || ad, 'v' || ad, '{}', '', now(), now()
    from generate_series(1, %(ads)s) as ad
"""
_CAMPAIGNS = """
    insert into raw.campaigns (platform, account_id, campaign_id, payload, content_hash, first_seen_at, fetched_at)
    select 'meta', mod(ad, 4)::text, 'c' || ad, '{}', '', now(), now() from generate_series(1, %(ads)s / 10) as ad
"""
_ACCOUNTS = """
    insert into raw.accounts
        (platform, account_id, currency, timezone_name, payload, content_hash, first_seen_at, fetched_at)
    select 'meta', n::text, 'EUR', 'Europe/Berlin', '{}', '', now(), now() from generate_series(0, 3) as n
"""
_PREDICTIONS = """
    insert into raw.predictions (
        prediction_id, level, object_id, model_name, model_version, predicted_at, window_start, window_end,
        predicted_ctr, predicted_ctr_lower, predicted_ctr_upper, predicted_roas, predicted_conversions,
        predicted_spend
    )
    select 'p' || n, level,
        left(level, 1) || (1 + mod(n, case level when 'campaign' then %(ads)s / 10 else %(ads)s end)),
        'net', mod(n, 2)::text, start - interval '12 hours', start::date, start::date + mod(n, 7),
        2 + random(), 1.5, 3.5, 3 + random(), 6 * (1 + mod(n, 7)), 40 * (1 + mod(n, 7))
    from generate_series(1, %(predictions)s) as n
    cross join lateral (
        select (array['campaign', 'creative', 'video', 'ad'])[1 + least(mod(n, 10), 3)] as level,
            %(until)s::timestamp - make_interval(days => 2 + mod(n / %(ads)s, 28)) as start
    ) as chosen
"""
_NOTE = """
    insert into ops.model_changes (model, platform, account_id, date_day)
    select mart, 'meta', n::text, %(day)s
    from generate_series(0, 3) as n
    cross join unnest(%(marts)s::text[]) as mart
    on conflict (model, platform, account_id, date_day) do update set changed_xid = excluded.changed_xid
"""


def fill(conn: Connection, ads: int, days: int, predictions: int) -> None:
    """A warehouse with marts, objects and predictions; not timed."""
    until = NOW.date()
    values = {"ads": ads, "predictions": predictions, "since": until - timedelta(days=days), "until": until}
    conn.execute(mart_statements().encode())
    for mart, column in INDEXES.items():
        objects = ads // 10 if mart == "campaign_metrics" else ads
        conn.execute(
            _DAYS.format(mart=mart, column=column, id=_IDS[column]).encode(), values | {"objects": objects}
        )
        conn.execute(f"create index on marts.{mart} ({column}, date_day)".encode())
        conn.execute(f"analyze marts.{mart}".encode())
    for statement in (_ACCOUNTS, _OBJECTS, _CREATIVES, _CAMPAIGNS, _PREDICTIONS):
        conn.execute(statement.encode(), values)
    conn.execute("update raw.predictions set object_id = 'k' || substr(object_id, 2) where level = 'creative'")
    conn.execute("vacuum analyze raw.predictions")


def timed(conn: Connection) -> dict[str, float]:
    """One hour of the accuracy assets: seconds until all are compared and written, and until all is pooled too."""
    started = time.monotonic()
    from adtrack_pipeline.defs.accuracy.comparing import looking  # noqa: PLC0415
    from adtrack_pipeline.defs.accuracy.pairs import Rules  # noqa: PLC0415
    from adtrack_pipeline.defs.accuracy.pooling import pool  # noqa: PLC0415

    with looking(conn, NOW, Rules.of(Settings())) as look:
        compared = time.monotonic() - started
        pooled = pool(conn, look.memory, NOW)
    total = time.monotonic() - started
    seconds = {"compared": round(compared, 2), "with pools": round(total, 2)}
    return {**seconds, "due": look.due, "rows pooled": pooled, **look.became}


def change(conn: Connection, day: date) -> None:
    """Half of the ads have another click today."""
    for mart, column in INDEXES.items():
        conn.execute(
            f"update marts.{mart} set clicks = clicks + 1"
            f" where date_day = %s and mod(hashtext({column}), 2) = 0".encode(),
            [day],
        )
    conn.execute(_NOTE.encode(), {"day": day, "marts": list(INDEXES)})


def main() -> None:
    """Print one JSON object per measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--ads", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adtrack-benchmark-") as home:
        Path(home).chmod(0o711)
        server = EmbeddedServer(Path(home))
        try:
            database = prepare_embedded(server)
            with database.connect(autocommit=True) as conn:
                fill(conn, asked.ads, asked.days, asked.predictions)
                for what in ("everything is due", "nothing is due"):
                    print(json.dumps({"hour": what, **timed(conn)}), flush=True)
                for day, what in (
                    (NOW.date(), "today changed"),
                    (NOW.date() - timedelta(days=1), "yesterday changed"),
                ):
                    change(conn, day)
                    print(json.dumps({"hour": what, **timed(conn)}), flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
