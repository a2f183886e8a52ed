"""Words and numbers that every message, table and page writes the same way. Pure.

Belongs here: money, names of alert types. Does not belong here: whole sentences (the rooms write their own).
"""

# Where nobody writes decimals. How amounts are shown, not how the platform sends them.
_WHOLE = frozenset({"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"})
_ACRONYMS = frozenset({"aov", "api", "cpa", "cpc", "cpm", "ctr", "cvr", "roas"})


def money(amount: float, currency: str | None) -> str:
    """`1,234.50 EUR`, `12,345 JPY`; small prices with four decimals."""
    if currency in _WHOLE and abs(amount) >= 100:
        text = f"{amount:,.0f}"
    else:
        text = f"{amount:,.4f}" if 0 < abs(amount) < 0.1 else f"{amount:,.2f}"
    return f"{text} {currency}" if currency else text


def kind(alert_type: str) -> str:
    """`CTR drop` for `ctr_drop`, `zero delivery` for `zero_delivery`."""
    return " ".join(word.upper() if word in _ACRONYMS else word for word in alert_type.split("_"))
