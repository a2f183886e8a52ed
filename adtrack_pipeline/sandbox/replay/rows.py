"""Rows of a recorded report: as recorded where one row answers, summed where several do.

Sums are exact decimals. What cannot be summed (reach, frequency, rankings) is left out of a sum; ratios are
recomputed from the sums when both of their parts are there. Values that are no numbers are not counted.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from adtrack_pipeline.sandbox.world import InsightQuery, Restatement

Row = dict[str, Any]

SUMMABLE = (
    "impressions",
    "clicks",
    "spend",
    "social_spend",
    "inline_link_clicks",
    "inline_post_engagement",
    "full_view_impressions",
)
_IDS = {
    "ad": ("account_id", "campaign_id", "adset_id", "ad_id", "campaign_name", "adset_name", "ad_name"),
    "adset": ("account_id", "campaign_id", "adset_id", "campaign_name", "adset_name"),
    "campaign": ("account_id", "campaign_id", "campaign_name"),
    "account": ("account_id",),
}
_OWN_ID = {"ad": "ad_id", "adset": "adset_id", "campaign": "campaign_id", "account": "account_id"}
_RATIOS = (
    ("ctr", "clicks", "impressions", 100),
    ("cpc", "spend", "clicks", 1),
    ("cpm", "spend", "impressions", 1000),
    ("inline_link_click_ctr", "inline_link_clicks", "impressions", 100),
)
_UNSUMMED_LISTS = ("cost_per", "_ctr", "_roas", "video_avg", "video_play_curve", "unique_")


def number(value: Any) -> Decimal | None:
    """A finite number in a recorded value, else None."""
    try:
        parsed = Decimal(str(value))
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() else None


def plain(value: Decimal) -> str:
    """Decimal text without exponent or trailing zeros, as the API writes sums."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ratio(above: Decimal, below: Decimal, scale: int) -> str:
    """A ratio with six decimals, trailing zeros dropped."""
    return plain((above * scale / below).quantize(Decimal("0.000001")))


def report_rows(rows: Sequence[Row], query: InsightQuery) -> Iterator[Row]:
    """The report's rows: bucket by bucket, in order of first appearance.

    At ad level a bucket of one day gives the recorded rows themselves.
    """
    own_id = _OWN_ID[query.level]
    for since, until in query.ranges:
        first, last = since.isoformat(), until.isoformat()
        inside = [row for row in rows if first <= row["date_start"] and row["date_stop"] <= last]
        groups: dict[str, list[Row]] = {}
        for row in inside:
            if (key := str(row.get(own_id, ""))) or query.level == "ad":
                groups.setdefault(key or f"row {len(groups)}", []).append(row)
        for group in groups.values():
            if query.level == "ad" and len(group) == 1:
                yield {**group[0], "date_start": first, "date_stop": last}
            else:
                yield {**summed(group, query.level), "date_start": first, "date_stop": last}


def summed(rows: Sequence[Row], level: str) -> Row:
    """One row for several, at a level: ids and names they share, sums, ratios of sums."""
    total: Row = {}
    for name in (*_IDS[level], "account_currency", "account_name"):
        values = {str(row[name]): row[name] for row in rows if name in row}
        if len(values) == 1:
            total[name] = next(iter(values.values()))
    rows = [_with_clicks(row) for row in rows]
    sums = {name: _sum(rows, name) for name in SUMMABLE}
    total.update({name: plain(value) for name, value in sums.items() if value is not None})
    for name, above, below, scale in _RATIOS:
        top, bottom = sums[above], sums[below]
        if top is not None and bottom:
            total[name] = ratio(top, bottom, scale)
    for name in {key for row in rows for key, value in row.items() if isinstance(value, list)}:
        if not any(part in name for part in _UNSUMMED_LISTS):
            total[name] = _sum_lists(row.get(name) for row in rows)
    return total


def _with_clicks(row: Row) -> Row:
    """A row recorded with `ctr` but without `clicks` was clicked all the same: its sum must not forget that."""
    ctr, impressions = number(row.get("ctr")), number(row.get("impressions"))
    if "clicks" in row or ctr is None or impressions is None:
        return row
    return {**row, "clicks": str(round(ctr * impressions / 100))}


def _sum(rows: Iterable[Row], name: str) -> Decimal | None:
    found = [value for row in rows if name in row and (value := number(row[name])) is not None]
    return sum(found, Decimal(0)) if found else None


def _sum_lists(lists: Iterable[Any]) -> list[Row]:
    totals: dict[str, dict[str, Decimal]] = {}
    for entries in lists:
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict) or "action_type" not in entry:
                continue
            sums = totals.setdefault(str(entry["action_type"]), {})
            for key, value in entry.items():
                if key != "action_type" and (amount := number(value)) is not None:
                    sums[key] = sums.get(key, Decimal(0)) + amount
    return [
        {"action_type": kind, **{key: plain(value) for key, value in sums.items()}}
        for kind, sums in totals.items()
    ]


def restated(rows: Sequence[Row], restatements: Sequence[Restatement]) -> list[Row]:
    """Rows with the planned restatements; a factor of 0 takes a row away."""
    if not restatements:
        return list(rows)
    found = []
    for row in rows:
        factor = Decimal(1)
        for one in restatements:
            if one.account_id == row["account_id"] and one.day.isoformat() == row["date_start"]:
                factor *= Decimal(str(one.factor)) if one.ad_id in (None, str(row.get("ad_id"))) else 1
        if factor:
            found.append(row if factor == 1 else _scaled(row, factor))
    return found


def _scaled(row: Row, factor: Decimal) -> Row:
    scaled = dict(row)
    for name in SUMMABLE:
        if name in row and (value := number(row[name])) is not None:
            step = Decimal("0.01") if "spend" in name else Decimal(1)
            scaled[name] = plain((value * factor).quantize(step))
    return scaled
