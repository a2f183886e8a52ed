"""The numbers of a report as JSON, with the names dashboards know. Pure.

Money is in `currency`, major units; what is not known is null, never 0. Over all accounts a total is null as soon
as one account's rate is missing (`missing_currencies`), like `marts.blended_roas`; `accounts` has each account in
its own currency.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from adtrack_pipeline.reporting.report import MlAccuracy, Report
from adtrack_pipeline.reporting.sums import BY_NAME, Sums, total


def dashboard(report: Report) -> dict[str, Any]:
    """JSON values: date, currency, the dashboard numbers, and per account the same."""
    if not report.is_overall:
        return {**_head(report), **_numbers(report.sums), "ml_accuracy": _accuracy(report.ml)}
    is_whole = not report.unrated and all(one.converted for one in report.accounts)
    sums = report.sums if is_whole else None
    together = _numbers(sums)
    if report.accounts and all(one.own for one in report.accounts):
        known = total(one.own for one in report.accounts if one.own)
        together["total_conversions"] = _rounded(known.conversions)  # counts need no rate
    return {
        **_head(report),
        **together,
        "ml_accuracy": _accuracy(report.ml),
        "missing_currencies": report.unrated,
        "accounts": [
            {
                "account_id": one.account_id,
                "account_name": one.name,
                "currency": one.currency,
                **_numbers(one.own),
                "rate": one.rate,
            }
            for one in report.accounts
        ],
    }


def _head(report: Report) -> dict[str, Any]:
    return {
        "date": report.day.isoformat(),
        "platform": report.platform,
        "account_id": report.account_id,
        "account_name": report.name,
        "currency": report.currency,
        "is_complete": report.is_complete,
        "missing": list(report.missing),
        "is_final": bool(report.sums and report.sums.is_final),
        "is_sandbox": report.is_sandbox,
    }


def _accuracy(ml: MlAccuracy) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(ml).items()}


def _numbers(sums: Sums | None) -> dict[str, float | None]:
    """As the platform reports them so far, and the two nowcasts beside them."""
    names: Mapping[str, str] = {
        "total_spend": "spend",
        "total_revenue": "revenue",
        "overall_roas": "roas",
        "total_conversions": "conversions",
        "avg_cpa": "cpa",
    }
    known = {key: _rounded(BY_NAME[name].of(sums)) if sums else None for key, name in names.items()}
    return known | {
        "expected_revenue": _rounded(BY_NAME["revenue"].ripe(sums)),
        "expected_conversions": _rounded(BY_NAME["conversions"].ripe(sums)),
    }


def _rounded(value: float | None) -> float | None:
    """Six decimals: what sums of floats add beyond is noise."""
    return None if value is None else round(value, 6)
