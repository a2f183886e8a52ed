"""One bad row costs itself, never the page, the window or the hour; good text arrives byte by byte."""

from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import InsightRow, RejectedRow
from tests.warehouse_load.loading import day, load_rows, opened, page, row, scalar, stored

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]

NAMES = [
    "Robert'); drop table raw.insights_daily;--",
    "tab\there, newline\nthere, return\rand \\N and \\. and \\x41",
    "{{ 7*7 }} %s %(x)s ${x} <script> =HYPERLINK(1)",
    "emoji 🚀, rtl \u202eabc, zwj 👩\u200d💻, NFC \u00e9, NFD e\u0301, bom \ufeff",
    "x" * 400,
    "",
    " \x02 \x1f \x7f ",
    "\\",
]


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_arrives_byte_by_byte(loader: Loader, conn: Conn, name: str) -> None:
    await load_rows(loader, 0, [row(campaign_name=name), row("1002")])
    assert stored(conn, "ad_id, campaign_name") == [("1001", name), ("1002", "Campaign")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(impressions=str(2**63)), "impressions: .*out of range"),
        (row(impressions="12.5"), "impressions: .*invalid input syntax"),
        (row(clicks=""), "clicks: "),
        (row(spend="NaN"), "spend: not a finite number"),
        (row(spend="Infinity"), "spend: not a finite number"),
        (row(frequency="NaN"), "frequency: not a finite number"),
        (row(video_avg_seconds="NaN"), "video_avg_seconds: not a finite number"),
        (row(spend="1e400000"), "spend: "),
        (row(campaign_name="a\x00b"), "0x00"),
        (row(campaign_name="half \ud83d"), "half a surrogate pair"),
        (row(actions='[{"action_type":"a\\u0000","value":"1"}]'), "actions: .*(unicode|json)"),
        (row(actions='[{"action_type":"\\ud83d","value":"1"}]'), "actions: .*(unicode|json)"),
        (row(actions="[{"), "actions: .*json"),
        (row(actions='[{"value":NaN}]'), "actions: .*json"),
    ],
)
async def test_a_bad_row_is_quarantined_alone_with_its_reason(
    loader: Loader, conn: Conn, bad: InsightRow, reason: str
) -> None:
    await load_rows(loader, 0, [row(spend="1")])
    result = await load_rows(loader, 1, [row("1002"), bad, row("1003")])
    assert (result.rows_fetched, result.rows_rejected, result.rows_withdrawn) == (2, 1, 0)
    assert stored(conn, "ad_id, spend::text")[0] == ("1001", "1")  # the old value stays
    assert len(stored(conn, "ad_id, spend")) == 3
    kept = conn.execute("select object_key, source, run_id from raw.rejected_rows where reason ~* %s", [reason])
    assert kept.fetchall() == [("1001/2026-11-01", "insights_daily", "run-1")]


async def test_an_escaped_pair_of_surrogates_is_good_json(loader: Loader, conn: Conn) -> None:
    await load_rows(loader, 0, [row(actions='[{"action_type":"\\ud83d\\ude80 \\u00e9","value":"1"}]')])
    assert scalar(conn, "select actions -> 0 ->> 'action_type' from raw.insights_daily") == "🚀 é"


async def test_many_bad_rows_among_good_ones_are_all_found(loader: Loader, conn: Conn) -> None:
    rows = [row(str(n), spend="NaN" if n % 7 == 0 else "1") for n in range(1, 200)]
    async with opened(loader, 0) as load:
        await load.add(page(*rows[:100]))
        await load.add(page(*rows[100:]))
        result = await load.commit(day(1))
    assert (result.rows_fetched, result.rows_rejected) == (171, 28)
    assert scalar(conn, "select count(*) from raw.insights_daily where ad_id::int % 7 = 0") == 0


async def test_a_refused_row_seen_again_counts_up_instead_of_piling_up(loader: Loader, conn: Conn) -> None:
    bad = RejectedRow("1001/2026-11-01", "spend: -1 is negative", '{"spend":"-1"}')
    assert (await load_rows(loader, 0, [], rejected=[bad, bad])).rows_rejected == 1
    assert (await load_rows(loader, 1, [], rejected=[bad])).rows_rejected == 1
    kept = conn.execute("select times_seen, last_seen_at - first_seen_at = '1 h' from raw.rejected_rows")
    assert kept.fetchall() == [(2, True)]


async def test_the_text_of_a_refused_row_is_kept_whatever_it_holds(loader: Loader, conn: Conn) -> None:
    texts = ["a\x00b", "half \ud83d", "back\\slash\ttab", "long " + "x" * 300_000]
    await load_rows(loader, 0, [], rejected=[RejectedRow(None, "why\x00", text) for text in texts])
    kept = [one for (one,) in conn.execute("select row_text from raw.rejected_rows order by rejected_id")]
    assert sorted(kept, key=len)[:3] == sorted(["a\\u0000b", "half \\ud83d", texts[2]], key=len)
    assert max(map(len, kept)) == 100_000
