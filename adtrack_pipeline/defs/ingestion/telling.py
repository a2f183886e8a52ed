"""From the outcomes of a sync to what the UI shows about it. Pure: outcomes in, metadata out."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import dagster as dg

from adtrack_pipeline.defs.drawing import bars, table
from adtrack_pipeline.ingestion import AccountOutcome

Metadata = dict[str, dg.MetadataValue]
DaySpend = tuple[date, str, Decimal]  # day, currency, spend
SHOWN_CURRENCIES = 4
SHOWN_ACCOUNTS = 40


def cost(outcomes: Sequence[AccountOutcome]) -> Metadata:
    """What one table's sync brought and what it cost at the API, over all accounts."""
    quota = [one.stats.quota_used_pct for one in outcomes if one.stats.quota_used_pct is not None]
    told: Metadata = {
        "rows fetched": dg.MetadataValue.int(sum(one.rows_fetched for one in outcomes)),
        "rows changed": dg.MetadataValue.int(sum(one.rows_changed for one in outcomes)),
        "rows withdrawn": dg.MetadataValue.int(sum(one.rows_withdrawn for one in outcomes)),
        "rows rejected": dg.MetadataValue.int(sum(one.rows_rejected for one in outcomes)),
        "API calls": dg.MetadataValue.int(sum(one.stats.api_calls for one in outcomes)),
        "retries": dg.MetadataValue.int(sum(one.stats.retries for one in outcomes)),
        "rate limit hits": dg.MetadataValue.int(sum(one.stats.rate_limit_hits for one in outcomes)),
        "megabytes": dg.MetadataValue.float(round(sum(one.stats.bytes for one in outcomes) / 1e6, 3)),
    }
    if quota:
        told["quota used (%)"] = dg.MetadataValue.float(round(max(quota), 1))
    days = [day for one in outcomes for day in (one.since, one.until) if day]
    if days:
        told["window"] = dg.MetadataValue.text(f"{min(days)} … {max(days)}")
    return told


def accounts(outcomes: Sequence[AccountOutcome]) -> Metadata:
    """One line per account, trouble first: how it went, what it brought, why not."""
    lines = [
        {
            "account": one.account_name or one.account_id,
            "outcome": one.outcome,
            "days": (one.until - one.since).days + 1 if one.since and one.until else "",
            "rows": f"{one.rows_fetched:,}",
            "changed": f"{one.rows_changed:,}",
            "calls": f"{one.stats.api_calls:,}",
            "spend": f"{one.spend:,.2f} {one.currency or ''}" if one.spend else "",
            "conversions": f"{one.conversions:,.0f}" if one.conversions else "",
            "revenue": f"{one.revenue:,.2f}" if one.revenue else "",
            "seconds": f"{one.seconds:.1f}",
            "why": one.error or "",
        }
        for one in sorted(outcomes, key=lambda one: one.outcome == "ok")[:SHOWN_ACCOUNTS]
    ]
    text = table(lines)
    if len(outcomes) > SHOWN_ACCOUNTS:
        text += f"\n\n… and {len(outcomes) - SHOWN_ACCOUNTS} more; all of them are in ops.sync_runs."
    return {"accounts": dg.MetadataValue.md(text)} if lines else {}


def spend_plots(days: Sequence[DaySpend]) -> Metadata:
    """A picture of spend per day for each of the largest currencies; amounts of two currencies are never added."""
    totals: dict[str, Decimal] = {}
    for _, currency, spend in days:
        totals[currency] = totals.get(currency, Decimal(0)) + spend
    largest = sorted(totals, key=lambda currency: totals[currency], reverse=True)[:SHOWN_CURRENCIES]
    return {
        f"spend per day, {currency}": dg.MetadataValue.md(
            bars({str(day): spend for day, other, spend in days if other == currency}, currency)
        )
        for currency in largest
    }
