"""What this machine can do: a hand-tuned loop from answers to an indexed table, to compare `ingestion.py` with.

Nothing of the product is used. No revisions, no hashes of what was there before, no quarantine, no fence: decode
(typed, in C), one `COPY` per page, the page zlib-compressed into an archive, one sorted upsert at the end.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg

COUNTS = ("impressions", "clicks", "inline_link_clicks", "reach")
TEXTS = (
    "campaign_id", "adset_id", "campaign_name", "adset_name", "ad_name", "account_currency", "objective",
    "optimization_goal", "attribution_setting",
)  # fmt: skip
LISTS = ("actions", "action_values")
COLUMNS = ("ad_id", "date_start", *TEXTS, *COUNTS, "spend", "frequency", *LISTS)


class Row(msgspec.Struct, gc=False):
    """A row as the answer has it."""

    ad_id: str
    date_start: str
    campaign_id: str = ""
    adset_id: str = ""
    campaign_name: str = ""
    adset_name: str = ""
    ad_name: str = ""
    account_currency: str = ""
    objective: str = ""
    optimization_goal: str = ""
    attribution_setting: str = ""
    impressions: str = "0"
    clicks: str = "0"
    inline_link_clicks: str = "0"
    reach: str = "0"
    spend: str = "0"
    frequency: str = "0"
    actions: msgspec.Raw = msgspec.Raw(b"[]")
    action_values: msgspec.Raw = msgspec.Raw(b"[]")


class Answer(msgspec.Struct, gc=False):
    """An answer."""

    data: list[Row]


decode = msgspec.json.Decoder(Answer).decode


def load_pages(conn: psycopg.Connection[Any], pages: Iterator[bytes]) -> int:
    """Load all pages; returns the number of rows."""
    _create(conn)
    rows = 0
    names = ", ".join(COLUMNS)
    with conn.cursor() as cursor:
        for body in pages:
            found = decode(body).data
            rows += len(found)
            with cursor.copy(f"copy staged ({names}) from stdin with (null '@null@')") as copy:
                copy.write("".join(map(_line, found)))
            cursor.execute("insert into raw.limit_pages (body) values (%b)", [zlib.compress(body, 1)])
            conn.commit()
        updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
        cursor.execute("set local work_mem = '64MB'")
        cursor.execute(
            f"insert into raw.limit_insights ({names}) select {names} from staged order by date_start, ad_id"
            f" on conflict (date_start, ad_id) do update set {updates}"
        )
        conn.commit()
    return rows


def _line(row: Row) -> str:
    line = "\t".join(
        (
            row.ad_id, row.date_start, row.campaign_id, row.adset_id, row.campaign_name, row.adset_name,
            row.ad_name, row.account_currency, row.objective, row.optimization_goal, row.attribution_setting,
            row.impressions, row.clicks, row.inline_link_clicks, row.reach, row.spend, row.frequency,
            str(row.actions, "utf-8"), str(row.action_values, "utf-8"),
        )
    )  # fmt: skip
    return line.replace("\\", "\\\\") + "\n"


def _create(conn: psycopg.Connection[Any]) -> None:
    typed = (
        "ad_id text, date_start date, "
        + ", ".join(f"{name} text" for name in TEXTS)
        + ", "
        + ", ".join(f"{name} bigint" for name in COUNTS)
        + ", spend numeric, frequency numeric, "
        + ", ".join(f"{name} jsonb" for name in LISTS)
    )
    conn.execute(f"create temp table staged ({typed})")
    conn.execute(f"create table raw.limit_insights ({typed}, primary key (date_start, ad_id))")
    conn.execute("create table raw.limit_pages (page_id bigint generated always as identity, body bytea not null)")
    conn.commit()
