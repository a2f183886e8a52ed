"""What a day or a week came to, and the metrics made of it. A ratio without a denominator is None, never 0.

Belongs here: sums, ratios, which metrics a report shows. Does not belong here: comparing (`comparing.py`), words.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

Unit = Literal["money", "count", "percent", "ratio"]


@dataclass(frozen=True)
class Sums:
    """Sums over one or several days, as the platform reports them so far.

    Money is in major units of one currency. `expected_*` is what is expected once all conversions have arrived
    (the `*_nowcast` of the marts): the reported value itself for final days, None when it is not known yet.
    """

    impressions: float = 0.0
    clicks: float = 0.0
    spend: float = 0.0
    conversions: float = 0.0
    revenue: float = 0.0
    expected_conversions: float | None = None
    expected_revenue: float | None = None
    is_final: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Sums":
        """From a row of the marts or of sums over some; a missing sum is 0, a missing `*_nowcast` None."""
        names = ("impressions", "clicks", "spend", "conversions", "revenue")
        known = {name: _number(row.get(name)) or 0.0 for name in names}
        return cls(
            **known,
            expected_conversions=_number(row.get("conversions_nowcast")),
            expected_revenue=_number(row.get("revenue_nowcast")),
            is_final=_is_true(row.get("is_final")),
        )

    @classmethod
    def nothing(cls) -> "Sums":
        """A quiet day: read completely, and nothing was delivered."""
        return cls(expected_conversions=0.0, expected_revenue=0.0)

    @property
    def is_ripe(self) -> bool:
        """Whether late conversions are accounted for: they have arrived, or their share is known."""
        return self.is_final or (self.expected_conversions is not None and self.expected_revenue is not None)

    def expected(self) -> "Sums":
        """The same with conversions and revenue as expected once all have arrived; as reported where unknown."""
        return replace(
            self,
            conversions=self.conversions if self.expected_conversions is None else self.expected_conversions,
            revenue=self.revenue if self.expected_revenue is None else self.expected_revenue,
        )

    def times(self, rate: float) -> "Sums":
        """With all money in another currency."""
        return replace(
            self,
            spend=self.spend * rate,
            revenue=self.revenue * rate,
            expected_revenue=None if self.expected_revenue is None else self.expected_revenue * rate,
        )

    def __add__(self, other: "Sums") -> "Sums":
        """Together; an expectation is known only when both are."""
        plain = {
            one.name: getattr(self, one.name) + getattr(other, one.name)
            for one in fields(self)
            if not one.name.startswith(("expected", "is_"))
        }
        return Sums(
            **plain,
            expected_conversions=_sum(self._late("conversions"), other._late("conversions")),
            expected_revenue=_sum(self._late("revenue"), other._late("revenue")),
            is_final=self.is_final and other.is_final,
        )

    def _late(self, name: str) -> float | None:
        known: float | None = getattr(self, f"expected_{name}")
        reported: float = getattr(self, name)
        is_idle = not (self.spend or self.conversions or self.revenue)
        return reported if known is None and (self.is_final or is_idle) else known


@dataclass(frozen=True)
class Metric:
    """One line of a report.

    Attributes:
        name: as in the marts.
        label: for people.
        unit: how it is written.
        better: the direction that is good news; None: neither.
        is_late: conversions are part of it, and conversions arrive late.
    """

    name: str
    label: str
    unit: Unit
    better: Literal["up", "down"] | None
    is_late: bool = False

    def of(self, sums: Sums) -> float | None:
        """The metric as reported so far; None without a denominator."""
        return _FORMULAS[self.name](sums)

    def ripe(self, sums: Sums | None) -> float | None:
        """The metric with late conversions accounted for; None when that is not known."""
        if sums is None or (self.is_late and not sums.is_ripe):
            return None
        return self.of(sums.expected())


_FORMULAS: dict[str, Callable[[Sums], float | None]] = {
    "spend": lambda s: s.spend,
    "revenue": lambda s: s.revenue,
    "conversions": lambda s: s.conversions,
    "impressions": lambda s: s.impressions,
    "clicks": lambda s: s.clicks,
    "roas": lambda s: ratio(s.revenue, s.spend),
    "cpa": lambda s: ratio(s.spend, s.conversions),
    "aov": lambda s: ratio(s.revenue, s.conversions),
    "ctr": lambda s: ratio(100 * s.clicks, s.impressions),
    "cpc": lambda s: ratio(s.spend, s.clicks),
    "cpm": lambda s: ratio(1000 * s.spend, s.impressions),
}

METRICS = (
    Metric("spend", "Spend", "money", None),
    Metric("revenue", "Revenue", "money", "up", is_late=True),
    Metric("roas", "ROAS", "ratio", "up", is_late=True),
    Metric("conversions", "Conversions", "count", "up", is_late=True),
    Metric("cpa", "CPA", "money", "down", is_late=True),
    Metric("aov", "Order value", "money", "up", is_late=True),
    Metric("impressions", "Impressions", "count", None),
    Metric("clicks", "Clicks", "count", "up"),
    Metric("ctr", "CTR", "percent", "up"),
    Metric("cpc", "CPC", "money", "down"),
    Metric("cpm", "CPM", "money", "down"),
)
BY_NAME = {one.name: one for one in METRICS}


def ratio(part: float, whole: float) -> float | None:
    """A quotient; None without a denominator, and for one so small that the result is no number."""
    if whole <= 0:
        return None
    found = part / whole
    return found if math.isfinite(found) else None


def total(parts: Iterable[Sums]) -> Sums:
    """All together; a quiet nothing without any."""
    listed = list(parts)
    result = listed[0] if listed else Sums.nothing()
    for one in listed[1:]:
        result = result + one
    return result


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _is_true(value: Any) -> bool:
    return value in {True, "t", "true"}
