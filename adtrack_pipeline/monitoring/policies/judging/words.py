"""Numbers, days and names as a marketer reads them; money is in `adtrack_pipeline.wording`."""

from datetime import date

from adtrack_pipeline.monitoring.condition import Level

_LEVEL_WORDS = {
    Level.AD: "Ad",
    Level.ADSET: "Ad set",
    Level.CAMPAIGN: "Campaign",
    Level.ACCOUNT: "Account",
}
NAME_LENGTH = 80


def count(amount: float) -> str:
    """`1,234`, or `12.3` where there is a fraction."""
    return f"{amount:,.0f}" if abs(amount - round(amount)) < 0.05 else f"{amount:,.1f}"


def thing(level: Level, name: str | None, object_id: str | None) -> str:
    """`Campaign “Spring sale”`: one line whatever the name holds; the id when there is no name."""
    shown = " ".join((name or "").split()) or object_id or "?"
    shown = shown if len(shown) <= NAME_LENGTH else f"{shown[: NAME_LENGTH - 1]}…"
    return f"{_LEVEL_WORDS[level]} “{shown}”"


def day(one: date) -> str:
    """`19 Nov`."""
    return f"{one.day} {one:%b}"


def span(first: date, last: date) -> str:
    """`19 Nov`, `17–19 Nov`, `28 Oct–3 Nov`."""
    if first == last:
        return day(last)
    return f"{first.day}–{day(last)}" if first.month == last.month else f"{day(first)}–{day(last)}"
