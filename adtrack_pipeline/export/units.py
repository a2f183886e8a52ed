"""What a description of a table or column says between the lines: the grain and the unit.

One rule for the catalogue and for the header sheet of a workbook. Descriptions are written by people; the words
these rules look for are the ones the dbt project uses everywhere. Pure.
"""

import re

NUMBERS = ("bigint", "integer", "smallint", "numeric", "double precision", "real")
FIXED = {
    "date": "day",
    "timestamp with time zone": "instant, UTC",
    "boolean": "true or false",
}
# (pattern in the column's name, pattern in its description, unit): the first line whose both patterns are found.
RULES = [
    (r"_pct$", r"", "percent"),
    (r"(impressions|clicks|conversions|orders|refunds)$", r"", "count"),
    (r"", r"percent", "percent"),
    (r"", r"`currency`|account's currency|reporting currency", "money, `currency`"),
    (r"", r"in the metric's unit", "the metric's"),
    (r"^z$|score", r"standard deviations", "standard deviations"),
    (r"_ratio$|_share$|roas_shrunken", r"", "ratio"),
    (r"", r"\bratio\b|^Return on ad spend", "ratio"),
    (r"roas", r"÷ spend", "ratio"),
    (r"rank$", r"", "rank"),
    (r"frequency", r"", "impressions per person"),
    (r"^hour$", r"", "hour of the day"),
    (r"seconds", r"", "seconds"),
    (r"hours$", r"", "hours"),
    (r"(^|_)days(_|$)", r"", "days"),
    (r"_id$|_by$", r"", ""),
    (r"", r"(?i)number of|how often|^clicks|^impressions|^conversions|^days", "count"),
]


def grain_of(description: str) -> str:
    """`platform, account, account-local day` of a description that opens with `Grain: ...`; else empty."""
    found = re.match(r"\s*Grain:\s*(.+?)\.(?:\s|$)", description, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def without_grain(description: str) -> str:
    """The description's other sentences, on one line."""
    return " ".join(re.sub(r"^\s*Grain:\s*.+?\.(?=\s|$)", "", description, count=1, flags=re.DOTALL).split())


def unit_of(name: str, data_type: str, description: str) -> str:
    """What a column's values are counted in; empty for text, ids and what its description leaves open."""
    if data_type in FIXED:
        return FIXED[data_type]
    if not data_type.startswith(NUMBERS):
        return ""
    for in_name, in_description, unit in RULES:
        if re.search(in_name, name) and re.search(in_description, description):
            return unit
    return ""
