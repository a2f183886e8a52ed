"""The bank's table of euro rates, line by line. Pure.

One line per day, one column per currency: what one euro costs. The daily file writes days as `20 November 2026`,
the historical one as `2026-11-20` and `N/A` where a currency had no rate; both end their lines with a comma.
https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from adtrack_pipeline.intake.encode import Rejected
from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.reading import BadRow, Header, Item, RawRow
from adtrack_pipeline.intake.values import shown

FIRST_DAY = date(1999, 1, 4)  # of the euro's rates
NONE = {"", "N/A"}
MONTHS = "January February March April May June July August September October November December".lower().split()
_RATE = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_LONG_DAY = re.compile(r"(\d{1,2}) ([A-Za-z]+) (\d{4})", re.ASCII)


class LineError(ValueError):
    """A line that cannot be used; the text says why."""


@dataclass
class EuroRates:
    """What a file says: per day what one euro costs in each currency, and what of it cannot be used."""

    days: dict[date, dict[str, Decimal]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    read: int = 0


@cache
def known_currencies() -> frozenset[str]:
    """Currencies that are or were (ISO 4217): the bank's history holds some that are gone."""
    from babel.numbers import list_currencies  # noqa: PLC0415 - a tenth of a second

    return frozenset(list_currencies())


def is_column(name: str) -> bool:
    """Whether a normalised column name can be one of the bank's."""
    return name == "date" or bool(re.fullmatch(r"[a-z]{3}", name))


def euro_rates(items: Iterable[Item], name: str, today: date) -> EuroRates:
    """The rates in a file's rows.

    A line with anything wrong in it is refused whole: its columns may have shifted. A column headed by no currency
    is refused and the others are taken.

    Args:
        items: header and rows as read.
        name: of the file, for sentences.
        today: no rate is of a later day than tomorrow.

    Raises:
        RefusedError: not such a table at all.
    """
    found = EuroRates()
    codes: Sequence[str | None] = ()
    for item in items:
        if isinstance(item, Header):
            codes = _codes(item.names, name, found)
            continue
        found.read += 1
        if isinstance(item, BadRow):
            found.rejected.append(Rejected(item.line, item.reason, item.text.rstrip("\r\n"), item.reason))
            continue
        try:
            day, rates = _line(item, codes, today)
            if found.days.setdefault(day, rates) != rates:
                raise LineError(f"The day {day} stood in an earlier line with other rates.")
        except LineError as error:
            found.rejected.append(Rejected(item.line, str(error), item.as_text(), str(error)))
    if not codes:
        raise RefusedError(f"{name} is no table of the ECB's: it has no header.")
    return found


def crossed(euro: Mapping[str, Decimal], bases: Iterable[str]) -> dict[tuple[str, str], Decimal]:
    """All rates of a day that follow from its euro rates: euro to each, and each to the euro and to the bases.

    One X in base B is (B per euro) / (X per euro), to 15 digits; there is none where either is missing.
    """
    per_euro = {"EUR": Decimal(1), **euro}
    rates = {("EUR", code): rate for code, rate in euro.items()}
    for base in dict.fromkeys(("EUR", *bases)):
        for code in per_euro if base in per_euro else ():
            if code not in {base, "EUR"}:
                rates[code, base] = _digits(per_euro[base] / per_euro[code])
    return rates


def _codes(names: Sequence[str], name: str, found: EuroRates) -> Sequence[str | None]:
    """Per column its currency; None for one that is not taken."""
    if not names or names[0] != "date":
        first = names[0] if names else ""
        raise RefusedError(
            f"{name} is no table of the ECB's: its first column must be Date, not {shown(first) or 'nothing'}."
        )
    codes: list[str | None] = []
    for column in (one.upper() for one in names[1:]):
        is_known = column in known_currencies() and column != "EUR"
        codes.append(column if is_known else None)
        if column and not is_known:
            what = f"{shown(column)} is no currency a euro rate can be in."
            found.rejected.append(Rejected(1, what, ", ".join(names), what))
    if not any(codes):
        raise RefusedError(
            f"{name} is no table of the ECB's: no column of it is headed by a currency such as USD."
        )
    return codes


def _line(row: RawRow, codes: Sequence[str | None], today: date) -> tuple[date, dict[str, Decimal]]:
    day = _day(str(row.values[0]).strip())
    if not FIRST_DAY <= day <= today + timedelta(days=1):
        raise LineError(f"The day {day} lies {'before the euro' if day < FIRST_DAY else 'in the future'}.")
    cells = zip(codes, (str(value or "").strip() for value in row.values[1:]), strict=True)
    return day, {code: _rate(code, cell) for code, cell in cells if code and cell not in NONE}


def _day(text: str) -> date:
    try:
        if long := _LONG_DAY.fullmatch(text):
            return date(int(long[3]), MONTHS.index(long[2].lower()) + 1, int(long[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise LineError(f"{shown(text) or 'Nothing'} is no day; write 2026-11-20 or 20 November 2026.") from None


def _rate(code: str, cell: str) -> Decimal:
    rate = Decimal(cell) if _RATE.fullmatch(cell) else Decimal(0)
    if rate <= 0:
        raise LineError(f"{code} is {shown(cell)}, which is no rate above 0.")
    return rate


def _digits(rate: Decimal) -> Decimal:
    """A quotient to 15 digits: the same numbers give the same rate on every machine."""
    return +rate.quantize(Decimal(1).scaleb(rate.adjusted() - 14)).normalize()
