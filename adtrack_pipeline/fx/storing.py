# ruff: noqa: S608 - statements are put together from constants only
"""Rates into `raw.fx_rates`: what is there just so stays untouched, what somebody entered by hand stays theirs."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg

Connection = psycopg.Connection[Any]
Rates = Mapping[tuple[str, str], Decimal]
SOURCE = "ecb"
SHOWN = 5


class Stored(NamedTuple):
    """What writing did.

    Attributes:
        loaded: rates inserted or replaced.
        replaced: those of them that had another value.
        kept: rates of other sources that differ and were left alone.
        corrections: sentences about replaced euro rates, the newest first.
    """

    loaded: int
    replaced: int
    kept: int
    corrections: list[str]


def account_currencies(conn: Connection) -> list[str]:
    """Currencies of the ad accounts: orders are converted into these."""
    rows = conn.execute("select distinct currency from raw.accounts where currency is not null order by 1")
    return [str(row[0]) for row in rows.fetchall()]


def stage_rates(conn: Connection, days: Iterable[tuple[date, Rates]]) -> int:
    """Copy rates into a table of this transaction; returns how many there are."""
    conn.execute(
        "create temp table staged_rates (rate_date date, from_currency text, to_currency text, rate numeric)"
        " on commit drop"
    )
    count = 0
    with conn.cursor().copy("copy pg_temp.staged_rates from stdin") as copy:
        for day, rates in days:
            count += len(rates)
            for (one, other), rate in rates.items():
                copy.write_row((day, one, other, rate))
    conn.execute("analyze pg_temp.staged_rates")
    return count


def store_rates(conn: Connection, *, replace: bool) -> Stored:
    """Write the staged rates that are new or others than stored; nobody else writes meanwhile.

    Args:
        conn: in a transaction.
        replace: also replace rates that came from somewhere else than the ECB.
    """
    conn.execute("lock table raw.fx_rates in share row exclusive mode")
    told = {"source": SOURCE, "replace": replace, "shown": SHOWN}
    counts = conn.execute(_COUNTS.encode(), told).fetchone() or (0, 0)
    corrections = conn.execute(_CORRECTIONS.encode(), told).fetchall()
    loaded = conn.execute(_WRITE, told).rowcount
    return Stored(loaded, int(counts[0]), int(counts[1]), [_sentence(*row) for row in corrections])


def _sentence(day: date, one: str, other: str, before: Decimal, after: Decimal) -> str:
    return f"{one} to {other} of {day} is {after.normalize():f} now; it was {before.normalize():f}."


# Materialised: for the sake of the limit Postgres would look up each staged rate by itself, a minute's work.
_DIFFERING = """
    with differing as materialized (
        select s.*, stored.rate as stored_rate, stored.source = %(source)s or %(replace)s as may_write
        from pg_temp.staged_rates as s
        inner join raw.fx_rates as stored using (rate_date, from_currency, to_currency)
        where stored.rate <> s.rate
    )
"""
_COUNTS = (
    f"{_DIFFERING} select count(*) filter (where may_write), count(*) filter (where not may_write) from differing"
)
_CORRECTIONS = f"""{_DIFFERING}
    select rate_date, from_currency, to_currency, stored_rate, rate from differing
    where may_write and from_currency = 'EUR'
    order by rate_date desc, to_currency
    limit %(shown)s
"""
_WRITE = """
    insert into raw.fx_rates as f (rate_date, from_currency, to_currency, rate, source)
    select rate_date, from_currency, to_currency, rate, %(source)s from pg_temp.staged_rates
    order by rate_date, from_currency, to_currency
    on conflict (rate_date, from_currency, to_currency) do update
    set rate = excluded.rate, source = excluded.source, loaded_at = now()
    where f.rate <> excluded.rate and (f.source = %(source)s or %(replace)s)
"""
