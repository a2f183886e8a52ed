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
COUNTED = (
    "impressions|clicks|conversions|orders|refunds|events|"
    "predictions|forecasts|pairs|objects|summed|scored|hindsight"
)
SHARES = "wape|bias|skill|confidence|interval_coverage|interval_level|p_value|rank_correlation"
MONEY = "money, `currency`"
# (pattern in the column's name, pattern in its description, unit): the first line whose both patterns are found.
RULES = [
    # What is measured of a metric, before the metric itself.
    (r"_pct$|_percentage_", r"", "percent"),
    (r"accuracy|_ceiling$", r"", "percent"),
    (r"^difference", r"", "percentage points"),
    (r"rank$", r"", "rank"),
    (rf"(^|_)({COUNTED})$", r"", "count"),
    # What descriptions say themselves.
    (r"", r"percent", "percent"),
    (r"", r"`currency`|account's currency|reporting currency", MONEY),
    (r"", r"in the metric's (own )?unit", "the metric's"),
    (r"^z$|score|effect|shift", r"standard deviations", "standard deviations"),
    (rf"_ratio$|_share$|roas_shrunken|^({SHARES})$", r"", "ratio"),
    (r"", r"\bratio\b|^Return on ad spend", "ratio"),
    # What is left is known by its name.
    (r"frequency", r"", "impressions per person"),
    (r"^hour$", r"", "hour of the day"),
    (r"seconds", r"", "seconds"),
    (r"hours$", r"", "hours"),
    (r"(^|_)days(_|$)", r"", "days"),
    (r"(_id|_by)$", r"", ""),
    (r"(^|_)ctr(_|$)", r"", "percent"),
    (r"(^|_)roas(_|$)", r"", "ratio"),
    (r"(^|_)(spend|revenue|cpa|cpc|cpm|aov)(_|$)", r"", MONEY),
    (rf"(^|_)({COUNTED})(_|$)", r"", "count"),
    (r"_version$", r"", "number, from 1"),
    (r"", r"(?i)number of|how often|^days", "count"),
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
