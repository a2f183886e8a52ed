"""Meta's money: budgets are integers in minor units by Meta's own offset table, which is not ISO 4217's."""

from typing import Any

WHOLE_UNITS = frozenset(["CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"])
# Rough price levels against the US dollar: enough for budgets and prices that look right.
PER_DOLLAR = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79, "JPY": 150, "HUF": 365, "INR": 84, "TWD": 32, "AUD": 1.5}


def offset(currency: str) -> int:
    """Minor units in one unit of a currency, as budgets count them."""
    return 1 if currency in WHOLE_UNITS else 100


def minimum_budgets() -> list[dict[str, Any]]:
    """`/minimum_budgets`: the least daily budget per currency in minor units."""
    answer = []
    for currency, rate in sorted(PER_DOLLAR.items()):
        least = max(round(rate * offset(currency)), 1)
        answer.append(
            {
                "currency": currency,
                "min_daily_budget_imp": least,
                "min_daily_budget_video_views": least * 3,
                "min_daily_budget_low_freq": least * 40,
                "min_daily_budget_high_freq": least * 5,
            }
        )
    return answer
