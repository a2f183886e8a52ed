"""Reading request parameters: JSON lists, days, time ranges and presets in account time.

Belongs here: text to values with Meta's errors. Does not belong here: what the values select.
"""

import json
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from adtrack_pipeline.sandbox.graph import errors

Range = tuple[date, date]


def read_json(params: Mapping[str, str], name: str) -> Any:
    """A parameter's JSON value, or None when it is absent or empty.

    Raises:
        GraphError: 100 when it is not JSON.
    """
    text = params.get(name, "").strip()
    if not text:
        return None
    try:
        return json.loads(text.replace("'", '"') if text.startswith("{'") else text)
    except json.JSONDecodeError:
        raise errors.bad_parameter(f"param {name} must be valid JSON") from None


def read_list(params: Mapping[str, str], name: str) -> list[str]:
    """A list parameter: JSON (`["a","b"]`) or comma-joined (`a,b`)."""
    text = params.get(name, "").strip()
    if not text.startswith("["):
        return [part.strip().strip('"') for part in text.split(",") if part.strip()]
    value = read_json(params, name)
    return [str(one) for one in value]


def read_day(text: object, name: str) -> date:
    """A day.

    Raises:
        GraphError: 100 naming the parameter.
    """
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise errors.bad_parameter(f"Must be a valid date in the format YYYY-MM-DD: {name}") from None


def read_ranges(params: Mapping[str, str], today: date) -> tuple[Range, ...]:
    """The output buckets a request asks for (`time_ranges`, `time_range`, `date_preset`, `time_increment`).

    Raises:
        GraphError: 100 for days that are none, ends before starts, an increment outside 1 to 90.
    """
    several = read_json(params, "time_ranges")
    if several is not None:
        return tuple(_range(one, "time_ranges") for one in several)
    single = read_json(params, "time_range")
    if single is not None:
        since, until = _range(single, "time_range")
    else:
        since, until = preset(params.get("date_preset") or "last_30d", today)
    return tuple(_split(since, until, params.get("time_increment") or "all_days"))


def _range(value: Any, name: str) -> Range:
    if not isinstance(value, dict) or "since" not in value or "until" not in value:
        raise errors.bad_parameter(f"param {name} must have since and until")
    since, until = read_day(value["since"], f"{name}[since]"), read_day(value["until"], f"{name}[until]")
    if until < since:
        raise errors.bad_parameter("The start date of the time range must be before the end date")
    return since, until


def _split(since: date, until: date, increment: str) -> list[Range]:
    if increment == "all_days":
        return [(since, until)]
    buckets = []
    start = since
    while start <= until:
        if increment == "monthly":
            end = start.replace(day=monthrange(start.year, start.month)[1])
        elif increment.isdigit() and 1 <= int(increment) <= 90:
            end = start + timedelta(days=int(increment) - 1)
        else:
            raise errors.bad_parameter("time_increment must be monthly, all_days or between 1 and 90")
        buckets.append((start, min(end, until)))
        start = end + timedelta(days=1)
    return buckets


def preset(name: str, today: date) -> Range:
    """A `date_preset` as days; `last_Nd` ends yesterday, as in Ads Manager.

    Raises:
        GraphError: 100 for an unknown name.
    """
    yesterday = today - timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    last_quarter_end = quarter - timedelta(days=1)
    last_quarter = last_quarter_end.replace(month=(last_quarter_end.month - 1) // 3 * 3 + 1, day=1)
    year = today.replace(month=1, day=1)
    known: dict[str, Range] = {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "this_month": (month, today),
        "last_month": (last_month_end.replace(day=1), last_month_end),
        "this_quarter": (quarter, today),
        "last_quarter": (last_quarter, last_quarter_end),
        "this_year": (year, today),
        "last_year": (year.replace(year=year.year - 1), year - timedelta(days=1)),
        "last_week_mon_sun": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "last_week_sun_sat": (sunday - timedelta(days=7), sunday - timedelta(days=1)),
        "this_week_mon_today": (monday, today),
        "this_week_sun_today": (sunday, today),
        "maximum": (months_before(today, 37), today),
        "data_maximum": (months_before(today, 37), today),
    }
    for days in (3, 7, 14, 28, 30, 90):
        known[f"last_{days}d"] = (today - timedelta(days=days), yesterday)
    if name not in known:
        raise errors.bad_parameter(f"date_preset must be one of the following values: {', '.join(sorted(known))}")
    return known[name]


def months_before(day: date, months: int) -> date:
    """The same day of the month, `months` earlier (or the month's last day)."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
