"""The daily report of an account with many campaigns: reading, building, drawing, keeping.

    uv run python benchmarks/report.py --campaigns 1000

An embedded Postgres of its own. The marts are filled with 36 days of `--campaigns` campaigns, three creatives in
each with a thumbnail of 8 kB and their wear-out, 200 open alerts, four weeks that were restated overnight. `first`
includes what a process pays once (importing matplotlib, Postgres' first look), `again` does not; `nothing due` is
what every other hour pays.
"""

import argparse
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adtrack_pipeline.defs.reporting.building import Builder  # noqa: E402
from adtrack_pipeline.defs.reporting.keeping import keep, latest, write_missing_files  # noqa: E402
from adtrack_pipeline.warehouse.connect import prepare_embedded  # noqa: E402
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer  # noqa: E402
from tests.dbt.raw_rows import put  # noqa: E402
from tests.defs.reporting.conftest import (  # noqa: E402
    DAY,
    NOW,
    TABLES,
    Connection,
    create_alerts_view,
    create_mart,
    put_day,
    read,
    settings_of,
)
from tests.notify.writing import write_alert  # noqa: E402

_OBJECTS = """
    insert into marts.{kind}_metrics (platform, account_id, date_day, {kind}_id, {kind}_name, currency,
        impressions, clicks, spend, conversions, revenue, conversions_nowcast, revenue_nowcast, is_final)
    select 'meta', '1', %(day)s::date - back, '{kind}' || n, '{kind} ' || n || ' | Sales | Autumn', 'EUR',
        1000 + n, 10 + n %% 20, 20 + n %% 50, n %% 7, (n %% 7) * 40 + back, n %% 7, (n %% 7) * 40 + back, true
    from generate_series(1, %(count)s) as n cross join generate_series(0, 35) as back
"""
_FATIGUE = """
    insert into marts.creative_fatigue (platform, account_id, date_day, creative_id, status, days_since_onset,
        recent_ctr, best_ctr, ctr_drop_pct, frequency_recent)
    select 'meta', '1', %(day)s::date - back, 'creative' || n,
        (array['healthy', 'healthy', 'limited', 'fatigued'])[1 + n %% 4], 3, 1, 2, 50, 2
    from generate_series(1, %(count)s) as n cross join generate_series(0, 35) as back
"""
_CREATIVES = """
    insert into raw.creatives (platform, account_id, creative_id, name, thumbnail_hash, payload, content_hash,
        first_seen_at, fetched_at)
    select 'meta', '1', 'creative' || n, 'creative ' || n, 'hash' || n, '{}', '', now(), now()
    from generate_series(1, %(count)s) as n
"""
_THUMBNAILS = """
    insert into raw.thumbnails
    select 'hash' || n, 'image/png', decode(repeat(md5(n::text), 512), 'hex'), now()
    from generate_series(1, %(count)s) as n
"""
_RESTATED = """
    with days as (select %(day)s::date - back as date_day from generate_series(1, 28) as back),
    kept as (
        insert into raw.account_insights_daily (platform, account_id, date_day, spend, actions, action_values,
            content_hash, fetched_at)
        select 'meta', '1', date_day, 101, '[{"action_type": "purchase", "value": "11"}]', '[]', '', %(now)s
        from days
    )
    insert into raw.insight_revisions (platform, account_id, report, date_day, observed_at, superseded_at,
        impressions, clicks, link_clicks, outbound_clicks, spend, actions, content_hash)
    select 'meta', '1', 'account_insights_daily', date_day, %(now)s::timestamptz - interval '30 days',
        %(now)s::timestamptz - interval '3 hours', 0, 0, 0, 0, 100,
        '[{"action_type": "purchase", "value": "10"}]', ''
    from days
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--campaigns", type=int, default=1000)
    count = parser.parse_args().campaigns
    with tempfile.TemporaryDirectory(prefix="adtrack-bench-report-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedServer(Path(folder) / "home")
        try:
            with prepare_embedded(server).connect(autocommit=True) as conn:
                fill(conn, count)
                measure(conn, Path(folder), count)
        finally:
            server.stop()


def fill(conn: Connection, count: int) -> None:
    """One account, and a report of the day before."""
    for name in (*TABLES, "creatives/creative_fatigue"):
        create_mart(conn, name)
    create_alerts_view(conn)
    conn.execute(
        "create table intermediate.int_accounts (platform text, account_id text, conversion_action_types text[])"
    )
    conn.execute("insert into intermediate.int_accounts values ('meta', '1', '{purchase}')")
    put(conn, "accounts", {"account_id": "1"}, name="Shop", timezone_name="UTC", currency="EUR")
    for back in range(36):
        put_day(conn, DAY - timedelta(days=back))
    values = {"day": DAY, "now": NOW, "count": count}
    conn.execute(_OBJECTS.format(kind="campaign").encode(), values)
    values["count"] = 3 * count
    for statement in (_OBJECTS.format(kind="creative"), _FATIGUE, _CREATIVES, _THUMBNAILS, _RESTATED):
        conn.execute(statement.encode(), values)
    for table, column in (("campaign_metrics", "campaign_id"), ("creative_metrics", "creative_id")):
        conn.execute(f"create index on marts.{table} (platform, account_id, date_day, {column})".encode())
    conn.execute("create index on marts.creative_fatigue (platform, account_id, date_day, creative_id)")
    for n in range(200):
        write_alert(conn, campaign=f"campaign{n}", account="1", money=float(n))
    read(conn, "1")
    conn.execute(
        "insert into ops.reports values (default, 'meta', '1', %s, 1, %s, true, null, 'EUR', '', '{}', '')",
        [DAY - timedelta(days=1), NOW - timedelta(days=1)],
    )
    conn.execute("vacuum analyze")


def measure(conn: Connection, folder: Path, count: int) -> None:
    """Print the parts of each round."""
    settings = settings_of(folder)
    print(f"{count:,} campaigns, {3 * count:,} creatives, {os.cpu_count()} cores")
    for name in ("first", "again", "again"):
        started = time.perf_counter()
        builder = Builder(conn, settings, NOW)
        report = builder.of_account("meta", "1", DAY)
        assert report is not None
        read_at = time.perf_counter()
        html = builder.page(report)
        drawn_at = time.perf_counter()
        keep(conn, report, html, project_id="bench", built_at=NOW)
        ended = time.perf_counter()
        print(
            f"{name}: {ended - started:.2f} s = reading and building {read_at - started:.2f} s, "
            f"page {drawn_at - read_at:.2f} s, keeping {ended - drawn_at:.2f} s; {len(html) / 1000:,.0f} kB"
        )
    write_missing_files(conn, folder / "reports", NOW - timedelta(days=3))
    started = time.perf_counter()
    Builder(conn, settings, NOW + timedelta(hours=1)).build_due()
    write_missing_files(conn, folder / "reports", NOW - timedelta(days=3))
    latest(conn, NOW - timedelta(days=3))
    print(f"nothing due: {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
