"""What is said about an object beyond its line, and what events and charts need of it."""

from datetime import datetime
from math import isnan
from typing import Any

from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.monitoring.policies.judging.calendar import hour_of
from adtrack_pipeline.monitoring.policies.judging.crossing import Crossing
from adtrack_pipeline.monitoring.policies.judging.words import count, span, thing
from adtrack_pipeline.monitoring.policies.records import text
from adtrack_pipeline.wording import money


def condition(one: Crossing, now: datetime) -> Condition:
    """What is told about it."""
    currency = text(one.row["currency"])
    return Condition(
        alert_type=one.alert_type,
        metric=one.name,
        subject=one.subject,
        severity=one.rule.severity,
        message=_message(one, currency),
        began_at=one.began_at,
        seen_at=hour_of(now),
        pages=one.rule.pages,
        threshold=one.row["line"],
        actual=one.row["value"],
        money_at_stake=one.money_at_stake,
        currency=currency,
        evidence=_evidence(one),
    )


def _message(one: Crossing, currency: str | None) -> str:
    row, metric, days = one.row, one.metric, one.days
    where = thing(one.level, one.subject.name, one.subject.object_id)
    side = "below" if one.is_below else "above"
    what = f"{metric.label} was {metric.text(row['value'], currency)}"
    if one.name == "cpa" and row["conversions"] <= 0:
        what = f"no conversion for {money(row['spend'], currency)}"
    line = f"{side} your line of {metric.text(row['line'], currency)}"
    when = span(days[0], days[-1])
    if metric.needs_conversions and row["newest"] > 1:
        when += "; conversions of later days are still arriving"
    return f"{where}: {what} ({when}), {line}. {_why(one, currency)}"


def _why(one: Crossing, currency: str | None) -> str:
    row, lost = one.row, one.money_at_stake
    spent = money(row["spend"], currency)
    if one.name in {"ctr", "link_ctr"}:
        return f"{count(row['impressions'])} impressions brought {count(row[one.metric.over])} clicks."
    if one.name == "roas":
        less = f", {money(lost, currency)} less than on the line" if lost else ""
        return f"{spent} spent brought {money(row['revenue'], currency)}{less}."
    if one.name == "frequency":
        return "People who saw it saw it that often a day on average."
    unit = one.metric.under if one.name in {"cpc", "cpm"} else "conversions"
    more = f", {money(lost, currency)} more than on the line" if lost else ""
    return f"{count(row[unit])} {unit} cost {spent}{more}."


def _evidence(one: Crossing) -> dict[str, Any]:
    row, days = one.row, [f"{day:%Y-%m-%d}" for day in one.days]
    back = one.rule.clear_pct / 100 * (1 if one.is_below else -1)
    sums = ("impressions", "clicks", "spend", "conversions", "revenue")
    return {
        "metric_name": one.name,
        "threshold_type": "below" if one.is_below else "above",
        "threshold_value": row["line"],
        "current_value": round(row["value"], 6),
        "clear_value": round(row["line"] * (1 + back), 6),
        "window": {"since": days[0], "until": days[-1]},
        "sums": {name: round(float(row[name]), 4) for name in sums},
        "cool_down_hours": one.rule.cool_down_hours,
        "series": {
            "ts": days,
            "actual": [None if isnan(value) else round(value, 6) for value in one.values],
            "expected": [row["line"]] * len(days),
        },
    }
