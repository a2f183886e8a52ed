"""Numbers as people read them in a report. What is not known is a dash, never 0, nan or inf. Pure."""

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

from adtrack_pipeline.reporting.sums import Unit
from adtrack_pipeline.wording import money as money_text

DASH = "–"
LONG = 100_000  # from here on nobody reads decimals


def value_text(value: float | None, unit: Unit, currency: str | None) -> str:
    """A metric's value with its unit."""
    if value is None or not math.isfinite(value):
        return DASH
    match unit:
        case "money":
            return money(value, currency)
        case "percent":
            return f"{value:,.2f} %"
        case "ratio":
            return f"{value:,.2f}"
        case "count":
            return count(value)


def money(amount: float | None, currency: str | None) -> str:
    """`1,234.50 EUR`; large sums without decimals."""
    if amount is None or not math.isfinite(amount):
        return DASH
    if abs(amount) >= LONG:
        return f"{amount:,.0f} {currency}" if currency else f"{amount:,.0f}"
    return money_text(amount, currency)


def count(value: float | None) -> str:
    """`1,234`; expected counts with one decimal while small."""
    if value is None or not math.isfinite(value):
        return DASH
    is_whole = abs(value - round(value)) < 1e-9 or abs(value) >= 100
    return f"{value:,.0f}" if is_whole else f"{value:,.1f}"


def percent(value: float | None, digits: int = 1) -> str:
    """`12.3 %`."""
    return DASH if value is None or not math.isfinite(value) else f"{value:,.{digits}f} %"


def signed(value: float | None) -> str:
    """A change in percent with its sign: `+12 %`, `−3.4 %`, `±0 %`."""
    if value is None or not math.isfinite(value):
        return DASH
    digits = 0 if abs(value) >= 10 else 1
    rounded = round(value, digits)
    if rounded == 0:
        return "±0 %"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):,.{digits}f} %"


def signed_money(amount: float | None, currency: str | None) -> str:
    """A difference of money with its sign."""
    if amount is None or not math.isfinite(amount):
        return DASH
    return "±0" if not amount else f"{'+' if amount > 0 else '−'}{money(abs(amount), currency)}"


def signed_count(value: float | None) -> str:
    """A difference of a count with its sign."""
    if value is None or not math.isfinite(value):
        return DASH
    return "±0" if not value else f"{'+' if value > 0 else '−'}{count(abs(value))}"


def day(value: date) -> str:
    """`Thursday, 19 November 2026`."""
    return f"{value:%A}, {value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """`Thu 19 Nov`."""
    return f"{value:%a} {value.day} {value:%b}"


def instant(value: datetime | None, timezone_name: str | None) -> str:
    """`20 Nov, 07:05` in a time zone (UTC without one)."""
    if value is None:
        return "never"
    local = value.astimezone(ZoneInfo(timezone_name or "UTC"))
    return f"{local.day} {local:%b, %H:%M}"
