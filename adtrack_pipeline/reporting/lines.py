"""From frames to the lines of a report's sections: alerts, wear-out, restatements, accuracy, freshness. Pure.

Does not belong here: totals and comparisons (`comparing.py`), rankings (`ranking.py`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from adtrack_pipeline.reporting.frames import AccountFrames
from adtrack_pipeline.reporting.report import (
    SEVERITIES,
    AlertLine,
    FatigueLine,
    FreshLine,
    MlAccuracy,
    ModelLine,
    RestatedLine,
)
from adtrack_pipeline.reporting.sums import ratio
from adtrack_pipeline.wording import kind

LATE = timedelta(hours=3)
SMALL = 0.005  # half a cent: nobody calls that a restatement
WHAT = {
    "insights_daily": "Ads by day",
    "insights_hourly": "Ads by hour",
    "account_insights_daily": "Account by day",
}


def alert_lines(frames: AccountFrames) -> list[AlertLine]:
    """Open alerts, the worst first: by severity, then by money at stake."""
    lines = [alert_line(row, frames) for row in records(frames.alerts)]
    return worst_first(lines)


def worst_first(lines: Sequence[AlertLine]) -> list[AlertLine]:
    """By severity, then by money in the reporting currency where a rate exists, else in the account's own."""

    def weight(one: AlertLine) -> tuple[int, int, float, int]:
        kinds_of_money = 0 if one.converted is not None else 1 if one.money is not None else 2
        amount = one.converted if one.converted is not None else (one.money or 0.0)
        return (SEVERITIES.index(one.severity), kinds_of_money, -amount, one.alert_id)

    return sorted(lines, key=weight)


def fatigue_lines(frames: AccountFrames) -> list[FatigueLine]:
    """Creatives that wear out: fatigued before limited, the most expensive first."""
    lines = [
        FatigueLine(
            creative_id=row["creative_id"],
            name=text(row["name"]) or row["creative_id"],
            status=row["status"],
            days=None if row["days_since_onset"] is None else int(row["days_since_onset"]),
            recent_ctr=number(row["recent_ctr"]),
            best_ctr=number(row["best_ctr"]),
            drop_pct=number(row["ctr_drop_pct"]),
            frequency=number(row["frequency_recent"]),
            spend=number(row["spend"]),
            currency=frames.account.currency,
            account=frames.account.name,
            thumbnail=text(row["thumbnail_hash"]),
        )
        for row in records(frames.fatigue)
    ]
    return sorted(lines, key=lambda one: (one.status != "fatigued", -(one.spend or 0.0), one.creative_id))


def restated_lines(frames: AccountFrames) -> list[RestatedLine]:
    """Past days whose numbers are others than the report before knew, newest first."""
    lines = [
        RestatedLine(
            day=row["date_day"],
            spend=number(row["spend"]) or 0.0,
            conversions=number(row["conversions"]) or 0.0,
            revenue=number(row["revenue"]) or 0.0,
            currency=frames.account.currency,
            account=frames.account.name,
        )
        for row in records(frames.restated)
    ]
    told = [one for one in lines if max(abs(one.spend), abs(one.conversions), abs(one.revenue)) >= SMALL]
    return sorted(told, key=lambda one: one.day, reverse=True)


def model_lines(accuracy: pd.DataFrame) -> list[ModelLine]:
    """Every metric of every model that was scored, by model."""
    lines = [
        ModelLine(
            model=str(row["model_name"]),
            version=str(row["model_version"]),
            metric=str(row["metric"]),
            predictions=int(number(row["scored"]) or 0),
            accuracy=number(row["accuracy"]),
            ceiling=number(row["noise_ceiling"]),
            mae=number(row["mae"]),
            bias=number(row["bias"]),
            skill=number(row["skill"]),
            is_provisional=row["is_provisional"] in {True, "t", "true"},
            since=row["since_day"],
            until=row["until_day"],
        )
        for row in records(accuracy)
    ]
    return sorted((one for one in lines if one.predictions), key=lambda one: (one.model, one.version, one.metric))


def ml_accuracy(lines: Sequence[ModelLine]) -> MlAccuracy:
    """The three numbers of a dashboard, over all models by the number of scored predictions, and their days."""
    since, until = ({one.metric: getattr(one, end) for one in lines} for end in ("since", "until"))
    return MlAccuracy(
        ctr_mae=_mean([(one.mae, one.predictions) for one in lines if one.metric == "ctr"]),
        roas_mae=_mean([(one.mae, one.predictions) for one in lines if one.metric == "roas"]),
        prediction_accuracy=_mean([(one.accuracy, one.predictions) for one in lines]),
        ctr_since=since.get("ctr"),
        ctr_until=until.get("ctr"),
        roas_since=since.get("roas"),
        roas_until=until.get("roas"),
    )


def fresh_lines(frames: AccountFrames, as_of: datetime) -> list[FreshLine]:
    """The insight reports, and whether their last complete read is longer ago than an hourly pipeline allows."""
    found = {row["report"]: row for row in records(frames.freshness)}
    lines = []
    for report, what in WHAT.items():
        row = found.get(report)
        last = None if row is None or pd.isna(row["last_ok_at"]) else row["last_ok_at"]
        problem = text(row["last_error"]) if row and row["last_outcome"] not in {"ok", "running"} else None
        lines.append(FreshLine(what, frames.account.name, last, last is None or as_of - last > LATE, problem))
    return lines


def records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows as dictionaries, missing values as None."""
    for row in frame.to_dict("records"):
        yield {str(name): None if _is_missing(value) else value for name, value in row.items()}


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if value is None:
        return None
    found = float(value)
    return found if abs(found) < float("inf") else None


def text(value: Any) -> str | None:
    """Text that is not blank, or None."""
    return str(value) if value is not None and str(value).strip() else None


def alert_line(row: dict[str, Any], frames: AccountFrames | None = None) -> AlertLine:
    """An alert, of an account or of none."""
    money, currency = number(row["money_at_stake"]), text(row["currency"])
    rate = frames.rate if frames and currency == frames.account.currency else None
    return AlertLine(
        alert_id=int(row["alert_id"]),
        kind=kind(str(row["alert_type"])),
        severity=str(row["severity"]),
        message=str(row["message"]),
        object_name=text(row["object_name"]) or "",
        money=money,
        currency=currency,
        account=frames.account.name if frames else "",
        began_at=row["began_at"],
        converted=money * rate if money is not None and rate is not None else None,
    )


def _mean(weighted: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None]
    return ratio(sum(value * weight for value, weight in known), sum(weight for _, weight in known))


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))
